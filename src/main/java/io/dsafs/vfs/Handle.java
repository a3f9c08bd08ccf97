package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.nio.ByteBuffer;

/** One open file description. {@link #release} is the last call. */
public interface Handle {
  /**
   * Fills the buffer's remaining range from the file's offset and returns the count; 0 at the end.
   */
  int read(ByteBuffer into, long offset) throws ErrnoException;

  /** Takes one write(2) and returns the count, which is all of it unless the node says less. */
  int write(int tid, ByteBuffer from, long offset) throws ErrnoException;

  /** One ioctl(2); {@code data} is null for a command without data. ENOTTY unless overridden. */
  default int ioctl(int tid, int command, ByteBuffer data) throws ErrnoException {
    throw new ErrnoException(Errno.ENOTTY);
  }

  /**
   * One poll by the thread {@code tid}: POLL bits; {@code waker}, if not null, runs once when they
   * may have changed.
   */
  int poll(int tid, Runnable waker);

  /** One fsync(2); nothing to do unless overridden. */
  default void sync() throws ErrnoException {}

  /** Whose it is to keep what reads will need; nothing is kept unless overridden. */
  default void chargeTo(Account account) {}

  /** True if a seek makes no sense (lseek(2) then answers ESPIPE). */
  default boolean nonSeekable() {
    return false;
  }

  /**
   * True if write and ioctl hand work to a device. They do not wait for it, so that it may be done
   * after they have been answered; a machine that goes down refuses it.
   */
  default boolean submits() {
    return false;
  }

  void release();
}
