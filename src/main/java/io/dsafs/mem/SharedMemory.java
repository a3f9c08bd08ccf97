package io.dsafs.mem;

import java.nio.ByteBuffer;

/**
 * Memory that a process shares with this one, mapped here until it is closed. The process may
 * change it at any time; it cannot take it away.
 */
public interface SharedMemory {
  /** Why memory was not shared. */
  enum Refusal {
    /** Not an open file of the process, or the process cannot be reached. */
    NO_FILE,
    /** Not a file of memory that keeps its size, of the size asked for, and that can be written. */
    UNFIT,
    /** This process, or the machine, has no file descriptor left to look at it with. */
    NO_DESCRIPTORS,
    /** There is no room for another mapping. */
    NO_MEMORY
  }

  /** What a request came to. */
  sealed interface Outcome {}

  /** Mapped; whoever gets it closes it. */
  record Shared(SharedMemory memory) implements Outcome {}

  /** Not mapped. */
  record Refused(Refusal reason) implements Outcome {}

  /**
   * The memory: a direct little-endian buffer at a multiple of 4096, and each time the same. It
   * must not be touched after {@link #close}, not even by another thread.
   */
  ByteBuffer bytes();

  /** Takes the mapping away; called once. */
  void close();
}
