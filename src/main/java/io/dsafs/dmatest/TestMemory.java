package io.dsafs.dmatest;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.mem.KernelMemory;
import java.util.concurrent.atomic.AtomicLong;

/** Where test buffers are from, and how much of them there may be. */
final class TestMemory {
  /** KMALLOC_MAX_SIZE on x86-64. */
  private static final int LARGEST_BYTES = 4 << 20;

  /** All buffers together; a real kernel has its memory, we have our heap. */
  private static final long TOTAL_BYTES = 64 << 20;

  private final KernelMemory memory;
  private final AtomicLong left = new AtomicLong(TOTAL_BYTES);

  TestMemory(KernelMemory memory) {
    this.memory = memory;
  }

  /**
   * ENOMEM: more than 4 MiB, or than is left.
   *
   * @param sizeBytes unsigned, not 0
   */
  TestBuffer allocate(int sizeBytes) throws ErrnoException {
    if (Integer.compareUnsigned(sizeBytes, LARGEST_BYTES) > 0 || !take(sizeBytes)) {
      throw new ErrnoException(Errno.ENOMEM, "no memory for a buffer of " + sizeBytes + " bytes");
    }
    try {
      return new TestBuffer(this, memory, sizeBytes);
    } catch (OutOfMemoryError e) {
      give(sizeBytes);
      throw new ErrnoException(Errno.ENOMEM, "the heap is full");
    }
  }

  private boolean take(int bytes) {
    if (left.addAndGet(-bytes) >= 0) {
      return true;
    }
    give(bytes);
    return false;
  }

  void give(int bytes) {
    left.addAndGet(bytes);
  }
}
