package io.dsafs.dmatest;

import io.dsafs.mem.KernelMemory;
import java.util.Arrays;

/**
 * What test buffers are filled with. The upper three bits say where a byte is from and what is to
 * happen to it, the lower five are the inverse of a counter that goes up by one each byte: a byte
 * that was moved too far, too little or not at all differs from what belongs there.
 *
 * <p>Source: dmatest.c, PATTERN_ constants.
 */
enum Pattern {
  /** In the source buffer, not to be copied. */
  SOURCE(0x80),
  /** In the source buffer, to be copied; so in the destination afterwards. */
  COPIED(0x80 | 0x40),
  /** In the destination buffer, to stay. */
  DESTINATION(0x00),
  /** In the destination buffer, to be overwritten. */
  OVERWRITTEN(0x20);

  /** The bit that bytes of a source have. */
  static final int SOURCE_BIT = 0x80;

  /** The bits that a copy changes. */
  static final int COPY_BITS = 0x40 | 0x20;

  /** The most that {@link #mismatch} compares at once. */
  static final int CHUNK_BYTES = 64 << 10;

  private static final int COUNTER_MASK = 0x1f;
  private static final int PERIOD = COUNTER_MASK + 1;

  private final int bits;

  /** A chunk from each value of the counter on. */
  private final byte[] template = new byte[CHUNK_BYTES + PERIOD];

  Pattern(int bits) {
    this.bits = bits;
    for (int i = 0; i < template.length; i++) {
      template[i] = (byte) at(i);
    }
  }

  /** The byte that belongs where the counter is {@code counter}. */
  int at(int counter) {
    return bits | (~counter & COUNTER_MASK);
  }

  /** Writes the pattern to an address; the counter starts at {@code counter}. */
  void fill(KernelMemory memory, long address, int length, int counter) {
    for (int done = 0; done < length; done += CHUNK_BYTES) {
      int bytes = Math.min(CHUNK_BYTES, length - done);
      memory.poke(address + done, template, (counter + done) & COUNTER_MASK, bytes);
    }
  }

  /**
   * The first place in a part of an array, counted from its start, that does not hold the pattern;
   * -1 if all do.
   *
   * @param to at most {@link #CHUNK_BYTES} behind {@code from}
   */
  int mismatch(byte[] bytes, int from, int to, int counter) {
    int phase = counter & COUNTER_MASK;
    return Arrays.mismatch(bytes, from, to, template, phase, phase + to - from);
  }
}
