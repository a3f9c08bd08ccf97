package io.dsafs.hw;

/**
 * Which thread runs an engine that a thread has just given something to do. One that owes somebody
 * an answer must not run it before it has answered: the engine may be held up in the submitter's
 * memory, and whoever waits for the answer with it.
 */
@FunctionalInterface
public interface AfterAnswer {
  /** What becomes of the work. */
  enum Turn {
    /** This thread owes nobody an answer: it may run the work at once. */
    NOW,
    /** This thread will run the work when it has answered, or another will in its place. */
    LATER,
    /** This thread must not run the work. */
    ELSEWHERE
  }

  /** Every thread may run what it submits. */
  AfterAnswer AT_ONCE = work -> Turn.NOW;

  /**
   * Asked by a thread about work of its own.
   *
   * @param work to be run by whom the answer says; run more than once, it is done once
   */
  Turn offer(Runnable work);
}
