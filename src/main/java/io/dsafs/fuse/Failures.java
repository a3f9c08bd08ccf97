package io.dsafs.fuse;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where what is thrown becomes a number. */
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  /** One operation; the answer is 0 or more. */
  @FunctionalInterface
  interface Operation {
    int run() throws ErrnoException;
  }

  private Failures() {}

  /** The operation's answer, or a negative errno. */
  static int answer(Operation operation) {
    try {
      return operation.run();
    } catch (ErrnoException e) {
      return -answerable(e.errno()).number();
    } catch (RuntimeException | Error e) {
      return unforeseen(e);
    }
  }

  /**
   * What an errno becomes on its way through FUSE. After ENOSYS the kernel would not ask again, and
   * a number above 511 makes the whole answer invalid, so that the caller would wait for ever.
   */
  private static Errno answerable(Errno errno) {
    return errno == Errno.ENOSYS || errno == Errno.ENOTSUPP ? Errno.EOPNOTSUPP : errno;
  }

  /**
   * EIO, or ENOMEM where memory was short, with the trace in the log. Never ENOSYS: for several
   * operations the kernel would stop asking and report success.
   */
  static int unforeseen(Throwable failure) {
    log(failure);
    return -(failure instanceof OutOfMemoryError ? Errno.ENOMEM : Errno.EIO).number();
  }

  /** Puts the trace in the log, as far as there is memory for that. */
  static void log(Throwable failure) {
    try {
      LOG.error("an operation failed unexpectedly", failure);
    } catch (OutOfMemoryError again) {
      failure.addSuppressed(again);
    }
  }
}
