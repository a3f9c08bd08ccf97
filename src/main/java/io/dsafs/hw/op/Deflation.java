package io.dsafs.hw.op;

/** The scratch of compression and decompression, made at the first use and kept. */
final class Deflation {
  /** How far a match reaches back at most. */
  static final int HISTORY_BYTES = 4096;

  static final int LITERAL_CODES = 286;
  static final int DISTANCE_CODES = 30;
  static final int END_OF_BLOCK = 256;
  static final int FIRST_LENGTH_CODE = 257;
  static final int SHORTEST_MATCH = 3;
  static final int LONGEST_MATCH = 258;

  /** The shortest match of each length code, and how many extra bits it has. Source: RFC 1951. */
  static final int[] LENGTHS = new int[29];

  static final int[] LENGTH_BITS = new int[29];

  /** The shortest distance of each distance code, and how many extra bits it has. */
  static final int[] DISTANCES = new int[DISTANCE_CODES];

  static final int[] DISTANCE_BITS = new int[DISTANCE_CODES];

  static {
    int length = SHORTEST_MATCH;
    for (int i = 0; i < LENGTHS.length; i++) {
      LENGTH_BITS[i] = i < 8 ? 0 : i / 4 - 1;
      LENGTHS[i] = length;
      length += 1 << LENGTH_BITS[i];
    }
    // The last code stands for 258 alone, not for the end of a row of 32.
    LENGTHS[28] = LONGEST_MATCH;
    LENGTH_BITS[28] = 0;
    int distance = 1;
    for (int i = 0; i < DISTANCE_CODES; i++) {
      DISTANCE_BITS[i] = i < 4 ? 0 : i / 2 - 1;
      DISTANCES[i] = distance;
      distance += 1 << DISTANCE_BITS[i];
    }
  }

  private final Inflate inflate = new Inflate();
  private final Matcher matcher = new Matcher();
  private final Tokens tokens = new Tokens();
  private final CompressState state = new CompressState();
  private final DataChecksums checksums = new DataChecksums();
  private final long[] crcTable = new long[256];

  Inflate inflate() {
    return inflate;
  }

  Matcher matcher() {
    return matcher;
  }

  Tokens tokens() {
    return tokens;
  }

  CompressState state() {
    return state;
  }

  DataChecksums checksums() {
    return checksums;
  }

  long[] crcTable() {
    return crcTable;
  }
}
