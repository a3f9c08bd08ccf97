package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.PortalMappings;
import io.dsafs.idxd.PortalWriter;
import io.dsafs.idxd.QueueFile;
import io.dsafs.mem.AddressSpace;
import java.nio.ByteBuffer;

/**
 * An open queue node of this version: it works for the process image that opened it, and for no
 * other. Mirrors struct idxd_user_context and the file operations in cdev.c.
 */
final class UserFile extends QueueFile {
  private final UserFiles files;
  private final UserFileDevice shown;
  private final int number;
  private final PortalWriter writer;
  private final PortalMappings mappings;

  UserFile(Opening opening, UserFiles files, UserFileDevice shown, int number) {
    super(opening);
    this.files = files;
    this.shown = shown;
    this.number = number;
    this.writer = new PortalWriter(opening.wq(), opening.pasid());
    this.mappings = new PortalMappings(opening, this::checkMapping);
  }

  MainlineWq wq() {
    return (MainlineWq) opening().wq();
  }

  int pasid() {
    return opening().pasid();
  }

  AddressSpace owner() {
    return opening().opener();
  }

  UserFileDevice shown() {
    return shown;
  }

  /**
   * Submits descriptors. Errors in order: EPERM not the opener's address space, tested before the
   * length; ENXIO the queue is no longer bound (undefined in the kernel); those of {@link
   * PortalWriter#write}. Mirrors idxd_cdev_write().
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
    if (!opening().node().current()) {
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
   * Errors in order: EPERM the caller lacks CAP_SYS_RAWIO, since no known device is safe for others
   * (INTEL-SA-01084); EPERM not the opener's address space. Mirrors idxd_cdev_mmap().
   */
  private void checkMapping(int tid) throws ErrnoException {
    if (!wq().device().globals().tasks().hasRawIo(tid)) {
      throw new ErrnoException(Errno.EPERM, "mapping a portal takes CAP_SYS_RAWIO");
    }
    if (!isOpeners(tid)) {
      throw new ErrnoException(Errno.EPERM, "not the opener's address space");
    }
  }

  /** Invalid for another address space than the opener's. Mirrors idxd_cdev_poll(). */
  @Override
  public int poll(int tid, Runnable waker) {
    return isOpeners(tid) ? super.poll(tid, waker) : POLL_INVALID;
  }

  @Override
  protected void closed() {
    mappings.clear();
    files.leave(this);
    ((MainlineCdev) opening().node()).closed(shown, number);
  }

  @Override
  protected void drained() {
    wq().device().eventService().skip(wq(), pasid());
  }

  /** The count of a queue that was unbound meanwhile started anew, and goes below zero. */
  @Override
  protected boolean countsWhenStale() {
    return true;
  }
}
