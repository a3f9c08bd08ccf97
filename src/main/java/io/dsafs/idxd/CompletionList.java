package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * The descriptors that a completion vector looks after: a pending list that submitters add to
 * without a lock, and a work list of those seen unfinished. Mirrors struct idxd_irq_entry.
 *
 * <p>A descriptor that is taken off is finished with no lock held.
 */
public final class CompletionList {
  /** The newest first. */
  private final AtomicReference<DmaTransaction> pending = new AtomicReference<>();

  @GuardedBy("this")
  private DmaTransaction work;

  /** Adds a descriptor that is submitted, or is about to be. */
  void add(DmaTransaction descriptor) {
    DmaTransaction head;
    do {
      head = pending.get();
      descriptor.next = head;
    } while (!pending.compareAndSet(head, descriptor));
  }

  /**
   * Takes a descriptor off again that the device did not accept; false if somebody else has taken
   * it off, who completes it.
   */
  boolean remove(DmaTransaction descriptor) {
    return takeFirst(entry -> entry == descriptor) != null;
  }

  /**
   * Completes what has finished in the work list, then, if nothing stays there, in the pending
   * list.
   *
   * @return how many were completed
   */
  public int completeFinished() {
    int completed = completeWork();
    if (isWorkEmpty()) {
      detachPending();
      completed += completeWork();
    }
    return completed;
  }

  private int completeWork() {
    int completed = 0;
    for (DmaTransaction done = takeFinished(); done != null; done = takeFinished()) {
      done.queue().complete(done);
      completed++;
    }
    return completed;
  }

  private synchronized DmaTransaction takeFinished() {
    return unlinkWork(entry -> entry.queue().finished(entry));
  }

  /** Takes the first descriptor that fits, from the work list first, or answers null. */
  public synchronized DmaTransaction takeFirst(Predicate<DmaTransaction> wanted) {
    DmaTransaction found = unlinkWork(wanted);
    if (found == null) {
      // Those passed over go to the work list, also the ones behind the match: the posted code
      // loses those (14.9).
      detachPending();
      found = unlinkWork(wanted);
    }
    return found;
  }

  @GuardedBy("this")
  private DmaTransaction unlinkWork(Predicate<DmaTransaction> wanted) {
    DmaTransaction before = null;
    for (DmaTransaction entry = work; entry != null; entry = entry.next) {
      if (wanted.test(entry)) {
        if (before == null) {
          work = entry.next;
        } else {
          before.next = entry.next;
        }
        entry.next = null;
        return entry;
      }
      before = entry;
    }
    return null;
  }

  /** Moves the pending list behind the work list. */
  private synchronized void detachPending() {
    DmaTransaction detached = pending.getAndSet(null);
    if (work == null) {
      work = detached;
      return;
    }
    DmaTransaction last = work;
    while (last.next != null) {
      last = last.next;
    }
    last.next = detached;
  }

  private synchronized boolean isWorkEmpty() {
    return work == null;
  }

  boolean isEmpty() {
    return isWorkEmpty() && pending.get() == null;
  }

  /** Completes everything as aborted. */
  void abortAll() {
    for (DmaTransaction entry = takeFirst(e -> true); entry != null; entry = takeFirst(e -> true)) {
      entry.queue().complete(entry);
    }
  }
}
