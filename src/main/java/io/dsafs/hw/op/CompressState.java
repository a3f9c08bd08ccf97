package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;

/**
 * Configuration and state of a compression: checksums so far, bits that wait to be put out, and the
 * Huffman codes. In memory it has {@link #SIZE_BYTES}. Source: the query processing library and the
 * vendor's test of the device.
 */
final class CompressState {
  static final int SIZE_BYTES = 1568;

  /** Places in bytes. */
  private static final int CRC = 0;

  private static final int XOR = 4;
  private static final int WAITING_BITS = 28;
  private static final int WAITING = 32;
  static final int WAITING_BYTES = 256;
  private static final int LITERALS = 288;
  private static final int DISTANCES = LITERALS + 4 * (Deflation.LITERAL_CODES + 2);

  /** How a word is given: its bits from the highest, and its length above them. */
  private static final int LENGTH_SHIFT = 15;

  private static final int LENGTH_MASK = 0xf;

  private final DmaBuffer memory = new DmaBuffer(SIZE_BYTES);

  DmaBuffer memory() {
    return memory;
  }

  /** The codes of a block of fixed codes, and nothing waiting. Source: RFC 1951 section 3.2.6. */
  void setFixed() {
    for (int at = 0; at < SIZE_BYTES; at += Integer.BYTES) {
      memory.bytes().putInt(at, 0);
    }
    for (int i = 0; i < Deflation.LITERAL_CODES; i++) {
      int word;
      if (i < 144) {
        word = 8 << LENGTH_SHIFT | (0x30 + i);
      } else if (i < 256) {
        word = 9 << LENGTH_SHIFT | (0x190 + i - 144);
      } else if (i < 280) {
        word = 7 << LENGTH_SHIFT | (i - 256);
      } else {
        word = 8 << LENGTH_SHIFT | (0xc0 + i - 280);
      }
      memory.bytes().putInt(LITERALS + 4 * i, word);
    }
    for (int i = 0; i < Deflation.DISTANCE_CODES; i++) {
      memory.bytes().putInt(DISTANCES + 4 * i, 5 << LENGTH_SHIFT | i);
    }
  }

  int crc() {
    return memory.bytes().getInt(CRC);
  }

  int xor() {
    return memory.bytes().getInt(XOR);
  }

  void setChecksums(DataChecksums checksums) {
    memory.bytes().putInt(CRC, checksums.crc());
    memory.bytes().putInt(XOR, checksums.xor());
  }

  int waitingBits() {
    return memory.bytes().getInt(WAITING_BITS);
  }

  int waiting(int index) {
    return memory.bytes().get(WAITING + index) & 0xff;
  }

  /** From now on these bits wait, fewer than eight. */
  void setWaiting(int bits, int count) {
    for (int at = 0; at < WAITING_BYTES; at += Long.BYTES) {
      memory.bytes().putLong(WAITING + at, 0);
    }
    memory.bytes().put(WAITING, (byte) bits);
    memory.bytes().putInt(WAITING_BITS, count);
  }

  /**
   * The word of a literal, length or end of block, as {@link #length} and {@link #bits} read it.
   */
  int literal(int symbol) {
    return memory.bytes().getInt(LITERALS + 4 * symbol);
  }

  int distance(int symbol) {
    return memory.bytes().getInt(DISTANCES + 4 * symbol);
  }

  /** 0: the symbol has no word. */
  static int length(int word) {
    return word >>> LENGTH_SHIFT & LENGTH_MASK;
  }

  /** The bits of a word in the order in which they are put out, from the lowest. */
  static int bits(int word) {
    int length = length(word);
    return length == 0 ? 0 : Integer.reverse(word) >>> (Integer.SIZE - length);
  }
}
