package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.mem.AddressSpace;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Portal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The portal pages that processes have mapped through an open file, and the stores into them.
 * Mirrors idxd_cdev_mmap() in cdev.c and do_mmap() in front of it.
 *
 * <p>A mapping belongs to the process that made it and is not copied on fork. It survives the
 * unbinding of its queue and whoever has the queue then: the page is the hardware's (14.38, kept).
 * It ends with the file, so who maps must keep the file open. A store takes no lock and allocates
 * nothing.
 */
// A refusal carries no stack trace, and the same one serves every time.
@SuppressWarnings("StaticAssignmentOfThrowable")
final class PortalMappings {
  private static final int PROT_WRITE = 2;
  private static final int MAP_TYPE = 0x0f;
  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_SHARED_VALIDATE = 3;
  private static final int O_ACCMODE = 3;
  private static final int O_WRONLY = 1;
  private static final int O_RDWR = 2;

  /** What the page is, in the answer to a mapping. */
  private static final int KIND_LIMITED = 1;

  /** As vm.max_map_count. */
  private static final int MAX_MAPPINGS = 65530;

  /** The argument of a store: handle, offset, descriptor. */
  private static final int OFFSET_AT = 8;

  private static final int DESCRIPTOR_AT = 16;

  /** Of the first dword, what ENQCMD does not fill in; bits there fault. */
  private static final int ENQCMD_RESERVED = 0xfff00000;

  private static final ErrnoException FAULT = new ErrnoException(Errno.EFAULT, "page fault");
  private static final ErrnoException PROTECTION =
      new ErrnoException(Errno.EFAULT, "general protection fault");
  private static final ErrnoException UNALIGNED =
      new ErrnoException(Errno.EINVAL, "not a 64-byte slot of the page");

  /**
   * One mapped page.
   *
   * @param owner who mapped it
   * @param writable whether it was mapped with PROT_WRITE
   * @param shared false for a private mapping: its first store makes a copy in memory, and memory
   *     answers no ENQCMD
   * @param ring through which its stores come, too; empty if there is none
   */
  private record Mapping(
      long handle,
      AddressSpace owner,
      boolean writable,
      boolean shared,
      AtomicReference<MappedRing> ring) {}

  private static final AtomicLong NEXT_HANDLE = new AtomicLong(1);
  private static final LogLimit TOO_LARGE = new LogLimit();

  private final QueueFile.Opening file;
  private final Guard guard;

  /** Replaced with the monitor held, never changed: stores read it without a lock. */
  private volatile Mapping[] mappings = {};

  /** What a version asks of who maps, before it looks at the length. */
  @FunctionalInterface
  interface Guard {
    void check(int tid) throws ErrnoException;
  }

  PortalMappings(QueueFile.Opening file, Guard guard) {
    this.file = file;
    this.guard = guard;
  }

  private IdxdDevice device() {
    return file.wq().device();
  }

  /** See {@link PortalIoctl}. ENOTTY: none of them. */
  int ioctl(int tid, int command, ByteBuffer data) throws ErrnoException {
    PortalIoctl ioctl = PortalIoctl.of(command);
    if (ioctl == null) {
      throw new ErrnoException(Errno.ENOTTY, "no such ioctl");
    }
    AddressSpace caller = device().globals().tasks().of(tid);
    return switch (ioctl) {
      case PORTAL_MAP -> map(tid, caller, data);
      case PORTAL_UNMAP -> unmap(caller, data.getLong(0));
      case ENQCMD -> enqcmd(caller, data);
      case MOVDIR64B -> movdir64b(caller, data);
      case RING_MAP -> mapRing(tid, caller, data);
      case RING_ENTER -> enterRing(caller, data.getLong(0));
      case RING_UNMAP -> unmapRing(caller, data.getLong(0));
    };
  }

  /**
   * Maps the limited portal. Errors in order: EINVAL unaligned offset; EINVAL length 0; EINVAL
   * neither shared nor private; EACCES writable and shared without O_RDWR, or a file not open for
   * reading; ENODEV the device is gone; what the guard says; EINVAL more than one page; ENOMEM too
   * many mappings, or a caller whose memory cannot be reached.
   *
   * <p>The offset selects nothing, the state of the queue does not matter, and mapping again makes
   * another mapping.
   */
  private int map(int tid, AddressSpace caller, ByteBuffer data) throws ErrnoException {
    long length = data.getLong(0);
    int protection = data.getInt(8);
    int type = data.getInt(12) & MAP_TYPE;
    long offset = data.getLong(16);
    if (offset % Portal.PAGE_BYTES != 0) {
      throw new ErrnoException(Errno.EINVAL, "unaligned offset");
    }
    if (length == 0) {
      throw new ErrnoException(Errno.EINVAL, "length 0");
    }
    if (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE) {
      throw new ErrnoException(Errno.EINVAL, "neither shared nor private");
    }
    checkAccess((protection & PROT_WRITE) != 0 && type != MAP_PRIVATE);
    if (file.wq().device().gone()) {
      throw new ErrnoException(Errno.ENODEV, "the device is gone");
    }
    guard.check(tid);
    checkLength(caller, length);
    if (caller == null) {
      throw new ErrnoException(Errno.ENOMEM, "the caller's memory cannot be reached");
    }
    boolean writable = (protection & PROT_WRITE) != 0;
    long handle = add(caller, writable, type != MAP_PRIVATE);
    data.putLong(24, handle).putInt(32, KIND_LIMITED).putInt(36, 0);
    return 0;
  }

  private void checkAccess(boolean sharedWritable) throws ErrnoException {
    int access = file.flags() & O_ACCMODE;
    if (access == O_WRONLY || (sharedWritable && access != O_RDWR)) {
      throw new ErrnoException(Errno.EACCES, "not open for that");
    }
  }

  private void checkLength(AddressSpace caller, long length) throws ErrnoException {
    if (Long.compareUnsigned(length, Portal.PAGE_BYTES) > 0) {
      if (TOO_LARGE.allows()) {
        file.wq()
            .log()
            .info(
                file.wq(),
                "%s: idxd_cdev_mmap: mapping too large: %s",
                caller == null ? "?" : caller.describe(),
                Long.toUnsignedString(length));
      }
      throw new ErrnoException(Errno.EINVAL, "more than one page");
    }
  }

  private synchronized long add(AddressSpace owner, boolean writable, boolean shared)
      throws ErrnoException {
    Mapping[] before = mappings;
    if (before.length >= MAX_MAPPINGS || !device().globals().mappings().take(owner, 1)) {
      throw new ErrnoException(Errno.ENOMEM, "too many mappings");
    }
    Mapping[] after = Arrays.copyOf(before, before.length + 1);
    long handle = NEXT_HANDLE.getAndIncrement();
    after[before.length] = new Mapping(handle, owner, writable, shared, new AtomicReference<>());
    mappings = after;
    return handle;
  }

  /** EFAULT: not a mapping of the caller. A ring takes what was stored before, and ends. */
  private int unmap(AddressSpace caller, long handle) throws ErrnoException {
    Mapping mapping = remove(caller, handle);
    endRing(mapping);
    return 0;
  }

  private synchronized Mapping remove(AddressSpace caller, long handle) throws ErrnoException {
    Mapping mapping = find(caller, handle);
    mappings = Arrays.stream(mappings).filter(other -> other != mapping).toArray(Mapping[]::new);
    giveBack(mapping);
    return mapping;
  }

  private void giveBack(Mapping mapping) {
    device().globals().mappings().give(mapping.owner(), 1);
  }

  /** The file is closed for good. No store is under way when this returns. */
  void clear() {
    Mapping[] before;
    synchronized (this) {
      before = mappings;
      mappings = new Mapping[0];
    }
    for (Mapping mapping : before) {
      giveBack(mapping);
      endRing(mapping);
    }
  }

  private Mapping find(AddressSpace caller, long handle) throws ErrnoException {
    for (Mapping mapping : mappings) {
      if (mapping.handle() == handle && mapping.owner() == caller) {
        return mapping;
      }
    }
    throw FAULT;
  }

  /**
   * Stores as ENQCMD does. Errors in order: EINVAL not a slot of the page; EFAULT not a mapping of
   * the caller, or not writable; EFAULT bits 31:20 of the descriptor are set (#GP); EFAULT the
   * caller has no PASID (#GP).
   *
   * @return 0 accepted, 1 retry
   */
  private int enqcmd(AddressSpace caller, ByteBuffer data) throws ErrnoException {
    long slot = slot(data.getLong(OFFSET_AT));
    Mapping mapping = findWritable(caller, data.getLong(0));
    return enqcmd(mapping, slot, data, DESCRIPTOR_AT);
  }

  private int enqcmd(Mapping mapping, long slot, ByteBuffer data, int at) throws ErrnoException {
    AddressSpace caller = mapping.owner();
    int first = data.getInt(at);
    int pasid = caller == file.opener() ? file.pasid() : pasidOf(caller);
    if ((first & ENQCMD_RESERVED) != 0 || pasid == 0) {
      throw PROTECTION;
    }
    if (!mapping.shared()) {
      return 1;
    }
    data.putInt(at, pasid).position(at);
    int refused = device().userPortals().iosubmitCmds512Sync(slot, data, 1);
    // What goes back to the caller is what came.
    data.putInt(at, first).position(0);
    return refused;
  }

  /** Errors in order: EINVAL not a slot of the page; EFAULT not the caller's, or not writable. */
  private int movdir64b(AddressSpace caller, ByteBuffer data) throws ErrnoException {
    long slot = slot(data.getLong(OFFSET_AT));
    movdir64b(findWritable(caller, data.getLong(0)), slot, data, DESCRIPTOR_AT);
    return 0;
  }

  private void movdir64b(Mapping mapping, long slot, ByteBuffer data, int at) {
    if (mapping.shared()) {
      data.position(at);
      device().userPortals().iosubmitCmds512(slot, data, 1);
      data.position(0);
    }
  }

  private int pasidOf(AddressSpace caller) {
    return device().globals().iommu().pasidOf(caller);
  }

  private Mapping findWritable(AddressSpace caller, long handle) throws ErrnoException {
    Mapping mapping = find(caller, handle);
    if (!mapping.writable()) {
      throw FAULT;
    }
    return mapping;
  }

  private long slot(long offset) throws ErrnoException {
    if (offset < 0 || offset >= Portal.PAGE_BYTES || offset % Descriptor.SIZE_BYTES != 0) {
      throw UNALIGNED;
    }
    return Portal.LIMITED.offset(file.wq().id()) + offset;
  }

  // Rings.

  /** The stores of a ring: those of the process that mapped the page. */
  private final class RingTarget implements PortalRing.Target {
    private final Mapping mapping;

    RingTarget(Mapping mapping) {
      this.mapping = mapping;
    }

    @Override
    public int enqcmd(long offset, ByteBuffer descriptor) throws ErrnoException {
      return PortalMappings.this.enqcmd(mapping, slot(offset), descriptor, 0);
    }

    @Override
    public void movdir64b(long offset, ByteBuffer descriptor) throws ErrnoException {
      PortalMappings.this.movdir64b(mapping, slot(offset), descriptor, 0);
    }

    @Override
    public boolean alive() {
      return mapping.owner().alive();
    }
  }

  /**
   * Makes a ring for a mapping. Errors in order: EINVAL not our version of the layout; EFAULT not a
   * mapping of the caller, or not writable; EBUSY it has a ring; those of {@link MappedRing#map}.
   */
  private int mapRing(int tid, AddressSpace caller, ByteBuffer data) throws ErrnoException {
    if (data.getInt(12) != RingLayout.VERSION) {
      throw new ErrnoException(Errno.EINVAL, "another version of the ring's layout");
    }
    Mapping mapping = findWritable(caller, data.getLong(0));
    if (mapping.ring().get() != null) {
      throw new ErrnoException(Errno.EBUSY, "the mapping has a ring");
    }
    MappedRing ring =
        MappedRing.map(device().globals(), tid, data.getInt(8), new RingTarget(mapping));
    if (!mapping.ring().compareAndSet(null, ring)) {
      ring.end();
      throw new ErrnoException(Errno.EBUSY, "the mapping has a ring");
    }
    if (isGone(mapping)) {
      endRing(mapping);
      throw FAULT;
    }
    return 0;
  }

  private boolean isGone(Mapping mapping) {
    return !Arrays.asList(mappings).contains(mapping);
  }

  /** EFAULT: not a mapping of the caller, or without a ring. */
  private int enterRing(AddressSpace caller, long handle) throws ErrnoException {
    MappedRing ring = find(caller, handle).ring().get();
    if (ring == null) {
      throw FAULT;
    }
    ring.enter();
    return 0;
  }

  /** EFAULT: not a mapping of the caller, or without a ring. */
  private int unmapRing(AddressSpace caller, long handle) throws ErrnoException {
    if (!endRing(find(caller, handle))) {
      throw FAULT;
    }
    return 0;
  }

  /** Ends the ring of a mapping, if there is one; not with the monitor held, for it may wait. */
  private static boolean endRing(Mapping mapping) {
    MappedRing ring = mapping.ring().getAndSet(null);
    if (ring != null) {
      ring.end();
    }
    return ring != null;
  }
}
