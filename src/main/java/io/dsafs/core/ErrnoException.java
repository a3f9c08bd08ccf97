package io.dsafs.core;

/**
 * A refusal with the error number the kernel would give.
 *
 * <p>It carries no stack trace: a refusal is an ordinary answer, also on the submission path.
 */
public final class ErrnoException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Errno errno;

  public ErrnoException(Errno errno, String reason) {
    super(reason, null, false, false);
    this.errno = errno;
  }

  public ErrnoException(Errno errno) {
    this(errno, errno.name());
  }

  public Errno errno() {
    return errno;
  }
}
