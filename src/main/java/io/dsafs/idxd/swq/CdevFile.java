package io.dsafs.idxd.swq;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.PortalMappings;
import io.dsafs.idxd.PortalWriter;
import io.dsafs.idxd.QueueFile;
import java.nio.ByteBuffer;

/** An open queue node of this version; a file that has outlived its device still maps. */
final class CdevFile extends QueueFile {
  private final IdxdWq wq;
  private final boolean strictAbi;
  private final PortalWriter writer;
  private final PortalMappings mappings;

  CdevFile(Opening opening, boolean strictAbi) {
    super(opening);
    this.wq = opening.wq();
    this.strictAbi = strictAbi;
    this.writer = new PortalWriter(wq, opening.pasid());
    this.mappings = new PortalMappings(opening);
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
    if (strictAbi) {
      throw new ErrnoException(Errno.EINVAL, "no write operation");
    }
    if (!isOpeners(tid)) {
      throw new ErrnoException(Errno.EPERM, "not the opener's address space");
    }
    if (from.remaining() < PortalWriter.DESCRIPTOR_BYTES) {
      return 0;
    }
    if (wq.device().gone()) {
      throw new ErrnoException(Errno.ENODEV, "the device is gone");
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

  @Override
  protected void closed() {
    mappings.clear();
  }
}
