package io.dsafs.idxd.swq;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.CommandStatus;
import io.dsafs.idxd.IdxdDevice;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.QueueFile;
import java.nio.ByteBuffer;

/** An open queue node of this version. */
final class CdevFile extends QueueFile {
  private final IdxdWq wq;
  private final boolean strictAbi;

  CdevFile(Opening opening, boolean strictAbi) {
    super(opening);
    this.wq = opening.wq();
    this.strictAbi = strictAbi;
  }

  /**
   * Not of March 2020. Errors in order: EINVAL with the strict ABI; those of {@link
   * QueueFile#write}.
   */
  @Override
  public int write(int tid, ByteBuffer from) throws ErrnoException {
    if (strictAbi) {
      throw new ErrnoException(Errno.EINVAL, "no write operation");
    }
    return super.write(tid, from);
  }

  /** Drains the PASID, and clears it in a dedicated queue. */
  @Override
  protected void releasePasid(boolean current) {
    IdxdDevice device = wq.device();
    device.deviceLock.lock();
    try {
      if (current) {
        drainLocked();
      }
      unbind();
      if (current && wq.dedicated()) {
        clearQueuePasidLocked();
      }
    } finally {
      device.deviceLock.unlock();
    }
  }

  /** Mirrors idxd_device_drain_pasid(). */
  private void drainLocked() {
    int pasid = opening().pasid();
    try {
      int status = wq.device().commands().drainPasidLocked(pasid);
      if (status != CommandStatus.SUCCESS) {
        throw CommandStatus.refused("draining PASID " + pasid, status);
      }
    } catch (ErrnoException e) {
      wq.log().err(wq, "%s", e.getMessage());
    }
  }
}
