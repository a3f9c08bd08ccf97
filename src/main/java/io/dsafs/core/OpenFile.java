package io.dsafs.core;

import java.nio.ByteBuffer;

/**
 * One open file description of a char device. What a driver does not override answers as the kernel
 * does for a missing operation.
 *
 * <p>Calls may come from several threads at once; {@link #release} is the last.
 */
public interface OpenFile {
  /** Nothing to report. */
  int POLL_NONE = 0;

  /** POLLIN | POLLRDNORM. */
  int POLL_READABLE = 0x41;

  /** POLLERR | POLLHUP. */
  int POLL_GONE = 0x18;

  /** POLLNVAL: the file is not the caller's to poll. */
  int POLL_INVALID = 0x20;

  /** Fills the buffer from the file and returns the count. EINVAL: the device has no read. */
  default int read(ByteBuffer into, long offset) throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL);
  }

  /**
   * Takes one write(2) and returns the bytes consumed. EINVAL: the device has no write.
   *
   * @param tid the calling thread
   * @param from the bytes: a direct little-endian buffer, valid during the call only
   */
  default int write(int tid, ByteBuffer from) throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL);
  }

  /**
   * One ioctl(2). ENOTTY: unknown command.
   *
   * @param tid the calling thread
   * @param command the command word; its size field gives the length of {@code data}
   * @param data in and out: a direct little-endian buffer of exactly the command's size, or null
   *     for a command without data
   * @return the call's result, 0 or more
   */
  default int ioctl(int tid, int command, ByteBuffer data) throws ErrnoException {
    throw new ErrnoException(Errno.ENOTTY);
  }

  /**
   * One poll. A device without poll is always ready.
   *
   * @param tid the calling thread
   * @param waker to be run once when something may have changed; null if nobody waits
   * @return POLL_ bits
   */
  default int poll(int tid, Runnable waker) {
    return 0x145; // POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM: DEFAULT_POLLMASK
  }

  /** One fsync(2). EINVAL: the device has no fsync. */
  default void sync() throws ErrnoException {
    throw new ErrnoException(Errno.EINVAL);
  }

  /** True if write and ioctl hand work to the device, and do not wait for it. */
  default boolean submits() {
    return false;
  }

  /** The last close; errors are logged, never returned. */
  void release();
}
