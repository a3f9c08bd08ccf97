package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The pollers of a queue that wait for an error. Mirrors err_queue of struct idxd_cdev. */
final class ErrorQueue {
  @GuardedBy("this")
  private final Map<Object, Set<Runnable>> wakers = new HashMap<>();

  /** Adds a waker of an open file; one that is known already counts once. */
  synchronized void add(Object file, Runnable waker) {
    wakers.computeIfAbsent(file, key -> new LinkedHashSet<>()).add(waker);
  }

  /** The file is closed: nobody waits through it. */
  synchronized void forget(Object file) {
    wakers.remove(file);
  }

  /** Runs every waker once, with no lock of the driver held. */
  void wakeAll() {
    take().forEach(Runnable::run);
  }

  private synchronized Set<Runnable> take() {
    Set<Runnable> all = new LinkedHashSet<>();
    wakers.values().forEach(all::addAll);
    wakers.clear();
    return all;
  }
}
