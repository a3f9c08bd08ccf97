package io.dsafs.spec;

/**
 * Some adjacent bits of a {@link Layout}; they lie within one 64-bit word of it.
 *
 * @param name the kernel's name in {@code registers.h} or {@code idxd.h} where it has one
 * @param bit the lowest bit, counted from the start of the layout
 * @param widthBits 1 to 64
 * @param access what software may do with it
 * @param reset the value after power-on
 */
public record Field(String name, int bit, int widthBits, Access access, long reset) {
  /**
   * Checks that the field has a name, stays within a 64-bit word, and that its reset value fits.
   */
  public Field {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a field without a name at bit " + bit);
    }
    if (bit < 0 || widthBits < 1 || widthBits > 64 || bit % 64 + widthBits > 64) {
      throw new IllegalArgumentException(
          name + ": bits " + bit + " to " + (bit + widthBits - 1) + " are not in one 64-bit word");
    }
    if (widthBits < 64 && reset >>> widthBits != 0) {
      throw new IllegalArgumentException(name + ": reset value does not fit " + widthBits);
    }
  }

  /** Which 64-bit word of the layout holds the field. */
  public int word() {
    return bit >> 6;
  }

  /** The position of the lowest bit in its 64-bit word. */
  public int shift() {
    return bit & 63;
  }

  /** The bits of the field in its 64-bit word. */
  public long mask() {
    return valueMask() << (bit & 63);
  }

  /** The largest value. */
  public long valueMask() {
    return -1L >>> (64 - widthBits);
  }

  /** The value in the 64-bit word that holds the field. */
  public long get(long word) {
    return (word >>> (bit & 63)) & (-1L >>> (64 - widthBits));
  }

  /** As {@link #get} for the fields of at most 31 bits. */
  public int getInt(long word) {
    return (int) get(word);
  }

  /** Whether any bit of the field is set. */
  public boolean isSet(long word) {
    return (word & mask()) != 0;
  }

  /** The 64-bit word with the field replaced; bits of {@code value} beyond the width are cut. */
  public long with(long word, long value) {
    return (word & ~mask()) | ((value & valueMask()) << (bit & 63));
  }

  /** The value in the words of a layout. */
  public long in(long[] words) {
    return get(words[bit >> 6]);
  }

  /** Which 32-bit word of the layout holds the field. */
  public int dword() {
    return bit >> 5;
  }

  /** Where that 32-bit word is, in bytes from the start of the layout. */
  public int dwordOffset() {
    return bit >> 5 << 2;
  }

  /** The value in the 32-bit word that holds the field. */
  public int get32(int dword) {
    return (dword >>> (bit & 31)) & (int) (0xffffffffL >>> (32 - Math.min(32, widthBits)));
  }

  /** The 32-bit word with the field replaced. */
  public int with32(int dword, int value) {
    int mask = (int) (0xffffffffL >>> (32 - Math.min(32, widthBits))) << (bit & 31);
    return (dword & ~mask) | ((value << (bit & 31)) & mask);
  }

  /** Where the field starts, in whole bytes from the start of the layout. */
  public int byteOffset() {
    return bit >> 3;
  }
}
