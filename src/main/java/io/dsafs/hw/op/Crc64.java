package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import java.nio.ByteBuffer;

/** The 64-bit CRC of NVMe, eight bytes a step. Polynomial 0xAD93D23594C93659, reflected. */
final class Crc64 implements Checksum {
  private static final long POLYNOMIAL = 0x9a6c9329ac4bc9b5L;

  /** {@code TABLE[256 * k + b]}: the register after byte b and k bytes of zeros. */
  private static final long[] TABLE = new long[8 * 256];

  static {
    for (int value = 0; value < 256; value++) {
      long register = value;
      for (int bit = 0; bit < 8; bit++) {
        register = (register & 1) != 0 ? register >>> 1 ^ POLYNOMIAL : register >>> 1;
      }
      TABLE[value] = register;
    }
    for (int i = 256; i < TABLE.length; i++) {
      long before = TABLE[i - 256];
      TABLE[i] = before >>> 8 ^ TABLE[(int) before & 0xff];
    }
  }

  private long register;

  @Override
  public void start(long from) {
    register = from;
  }

  @Override
  public void update(DmaBuffer buffer, int length) {
    ByteBuffer bytes = buffer.bytes();
    long r = register;
    int i = 0;
    for (; i <= length - 8; i += 8) {
      r ^= bytes.getLong(i);
      r =
          TABLE[7 * 256 + ((int) r & 0xff)]
              ^ TABLE[6 * 256 + ((int) (r >>> 8) & 0xff)]
              ^ TABLE[5 * 256 + ((int) (r >>> 16) & 0xff)]
              ^ TABLE[4 * 256 + ((int) (r >>> 24) & 0xff)]
              ^ TABLE[3 * 256 + ((int) (r >>> 32) & 0xff)]
              ^ TABLE[2 * 256 + ((int) (r >>> 40) & 0xff)]
              ^ TABLE[256 + ((int) (r >>> 48) & 0xff)]
              ^ TABLE[(int) (r >>> 56)];
    }
    for (; i < length; i++) {
      r = r >>> 8 ^ TABLE[((int) r ^ bytes.get(i)) & 0xff];
    }
    register = r;
  }

  @Override
  public long register() {
    return register;
  }

  @Override
  public int widthBits() {
    return Long.SIZE;
  }
}
