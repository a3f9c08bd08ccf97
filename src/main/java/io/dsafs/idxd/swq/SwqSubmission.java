package io.dsafs.idxd.swq;

import io.dsafs.idxd.CompletionList;
import io.dsafs.idxd.DmaDevice;
import io.dsafs.idxd.KernelQueue;

/**
 * How this version submits: as many descriptors as the queue and the engines hold, of which a
 * dedicated queue counts its own, and the vectors in turn.
 */
final class SwqSubmission implements KernelQueue.Policy {
  private final SwqWq wq;
  private final DmaDevice dma;
  private final int limit;
  private final int descriptors;

  SwqSubmission(SwqWq wq) {
    this.wq = wq;
    this.dma = wq.device().dmaDevice();
    int perEngine = wq.device().capabilities().maxDescriptorsPerEngine();
    this.descriptors = wq.size() + perEngine * wq.group().engineCount();
    // A shared queue is not counted (14.7).
    this.limit = wq.dedicated() ? wq.size() : 0;
  }

  @Override
  public int descriptors() {
    return descriptors;
  }

  @Override
  public int limit() {
    return limit;
  }

  @Override
  public int attempts() {
    return 0;
  }

  @Override
  public boolean usesAllSlots() {
    return false;
  }

  @Override
  public boolean privileged() {
    return true;
  }

  @Override
  public int interruptHandle() {
    return dma.nextVector();
  }

  /** Nothing takes handles away. */
  @Override
  public boolean renewsHandles() {
    return false;
  }

  @Override
  public CompletionList completions(int interruptHandle) {
    return wq.device().completionInterrupts().get(interruptHandle - 1).list();
  }
}
