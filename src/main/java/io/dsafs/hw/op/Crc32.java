package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C with any register to start from, computed by the processor's instruction.
 *
 * <p>The library's CRC always starts with a register of ones. A register is reached from there in
 * four bytes, and which four follows from running the register backwards; so data is never passed
 * over bit by bit. Polynomial 0x1EDC6F41, reflected.
 */
final class Crc32 implements Checksum {
  private static final int POLYNOMIAL = 0x82f63b78;
  private static final int BITS = 32;

  private final CRC32C crc = new CRC32C();
  private final byte[] primer = new byte[Integer.BYTES];

  @Override
  public void start(long register) {
    crc.reset();
    int wanted = (int) register;
    if (wanted == -1) {
      return;
    }
    // Runs four bytes of zeros backwards: the register before they were taken in.
    for (int bit = 0; bit < BITS; bit++) {
      wanted = wanted < 0 ? (wanted ^ POLYNOMIAL) << 1 | 1 : wanted << 1;
    }
    int bytes = ~wanted;
    for (int i = 0; i < primer.length; i++) {
      primer[i] = (byte) (bytes >>> (8 * i));
    }
    crc.update(primer, 0, primer.length);
  }

  @Override
  public void update(DmaBuffer buffer, int length) {
    ByteBuffer bytes = buffer.bytes();
    bytes.limit(length).position(0);
    crc.update(bytes);
    bytes.clear();
  }

  @Override
  public long register() {
    return ~crc.getValue() & 0xffff_ffffL;
  }

  @Override
  public int widthBits() {
    return BITS;
  }
}
