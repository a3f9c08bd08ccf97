package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.PortalWriter;
import io.dsafs.idxd.QueueFile;
import java.nio.ByteBuffer;

/** An open queue node of this version. */
final class UserFile extends QueueFile {
  private final MainlineCdev node;
  private final PortalWriter writer;

  UserFile(Opening opening, MainlineCdev node) {
    super(opening);
    this.node = node;
    this.writer = new PortalWriter(opening.wq(), opening.pasid());
  }

  /**
   * Submits descriptors. Errors in order: EPERM not the opener's address space, tested before the
   * length; ENXIO the queue is no longer bound; those of {@link PortalWriter#write}.
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
    if (!node.current()) {
      throw new ErrnoException(Errno.ENXIO, "the queue is no longer bound");
    }
    return writer.write(from);
  }

  @Override
  protected void closed() {
    node.put();
  }
}
