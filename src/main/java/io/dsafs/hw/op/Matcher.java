package io.dsafs.hw.op;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Finds what has been there before, up to 4 KiB back. Which of several matches the device takes is
 * not published; this takes the longest of the last few, the nearest of these.
 */
final class Matcher {
  private static final int HASH_BITS = 12;
  private static final int TRIES = 16;
  private static final int HISTORY = Deflation.HISTORY_BYTES;
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final long[] last = new long[1 << HASH_BITS];
  private final long[] before = new long[HISTORY];
  private int distance;

  void start() {
    Arrays.fill(last, NEVER);
    Arrays.fill(before, NEVER);
  }

  private static int hash(ByteBuffer bytes, int at) {
    int three = bytes.getShort(at) & 0xffff | (bytes.get(at + 2) & 0xff) << 16;
    return three * 0x9e3779b1 >>> (Integer.SIZE - HASH_BITS);
  }

  /**
   * Remembers the bytes at a place.
   *
   * @param at their place in the buffer
   * @param position their place in the stream
   */
  void add(ByteBuffer bytes, int at, int limit, long position) {
    if (limit - at >= Deflation.SHORTEST_MATCH) {
      int hash = hash(bytes, at);
      before[(int) (position % HISTORY)] = last[hash];
      last[hash] = position;
    }
  }

  /** How far back the match is that was found last. */
  int distance() {
    return distance;
  }

  /**
   * The length of a match for the bytes at a place, 0 if there is none.
   *
   * @param limit the end of what is in the buffer
   */
  int find(ByteBuffer bytes, int at, int limit, long position) {
    int most = Math.min(limit - at, Deflation.LONGEST_MATCH);
    if (most < Deflation.SHORTEST_MATCH) {
      return 0;
    }
    int best = Deflation.SHORTEST_MATCH - 1;
    long candidate = last[hash(bytes, at)];
    for (int i = 0; i < TRIES && candidate > position - HISTORY && best < most; i++) {
      int back = (int) (position - candidate);
      int length = 0;
      while (length < most && bytes.get(at + length) == bytes.get(at - back + length)) {
        length++;
      }
      if (length > best) {
        best = length;
        distance = back;
      }
      candidate = before[(int) (candidate % HISTORY)];
    }
    return best < Deflation.SHORTEST_MATCH ? 0 : best;
  }
}
