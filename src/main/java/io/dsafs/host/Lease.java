package io.dsafs.host;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps something open for as long as it is used, whoever ends it meanwhile. A descriptor that was
 * closed under a user would name whatever file is opened next.
 */
final class Lease {
  private final Runnable release;

  /** The owner counts as one until it has ended. */
  private final AtomicInteger users = new AtomicInteger(1);

  private final AtomicInteger owners = new AtomicInteger(1);

  /**
   * @param release run once, after the end and the last use
   */
  Lease(Runnable release) {
    this.release = release;
  }

  /** Begins a use, which ends with {@link #leave}; false if it is too late. */
  boolean enter() {
    int now = users.get();
    while (now > 0 && !isEnded()) {
      if (users.compareAndSet(now, now + 1)) {
        return true;
      }
      now = users.get();
    }
    return false;
  }

  void leave() {
    if (users.decrementAndGet() == 0) {
      release.run();
    }
  }

  /** No use begins from now on. */
  void end() {
    if (owners.getAndSet(0) == 1) {
      leave();
    }
  }

  boolean isEnded() {
    return owners.get() == 0;
  }
}
