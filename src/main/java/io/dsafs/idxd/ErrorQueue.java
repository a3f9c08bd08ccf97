package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The pollers of a queue that wait for an error; they are woken with no lock held. Mirrors
 * err_queue of struct idxd_cdev.
 */
public final class ErrorQueue {
  @GuardedBy("this")
  private final Map<Object, Set<Runnable>> wakers = new HashMap<>();

  /** Adds a waker of an open file; one that is known already counts once. */
  synchronized void add(Object file, Runnable waker) {
    wakers.computeIfAbsent(file, key -> new LinkedHashSet<>()).add(waker);
  }

  /**
   * The file is closed: its wakers run a last time, so that whoever keeps something for them can
   * let it go.
   */
  void close(Object file) {
    take(file).forEach(Runnable::run);
  }

  /** Runs every waker once. */
  public void wakeAll() {
    takeAll().forEach(Runnable::run);
  }

  private synchronized Set<Runnable> take(Object file) {
    Set<Runnable> known = wakers.remove(file);
    return known == null ? Set.of() : known;
  }

  private synchronized Set<Runnable> takeAll() {
    Set<Runnable> all = new LinkedHashSet<>();
    wakers.values().forEach(all::addAll);
    wakers.clear();
    return all;
  }
}
