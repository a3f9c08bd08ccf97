package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;

/** The access mode of an open, and the rule that sysfs puts above even root. */
final class Access {
  private static final int O_ACCMODE = 3;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;

  private static final int ANY_READ = 0444;
  private static final int ANY_WRITE = 0222;

  private Access() {}

  static boolean reads(int flags) {
    return (flags & O_ACCMODE) != O_WRONLY;
  }

  static boolean writes(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY;
  }

  /**
   * Refuses a direction that no permission bit allows, whoever asks.
   *
   * <p>EACCES: a write without any write bit or without a way to write; a read likewise. Source:
   * kernfs_fop_open() in fs/kernfs/file.c.
   */
  static void check(Node node, int flags, boolean canRead, boolean canWrite) throws ErrnoException {
    if (writes(flags) && ((node.permissions() & ANY_WRITE) == 0 || !canWrite)) {
      throw new ErrnoException(Errno.EACCES, "not writable");
    }
    if (reads(flags) && ((node.permissions() & ANY_READ) == 0 || !canRead)) {
      throw new ErrnoException(Errno.EACCES, "not readable");
    }
  }
}
