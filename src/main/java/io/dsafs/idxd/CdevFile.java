package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.mem.AddressSpace;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open queue node. Mirrors struct idxd_user_context and the file operations in cdev.c.
 *
 * <p>The file may outlive its queue's binding, and even the device: it then maps, polls and closes
 * without touching either.
 */
final class CdevFile implements OpenFile {
  private final IdxdCdev node;
  private final IdxdWq wq;
  private final AddressSpace opener;
  private final int pasid;
  private final PortalWriter writer;
  private final PortalMappings mappings;
  private final AtomicBoolean released = new AtomicBoolean();

  /**
   * @param opener null if it could not be reached, which only a device without PASID tolerates
   * @param pasid the opener's, or 0 on such a device
   * @param flags O_ flags of the open
   */
  CdevFile(IdxdCdev node, AddressSpace opener, int pasid, int flags) {
    this.node = node;
    this.wq = node.wq();
    this.opener = opener;
    this.pasid = pasid;
    this.writer = new PortalWriter(wq, pasid);
    this.mappings = new PortalMappings(this, flags);
  }

  IdxdWq wq() {
    return wq;
  }

  /** A line of the listing of open files. */
  String describe() {
    String owner = opener == null ? "unknown" : opener.describe();
    return String.format("%s pasid %d %s\n", wq, pasid, owner);
  }

  AddressSpace opener() {
    return opener;
  }

  int pasid() {
    return pasid;
  }

  /**
   * Submits descriptors; not of March 2020. Errors in order: EINVAL with the strict ABI; EPERM not
   * the opener's address space, tested before the length; ENODEV the device is gone; ENXIO the
   * queue is no longer bound; those of {@link PortalWriter#write}.
   *
   * @return the bytes of the descriptors that were submitted; a remainder below 64 is ignored
   */
  @Override
  public int write(int tid, ByteBuffer from) throws ErrnoException {
    DriverGlobals globals = wq.device().globals();
    if (globals.options().strictAbi()) {
      throw new ErrnoException(Errno.EINVAL, "no write operation");
    }
    if (opener == null || globals.tasks().of(tid) != opener) {
      throw new ErrnoException(Errno.EPERM, "not the opener's address space");
    }
    if (from.remaining() < PortalWriter.DESCRIPTOR_BYTES) {
      return 0;
    }
    if (wq.device().gone()) {
      throw new ErrnoException(Errno.ENODEV, "the device is gone");
    }
    if (!node.current()) {
      throw new ErrnoException(Errno.ENXIO, "the queue is no longer bound");
    }
    return writer.write(from);
  }

  /** The ioctls that stand for mmap(2) and for stores into the mapping; ENOTTY for others. */
  @Override
  public int ioctl(int tid, int command, ByteBuffer data) throws ErrnoException {
    return mappings.ioctl(tid, command, data);
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
   * queue, enabled again perhaps, belongs to others (14.19). Mirrors idxd_cdev_release().
   */
  @Override
  public void release() {
    if (released.getAndSet(true)) {
      return;
    }
    wq.device().removeOpenFile(this);
    wq.errorQueue().close(this);
    mappings.clear();
    wq.wqLock.lock();
    try {
      boolean current = node.current();
      if (pasid != 0) {
        releasePasid(current);
      }
      if (current) {
        dropClient();
      }
    } finally {
      wq.wqLock.unlock();
    }
    if (opener != null) {
      wq.device().globals().tasks().done(opener);
    }
    wq.device().globals().module().put();
  }

  private void releasePasid(boolean current) {
    IdxdDevice device = wq.device();
    device.deviceLock.lock();
    try {
      if (current) {
        drain();
      }
      device.globals().iommu().unbind(pasid);
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
      int status = wq.device().commands().drainPasidLocked(pasid);
      if (status != CommandStatus.SUCCESS) {
        throw CommandStatus.refused("draining PASID " + pasid, status);
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
