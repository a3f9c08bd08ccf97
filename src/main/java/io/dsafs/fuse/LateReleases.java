package io.dsafs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Opens that find a file still held though its holder has closed it.
 *
 * <p>FUSE sends RELEASE after close(2) has returned, so the next open can overtake it. A kernel
 * driver never sees that, and no driver here should: an open refused with EBUSY is tried again
 * until the RELEASE on its way has come, unless the holder is seen to have the file open still.
 */
final class LateReleases {
  /** How long a RELEASE may be on its way; it waits only for threads that are running. */
  private static final long PATIENCE_MILLIS = 500;

  private final HandleTable handles;

  @GuardedBy("this")
  private long releases;

  LateReleases(HandleTable handles) {
    this.handles = handles;
  }

  /** To be called after each release. */
  synchronized void released() {
    releases++;
    notifyAll();
  }

  /** Opens the node; {@code path} is its place below the mount point. */
  Handle open(Node node, String path, int tid, int flags) throws ErrnoException {
    long seen = releasesSoFar();
    try {
      return node.open(tid, flags);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EBUSY) {
        throw e;
      }
      return openAfterRelease(node, path, tid, flags, seen);
    }
  }

  private Handle openAfterRelease(Node node, String path, int tid, int flags, long releasesSeen)
      throws ErrnoException {
    long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
    long seen = releasesSeen;
    while (true) {
      boolean held = handles.openOn(node).stream().anyMatch(open -> isOpenIn(open.tid(), path));
      boolean more = !held && awaitRelease(seen, deadline);
      seen = releasesSoFar();
      try {
        return node.open(tid, flags);
      } catch (ErrnoException e) {
        if (e.errno() != Errno.EBUSY || !more) {
          throw e;
        }
      }
    }
  }

  private synchronized long releasesSoFar() {
    return releases;
  }

  /** True once there were more releases than {@code seen}, false at the deadline. */
  private synchronized boolean awaitRelease(long seen, long deadline) {
    while (releases == seen) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }

  /**
   * Whether a thread's process shows the file among its descriptors. The tree may be seen at
   * another place there, so the end of the path decides.
   */
  private static boolean isOpenIn(int tid, String path) {
    String end = path.substring(path.lastIndexOf('/'));
    try (DirectoryStream<Path> descriptors =
        Files.newDirectoryStream(Path.of("/proc/" + tid + "/fd"))) {
      for (Path descriptor : descriptors) {
        if (targetOf(descriptor).endsWith(end)) {
          return true;
        }
      }
    } catch (IOException e) {
      return false; // the holder is gone, or is not ours to look at
    }
    return false;
  }

  private static String targetOf(Path descriptor) throws IOException {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (NoSuchFileException e) {
      return ""; // closed in the meantime
    }
  }
}
