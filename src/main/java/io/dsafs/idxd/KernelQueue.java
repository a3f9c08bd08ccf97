package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.mem.KernelMemory;
import io.dsafs.pci.MappedBar;
import io.dsafs.spec.CompletionRecord;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Portal;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The kernel's side of a queue: its descriptors, and their way through the portal. Mirrors
 * submit.c, and idxd_wq_alloc_resources() in device.c.
 *
 * <p>The posted code has a read-write semaphore around each submission. Here the semaphore's two
 * visible effects are kept, one waiter at a time and {@code EBUSY} for who would have to wait for
 * it, and no lock is held while the portal is written, so that none can be kept by mistake (14.4).
 */
public final class KernelQueue {
  /** A full shared queue may empty through others' work, of which nobody tells (14.6). */
  private static final long RETRY_MILLIS = 1;

  private static final byte[] EMPTY_RECORD = new byte[CompletionRecord.SIZE_BYTES];

  /** A queue's mapping starts with the page that its version uses; a page has 64 slots. */
  private static final int SLOT_MASK = Portal.PAGE_BYTES / Descriptor.SIZE_BYTES - 1;

  private final IdxdWq wq;

  /** Of the binding: after a halt the attributes may change under a queue that is still bound. */
  private final boolean dedicated;

  private final Policy policy;
  private final KernelMemory memory;
  private final long completionMemory;
  private final DmaTransaction[] descriptors;

  /** Descriptors without an interrupt: looked at when somebody asks for a status (14.34). */
  private final CompletionList polled = new CompletionList();

  /** Descriptors that are handed out, where they are counted. */
  private final AtomicInteger outstanding = new AtomicInteger();

  /** Who waits for room, or is about to. */
  private final AtomicInteger waiters = new AtomicInteger();

  /** What may touch the completion records: descriptors the device has, threads at work. */
  private final AtomicInteger users = new AtomicInteger();

  /** The queue is being unbound: nobody may enter any more. */
  private volatile boolean closed;

  /** Counts the slots of the page that were used, where the version goes through them. */
  private final AtomicInteger slots = new AtomicInteger();

  private final ReentrantLock waitLock = new ReentrantLock(true);
  private final Condition freed = waitLock.newCondition();

  @GuardedBy("freeIds")
  private final int[] freeIds;

  @GuardedBy("freeIds")
  private int freeCount;

  /** What versions do differently. */
  public interface Policy {
    /** How many descriptors there are. */
    int descriptors();

    /** How many may be out at once, so that one who wants more waits; 0: nobody counts. */
    int limit();

    /** How often a shared queue that is full is tried; 0: until it has room, where one may wait. */
    int attempts();

    /** Whether each descriptor goes to the next slot of the page; else all go to the first. */
    boolean usesAllSlots();

    /** Whether descriptors ask for privileged access. */
    boolean privileged();

    /** The interrupt handle for the next descriptor, 0 for none. */
    int interruptHandle();

    /** Whether a descriptor is submitted anew when its handle has been taken away. */
    boolean renewsHandles();

    /** Who looks after the descriptors of a handle. */
    CompletionList completions(int interruptHandle);
  }

  private KernelQueue(IdxdWq wq, Policy policy) {
    int count = policy.descriptors();
    this.wq = wq;
    this.dedicated = wq.dedicated();
    this.policy = policy;
    this.memory = wq.device().globals().kernelMemory();
    this.completionMemory = memory.allocate(count * CompletionRecord.SIZE_BYTES);
    ByteBuffer hardware = ByteBuffer.allocateDirect(count * Descriptor.SIZE_BYTES);
    this.descriptors = new DmaTransaction[count];
    this.freeIds = new int[count];
    for (int id = 0; id < count; id++) {
      ByteBuffer bytes =
          hardware
              .slice(id * Descriptor.SIZE_BYTES, Descriptor.SIZE_BYTES)
              .order(ByteOrder.LITTLE_ENDIAN);
      long record = completionMemory + (long) id * CompletionRecord.SIZE_BYTES;
      descriptors[id] = new DmaTransaction(this, id, bytes, record);
      // The lowest number is on top.
      freeIds[id] = count - 1 - id;
    }
    this.freeCount = count;
  }

  /** Makes the descriptors of a queue that is being bound. ENOMEM: no memory. */
  public static KernelQueue allocateFor(IdxdWq wq, Policy policy) throws ErrnoException {
    try {
      return new KernelQueue(wq, policy);
    } catch (OutOfMemoryError e) {
      throw new ErrnoException(Errno.ENOMEM, "no memory for descriptors");
    }
  }

  /**
   * The queue is disabled, so that nothing is under way: what nobody has completed ends here.
   *
   * <p>The posted code frees under clients that are just submitting. Here they are waited for: none
   * can stay, as the queue is closed to them.
   */
  public void freeResources() {
    closed = true;
    wakeWaiters();
    do {
      abort(polled);
      wq.device().completionInterrupts().forEach(vector -> abort(vector.list()));
      Thread.onSpinWait();
    } while (users.get() > 0);
    memory.free(completionMemory);
  }

  private void abort(CompletionList list) {
    DmaTransaction mine;
    while ((mine = list.takeFirst(entry -> entry.queue() == this)) != null) {
      complete(mine);
    }
  }

  private boolean usable() {
    return !closed && wq.device().state() == DeviceState.ENABLED;
  }

  /** EIO: the device is not enabled, or the queue no longer bound. {@link #leave} undoes it. */
  private void enter() throws ErrnoException {
    users.incrementAndGet();
    if (!usable()) {
      leave();
      throw new ErrnoException(Errno.EIO, "the device is not enabled");
    }
  }

  private void leave() {
    users.decrementAndGet();
  }

  /**
   * Takes a cleared descriptor. Errors in order: EIO the device is not enabled, or the queue no
   * longer bound; a queue whose descriptors are counted: EBUSY somebody waits for room
   * (non-blocking), EAGAIN it is full (non-blocking), EINTR interrupted, EIO the device went;
   * EAGAIN no descriptor is free. Mirrors idxd_alloc_desc().
   */
  DmaTransaction allocate(boolean blocking) throws ErrnoException {
    enter();
    try {
      return takeCleared(blocking);
    } finally {
      leave();
    }
  }

  private DmaTransaction takeCleared(boolean blocking) throws ErrnoException {
    if (policy.limit() != 0) {
      raiseOutstanding(blocking);
    }
    int id = takeId();
    if (id < 0) {
      if (policy.limit() != 0) {
        outstanding.decrementAndGet();
      }
      throw new ErrnoException(Errno.EAGAIN, "no descriptor is free");
    }
    DmaTransaction descriptor = descriptors[id];
    descriptor.clear();
    memory.poke(descriptor.completionAddress(), EMPTY_RECORD);
    return descriptor;
  }

  private void raiseOutstanding(boolean blocking) throws ErrnoException {
    if (!blocking && waiters.get() > 0) {
      throw new ErrnoException(Errno.EBUSY, "somebody waits for room");
    }
    if (waiters.get() == 0 && tryRaise()) {
      return;
    }
    if (!blocking) {
      throw new ErrnoException(Errno.EAGAIN, "the queue is full");
    }
    await(this::tryRaise);
  }

  private boolean tryRaise() {
    int count;
    do {
      count = outstanding.get();
      if (count >= policy.limit()) {
        return false;
      }
    } while (!outstanding.compareAndSet(count, count + 1));
    return true;
  }

  /**
   * Waits until the attempt succeeds. Errors: EINTR interrupted; EIO the device is no longer
   * enabled, which an attempt that succeeded at the same time wins over (14.5, 14.39).
   */
  private void await(BooleanSupplier attempt) throws ErrnoException {
    waiters.incrementAndGet();
    try {
      waitLock.lockInterruptibly();
      try {
        while (!attempt.getAsBoolean()) {
          if (!usable()) {
            throw new ErrnoException(Errno.EIO, "the device is no longer enabled");
          }
          // Spurious or not, the attempt is made again.
          boolean unused = freed.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
        }
      } finally {
        waitLock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ErrnoException(Errno.EINTR, "interrupted");
    } finally {
      waiters.decrementAndGet();
    }
  }

  /** Gives a descriptor back and wakes who waits for one. Mirrors idxd_free_desc(). */
  void free(DmaTransaction descriptor) {
    if (policy.limit() != 0) {
      outstanding.decrementAndGet();
    }
    descriptor.setCookie(0);
    putId(descriptor.id());
    wakeWaiters();
  }

  private void wakeWaiters() {
    if (waiters.get() > 0) {
      waitLock.lock();
      try {
        freed.signalAll();
      } finally {
        waitLock.unlock();
      }
    }
  }

  private int takeId() {
    synchronized (freeIds) {
      return freeCount == 0 ? -1 : freeIds[--freeCount];
    }
  }

  private void putId(int id) {
    synchronized (freeIds) {
      freeIds[freeCount++] = id;
    }
  }

  /**
   * Hands a descriptor to the device. Errors in order: EIO the device is not enabled, or the queue
   * no longer bound; a shared queue: EBUSY somebody waits for room, or it is full (non-blocking);
   * EINTR interrupted; EIO the device went; EAGAIN all attempts failed. After an error the
   * descriptor is still the caller's.
   *
   * <p>The descriptor joins the list of its vector first, so that its interrupt cannot come before.
   * Mirrors idxd_submit_desc().
   */
  void submit(DmaTransaction descriptor, boolean blocking) throws ErrnoException {
    enter();
    MappedBar portal = wq.portal();
    if (portal == null) {
      leave();
      throw new ErrnoException(Errno.EIO, "the queue is not bound");
    }
    // From here on the descriptor is a user, until its record has been read.
    CompletionList list = listOf(descriptor);
    list.add(descriptor);
    if (dedicated) {
      portal.iosubmitCmds512(nextSlot(), descriptor.bytes(), 1);
      return;
    }
    try {
      submitShared(portal, descriptor, blocking);
    } catch (ErrnoException e) {
      // Else the queue or device went meanwhile, and the client has been told so already.
      if (list.remove(descriptor)) {
        leave();
        throw e;
      }
    }
  }

  private void submitShared(MappedBar portal, DmaTransaction descriptor, boolean blocking)
      throws ErrnoException {
    if (policy.attempts() != 0) {
      if (push(portal, descriptor.bytes())) {
        return;
      }
      throw new ErrnoException(Errno.EAGAIN, "the queue is full");
    }
    long slot = nextSlot();
    boolean mayTry = waiters.get() == 0;
    if (mayTry && portal.iosubmitCmds512Sync(slot, descriptor.bytes(), 1) == 0) {
      return;
    }
    if (!blocking) {
      throw new ErrnoException(Errno.EBUSY, "the queue is full");
    }
    await(() -> portal.iosubmitCmds512Sync(slot, descriptor.bytes(), 1) == 0);
  }

  /** Where in the mapping the next descriptor goes. Mirrors idxd_wq_portal_addr(). */
  private long nextSlot() {
    if (!policy.usesAllSlots()) {
      return 0;
    }
    return (long) (slots.getAndIncrement() & SLOT_MASK) * Descriptor.SIZE_BYTES;
  }

  private CompletionList listOf(DmaTransaction descriptor) {
    ByteBuffer bytes = descriptor.bytes();
    int flags = Descriptor.FLAGS.get32(bytes.getInt(Descriptor.FLAGS.dwordOffset()));
    int handle = bytes.getShort(Descriptor.INT_HANDLE.byteOffset()) & 0xffff;
    if (!Flag.RCI.in(flags)) {
      return polled;
    }
    return policy.completions(handle);
  }

  Policy policy() {
    return policy;
  }

  /** Completes what has finished of the descriptors that no interrupt tells of. */
  void completePolled() {
    int unused = polled.completeFinished();
  }

  /** Whether a descriptor of that cookie is on its way. */
  boolean inFlight(int cookie) {
    for (DmaTransaction descriptor : descriptors) {
      if (descriptor.cookie() == cookie) {
        return true;
      }
    }
    return false;
  }

  private int status(DmaTransaction descriptor) {
    return memory.peek(descriptor.completionAddress()) & 0xff;
  }

  /** Whether the device has written the completion record. */
  boolean finished(DmaTransaction descriptor) {
    return status(descriptor) != Status.NONE.code();
  }

  /**
   * Submits a descriptor again that the device refused because of its interrupt handle, with the
   * present one; false if it cannot be. Mirrors idxd_int_handle_resubmit_work().
   */
  private boolean resubmit(DmaTransaction descriptor) {
    MappedBar portal = wq.portal();
    if (portal == null || !usable()) {
      return false;
    }
    int handle = policy.interruptHandle();
    descriptor.bytes().putShort(Descriptor.INT_HANDLE.byteOffset(), (short) handle);
    memory.poke(descriptor.completionAddress(), EMPTY_RECORD);
    CompletionList list = policy.completions(handle);
    list.add(descriptor);
    return push(portal, descriptor.bytes()) || !list.remove(descriptor);
  }

  /** One 64-byte write, or as many attempts as the version makes; false if all were refused. */
  private boolean push(MappedBar portal, ByteBuffer bytes) {
    long slot = nextSlot();
    if (dedicated) {
      portal.iosubmitCmds512(slot, bytes, 1);
      return true;
    }
    for (int i = 0; i < policy.attempts(); i++) {
      if (portal.iosubmitCmds512Sync(slot, bytes, 1) == 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Sends a drain with the present interrupt handle: its interrupt comes when all before it has
   * ended, of which those with an old handle tell nobody. Mirrors idxd_int_handle_revoke_drain().
   */
  public void flush() {
    MappedBar portal = wq.portal();
    if (portal == null) {
      return;
    }
    ByteBuffer drain =
        ByteBuffer.allocateDirect(Descriptor.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    drain.putInt(0, Descriptor.PASID.with32(0, wq.device().systemPasid().pasid()));
    int flags = Descriptor.FLAGS.with32(0, Flag.RCI.mask());
    drain.putInt(
        Descriptor.FLAGS.dwordOffset(), Descriptor.OPCODE.with32(flags, Opcode.DRAIN.code()));
    drain.putShort(Descriptor.INT_HANDLE.byteOffset(), (short) policy.interruptHandle());
    if (!push(portal, drain)) {
      wq.log().warn(wq, "Failed to submit drain desc on wq %d", wq.id());
    }
  }

  /**
   * Tells the client, then frees the descriptor. Mirrors idxd_dma_complete_txd().
   *
   * <p>Without a record the descriptor was aborted by the driver, or the device could not write
   * one. Of the latter the posted code tells nobody, and the client waits for ever (14.8).
   */
  public void complete(DmaTransaction descriptor) {
    if (policy.renewsHandles()
        && status(descriptor) == Status.INT_HANDLE_INVAL.code()
        && resubmit(descriptor)) {
      return;
    }
    int cookie = descriptor.cookie();
    Consumer<DmaResult> callback = descriptor.takeCallback();
    DmaResult result = result(status(descriptor));
    leave();
    free(descriptor);
    if (cookie != 0 && callback != null) {
      callback.accept(result);
    }
  }

  private static DmaResult result(int status) {
    if (status == Status.SUCCESS.code()) {
      return DmaResult.NO_ERROR;
    }
    return status == Status.NONE.code() ? DmaResult.ABORTED : DmaResult.WRITE_FAILED;
  }
}
