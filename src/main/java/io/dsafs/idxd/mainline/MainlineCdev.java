package io.dsafs.idxd.mainline;

import io.dsafs.core.DeviceNumber;
import io.dsafs.idxd.IdxdCdev;
import io.dsafs.idxd.QueueFile;
import java.util.concurrent.atomic.AtomicInteger;

/** The node of this version: a child of its queue, whose minor is taken while a file is open. */
final class MainlineCdev extends IdxdCdev {
  /** The queue, and every open file. */
  private final AtomicInteger users = new AtomicInteger(1);

  MainlineCdev(MainlineWq wq, DeviceNumber number) {
    super(wq, wq, number);
  }

  @Override
  protected QueueFile newFile(QueueFile.Opening opening) {
    users.incrementAndGet();
    return new UserFile(opening, this);
  }

  @Override
  protected void releaseNumber(DeviceNumber given) {
    put();
  }

  /** One who used the node is gone; after the last the minor is free. */
  void put() {
    if (users.decrementAndGet() == 0) {
      super.releaseNumber(number());
    }
  }
}
