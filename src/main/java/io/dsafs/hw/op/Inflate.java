package io.dsafs.hw.op;

import io.dsafs.spec.IaxError;
import java.util.Arrays;

/**
 * Decodes blocks of the DEFLATE format, RFC 1951, with a history of 4 KiB. Source: the error codes
 * of the query processing library, which say what the device checks.
 */
final class Inflate {
  /** Why decoding has stopped. */
  enum Stop {
    /** At the end of a block, as asked for. */
    AT_END_OF_BLOCK,
    /** There is no more input, or what is left is less than a word. */
    NO_INPUT,
    /** The destination has no room, or a page of it is not there. */
    NO_OUTPUT,
    ERROR
  }

  private static final int[] LENGTH_ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  private static final int FIXED_LITERALS = 288;
  private static final int STORED = 0;
  private static final int FIXED = 1;
  private static final int DYNAMIC = 2;
  private static final int REPEAT_BEFORE = 16;
  private static final int REPEAT_ZERO_LONG = 18;

  private final BitSource in = new BitSource();
  private final OutputWindow out = new OutputWindow();
  private final HuffmanDecoder lengthCode = new HuffmanDecoder(LENGTH_ORDER.length);
  private final HuffmanDecoder literals = new HuffmanDecoder(FIXED_LITERALS);
  private final HuffmanDecoder distances = new HuffmanDecoder(FIXED_LITERALS);
  private final int[] lengths = new int[FIXED_LITERALS + Deflation.DISTANCE_CODES];
  private IaxError error;
  private Stop stop;
  private boolean finalBlock;
  private boolean blockEnded;

  BitSource in() {
    return in;
  }

  OutputWindow out() {
    return out;
  }

  /** What was wrong, after {@link Stop#ERROR}. */
  IaxError error() {
    return error;
  }

  /**
   * Whether the last token was the end of a block.
   *
   * @param last of the last block of the stream
   */
  boolean endedWithBlock(boolean last) {
    return blockEnded && (finalBlock || !last);
  }

  /**
   * Decodes from the header of a block on; source and destination have been started.
   *
   * @param stopping whether to stop at the end of a block
   * @param onlyFinal whether only at that of the last block
   */
  Stop run(boolean stopping, boolean onlyFinal) {
    error = null;
    stop = null;
    finalBlock = false;
    blockEnded = false;
    while (block()) {
      blockEnded = true;
      if (stopping && (finalBlock || !onlyFinal)) {
        return Stop.AT_END_OF_BLOCK;
      }
    }
    return stop;
  }

  private boolean stop(Stop why) {
    stop = why;
    return false;
  }

  private boolean wrong(IaxError what) {
    error = what;
    return stop(Stop.ERROR);
  }

  private boolean need(int bits) {
    return in.need(bits) || stop(Stop.NO_INPUT);
  }

  /** Decodes a block; answers whether it has come to its end. */
  private boolean block() {
    if (!need(3)) {
      return false;
    }
    boolean last = in.take(1) != 0;
    int type = in.take(2);
    switch (type) {
      case STORED:
        return stored(last);
      case FIXED:
        buildFixed();
        break;
      case DYNAMIC:
        if (!readCodes()) {
          return false;
        }
        break;
      default:
        return wrong(IaxError.INVALID_BLOCK_TYPE);
    }
    finalBlock = last;
    return tokens();
  }

  private boolean stored(boolean last) {
    in.alignToByte();
    if (!need(32)) {
      return false;
    }
    int length = in.take(16);
    if ((in.take(16) ^ 0xffff) != length) {
      return wrong(IaxError.INVALID_STORED_LEN);
    }
    finalBlock = last;
    blockEnded = false;
    for (int i = 0; i < length; i++) {
      if (!need(8)) {
        return false;
      }
      if (!out.put(in.take(8))) {
        return stop(Stop.NO_OUTPUT);
      }
    }
    return true;
  }

  private void buildFixed() {
    Arrays.fill(lengths, 0, 144, 8);
    Arrays.fill(lengths, 144, 256, 9);
    Arrays.fill(lengths, 256, 280, 7);
    Arrays.fill(lengths, 280, FIXED_LITERALS, 8);
    boolean sound = literals.build(lengths, 0, FIXED_LITERALS);
    Arrays.fill(lengths, 0, Deflation.DISTANCE_CODES, 5);
    sound &= distances.build(lengths, 0, Deflation.DISTANCE_CODES);
    assert sound;
  }

  /** Reads the codes of a block that brings its own. */
  private boolean readCodes() {
    if (!need(14)) {
      return false;
    }
    int literalCount = in.take(5) + 257;
    int distanceCount = in.take(5) + 1;
    int lengthCount = in.take(4) + 4;
    if (literalCount > Deflation.LITERAL_CODES) {
      return wrong(IaxError.TOO_MANY_LL_CODES);
    }
    if (distanceCount > Deflation.DISTANCE_CODES) {
      return wrong(IaxError.TOO_MANY_D_CODES);
    }
    Arrays.fill(lengths, 0, LENGTH_ORDER.length, 0);
    for (int i = 0; i < lengthCount; i++) {
      if (!need(3)) {
        return false;
      }
      lengths[LENGTH_ORDER[i]] = in.take(3);
    }
    if (!lengthCode.build(lengths, 0, LENGTH_ORDER.length)) {
      return wrong(IaxError.BAD_CL_CODE_LEN);
    }
    if (!readLengths(0, literalCount, IaxError.FIRST_LL_CODE_16, IaxError.WRONG_NUM_LL_CODES)
        || !readLengths(
            literalCount, distanceCount, IaxError.FIRST_D_CODE_16, IaxError.WRONG_NUM_DIST_CODES)) {
      return false;
    }
    boolean any = false;
    for (int i = 0; i < literalCount; i++) {
      any |= lengths[i] != 0;
    }
    if (!any) {
      return wrong(IaxError.NO_LL_CODE);
    }
    if (!literals.build(lengths, 0, literalCount)) {
      return wrong(IaxError.BAD_LL_CODE_LEN);
    }
    return distances.build(lengths, literalCount, distanceCount)
        || wrong(IaxError.BAD_DIST_CODE_LEN);
  }

  private boolean readLengths(int from, int number, IaxError first, IaxError tooMany) {
    int at = 0;
    while (at < number) {
      int symbol = lengthCode.decode(in);
      if (symbol < 0) {
        return symbol == HuffmanDecoder.NO_INPUT
            ? stop(Stop.NO_INPUT)
            : wrong(IaxError.UNDEFINED_CL_CODE);
      }
      if (symbol < REPEAT_BEFORE) {
        lengths[from + at] = symbol;
        at++;
        continue;
      }
      if (symbol == REPEAT_BEFORE && at == 0) {
        return wrong(first);
      }
      int bits = symbol == REPEAT_BEFORE ? 2 : symbol == REPEAT_ZERO_LONG ? 7 : 3;
      if (!need(bits)) {
        return false;
      }
      int times = in.take(bits) + (symbol == REPEAT_ZERO_LONG ? 11 : 3);
      int value = symbol == REPEAT_BEFORE ? lengths[from + at - 1] : 0;
      if (at + times > number) {
        return wrong(tooMany);
      }
      Arrays.fill(lengths, from + at, from + at + times, value);
      at += times;
    }
    return true;
  }

  /** Decodes up to the end of a block. */
  private boolean tokens() {
    while (true) {
      int symbol = literals.decode(in);
      if (symbol == Deflation.END_OF_BLOCK) {
        return true;
      }
      if (symbol == HuffmanDecoder.NO_INPUT) {
        return stop(Stop.NO_INPUT);
      }
      blockEnded = false;
      if (symbol < 0 || symbol >= Deflation.LITERAL_CODES) {
        return wrong(IaxError.BAD_LL_CODE);
      }
      if (symbol < Deflation.END_OF_BLOCK) {
        if (!out.put(symbol)) {
          return stop(Stop.NO_OUTPUT);
        }
      } else if (!match(symbol - Deflation.FIRST_LENGTH_CODE)) {
        return false;
      }
    }
  }

  private boolean match(int lengthSymbol) {
    int lengthBits = Deflation.LENGTH_BITS[lengthSymbol];
    if (!need(lengthBits)) {
      return false;
    }
    int length = Deflation.LENGTHS[lengthSymbol] + in.take(lengthBits);
    int symbol = distances.decode(in);
    if (symbol < 0) {
      return symbol == HuffmanDecoder.NO_INPUT ? stop(Stop.NO_INPUT) : wrong(IaxError.BAD_D_CODE);
    }
    int distanceBits = Deflation.DISTANCE_BITS[symbol];
    if (!need(distanceBits)) {
      return false;
    }
    int distance = Deflation.DISTANCES[symbol] + in.take(distanceBits);
    if (distance > Deflation.HISTORY_BYTES) {
      return wrong(IaxError.BAD_DIST);
    }
    if (distance > out.produced()) {
      return wrong(IaxError.REF_BEFORE_START);
    }
    return out.repeat(distance, length) || stop(Stop.NO_OUTPUT);
  }
}
