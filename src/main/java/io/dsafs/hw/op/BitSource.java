package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;

/** Source 1 as a row of bits, the lowest of each byte first. */
final class BitSource {
  private Work work;
  private DmaBuffer buffer;
  private long size;
  private int ignoredBits;
  private long bits;
  private int count;
  private int position;
  private int limit;
  private long loaded;
  private boolean faulted;

  /**
   * Begins at the first bit.
   *
   * @param ignored how many bits of the last byte do not belong to it, 0 to 7
   */
  void start(Work from, int ignored) {
    work = from;
    buffer = from.buffers().first();
    size = from.size();
    ignoredBits = ignored;
    bits = 0;
    count = 0;
    position = 0;
    limit = 0;
    loaded = 0;
    faulted = false;
  }

  /** Whether reading has met a page that is not there. */
  boolean faulted() {
    return faulted;
  }

  /** How many bytes have been used, one that is used in part included. */
  long usedBytes() {
    return loaded - count / 8;
  }

  /** The first byte that has not been read. */
  long address() {
    return work.source() + loaded;
  }

  /** Makes a number of bits available, up to 32, or all that are left; answers whether it has. */
  boolean need(int wanted) {
    while (count < wanted) {
      if (position == limit && !refill()) {
        return false;
      }
      bits |= (buffer.bytes().get(position) & 0xffL) << count;
      position++;
      loaded++;
      count += loaded == size ? 8 - ignoredBits : 8;
    }
    return true;
  }

  private boolean refill() {
    if (loaded == size || faulted || work.cancelled()) {
      return false;
    }
    int wanted = Operation.chunk(size - loaded);
    limit = work.read(work.source() + loaded, buffer, wanted);
    position = 0;
    faulted = limit == 0;
    return !faulted;
  }

  /** How many bits are available without reading. */
  int available() {
    return count;
  }

  /** The next bits; those that are not available are 0. */
  int peek(int wanted) {
    return (int) (bits & ((1L << wanted) - 1));
  }

  void drop(int used) {
    bits >>>= used;
    count -= used;
  }

  /** Takes bits that are available. */
  int take(int wanted) {
    int value = peek(wanted);
    drop(wanted);
    return value;
  }

  /** Drops what is left of the byte that is used in part. */
  void alignToByte() {
    drop(count % 8);
  }
}
