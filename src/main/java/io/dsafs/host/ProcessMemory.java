package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * The memory of one process image, reached with process_vm_readv and process_vm_writev, which keep
 * to the protections of its pages.
 *
 * <p>The system calls name the process by number, and a number is used again; the image is known by
 * an open {@code /proc/PID/mem}, which stays tied to the address space it was opened on and reads
 * nothing once that is gone. It is asked when the last answer is older than {@link #TRUSTED_NANOS}:
 * less than the kernel needs to hand out all other pids.
 */
final class ProcessMemory implements AddressSpace {
  private static final long TRUSTED_NANOS = 1_000_000;
  private static final int PAGE_BYTES = 4096;
  private static final Cleaner CLEANER = Cleaner.create();

  private final int pid;
  private final String command;
  private final int memFd;
  private volatile long checkedAt;
  private volatile boolean gone;

  /**
   * @param pid the process, not one of its other threads
   * @param command its name, for listings
   * @param memFd an open {@code /proc/PID/mem}, closed when this object is no longer in use
   */
  ProcessMemory(int pid, String command, int memFd) {
    this.pid = pid;
    this.command = command;
    this.memFd = memFd;
    this.checkedAt = System.nanoTime() - TRUSTED_NANOS;
    // Closed by the collector, never by hand: a thread may still be asking the descriptor.
    CLEANER.register(this, () -> LIBC.close(memFd));
  }

  int pid() {
    return pid;
  }

  @Override
  public int read(long address, DmaBuffer into, int offset, int length) {
    if (!alive()) {
      return 0;
    }
    IoVectors vectors = IoVectors.current();
    vectors.setLocal(0, into.nativeAddress(ProcessMemory::addressOf) + offset, length);
    vectors.setRemote(0, address, length);
    return count(LIBC.process_vm_readv(pid, vectors.local, 1, vectors.remote, 1, 0));
  }

  @Override
  public int write(long address, DmaBuffer from, int offset, int length) {
    if (!alive()) {
      return 0;
    }
    IoVectors vectors = IoVectors.current();
    vectors.setLocal(0, from.nativeAddress(ProcessMemory::addressOf) + offset, length);
    vectors.setRemote(0, address, length);
    return count(LIBC.process_vm_writev(pid, vectors.local, 1, vectors.remote, 1, 0));
  }

  @Override
  public boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length) {
    if (!alive()) {
      return false;
    }
    // The kernel fills the ranges in the order of the vector.
    IoVectors vectors = IoVectors.current();
    long local = from.nativeAddress(ProcessMemory::addressOf) + offset;
    vectors.setLocal(0, local + 1, length - 1L);
    vectors.setLocal(1, local, 1);
    vectors.setRemote(0, address + 1, length - 1L);
    vectors.setRemote(1, address, 1);
    return LIBC.process_vm_writev(pid, vectors.local, 2, vectors.remote, 2, 0) == length;
  }

  @Override
  public int writableBytes(long address, int length) {
    return accessibleBytes(address, length, true);
  }

  @Override
  public int readableBytes(long address, int length) {
    return accessibleBytes(address, length, false);
  }

  /** Reads one byte of each page and, to see whether it may be written, writes it back. */
  private int accessibleBytes(long address, int length, boolean write) {
    int accessible = 0;
    while (accessible < length && alive()) {
      int pages = setPages(address + accessible, length - accessible);
      IoVectors vectors = IoVectors.current();
      int reached =
          count(LIBC.process_vm_readv(pid, vectors.local, pages, vectors.remote, pages, 0));
      if (write && reached > 0) {
        reached =
            count(LIBC.process_vm_writev(pid, vectors.local, reached, vectors.remote, reached, 0));
      }
      if (reached == 0) {
        break;
      }
      long end = ((address + accessible) & -PAGE_BYTES) + (long) reached * PAGE_BYTES;
      accessible = (int) Math.min(length, end - address);
      if (reached < pages) {
        break;
      }
    }
    return accessible;
  }

  private static int setPages(long address, int length) {
    IoVectors vectors = IoVectors.current();
    long end = address + length;
    int pages = 0;
    for (long at = address; at != end && pages < IoVectors.CAPACITY; pages++) {
      vectors.setLocalToScratch(pages);
      vectors.setRemote(pages, at, 1);
      long next = (at & -PAGE_BYTES) + PAGE_BYTES;
      at = Long.compareUnsigned(end - at, next - at) < 0 ? end : next;
    }
    return pages;
  }

  private static long addressOf(ByteBuffer buffer) {
    return Pointer.wrap(LibC.RUNTIME, buffer).address();
  }

  private static int count(long result) {
    return result < 0 ? 0 : (int) result;
  }

  @Override
  public boolean alive() {
    if (gone) {
      return false;
    }
    long now = System.nanoTime();
    if (now - checkedAt < TRUSTED_NANOS) {
      return true;
    }
    // 0: the image has ended. 1 or EIO (nothing is mapped there): it is still there.
    if (LIBC.pread(memFd, IoVectors.current().scratch, 1, PAGE_BYTES) == 0) {
      gone = true;
      return false;
    }
    checkedAt = now;
    return true;
  }

  @Override
  public String describe() {
    return "pid " + pid + " (" + command + ")";
  }
}
