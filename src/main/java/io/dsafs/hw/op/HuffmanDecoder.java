package io.dsafs.hw.op;

import java.util.Arrays;

/** A Huffman code given by the lengths of its words. Source: RFC 1951 section 3.2.2. */
final class HuffmanDecoder {
  static final int INVALID = -1;
  static final int NO_INPUT = -2;

  private static final int LONGEST = 15;
  private static final int FAST_BITS = 9;

  private final int[] counts = new int[LONGEST + 1];
  private final int[] offsets = new int[LONGEST + 1];
  private final int[] symbols;

  /** By the next bits: symbol and length of a short word, or 0. */
  private final int[] fast = new int[1 << FAST_BITS];

  /**
   * @param most how many symbols there can be
   */
  HuffmanDecoder(int most) {
    symbols = new int[most];
  }

  /**
   * Takes over a code.
   *
   * @param lengths 0 for a symbol without a word
   * @param from where the lengths start
   * @param number how many there are
   * @return false if there are more words of a length than numbers
   */
  boolean build(int[] lengths, int from, int number) {
    Arrays.fill(counts, 0);
    Arrays.fill(fast, 0);
    for (int i = 0; i < number; i++) {
      counts[lengths[from + i]]++;
    }
    counts[0] = 0;
    int left = 1;
    int next = 0;
    for (int length = 1; length <= LONGEST; length++) {
      left = (left << 1) - counts[length];
      if (left < 0) {
        return false;
      }
      offsets[length] = next;
      next += counts[length];
    }
    for (int i = 0; i < number; i++) {
      int length = lengths[from + i];
      if (length != 0) {
        symbols[offsets[length]] = i;
        offsets[length]++;
      }
    }
    fillFast();
    return true;
  }

  private void fillFast() {
    int word = 0;
    int index = 0;
    for (int length = 1; length <= FAST_BITS; length++) {
      for (int i = 0; i < counts[length]; i++) {
        int reversed = Integer.reverse(word) >>> (Integer.SIZE - length);
        for (int at = reversed; at < fast.length; at += 1 << length) {
          fast[at] = symbols[index] << 4 | length;
        }
        word++;
        index++;
      }
      word <<= 1;
    }
  }

  /** Takes the next word; {@link #INVALID} or {@link #NO_INPUT} if there is none. */
  int decode(BitSource in) {
    boolean whole = in.need(LONGEST);
    int entry = fast[in.peek(FAST_BITS)];
    int short0 = entry & 0xf;
    if (entry != 0 && short0 <= in.available()) {
      in.drop(short0);
      return entry >> 4;
    }
    int word = 0;
    int first = 0;
    int index = 0;
    int bits = in.peek(LONGEST);
    for (int length = 1; length <= LONGEST; length++) {
      if (!whole && length > in.available()) {
        return NO_INPUT;
      }
      word |= bits & 1;
      bits >>= 1;
      int count = counts[length];
      if (word - count < first) {
        in.drop(length);
        return symbols[index + word - first];
      }
      index += count;
      first = (first + count) << 1;
      word <<= 1;
    }
    return INVALID;
  }
}
