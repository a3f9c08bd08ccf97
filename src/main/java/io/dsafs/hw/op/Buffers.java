package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;

/**
 * The scratch of one engine: data moves through its buffers in pieces. They are made at the first
 * use and kept.
 */
public final class Buffers {
  /** A multiple of every unit that operations work in but the blocks of the DIF family. */
  public static final int CHUNK_BYTES = 256 * 1024;

  private static final int SMALL_BYTES = 64;

  private DmaBuffer first;
  private DmaBuffer second;
  private DmaBuffer third;
  private DmaBuffer list;
  private final Crc32 crc32 = Crc32.castagnoli();
  private final Crc64 crc64 = new Crc64();
  private Deflation deflation;
  private final DifTags sourceTags = new DifTags();
  private final DifTags destinationTags = new DifTags();
  private final DmaBuffer small = new DmaBuffer(SMALL_BYTES);

  DmaBuffer first() {
    if (first == null) {
      first = new DmaBuffer(CHUNK_BYTES);
    }
    return first;
  }

  DmaBuffer second() {
    if (second == null) {
      second = new DmaBuffer(CHUNK_BYTES);
    }
    return second;
  }

  DmaBuffer third() {
    if (third == null) {
      third = new DmaBuffer(CHUNK_BYTES);
    }
    return third;
  }

  Crc32 crc32() {
    return crc32;
  }

  Crc64 crc64() {
    return crc64;
  }

  /** What compression and decompression need. */
  Deflation deflation() {
    if (deflation == null) {
      deflation = new Deflation();
    }
    return deflation;
  }

  DifTags sourceTags() {
    return sourceTags;
  }

  DifTags destinationTags() {
    return destinationTags;
  }

  /** 64 bytes, for seeds and the like. */
  DmaBuffer small() {
    return small;
  }

  /** For the descriptors of a batch; operations of its members leave it alone. */
  public DmaBuffer list() {
    if (list == null) {
      list = new DmaBuffer(CHUNK_BYTES);
    }
    return list;
  }
}
