package io.dsafs.mem;

/** Finds the memory of a running thread. */
@FunctionalInterface
public interface TaskMemory {
  /**
   * The address space that the thread runs in now: the same object for all threads of a live
   * process image, another after execve(2). Quick after the first call; safe from any thread.
   *
   * @param tid a thread that waits until this call has returned, in the numbering of the daemon's
   *     pid namespace
   * @return null if it has ended or cannot be reached
   */
  AddressSpace of(int tid);

  /** Why the memory of a thread cannot be reached. */
  enum Refusal {
    /** It has ended, or has no number here. */
    NO_SUCH_THREAD,
    /** The kernel does not let this process reach it. */
    REFUSED,
    /** This process, or the machine, has no file descriptor left. */
    NO_DESCRIPTORS
  }

  /** What looking for the memory of a thread came to. */
  sealed interface Outcome {}

  /** Its memory, as {@link #of} answers it. */
  record Found(AddressSpace space) implements Outcome {}

  /** There is none to be had. */
  record Refused(Refusal reason) implements Outcome {}

  /**
   * As {@link #of}, for a user who keeps what is found until {@link #done}. Nothing is believed of
   * what was found before.
   */
  default Outcome find(int tid) {
    AddressSpace space = of(tid);
    return space == null ? new Refused(Refusal.NO_SUCH_THREAD) : new Found(space);
  }

  /**
   * Whether a thread may map the registers of devices: it has CAP_SYS_RAWIO, effective, in the user
   * namespace that the daemon takes for the machine's first.
   *
   * @param tid as in {@link #of}
   */
  default boolean hasRawIo(int tid) {
    return true;
  }

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
   * A user, one for each success of {@link #find}, has done with an address space: what is kept for
   * it can be given up after the last.
   */
  default void done(AddressSpace space) {}
}
