package io.dsafs.spec;

/** What software may do with a field. Source: hardware reference section 2.1. */
public enum Access {
  /** Reads the value, ignores writes. */
  READ_ONLY("RO"),
  /** Reads and writes the value. */
  READ_WRITE("RW"),
  /** Writable at times; at other times writes are ignored. */
  READ_WRITE_LOCKED("RWL"),
  /** Writing 1 clears the bit, writing 0 does nothing. */
  WRITE_ONE_CLEARS("W1C"),
  /** Reads 0; a write has an effect. */
  WRITE_ONLY("WO"),
  /** Reads 0, ignores writes. */
  RESERVED("rsvd");

  private final String mark;

  Access(String mark) {
    this.mark = mark;
  }

  /** The attribute as the specification abbreviates it. */
  public String mark() {
    return mark;
  }
}
