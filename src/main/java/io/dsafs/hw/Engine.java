package io.dsafs.hw;

import java.util.function.Supplier;

/**
 * An engine: takes a descriptor from its group, runs it, is idle again. It is passive; which thread
 * runs it is decided elsewhere, and only one does at a time.
 *
 * <p>All methods are called with the device lock held, save those that say otherwise.
 */
final class Engine {
  private final int index;
  private final Object lock;
  private final Supplier<Execution> executions;

  /** Replaced with the lock held, and only while the engine is busy. */
  private volatile Execution execution;

  private Group group;
  private boolean busy;
  private boolean stalled;

  /** Whether the work is so short that handing it to another thread would take longer. */
  private boolean quick;

  // When the execution was last looked at with a sign of life since the look before.
  private int beatsSeen;
  private long beatsSeenAt;

  /**
   * @param executions makes one, without side effect
   */
  Engine(int index, Object lock, Supplier<Execution> executions) {
    this.index = index;
    this.lock = lock;
    this.executions = executions;
    execution = executions.get();
  }

  int index() {
    return index;
  }

  void setGroup(Group to) {
    group = to;
  }

  boolean isBusy() {
    return busy;
  }

  /** Whether the engine takes nothing; what it is busy with it finishes. */
  boolean isStalled() {
    return stalled;
  }

  void setStalled(boolean on) {
    stalled = on;
  }

  /** Takes the next descriptor of the group and is busy with it. */
  boolean load() {
    assert Thread.holdsLock(lock);
    if (busy || stalled || group == null || !execution.load(group)) {
      return false;
    }
    busy = true;
    return true;
  }

  void setQuick(boolean isQuick) {
    quick = isQuick;
  }

  /** Asked, without the lock, only by the thread that runs the engine or is about to. */
  boolean isQuick() {
    return quick;
  }

  /** What runs the descriptor that the engine is busy with. Asked with or without the lock. */
  Execution execution() {
    return execution;
  }

  /** What the engine is busy with. */
  Submission submission() {
    return execution.submission();
  }

  /** Is idle again. */
  void retire() {
    assert Thread.holdsLock(lock);
    busy = false;
    execution.retire();
  }

  /** Whether the thread that runs the engine has given no sign of life for so long. */
  boolean isHeldUp(long now, long patienceNanos) {
    assert Thread.holdsLock(lock);
    int beats = execution.beats();
    if (!busy || beats != beatsSeen) {
      beatsSeen = beats;
      beatsSeenAt = now;
    }
    return busy && now - beatsSeenAt > patienceNanos;
  }

  /**
   * Is idle again though the thread that runs the descriptor is still at it: that one finds another
   * execution here when it comes back, and leaves the engine alone.
   */
  void giveUp() {
    assert Thread.holdsLock(lock);
    Execution next = executions.get();
    execution.giveUp();
    retire();
    execution = next;
  }
}
