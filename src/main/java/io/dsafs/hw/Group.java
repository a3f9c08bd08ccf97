package io.dsafs.hw;

import java.util.Arrays;

/**
 * A group as it was configured when the device was enabled: its queues, their arbiter, its traffic
 * classes. Only a queue that was in no group then can be added later.
 *
 * <p>The arbiter goes round the queues and takes one descriptor from each that has work and turns
 * left; the priority of a queue is its number of turns. When no queue with work has turns left, all
 * are given anew. All methods are called with the device lock held. Source: hardware reference
 * chapter 9.
 */
final class Group {
  private WorkQueue[] queues;
  private final Engine[] engines;
  private final int trafficClassA;
  private final int trafficClassB;
  private int turn;

  Group(WorkQueue[] queues, Engine[] engines, int trafficClassA, int trafficClassB) {
    this.queues = queues;
    this.engines = engines;
    this.trafficClassA = trafficClassA;
    this.trafficClassB = trafficClassB;
  }

  void add(WorkQueue queue) {
    queues = Arrays.copyOf(queues, queues.length + 1);
    queues[queues.length - 1] = queue;
  }

  /** Not to be changed. */
  Engine[] engines() {
    return engines;
  }

  boolean hasEngines() {
    return engines.length > 0;
  }

  /** An engine that could take something, or null. */
  Engine idleEngine() {
    for (Engine engine : engines) {
      if (!engine.isBusy() && !engine.isStalled()) {
        return engine;
      }
    }
    return null;
  }

  /** Takes the next descriptor; answers false if no queue has one. */
  boolean take(long[] into, Submission submission) {
    WorkQueue queue = next();
    if (queue == null) {
      return false;
    }
    queue.pop(into, submission);
    submission.trafficClassA = trafficClassA;
    submission.trafficClassB = trafficClassB;
    return true;
  }

  private WorkQueue next() {
    WorkQueue queue = nextWithCredit();
    if (queue == null && hasWork()) {
      for (WorkQueue each : queues) {
        each.reloadCredits();
      }
      queue = nextWithCredit();
    }
    return queue;
  }

  private WorkQueue nextWithCredit() {
    for (int i = 0; i < queues.length; i++) {
      int at = (turn + i) % queues.length;
      if (queues[at].takeCredit()) {
        turn = (at + 1) % queues.length;
        return queues[at];
      }
    }
    return null;
  }

  boolean hasWork() {
    for (WorkQueue queue : queues) {
      if (queue.occupancy() > 0) {
        return true;
      }
    }
    return false;
  }
}
