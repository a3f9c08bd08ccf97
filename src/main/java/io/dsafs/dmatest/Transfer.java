package io.dsafs.dmatest;

import java.util.SplittableRandom;

/**
 * One test: what is copied where.
 *
 * @param number from 1 on, unsigned
 * @param sourceOffset in bytes from the start of the source buffer
 * @param destinationOffset in bytes from the start of the destination buffer
 * @param lengthBytes at least 1
 */
record Transfer(int number, int sourceOffset, int destinationOffset, int lengthBytes) {
  /**
   * Chooses a transfer that fits into the buffers. Length and offsets are multiples of the
   * alignment, save a length that the parameters give.
   *
   * @param alignment as a power of 2, 0 to 31; one unit fits into the buffers
   */
  static Transfer choose(
      int number,
      TestParameters parameters,
      int bufSizeBytes,
      int alignment,
      SplittableRandom random) {
    int length = parameters.transferSizeBytes();
    if (length == 0) {
      length = parameters.norandom() ? bufSizeBytes : random.nextInt(bufSizeBytes) + 1;
      length = Math.max(align(length, alignment), 1 << alignment);
    }
    if (parameters.norandom()) {
      return new Transfer(number, 0, 0, length);
    }
    int places = bufSizeBytes - length + 1;
    int source = align(random.nextInt(places), alignment);
    return new Transfer(number, source, align(random.nextInt(places), alignment), length);
  }

  private static int align(int value, int alignment) {
    return value >>> alignment << alignment;
  }
}
