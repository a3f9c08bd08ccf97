package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import java.nio.ByteBuffer;

/** Repeats a pattern through a buffer. */
final class Patterns {
  /**
   * Fills the start of a buffer.
   *
   * @param low the first eight bytes of the pattern, little-endian
   * @param high the next eight; the same again for a pattern of eight bytes
   * @param length how many bytes are needed
   */
  static void fill(DmaBuffer buffer, long low, long high, int length) {
    ByteBuffer bytes = buffer.bytes();
    bytes.putLong(0, low);
    bytes.putLong(8, high);
    for (int filled = 16; filled < length; filled *= 2) {
      bytes.put(filled, bytes, 0, Math.min(filled, length - filled));
    }
  }

  private Patterns() {}
}
