package io.dsafs.hw.op;

import java.nio.ByteBuffer;

/** The guard CRC of data integrity fields, eight bytes a step: polynomial 0x8BB7, bit 7 first. */
final class Crc16 {
  private static final int POLYNOMIAL = 0x8bb7;

  /** {@code TABLE[256 * k + b]}: the register after byte b and k bytes of zeros. */
  private static final char[] TABLE = new char[8 * 256];

  static {
    for (int value = 0; value < 256; value++) {
      int register = value << 8;
      for (int bit = 0; bit < 8; bit++) {
        register = (register & 0x8000) != 0 ? register << 1 ^ POLYNOMIAL : register << 1;
      }
      TABLE[value] = (char) register;
    }
    for (int i = 256; i < TABLE.length; i++) {
      int before = TABLE[i - 256];
      TABLE[i] = (char) (before << 8 ^ TABLE[before >> 8]);
    }
  }

  /**
   * The register after some bytes.
   *
   * @param from the register before
   * @param bytes little-endian
   */
  static int update(int from, ByteBuffer bytes, int offset, int length) {
    int r = from;
    int i = offset;
    int end = offset + length;
    for (; i <= end - 8; i += 8) {
      long word = bytes.getLong(i);
      int low = (int) word;
      int high = (int) (word >>> 32);
      r =
          TABLE[7 * 256 + ((low ^ r >> 8) & 0xff)]
              ^ TABLE[6 * 256 + ((low >> 8 ^ r) & 0xff)]
              ^ TABLE[5 * 256 + (low >> 16 & 0xff)]
              ^ TABLE[4 * 256 + (low >>> 24)]
              ^ TABLE[3 * 256 + (high & 0xff)]
              ^ TABLE[2 * 256 + (high >> 8 & 0xff)]
              ^ TABLE[256 + (high >> 16 & 0xff)]
              ^ TABLE[high >>> 24];
    }
    for (; i < end; i++) {
      r = (r << 8 ^ TABLE[(r >> 8 ^ bytes.get(i)) & 0xff]) & 0xffff;
    }
    return r;
  }

  private Crc16() {}
}
