package io.dsafs.hw.op;

import io.dsafs.spec.Status;

/** An operation: the checks that are its own, and what it does. */
public abstract class Operation {
  /**
   * Checks 7 to 11 of the model's order: transfer size, alignment, delta record sizes, dualcast
   * destinations, overlap.
   *
   * @return the status to end with, or null
   */
  public Status check(Work work) {
    return checkSize(work);
  }

  /** Does the work and leaves the outcome in it; success is assumed before. */
  public abstract void perform(Work work);

  /**
   * Whether the operation changes memory; if not, it may run before anybody knows that its record
   * cannot be written.
   */
  public abstract boolean writes();

  /** The transfer size must not be 0 and not exceed the limit of the queue. */
  static Status checkSize(Work work) {
    long size = work.size();
    return size == 0 || size > work.maxTransferBytes() ? Status.XFER_ERANGE : null;
  }

  /** Whether two ranges share a byte; both are at least one byte long. */
  static boolean overlap(long first, long firstBytes, long second, long secondBytes) {
    return Long.compareUnsigned(second - first, firstBytes) < 0
        || Long.compareUnsigned(first - second, secondBytes) < 0;
  }

  static int chunk(long remaining) {
    return (int) Math.min(remaining, Buffers.CHUNK_BYTES);
  }
}
