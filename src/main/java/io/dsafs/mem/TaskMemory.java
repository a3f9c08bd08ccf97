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
   * Maps a file of memory that the thread's process has open, so that both see it. The file must be
   * sealed (memfd_create(2)): it keeps its size whatever the process does.
   *
   * @param tid the thread, as for {@link #of}
   * @param fd the file's number in the process
   * @param sizeBytes the size that the file must have
   */
  default SharedMemory.Outcome share(int tid, int fd, int sizeBytes) {
    return new SharedMemory.Refused(SharedMemory.Refusal.NO_FILE);
  }

  /**
   * Told when a user of an address space has done with it: what is kept for one that has ended can
   * be given up.
   */
  default void done(AddressSpace space) {}
}
