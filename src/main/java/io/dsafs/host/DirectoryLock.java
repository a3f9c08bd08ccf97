package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.nio.file.Path;

/**
 * A lock on a directory, for those who ask for one; it goes with the process at the latest. Source:
 * flock(2).
 */
public final class DirectoryLock implements AutoCloseable {
  private static final int LOOK_MILLIS = 10;

  private final int fd;

  private DirectoryLock(int fd) {
    this.fd = fd;
  }

  /**
   * Waits for the lock, but not for ever, as anybody who may read the directory can hold it: what
   * is locked should then still be right, if perhaps not for several at once. Of a directory that
   * cannot be read there is none, and nobody waits.
   */
  public static DirectoryLock take(Path directory, long mostMillis) throws InterruptedException {
    int flags = LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC;
    int fd = LIBC.open(directory.toString(), flags);
    long deadline = System.nanoTime() + mostMillis * 1_000_000;
    while (fd >= 0
        && LIBC.flock(fd, LibC.LOCK_EX | LibC.LOCK_NB) != 0
        && System.nanoTime() < deadline) {
      Thread.sleep(LOOK_MILLIS);
    }
    return new DirectoryLock(fd);
  }

  @Override
  public void close() {
    if (fd >= 0) {
      LIBC.close(fd);
    }
  }
}
