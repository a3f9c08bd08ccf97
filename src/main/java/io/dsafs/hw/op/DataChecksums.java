package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.IaxRecord;
import java.nio.ByteBuffer;

/**
 * The two checksums of uncompressed data: a CRC of 32 bits, and the exclusive or of all words of 16
 * bits.
 */
final class DataChecksums {
  private final Crc32 gzip = Crc32.gzip();
  private final Crc32 castagnoli = Crc32.castagnoli();
  private Crc32 crc;
  private int xor;
  private boolean odd;

  /**
   * Begins, or goes on where other data ended.
   *
   * @param rfc3720 which of the two polynomials
   * @param crcBefore the CRC so far, 0 at the start
   * @param xorBefore likewise
   */
  void start(boolean rfc3720, int crcBefore, int xorBefore) {
    crc = rfc3720 ? castagnoli : gzip;
    crc.start(~crcBefore & 0xffff_ffffL);
    xor = xorBefore & 0xffff;
    odd = false;
  }

  void update(DmaBuffer buffer, int offset, int length) {
    crc.update(buffer, offset, length);
    ByteBuffer bytes = buffer.bytes();
    int at = offset;
    int end = offset + length;
    if (odd && at < end) {
      xor ^= (bytes.get(at) & 0xff) << 8;
      at++;
      odd = false;
    }
    long words = 0;
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      words ^= bytes.getLong(at);
    }
    words ^= words >>> 32;
    words ^= words >>> 16;
    xor ^= (int) words & 0xffff;
    for (; at < end; at++) {
      xor ^= (bytes.get(at) & 0xff) << (odd ? 8 : 0);
      odd = !odd;
    }
  }

  int crc() {
    return (int) ~crc.register();
  }

  int xor() {
    return xor;
  }

  /** Puts both into the record. */
  void tell(Work work) {
    work.set(IaxRecord.CRC, crc());
    work.set(IaxRecord.XOR_CHECKSUM, xor);
  }
}
