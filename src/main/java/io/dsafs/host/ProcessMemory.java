package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import java.nio.ByteBuffer;
import jnr.ffi.LastError;
import jnr.ffi.Pointer;

/**
 * The memory of one process image, reached with process_vm_readv and process_vm_writev, which keep
 * to the protections of its pages.
 *
 * <p>The system calls name the process by number, and a number is used again; the image is known by
 * an open {@code /proc/PID/mem}, which stays tied to the address space it was opened on and reads
 * nothing once that is gone. It is asked when the last answer is older than {@link #TRUSTED_NANOS},
 * less than the kernel needs to hand out all other pids, and after each access that fell short.
 */
final class ProcessMemory implements AddressSpace {
  /** How long an answer about a number is good. */
  static final long TRUSTED_NANOS = 1_000_000;

  private static final int PAGE_BYTES = PageMap.PAGE_BYTES;

  private final int pid;
  private final String command;
  private final int memFd;
  private final int pageMapFd;
  private final AddressSpace resident;

  /** Names the process: its main thread, or another when that one has ended by itself. */
  private volatile int thread;

  private volatile long checkedAt;
  private volatile boolean gone;

  /**
   * @param pid the process, not one of its other threads
   * @param command its name, for listings
   * @param memFd an open {@code /proc/PID/mem}, closed when the image is found to be gone
   * @param pageMapFd likewise {@code /proc/PID/pagemap}, or negative: every page counts as present
   */
  ProcessMemory(int pid, String command, int memFd, int pageMapFd) {
    this.pid = pid;
    this.command = command;
    this.memFd = memFd;
    this.pageMapFd = pageMapFd;
    this.thread = pid;
    this.checkedAt = System.nanoTime() - TRUSTED_NANOS;
    this.resident = pageMapFd < 0 ? this : new ResidentMemory(this, new PageMap(pageMapFd));
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
    return count(transfer(vectors, 1, length, false));
  }

  @Override
  public int write(long address, DmaBuffer from, int offset, int length) {
    if (!alive()) {
      return 0;
    }
    IoVectors vectors = IoVectors.current();
    vectors.setLocal(0, from.nativeAddress(ProcessMemory::addressOf) + offset, length);
    vectors.setRemote(0, address, length);
    return count(transfer(vectors, 1, length, true));
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
    return transfer(vectors, 2, length, true) == length;
  }

  /** Moves what the vectors say, once more if the thread that was named has ended meanwhile. */
  private long transfer(IoVectors vectors, int count, int length, boolean write) {
    long moved = write ? writev(vectors, count) : readv(vectors, count);
    if (moved < length && hasAnotherName(moved)) {
      moved = write ? writev(vectors, count) : readv(vectors, count);
    }
    return moved;
  }

  private long readv(IoVectors vectors, int count) {
    return LIBC.process_vm_readv(thread, vectors.local, count, vectors.remote, count, 0);
  }

  private long writev(IoVectors vectors, int count) {
    return LIBC.process_vm_writev(thread, vectors.local, count, vectors.remote, count, 0);
  }

  /**
   * Asked when not everything was moved: has the image gone, or only the thread that the call
   * named? In the latter case another is named from now on.
   */
  private boolean hasAnotherName(long moved) {
    boolean noSuchThread = moved < 0 && LastError.getLastError(LibC.RUNTIME) == LibC.ESRCH;
    return check() && noSuchThread && rename();
  }

  private boolean rename() {
    int other = Processes.runningThread(pid);
    if (other > 0) {
      thread = other;
    }
    return other > 0;
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
      long moved = readv(vectors, pages);
      if (moved < pages && hasAnotherName(moved)) {
        moved = readv(vectors, pages);
      }
      int reached = count(moved);
      if (write && reached > 0) {
        reached = count(writev(vectors, reached));
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
  public AddressSpace resident() {
    return resident;
  }

  @Override
  public boolean alive() {
    return !gone && (System.nanoTime() - checkedAt < TRUSTED_NANOS || check());
  }

  /** As {@link #alive}, asking in any case. */
  boolean check() {
    long now = System.nanoTime();
    // 0: the image has ended. 1 or EIO (nothing is mapped there): it is still there.
    if (LIBC.pread(memFd, IoVectors.current().scratch, 1, PAGE_BYTES) == 0) {
      end();
    }
    // An answer that came after the files were closed may have come from another file.
    if (gone) {
      return false;
    }
    checkedAt = now;
    if (thread != pid && !Processes.hasThread(pid, thread) && !rename()) {
      thread = pid;
    }
    return true;
  }

  /** Closes the files; who asks them all the same looks at {@link #gone} after that. */
  private synchronized void end() {
    if (gone) {
      return;
    }
    gone = true;
    LIBC.close(memFd);
    if (pageMapFd >= 0) {
      LIBC.close(pageMapFd);
    }
  }

  @Override
  public String describe() {
    return "pid " + pid + " (" + command + ")";
  }
}
