package io.dsafs.hw;

import io.dsafs.spec.WqCfg;

/**
 * The configuration of a queue as it was when the queue was enabled; it cannot change until the
 * queue is disabled.
 */
final class QueueSettings {
  private final int size;
  private final boolean dedicated;
  private final int priority;
  private final boolean blockOnFault;
  private final boolean pageRequests;
  private final boolean pasidEnabled;
  private final int pasid;
  private final boolean priv;
  private final long maxTransferBytes;
  private final long maxBatch;
  private final boolean userInterrupts;
  private final long[] operations;

  /**
   * Reads the entry of a queue.
   *
   * @param userInterrupts GENCFG, which cannot change either
   * @param operations the operations the queue allows, 64 per word
   */
  QueueSettings(Bank wqcfg, int index, boolean userInterrupts, long[] operations) {
    size = wqcfg.getInt(index, WqCfg.SIZE);
    dedicated = wqcfg.isSet(index, WqCfg.MODE);
    // A device that takes priority 0 serves it as the lowest.
    priority = Math.max(1, wqcfg.getInt(index, WqCfg.PRIORITY));
    blockOnFault = wqcfg.isSet(index, WqCfg.BOF);
    pageRequests = !wqcfg.isSet(index, WqCfg.PRS_DISABLE) && !wqcfg.isSet(index, WqCfg.ATS_DISABLE);
    pasidEnabled = wqcfg.isSet(index, WqCfg.PASID_EN);
    pasid = wqcfg.getInt(index, WqCfg.PASID);
    priv = wqcfg.isSet(index, WqCfg.PRIV);
    maxTransferBytes = 1L << wqcfg.getInt(index, WqCfg.MAX_XFER_SHIFT);
    maxBatch = 1L << wqcfg.getInt(index, WqCfg.MAX_BATCH_SHIFT);
    this.userInterrupts = userInterrupts;
    this.operations = operations;
  }

  int size() {
    return size;
  }

  boolean dedicated() {
    return dedicated;
  }

  int priority() {
    return priority;
  }

  boolean blockOnFault() {
    return blockOnFault;
  }

  /** Whether the queue lets the device ask for pages, as far as the device can at all. */
  boolean pageRequests() {
    return pageRequests;
  }

  boolean pasidEnabled() {
    return pasidEnabled;
  }

  /** Of a dedicated queue with PASID enable. */
  int pasid() {
    return pasid;
  }

  /** Of a dedicated queue with PASID enable. */
  boolean priv() {
    return priv;
  }

  long maxTransferBytes() {
    return maxTransferBytes;
  }

  long maxBatch() {
    return maxBatch;
  }

  boolean userInterrupts() {
    return userInterrupts;
  }

  boolean allows(int opcode) {
    return (operations[opcode / 64] >>> (opcode % 64) & 1) != 0;
  }
}
