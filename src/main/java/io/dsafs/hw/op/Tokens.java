package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import java.util.Arrays;

/**
 * Where the tokens of a compression go: as words to the destination, or into a histogram, which
 * takes the destination's place.
 */
final class Tokens {
  /** Counts of the codes for literals and lengths, two that are unused, distances, two again. */
  static final int HISTOGRAM_BYTES =
      4 * (Deflation.LITERAL_CODES + 2 + Deflation.DISTANCE_CODES + 2);

  private static final int DISTANCES = Deflation.LITERAL_CODES + 2;

  private final int[] counts = new int[HISTOGRAM_BYTES / 4];
  private Work work;
  private CompressState codes;
  private boolean counting;
  private DmaBuffer buffer;
  private long most;
  private long bits;
  private int bitCount;
  private int position;
  private long flushed;
  private boolean full;
  private boolean faulted;
  private boolean withoutWord;
  private int lastBits;

  /**
   * Begins.
   *
   * @param state the codes
   * @param limit how many bytes the destination takes
   * @param statistics whether tokens are counted and not put out
   */
  void start(Work from, CompressState state, long limit, boolean statistics) {
    work = from;
    codes = state;
    counting = statistics;
    buffer = from.buffers().second();
    most = limit;
    bits = 0;
    bitCount = 0;
    position = 0;
    flushed = 0;
    full = false;
    faulted = false;
    withoutWord = false;
    lastBits = 0;
    Arrays.fill(counts, 0);
  }

  boolean full() {
    return full;
  }

  boolean faulted() {
    return faulted;
  }

  /** Whether a token came for which there is no word. */
  boolean withoutWord() {
    return withoutWord;
  }

  long written() {
    return flushed;
  }

  /** The first byte of the destination that has not been written. */
  long address() {
    return work.destination() + flushed;
  }

  /** Bits that do not fill a byte. */
  int waiting() {
    return (int) bits;
  }

  int waitingCount() {
    return bitCount;
  }

  /** How many bits of the last byte are used; 0: all. */
  int lastBits() {
    return lastBits;
  }

  void setLastBits(int used) {
    lastBits = used;
  }

  /** Answers, like all that put something out, whether it was taken. */
  boolean literal(int symbol) {
    if (counting) {
      counts[symbol]++;
      return true;
    }
    return word(codes.literal(symbol));
  }

  boolean match(int length, int distance) {
    int lengthSymbol = symbol(Deflation.LENGTHS, length);
    int distanceSymbol = symbol(Deflation.DISTANCES, distance);
    if (counting) {
      counts[Deflation.FIRST_LENGTH_CODE + lengthSymbol]++;
      counts[DISTANCES + distanceSymbol]++;
      return true;
    }
    return word(codes.literal(Deflation.FIRST_LENGTH_CODE + lengthSymbol))
        && put(length - Deflation.LENGTHS[lengthSymbol], Deflation.LENGTH_BITS[lengthSymbol])
        && word(codes.distance(distanceSymbol))
        && put(
            distance - Deflation.DISTANCES[distanceSymbol],
            Deflation.DISTANCE_BITS[distanceSymbol]);
  }

  /** The last code whose values start at or below one. */
  private static int symbol(int[] starts, int value) {
    int found = Arrays.binarySearch(starts, value);
    return found >= 0 ? found : -found - 2;
  }

  private boolean word(int word) {
    int length = CompressState.length(word);
    if (length == 0) {
      withoutWord = true;
      return false;
    }
    return put(CompressState.bits(word), length);
  }

  /** Puts bits out, the lowest first, up to 16. */
  boolean put(int value, int count) {
    bits |= (value & 0xffffL) << bitCount;
    bitCount += count;
    while (bitCount >= 8) {
      if (!putByte((int) bits)) {
        return false;
      }
      bits >>>= 8;
      bitCount -= 8;
    }
    return true;
  }

  /** Fills the last byte with zeros. */
  boolean alignToByte() {
    return bitCount == 0 || put(0, 8 - bitCount);
  }

  private boolean putByte(int value) {
    if (flushed + position == most) {
      full = true;
      return false;
    }
    if (position == buffer.sizeBytes() && !flush()) {
      return false;
    }
    buffer.bytes().put(position, (byte) value);
    position++;
    return true;
  }

  /** Writes to the destination what fills bytes, or the histogram. */
  boolean flush() {
    if (counting) {
      if (most < HISTOGRAM_BYTES) {
        full = true;
        return false;
      }
      for (int i = 0; i < counts.length; i++) {
        buffer.bytes().putInt(4 * i, counts[i]);
      }
      position = HISTOGRAM_BYTES;
    }
    int written = work.write(work.destination() + flushed, buffer, position);
    flushed += written;
    faulted = written < position;
    position = 0;
    return !faulted;
  }
}
