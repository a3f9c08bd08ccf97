package io.dsafs.idxd.mainline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.DeviceNumber;
import io.dsafs.idxd.IdxdCdev;
import io.dsafs.idxd.QueueFile;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The node of a user queue in this version: a child of the queue, and the parent of what sysfs
 * shows of open files.
 *
 * <p>Its minor is taken as long as anybody refers to the node: a file that outlives the queue's
 * binding keeps it.
 */
final class MainlineCdev extends IdxdCdev {
  private final UserFiles files;

  /** What sysfs shows of open files; the directory below which it does must not go first. */
  @GuardedBy("itself")
  private final Set<UserFileDevice> shownFiles = new HashSet<>();

  /** The node itself, and each open file. */
  private final AtomicInteger references = new AtomicInteger(1);

  MainlineCdev(MainlineWq wq, DeviceNumber number) {
    super(wq, wq, number);
    this.files = wq.device().files();
  }

  @Override
  protected QueueFile newFile(QueueFile.Opening opening) {
    int fileNumber = files.numbers().allocate();
    references.incrementAndGet();
    UserFileDevice shown = new UserFileDevice(this, fileNumber, opening.tid());
    UserFile file = new UserFile(opening, files, shown, fileNumber);
    files.enter(file);
    synchronized (shownFiles) {
      shownFiles.add(shown);
      wq().device().globals().model().addDevice(shown);
    }
    return file;
  }

  /** What is shown of files goes with the node; the files live on. */
  @Override
  public void delete() {
    synchronized (shownFiles) {
      List.copyOf(shownFiles).forEach(this::hide);
    }
    super.delete();
  }

  private void hide(UserFileDevice shown) {
    synchronized (shownFiles) {
      if (shownFiles.remove(shown)) {
        wq().device().globals().model().removeDevice(shown);
      }
    }
  }

  /** A file of this node is closed for good. */
  void closed(UserFileDevice shown, int fileNumber) {
    hide(shown);
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
