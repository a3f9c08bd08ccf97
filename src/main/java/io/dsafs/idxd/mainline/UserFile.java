package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.QueueFile;
import io.dsafs.mem.AddressSpace;

/**
 * An open queue node of this version: it works for the process image that opened it, and for no
 * other. Mirrors struct idxd_user_context and the file operations in cdev.c.
 */
final class UserFile extends QueueFile {
  private final UserFiles files;
  private final UserFileDevice shown;
  private final int number;

  UserFile(Opening opening, UserFiles files, UserFileDevice shown, int number) {
    super(opening);
    this.files = files;
    this.shown = shown;
    this.number = number;
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
   * Errors in order: EPERM the caller lacks CAP_SYS_RAWIO, since no known device is safe for others
   * (INTEL-SA-01084); EPERM not the opener's address space. Mirrors idxd_cdev_mmap().
   */
  @Override
  protected void checkMapping(int tid) throws ErrnoException {
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
  protected void hide() {
    ((MainlineCdev) opening().node()).closed(shown, number);
  }

  /**
   * A dedicated queue is drained with its PASID's change, a shared one of this PASID alone. What
   * the event log still holds of the file is skipped, and what is being handled is waited for, with
   * the wq lock held and no other. A file that outlives the queue's binding drains its PASID, too.
   */
  @Override
  protected void releasePasid(boolean current) {
    MainlineDevice device = wq().device();
    if (!device.gone()) {
      device.deviceLock.lock();
      try {
        if (current && wq().dedicated()) {
          clearQueuePasidLocked();
        } else {
          drainLocked();
        }
      } finally {
        device.deviceLock.unlock();
      }
      device.eventService().skip(wq(), pasid());
    }
    unbind();
    files.leave(this);
  }

  /** What the device answers does not matter. Mirrors idxd_device_drain_pasid(). */
  private void drainLocked() {
    try {
      int unused = wq().device().commands().drainPasidLocked(pasid());
    } catch (ErrnoException e) {
      wq().log().warn(wq(), "PASID %d not drained: %s", pasid(), e.getMessage());
    }
  }

  /** The count of a queue that was unbound meanwhile started anew, and goes below zero. */
  @Override
  protected boolean countsWhenStale() {
    return true;
  }
}
