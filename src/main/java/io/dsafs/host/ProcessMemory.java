package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.Pointer;

/**
 * The memory of one process image, reached through its {@code /proc/PID/mem}, {@code maps} and
 * {@code pagemap}, which were opened while a thread of the image waited for an answer of ours. They
 * stay tied to that address space by the kernel: after an exec, or when the process has ended and
 * its number belongs to another, they reach what is left of the old one, that is nothing.
 *
 * <p>What the files do not do is done here. Accesses through {@code mem} pass over the protection
 * of pages, so the mapping is asked first. And they wait for a page as long as it takes, beyond the
 * reach of any signal: a page that a server of the program's own making would have to bring in
 * ({@link Filesystems}) counts as unreachable until it is there. See adr/0004.
 */
final class ProcessMemory implements AddressSpace {
  /** No program has this address: it is not asked for a page, only whether it is there. */
  private static final long NOWHERE = 0x01f0_0000_0000_0000L;

  /** How long it is believed that an image lives; accesses do not depend on it. */
  private static final long TRUSTED_NANOS = 1_000_000;

  /** The descriptors of an image; one that is negative is none. */
  record Files(int mem, int maps, int pageMap) {
    void close() {
      for (int fd : new int[] {mem, maps, pageMap}) {
        if (fd >= 0) {
          LIBC.close(fd);
        }
      }
    }
  }

  /**
   * Whose memory it is.
   *
   * @param command its name, for listings
   * @param process a file of the process's main thread
   * @param image of the process, when the files were opened
   * @param shared whether another process may run in the same memory, as its parent does between
   *     vfork(2) and execve(2)
   */
  record Identity(int pid, String command, TaskFile process, Image image, boolean shared) {}

  /** What {@link #users} says of memory that has been given up. */
  private static final int CLOSED = -1;

  private final Identity identity;
  private final AtomicInteger users = new AtomicInteger();
  private final int memFd;
  private final Mappings mappings;
  private final PageMap pageMap;
  private final Filesystems filesystems;
  private final AddressSpace resident;
  private final Lease lease;
  private volatile long checkedAt;

  /**
   * @param files closed when the image is found to be gone, or is given up
   * @param paging what a device meets that may not ask for pages
   */
  ProcessMemory(Identity identity, Files files, Paging paging, Filesystems filesystems) {
    this.identity = identity;
    this.memFd = files.mem();
    this.mappings = new Mappings(files.maps());
    this.pageMap = new PageMap(files.pageMap());
    this.filesystems = filesystems;
    this.resident = paging == Paging.LENIENT ? this : new ResidentMemory(this);
    this.lease =
        new Lease(
            () -> {
              files.close();
              identity.process().close();
            });
  }

  int pid() {
    return identity.pid();
  }

  /** See {@link Identity#shared}. */
  boolean isShared() {
    return identity.shared();
  }

  boolean isOf(Image image) {
    return identity.image().equals(image);
  }

  /** Whether the process of this number is still that which had it. */
  boolean hasItsNumber() {
    return identity.process().read() > 0;
  }

  // Users.

  /** False if it has been given up meanwhile. */
  boolean addUser() {
    return users.updateAndGet(now -> now == CLOSED ? CLOSED : now + 1) != CLOSED;
  }

  /** How many are left. */
  int removeUser() {
    return users.decrementAndGet();
  }

  boolean isUsed() {
    return users.get() > 0;
  }

  /** Gives the memory up, if nobody uses it; nothing can be reached through it any more. */
  boolean closeIfUnused() {
    boolean unused = users.compareAndSet(0, CLOSED);
    if (unused) {
      close();
    }
    return unused;
  }

  void close() {
    lease.end();
  }

  // Accesses.

  @Override
  public int read(long address, DmaBuffer into, int offset, int length) {
    return transfer(address, into, offset, length, false);
  }

  @Override
  public int write(long address, DmaBuffer from, int offset, int length) {
    return transfer(address, from, offset, length, true);
  }

  private int transfer(long address, DmaBuffer buffer, int offset, int length, boolean write) {
    if (!lease.enter()) {
      return 0;
    }
    try {
      int reach = reach(address, length, write);
      long local = buffer.nativeAddress(ProcessMemory::addressOf) + offset;
      return reach == 0 ? 0 : LongTransfer.move(memFd, local, address, reach, write);
    } finally {
      lease.leave();
    }
  }

  @Override
  public boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length) {
    if (!lease.enter()) {
      return false;
    }
    try {
      long local = from.nativeAddress(ProcessMemory::addressOf) + offset;
      return reach(address, length, true) == length
          && LIBC.pwrite(memFd, local + 1, length - 1L, address + 1) == length - 1
          && LIBC.pwrite(memFd, local, 1, address) == 1;
    } finally {
      lease.leave();
    }
  }

  /** How many leading bytes of a range the process could access, and we without waiting for it. */
  private int reach(long address, int length, boolean write) {
    int reach = 0;
    while (reach < length) {
      Mapping mapping = mappings.at(address + reach);
      if (mapping == null || !mapping.allows(write)) {
        break;
      }
      int part = (int) Math.min(length - reach, mapping.end - (address + reach));
      if (!filesystems.answers(mapping, pid())) {
        int present = pageMap.presentBytes(address + reach, part, false);
        if (present < part) {
          return reach + present;
        }
      }
      reach += part;
    }
    return reach;
  }

  @Override
  public int writableBytes(long address, int length) {
    return accessibleBytes(address, length, true);
  }

  @Override
  public int readableBytes(long address, int length) {
    return accessibleBytes(address, length, false);
  }

  /** Brings in what is not present by reading a byte of each page; nothing is written. */
  private int accessibleBytes(long address, int length, boolean write) {
    if (!lease.enter()) {
      return 0;
    }
    try {
      int reach = reach(address, length, write);
      int accessible = pageMap.presentBytes(address, reach, write);
      while (accessible < reach && touch(address + accessible)) {
        long next = ((address + accessible) | PageMap.PAGE_BYTES - 1) + 1;
        accessible = (int) Math.min(reach, next - address);
        accessible += pageMap.presentBytes(next, reach - accessible, write);
      }
      return accessible;
    } finally {
      lease.leave();
    }
  }

  private boolean touch(long address) {
    return LIBC.pread(memFd, TaskFile.scratch(), 1, address) == 1;
  }

  private static long addressOf(ByteBuffer buffer) {
    return Pointer.wrap(LibC.RUNTIME, buffer).address();
  }

  /** As {@link PageMap#presentBytes}. */
  int presentBytes(long address, int length, boolean write) {
    if (!lease.enter()) {
      return 0;
    }
    try {
      return pageMap.presentBytes(address, length, write);
    } finally {
      lease.leave();
    }
  }

  @Override
  public AddressSpace resident() {
    return resident;
  }

  @Override
  public boolean alive() {
    return System.nanoTime() - checkedAt < TRUSTED_NANOS ? !lease.isEnded() : check();
  }

  /** As {@link #alive}, asking in any case. */
  boolean check() {
    if (!lease.enter()) {
      return false;
    }
    long now = System.nanoTime();
    // 0: the image has ended. EIO: it lives, and has nothing there.
    boolean lives = LIBC.pread(memFd, TaskFile.scratch(), 1, NOWHERE) != 0;
    lease.leave();
    if (lives) {
      checkedAt = now;
    } else {
      lease.end();
    }
    return lives;
  }

  @Override
  public String describe() {
    return "pid " + pid() + " (" + identity.command() + ")";
  }
}
