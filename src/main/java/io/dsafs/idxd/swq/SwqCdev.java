package io.dsafs.idxd.swq;

import io.dsafs.core.DeviceNumber;
import io.dsafs.idxd.IdxdCdev;
import io.dsafs.idxd.QueueFile;

/** The node of this version: a child of the PCI function. */
final class SwqCdev extends IdxdCdev {
  private final boolean strictAbi;

  SwqCdev(SwqWq wq, DeviceNumber number) {
    super(wq, wq.device().pci(), number);
    this.strictAbi = wq.device().strictAbi();
  }

  @Override
  protected QueueFile newFile(QueueFile.Opening opening) {
    return new CdevFile(opening, strictAbi);
  }
}
