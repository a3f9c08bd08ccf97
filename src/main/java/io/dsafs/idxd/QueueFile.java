package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.mem.AddressSpace;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open queue node: what becomes of it in every version. Mirrors struct idxd_user_context and the
 * file operations in cdev.c; a version adds who may map, and how a PASID is given back.
 *
 * <p>The file may outlive its queue's binding, and even the device: it then polls and closes
 * without touching either.
 */
public abstract class QueueFile implements OpenFile {
  private final Opening opening;
  private final IdxdWq wq;
  private final PortalWriter writer;
  private final PortalMappings mappings;
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
    this.writer = new PortalWriter(wq, opening.pasid());
    this.mappings = new PortalMappings(opening, this::checkMapping);
  }

  protected final Opening opening() {
    return opening;
  }

  /** A line of the listing of open files. */
  String describe() {
    AddressSpace opener = opening.opener();
    String owner = opener == null ? "unknown" : opener.describe();
    return String.format(Locale.ROOT, "%s pasid %d %s\n", wq, opening.pasid(), owner);
  }

  /** Whether a thread works in the address space that opened the file. */
  protected final boolean isOpeners(int tid) {
    AddressSpace opener = opening.opener();
    return opener != null && wq.device().globals().tasks().of(tid) == opener;
  }

  /** What a version asks of a thread that maps the portal, before it looks at the length. */
  protected void checkMapping(int tid) throws ErrnoException {}

  /**
   * Submits descriptors. Errors in order: EPERM not the opener's address space, tested before the
   * length; ENODEV the device is gone; ENXIO the queue is no longer bound; those of {@link
   * PortalWriter#write}. Of the two in the middle the kernels say nothing. Mirrors
   * idxd_cdev_write() of 6.16.
   *
   * @return the bytes of the descriptors that were submitted; a remainder below 64 is ignored
   */
  @Override
  public int write(int tid, ByteBuffer from) throws ErrnoException {
    if (!isOpeners(tid)) {
      throw new ErrnoException(Errno.EPERM, "not the opener's address space");
    }
    if (from.remaining() < PortalWriter.DESCRIPTOR_BYTES) {
      return 0;
    }
    if (wq.device().gone()) {
      throw new ErrnoException(Errno.ENODEV, "the device is gone");
    }
    if (!opening.node().current()) {
      throw new ErrnoException(Errno.ENXIO, "the queue is no longer bound");
    }
    return writer.write(from);
  }

  /** The ioctls that stand for mmap(2) and for stores into the mapping; ENOTTY for others. */
  @Override
  public final int ioctl(int tid, int command, ByteBuffer data) throws ErrnoException {
    return mappings.ioctl(tid, command, data);
  }

  @Override
  public final boolean submits() {
    return true;
  }

  /**
   * Readable once the device has recorded any error, whichever queue's, until the next PCI probe.
   * Mirrors idxd_cdev_poll().
   */
  @Override
  public int poll(int tid, Runnable waker) {
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
   * The last close. If the queue has been unbound meanwhile it is left alone: enabled again
   * perhaps, it belongs to others (swq-v1 14.19). Mirrors idxd_cdev_release().
   */
  @Override
  public final void release() {
    if (released.getAndSet(true)) {
      return;
    }
    wq.device().removeOpenFile(this);
    wq.errorQueue().close(this);
    mappings.clear();
    hide();
    wq.wqLock.lock();
    try {
      boolean current = opening.node().current();
      if (opening.pasid() != 0) {
        releasePasid(current);
      }
      if (current || countsWhenStale()) {
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

  /** The file is closed for good; what its version shows of it goes. */
  protected void hide() {}

  /** Whether the client count also goes down for a file that has outlived its queue's binding. */
  protected boolean countsWhenStale() {
    return false;
  }

  /**
   * Ends what is under way with the file's PASID and unbinds it, with the wq lock held.
   *
   * @param current whether the queue still has the file's node
   */
  protected abstract void releasePasid(boolean current);

  /** The opener's memory is out of reach of the device. */
  protected final void unbind() {
    wq.device().globals().iommu().unbind(opening.pasid());
  }

  /** Takes the file's PASID out of a dedicated queue; a failure is logged. */
  protected final void clearQueuePasidLocked() {
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
