package io.dsafs.hw;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Completion records that shall not be written, whatever is at their address. While there are none,
 * asking is one read of a field.
 */
final class RecordFaults {
  private volatile boolean any;

  @GuardedBy("this")
  private long left;

  /** The next records fault. */
  synchronized void set(long times) {
    left = times;
    any = times > 0;
  }

  /** How many are still to fault. */
  synchronized long left() {
    return left;
  }

  /** Whether the record that is due now faults; it then counts. */
  boolean take() {
    return any && takeOne();
  }

  private synchronized boolean takeOne() {
    if (left == 0) {
      return false;
    }
    left--;
    any = left > 0;
    return true;
  }
}
