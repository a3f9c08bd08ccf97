package io.dsafs.hw;

import io.dsafs.spec.GenSts;

/**
 * GENSTS, and what engines ask of the device's state without a lock. Writing methods are called
 * with the device lock held.
 */
final class DeviceState {
  private final Bank gensts;
  private GenSts.State state = GenSts.State.DISABLED;

  /** Counts the times that work under way has become void: function-level resets and halts. */
  private volatile int generation;

  private volatile boolean pasidPrivileged;
  private volatile boolean pageRequests;
  private volatile boolean addressTranslation;

  /** The traffic classes that an enabled virtual channel carries. */
  private volatile int trafficClasses;

  DeviceState(Bank gensts) {
    this.gensts = gensts;
  }

  GenSts.State state() {
    return state;
  }

  boolean isEnabled() {
    return state == GenSts.State.ENABLED;
  }

  /** Being disabled or reset. */
  boolean isDraining() {
    return state == GenSts.State.DRAIN;
  }

  boolean isDisabled() {
    return state == GenSts.State.DISABLED;
  }

  boolean isHalted() {
    return state == GenSts.State.HALT;
  }

  void setState(GenSts.State to) {
    state = to;
    gensts.set(GenSts.STATE, to.code());
    gensts.set(GenSts.RESET_TYPE, 0);
  }

  void halt(GenSts.ResetType resetType) {
    setState(GenSts.State.HALT);
    gensts.set(GenSts.RESET_TYPE, resetType.code());
  }

  GenSts.ResetType resetType() {
    return GenSts.ResetType.of(gensts.word(0, 0));
  }

  int generation() {
    return generation;
  }

  void voidWork() {
    int next = generation + 1;
    generation = next;
  }

  void setPci(boolean privileged, boolean pri, boolean ats, int classes) {
    pasidPrivileged = privileged;
    pageRequests = pri;
    addressTranslation = ats;
    trafficClasses = classes;
  }

  boolean pasidPrivileged() {
    return pasidPrivileged;
  }

  /** Whether a page that is not present is asked for on behalf of a queue. */
  boolean asksForPages(QueueSettings queue) {
    return pageRequests && queue.pageRequests();
  }

  boolean addressTranslation() {
    return addressTranslation;
  }

  boolean carries(int trafficClass) {
    return (trafficClasses >>> trafficClass & 1) != 0;
  }
}
