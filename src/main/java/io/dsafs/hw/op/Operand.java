package io.dsafs.hw.op;

/**
 * Which address of a descriptor an access belongs to, as the fault information of a record numbers
 * them. Source: hardware reference chapter 5.
 */
public enum Operand {
  UNKNOWN(0),
  /** Source, source 1, descriptor list, delta record to apply, readback 1, region. */
  SOURCE(1),
  /** Source 2, CRC seed, readback 2. */
  SOURCE2(2),
  /** Destination, destination 1, delta record to create. */
  DESTINATION(3),
  DESTINATION2(4),
  COMPLETION_RECORD(5);

  private final int code;

  Operand(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
