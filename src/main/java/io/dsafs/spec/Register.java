package io.dsafs.spec;

/**
 * A register at a fixed place of BAR0.
 *
 * @param offset in bytes from the start of the BAR
 * @param layout the bits
 */
public record Register(int offset, Layout layout) {
  /** Checks the natural alignment that section 9.2 demands of accesses. */
  public Register {
    int alignment = Math.min(8, layout.sizeBytes());
    if (offset % alignment != 0) {
      throw new IllegalArgumentException(layout.name() + " is not aligned");
    }
  }

  /** The name in the specification. */
  public String name() {
    return layout.name();
  }

  public int sizeBytes() {
    return layout.sizeBytes();
  }

  public Field field(String fieldName) {
    return layout.field(fieldName);
  }

  /** The offset of a 64-bit word of the register. */
  public int wordOffset(int word) {
    return offset + 8 * word;
  }
}
