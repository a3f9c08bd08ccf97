package io.dsafs.core;

/**
 * What a thread does once it has given its answer: work that nobody shall have to wait for. Mirrors
 * task_work_add() and task_work_run() of the kernel.
 *
 * <p>Adding and running belong to one thread and take no lock. That thread may be held up in one
 * work for ever; so another may take over those behind it, and a work has to see to it that it is
 * done once, whoever comes first.
 */
public final class TaskWork {
  /** A thread that has such work. */
  public interface Owner {
    TaskWork taskWork();
  }

  /** A request leaves little behind: an engine each for what it has submitted. */
  private static final int MOST = 8;

  private final Runnable[] works = new Runnable[MOST];
  private boolean open;

  /** Written after the works, so that another thread sees those that it counts. */
  private volatile int count;

  /** How many works have been begun. */
  private volatile int begun;

  /** An answer is owed from now on: work may be put off. */
  public void open() {
    open = true;
  }

  /** The answer has been given: nothing more is put off. What was, stays for {@link #run}. */
  public void close() {
    open = false;
  }

  /**
   * Puts work off until {@link #run}.
   *
   * @return false if no answer is owed, or there is too much already: the work is not taken
   */
  public boolean add(Runnable work) {
    int before = count;
    if (!open || before == MOST) {
      return false;
    }
    works[before] = work;
    count = before + 1;
    return true;
  }

  /** How many works are put off. */
  public int count() {
    return count;
  }

  /** The answer has been given: does what was put off, in that order, and takes no more. */
  public void run() {
    open = false;
    if (count == 0) {
      return;
    }
    try {
      runAll();
    } finally {
      count = 0;
      begun = 0;
    }
  }

  /** Takes on what another thread, which is held up in {@link #run}, has left to do. */
  public void takeOver(TaskWork from) {
    int first = from.begun;
    int left = Math.max(0, from.count - first);
    System.arraycopy(from.works, first, works, 0, left);
    count = left;
  }

  private void runAll() {
    RuntimeException failure = null;
    int all = count;
    for (int i = 0; i < all; i++) {
      begun = i + 1;
      try {
        works[i].run();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
