package io.dsafs.idxd.mainline;

import io.dsafs.core.DeviceNumber;
import io.dsafs.idxd.IdxdCdev;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.QueueFile;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * The node of a user queue in this version: a child of the queue, and the parent of what sysfs
 * shows of open files.
 *
 * <p>Its minor is taken as long as anybody refers to the node: a file that outlives the queue's
 * binding keeps it.
 */
final class UserCdev extends IdxdCdev {
  private final UserFiles files;
  private final IntSupplier retries;

  /** The node itself, and each open file. */
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * @param retries how many times more write(2) tries a shared queue that is full
   */
  UserCdev(IdxdWq wq, DeviceNumber number, UserFiles files, IntSupplier retries) {
    super(wq, wq, number);
    this.files = files;
    this.retries = retries;
  }

  @Override
  protected QueueFile newFile(QueueFile.Opening opening) {
    int fileNumber = files.numbers().allocate();
    references.incrementAndGet();
    UserFileDevice shown = new UserFileDevice(this, fileNumber, opening.tid());
    UserFile file = new UserFile(opening, files, shown, fileNumber, retries);
    files.enter(file);
    wq().device().globals().model().addDevice(shown);
    return file;
  }

  /** A file of this node is closed for good. */
  void closed(UserFileDevice shown, int fileNumber) {
    wq().device().globals().model().removeDevice(shown);
    files.numbers().release(fileNumber);
    dropReference(number());
  }

  @Override
  protected void releaseNumber(DeviceNumber given) {
    dropReference(given);
  }

  private void dropReference(DeviceNumber given) {
    if (references.decrementAndGet() == 0) {
      super.releaseNumber(given);
    }
  }
}
