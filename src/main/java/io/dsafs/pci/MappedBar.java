package io.dsafs.pci;

import io.dsafs.hw.Endpoint;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A mapped range of a BAR: what an {@code __iomem} pointer is in C.
 *
 * <p>Offsets are in bytes from the start of the range. After the unmapping reads give all ones and
 * writes are lost. No call locks or allocates.
 */
public final class MappedBar {
  /** The unit of the 64-byte stores. */
  private static final int COMMAND_BYTES = 64;

  private final Endpoint endpoint;
  private final int bar;
  private final long start;
  private final long size;
  private volatile boolean mapped = true;

  /**
   * @param start of the range in the BAR, in bytes
   * @param size of the range in bytes
   */
  MappedBar(Endpoint endpoint, int bar, long start, long size) {
    this.endpoint = endpoint;
    this.bar = bar;
    this.start = start;
    this.size = size;
  }

  void unmap() {
    mapped = false;
  }

  /** The length of the range in bytes. */
  public long size() {
    return size;
  }

  /** As ioread32(). */
  public int read32(long offset) {
    long at = at(offset, Integer.BYTES);
    return mapped ? (int) endpoint.read(bar, at, Integer.BYTES) : -1;
  }

  /** As iowrite32(). */
  public void write32(long offset, int value) {
    long at = at(offset, Integer.BYTES);
    if (mapped) {
      endpoint.write(bar, at, Integer.BYTES, value & 0xffffffffL);
    }
  }

  /** As ioread64() of io-64-nonatomic-lo-hi.h: two 32-bit reads, the low half first. */
  public long read64(long offset) {
    long low = read32(offset) & 0xffffffffL;
    return low | (long) read32(offset + Integer.BYTES) << 32;
  }

  /** As iowrite64() of io-64-nonatomic-lo-hi.h: two 32-bit writes, the low half first. */
  public void write64(long offset, long value) {
    write32(offset, (int) value);
    write32(offset + Integer.BYTES, (int) (value >>> 32));
  }

  /**
   * Stores 64-byte items one by one, in ascending order, all to the same place (MOVDIR64B): posted,
   * there is no answer. Mirrors iosubmit_cmds512().
   *
   * @param offset of the place; must be a multiple of 64
   * @param source the items, from its position on; the position does not move
   * @param count how many items; 0 does nothing
   */
  public void iosubmitCmds512(long offset, ByteBuffer source, int count) {
    long at = commandAt(offset);
    int from = source.position();
    for (int i = 0; i < count && mapped; i++) {
      endpoint.postedWrite64(bar, at, source, from + i * COMMAND_BYTES);
    }
  }

  /**
   * Stores 64-byte items one by one, in ascending order, all to the same place (ENQCMDS), up to the
   * first that is not accepted. Mirrors iosubmit_cmds512_sync().
   *
   * @param offset of the place; must be a multiple of 64
   * @param source the items, from its position on; the position does not move
   * @param count how many items; 0 does nothing
   * @return how many items were not accepted, the refused one included; 0 for none
   */
  public int iosubmitCmds512Sync(long offset, ByteBuffer source, int count) {
    long at = commandAt(offset);
    int from = source.position();
    for (int i = 0; i < count; i++) {
      if (!mapped || !endpoint.deferrableWrite64(bar, at, source, from + i * COMMAND_BYTES)) {
        return count - i;
      }
    }
    return 0;
  }

  private long commandAt(long offset) {
    long at = at(offset, COMMAND_BYTES);
    if (at % COMMAND_BYTES != 0) {
      throw new IllegalArgumentException("a 64-byte store to the unaligned offset " + offset);
    }
    return at;
  }

  private long at(long offset, int width) {
    return start + Objects.checkFromIndexSize(offset, width, size);
  }
}
