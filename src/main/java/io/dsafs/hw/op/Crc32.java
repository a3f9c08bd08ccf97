package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * A CRC of 32 bits with any register to start from, computed by the processor's instruction.
 *
 * <p>The library's CRC always starts with a register of ones. A register is reached from there in
 * four bytes, and which four follows from running the register backwards; so data is never passed
 * over bit by bit.
 */
final class Crc32 implements Checksum {
  private static final int BITS = 32;

  private final java.util.zip.Checksum crc;
  private final int polynomial;
  private final byte[] primer = new byte[Integer.BYTES];

  private Crc32(java.util.zip.Checksum crc, int polynomial) {
    this.crc = crc;
    this.polynomial = polynomial;
  }

  /** The CRC of iSCSI, RFC 3720: polynomial 0x1EDC6F41. */
  static Crc32 castagnoli() {
    return new Crc32(new CRC32C(), 0x82f63b78);
  }

  /** The CRC of gzip, RFC 1952: polynomial 0x04C11DB7. */
  static Crc32 gzip() {
    return new Crc32(new CRC32(), 0xedb88320);
  }

  @Override
  public void start(long register) {
    crc.reset();
    int wanted = (int) register;
    if (wanted == -1) {
      return;
    }
    // Runs four bytes of zeros backwards: the register before they were taken in.
    for (int bit = 0; bit < BITS; bit++) {
      wanted = wanted < 0 ? (wanted ^ polynomial) << 1 | 1 : wanted << 1;
    }
    int bytes = ~wanted;
    for (int i = 0; i < primer.length; i++) {
      primer[i] = (byte) (bytes >>> (8 * i));
    }
    crc.update(primer, 0, primer.length);
  }

  @Override
  public void update(DmaBuffer buffer, int length) {
    update(buffer, 0, length);
  }

  /** Takes in bytes of a buffer from an offset on. */
  void update(DmaBuffer buffer, int offset, int length) {
    ByteBuffer bytes = buffer.bytes();
    bytes.limit(offset + length).position(offset);
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
