package io.dsafs.idxd;

import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A kernel queue as clients of the DMA engine see it. Mirrors struct dma_chan and the idxd_dma_
 * functions in dma.c.
 */
public final class DmaChannel extends Device {
  public static final List<Attribute<DmaChannel>> TABLE =
      List.of(
          readOnly("memcpy_count", c -> c.copies.get() + "\n", since(2, 6)),
          readOnly("bytes_transferred", c -> c.bytes.get() + "\n", since(2, 6)),
          readOnly("in_use", c -> c.clients.get() + "\n", since(2, 6)));

  private static final DeviceType<DmaChannel> TYPE = new DeviceType<>(null, TABLE);

  private final DmaDevice device;
  private final IdxdWq wq;
  private final int id;
  private final AtomicInteger clients = new AtomicInteger();
  private final AtomicLong copies = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger lastCookie = new AtomicInteger();

  /** Of this binding; the queue may be bound anew while a client still holds the channel. */
  private final KernelQueue queue;

  /** The queue is being unbound. */
  private volatile boolean closed;

  DmaChannel(DmaDevice device, IdxdWq wq, int id) {
    super("dma" + device.id() + "chan" + id, wq.device().pci(), null, TYPE);
    this.device = device;
    this.wq = wq;
    this.queue = wq.kernelQueue();
    this.id = id;
  }

  @Override
  public String className() {
    return "dma";
  }

  int id() {
    return id;
  }

  /** Whether {@link #prepMemcpy} can give anything. */
  public boolean canCopy() {
    return device.canCopy();
  }

  /**
   * A client takes the channel, unless one has it or the driver is being unloaded. Mirrors
   * dma_chan_get() and idxd_dma_alloc_chan_resources().
   */
  boolean tryAcquire() {
    if (!module().tryGet()) {
      return false;
    }
    if (closed || !clients.compareAndSet(0, 1)) {
      module().put();
      return false;
    }
    addClients(1);
    return true;
  }

  /** The client gives the channel back. Mirrors idxd_dma_free_chan_resources(). */
  public void release() {
    clients.set(0);
    addClients(-1);
    module().put();
  }

  private Module module() {
    return wq.device().globals().module();
  }

  /** Clients of a queue that is no longer bound are not its clients: no count below 0 (14.19). */
  private void addClients(int more) {
    wq.device().deviceLock.lock();
    try {
      if (!closed) {
        wq.addClientsLocked(more);
      }
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  /** The queue goes; whoever has the channel may keep it, but gets no more copies. */
  void close() {
    wq.device().deviceLock.lock();
    try {
      closed = true;
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  /**
   * Prepares a copy, waiting for room if there is none. Mirrors idxd_dma_submit_memcpy().
   *
   * @param destination address in the kernel's memory
   * @param source address in the kernel's memory
   * @param lengthBytes at most the device's largest transfer
   * @param interrupt whether the end is to be told by an interrupt; else by {@link #isComplete}
   * @return null if the queue is not enabled, the device cannot copy so much, or there is no room
   */
  public DmaTransaction prepMemcpy(
      long destination, long source, long lengthBytes, boolean interrupt) {
    if (closed || wq.state() != WqState.ENABLED || !canCopy()) {
      return null;
    }
    if (Long.compareUnsigned(lengthBytes, wq.device().capabilities().maxXferBytes()) > 0) {
      return null;
    }
    try {
      DmaTransaction transaction = queue.allocate(true);
      fill(transaction, destination, source, lengthBytes, interrupt);
      return transaction;
    } catch (ErrnoException e) {
      return null;
    }
  }

  private void fill(
      DmaTransaction transaction, long destination, long source, long length, boolean interrupt) {
    int handle = interrupt ? queue.policy().interruptHandle() : 0;
    int flags = Flag.CRAV.mask() | Flag.RCR.mask() | (handle != 0 ? Flag.RCI.mask() : 0);
    int privilege = Descriptor.PRIV.with32(0, queue.policy().privileged() ? 1 : 0);
    ByteBuffer descriptor = transaction.bytes();
    // The posted code leaves the PASID of a shared queue's descriptor 0 (14.29).
    descriptor.putInt(0, Descriptor.PASID.with32(privilege, wq.device().systemPasid().pasid()));
    descriptor.putInt(
        Descriptor.FLAGS.dwordOffset(),
        Descriptor.OPCODE.with32(Descriptor.FLAGS.with32(0, flags), Opcode.MEMMOVE.code()));
    descriptor.putLong(Descriptor.COMPLETION_ADDR.byteOffset(), transaction.completionAddress());
    descriptor.putLong(Descriptor.SRC_ADDR.byteOffset(), source);
    descriptor.putLong(Descriptor.DST_ADDR.byteOffset(), destination);
    descriptor.putInt(Descriptor.XFER_SIZE.byteOffset(), (int) length);
    descriptor.putShort(Descriptor.INT_HANDLE.byteOffset(), (short) handle);
  }

  /**
   * Submits a prepared copy, waiting if the queue is full. On an error the transaction is gone.
   * Errors: as {@link KernelQueue#submit}, blocking. Mirrors idxd_dma_tx_submit().
   *
   * @return a cookie for {@link #isComplete}
   */
  public int submit(DmaTransaction transaction) throws ErrnoException {
    int cookie = lastCookie.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1);
    long length = transaction.bytes().getInt(Descriptor.XFER_SIZE.byteOffset()) & 0xffff_ffffL;
    transaction.setCookie(cookie);
    try {
      transaction.queue().submit(transaction, true);
    } catch (ErrnoException e) {
      transaction.queue().free(transaction);
      throw e;
    }
    copies.incrementAndGet();
    bytes.addAndGet(length);
    return cookie;
  }

  /** Nothing: what is submitted runs. Mirrors idxd_dma_issue_pending(). */
  public void issuePending() {}

  /**
   * Whether the copy of that cookie has ended. Mirrors idxd_dma_tx_status(), which remembers the
   * cookie that ended last and so is wrong where the engines of a group end copies out of order.
   */
  public boolean isComplete(int cookie) {
    queue.completePolled();
    return !queue.inFlight(cookie);
  }
}
