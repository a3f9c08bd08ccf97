package io.dsafs.mem;

/** Finds the memory of a running thread. */
@FunctionalInterface
public interface TaskMemory {
  /**
   * The address space that the thread runs in now: the same object for all threads of a live
   * process image, another after execve(2). Quick after the first call; safe from any thread.
   *
   * @param tid the thread, in the numbering of the daemon's pid namespace
   * @return null if it has ended or cannot be reached
   */
  AddressSpace of(int tid);

  /**
   * Told when a user of an address space has done with it: what is kept for one that has ended can
   * be given up.
   */
  default void done(AddressSpace space) {}
}
