package io.dsafs.idxd.mainline;

import io.dsafs.idxd.CompletionList;
import io.dsafs.idxd.KernelQueue;

/**
 * How this version submits: as many descriptors as the queue takes at once, one vector for each
 * queue, and a full shared queue is tried some times. Mirrors submit.c.
 */
final class MainlineSubmission implements KernelQueue.Policy {
  private final MainlineWq wq;
  private final int descriptors;

  MainlineSubmission(MainlineWq wq) {
    this.wq = wq;
    this.descriptors = wq.dedicated() ? wq.size() : wq.threshold();
  }

  @Override
  public int descriptors() {
    return descriptors;
  }

  @Override
  public int limit() {
    return descriptors;
  }

  @Override
  public int attempts() {
    return wq.enqcmdsRetries() + 1;
  }

  @Override
  public boolean usesAllSlots() {
    return true;
  }

  @Override
  public boolean privileged() {
    return false;
  }

  @Override
  public int interruptHandle() {
    return wq.interruptHandle();
  }

  @Override
  public boolean renewsHandles() {
    return wq.device().interruptHandles();
  }

  @Override
  public CompletionList completions(int handle) {
    return wq.device().completionInterrupts().get(wq.id()).list();
  }
}
