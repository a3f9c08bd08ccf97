package io.dsafs.core;

/** The error numbers the kernel answers with, in x86-64 Linux numbering. */
public enum Errno {
  EPERM(1),
  ENOENT(2),
  ESRCH(3),
  EINTR(4),
  EIO(5),
  ENXIO(6),
  EBADF(9),
  EAGAIN(11),
  ENOMEM(12),
  EACCES(13),
  EFAULT(14),
  EBUSY(16),
  EEXIST(17),
  ENODEV(19),
  ENOTDIR(20),
  EISDIR(21),
  EINVAL(22),
  ENFILE(23),
  EMFILE(24),
  ENOTTY(25),
  EFBIG(27),
  ENOSPC(28),
  ESPIPE(29),
  EROFS(30),
  ERANGE(34),
  ENAMETOOLONG(36),
  /** No such call; over FUSE it must not be answered, as the kernel would stop asking. */
  ENOSYS(38),
  ELOOP(40),
  EOVERFLOW(75),
  EOPNOTSUPP(95),
  ETIMEDOUT(110),
  /** Kernel-internal "not supported"; it has no name in user space. */
  ENOTSUPP(524);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** The positive number, as in {@code errno}. */
  public int number() {
    return number;
  }
}
