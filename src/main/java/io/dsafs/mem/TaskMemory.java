package io.dsafs.mem;

/** Finds the address space that a thread runs in. */
@FunctionalInterface
public interface TaskMemory {
  /**
   * The address space of a live thread.
   *
   * @param tid a thread id in the daemon's pid namespace
   * @return the same object for as long as the process runs the same image; null if its memory
   *     cannot be reached
   */
  AddressSpace of(int tid);
}
