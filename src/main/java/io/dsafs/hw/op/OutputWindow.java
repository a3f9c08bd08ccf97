package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import java.nio.ByteBuffer;

/**
 * What a decompression has put out: the last of it for matches to refer to, and the way to the
 * destination.
 */
final class OutputWindow {
  private static final int HISTORY = Deflation.HISTORY_BYTES;

  private Work work;
  private DmaBuffer buffer;
  private DataChecksums checksums;
  private boolean suppressed;
  private long most;
  private int position;
  private long flushed;
  private boolean full;
  private boolean faulted;

  /**
   * Begins with nothing.
   *
   * @param limit how many bytes the destination takes
   * @param suppress whether nothing is written, whatever the limit
   */
  void start(Work from, DataChecksums sums, long limit, boolean suppress) {
    work = from;
    buffer = from.buffers().second();
    checksums = sums;
    most = suppress ? Long.MAX_VALUE : limit;
    suppressed = suppress;
    position = HISTORY;
    flushed = 0;
    full = false;
    faulted = false;
  }

  /** Whether the destination has no room for what was to be put out. */
  boolean full() {
    return full;
  }

  /** Whether writing has met a page that is not there. */
  boolean faulted() {
    return faulted;
  }

  /** How many bytes were put out. */
  long produced() {
    return flushed + position - HISTORY;
  }

  /** How many bytes are in the destination. */
  long written() {
    return suppressed ? 0 : flushed;
  }

  /** The first byte of the destination that has not been written. */
  long address() {
    return work.destination() + flushed;
  }

  /** Puts a byte out; answers whether there was room. */
  boolean put(int value) {
    if (produced() == most) {
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

  /** Puts bytes out again that are not further back than the history. */
  boolean repeat(int distance, int length) {
    for (int i = 0; i < length; i++) {
      // A flush in between moves the history: the distance stays.
      if (!put(buffer.bytes().get(position - distance))) {
        return false;
      }
    }
    return true;
  }

  /** Writes what has been put out to the destination; answers whether all of it was taken. */
  boolean flush() {
    int length = position - HISTORY;
    if (length == 0) {
      return true;
    }
    int written =
        suppressed ? length : work.write(work.destination() + flushed, buffer, HISTORY, length);
    checksums.update(buffer, HISTORY, written);
    flushed += written;
    faulted = written < length;
    if (!faulted) {
      ByteBuffer bytes = buffer.bytes();
      // Overlapping only where less than the history was put out: the copy is as if through
      // another.
      bytes.put(0, bytes, position - HISTORY, HISTORY);
      position = HISTORY;
    }
    return !faulted;
  }
}
