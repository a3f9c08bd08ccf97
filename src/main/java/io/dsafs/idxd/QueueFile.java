package io.dsafs.idxd;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.mem.AddressSpace;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open queue node: what becomes of it in every version. Mirrors struct idxd_user_context and the
 * file operations in cdev.c; a version adds how descriptors are written and pages are mapped.
 *
 * <p>The file may outlive its queue's binding, and even the device: it then polls and closes
 * without touching either.
 */
public abstract class QueueFile implements OpenFile {
  private final Opening opening;
  private final IdxdWq wq;
  private final AtomicBoolean released = new AtomicBoolean();

  /**
   * An open that has succeeded.
   *
   * @param opener null if it could not be reached, which only a device without PASID tolerates
   * @param pasid the opener's, or 0 on such a device
   * @param tid the thread that opened
   * @param flags O_ flags of the open
   */
  public record Opening(IdxdCdev node, AddressSpace opener, int pasid, int tid, int flags) {
    public IdxdWq wq() {
      return node.wq();
    }
  }

  protected QueueFile(Opening opening) {
    this.opening = opening;
    this.wq = opening.wq();
  }

  protected final Opening opening() {
    return opening;
  }

  /** A line of the listing of open files. */
  String describe() {
    AddressSpace opener = opening.opener();
    String owner = opener == null ? "unknown" : opener.describe();
    return String.format("%s pasid %d %s\n", wq, opening.pasid(), owner);
  }

  /** Whether a thread works in the address space that opened the file. */
  protected final boolean isOpeners(int tid) {
    AddressSpace opener = opening.opener();
    return opener != null && wq.device().globals().tasks().of(tid) == opener;
  }

  /**
   * Readable once the device has recorded any error, whichever queue's, until the next PCI probe.
   * Mirrors idxd_cdev_poll().
   */
  @Override
  public int poll(Runnable waker) {
    if (waker != null) {
      // Before the look, or an error in between would wake nobody.
      wq.errorQueue().add(this, waker);
    }
    if (wq.device().gone()) {
      return POLL_GONE;
    }
    return wq.device().softwareError().valid() ? POLL_READABLE : POLL_NONE;
  }

  /**
   * The last close. If the queue has been unbound meanwhile, only the PASID is given back: the
   * queue, enabled again perhaps, belongs to others (swq-v1 14.19). Mirrors idxd_cdev_release().
   */
  @Override
  public final void release() {
    if (released.getAndSet(true)) {
      return;
    }
    wq.device().removeOpenFile(this);
    wq.errorQueue().close(this);
    closed();
    wq.wqLock.lock();
    try {
      boolean current = opening.node().current();
      if (opening.pasid() != 0) {
        releasePasid(current);
      }
      if (current) {
        dropClient();
      }
    } finally {
      wq.wqLock.unlock();
    }
    if (opening.opener() != null) {
      wq.device().globals().tasks().done(opening.opener());
    }
    wq.device().globals().module().put();
  }

  /** The file is closed for good; what its version keeps for it goes. */
  protected abstract void closed();

  private void releasePasid(boolean current) {
    IdxdDevice device = wq.device();
    device.deviceLock.lock();
    try {
      if (current) {
        drain();
      }
      device.globals().iommu().unbind(opening.pasid());
      if (current && wq.dedicated()) {
        clearQueuePasid();
      }
    } finally {
      device.deviceLock.unlock();
    }
  }

  /** Mirrors idxd_device_drain_pasid(). */
  private void drain() {
    try {
      int status = wq.device().commands().drainPasidLocked(opening.pasid());
      if (status != CommandStatus.SUCCESS) {
        throw CommandStatus.refused("draining PASID " + opening.pasid(), status);
      }
    } catch (ErrnoException e) {
      wq.log().err(wq, "%s", e.getMessage());
    }
  }

  private void clearQueuePasid() {
    try {
      wq.clearPasidLocked();
    } catch (ErrnoException e) {
      wq.log().err(wq, "PASID not cleared: %s", e.getMessage());
    }
  }

  private void dropClient() {
    wq.device().deviceLock.lock();
    try {
      wq.addClientsLocked(-1);
    } finally {
      wq.device().deviceLock.unlock();
    }
  }
}
