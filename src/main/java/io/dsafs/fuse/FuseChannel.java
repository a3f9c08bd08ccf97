package io.dsafs.fuse;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * The open {@code /dev/fuse} of a mount: requests come in, replies go out, whole messages each. Not
 * final, so that a test can put itself in the place of the kernel.
 */
class FuseChannel {
  /** The calls of libc. Public because JNR implements it in a class loader of its own. */
  public interface Calls {
    long read(int fd, Pointer into, long count);

    long write(int fd, Pointer from, long count);

    int open(String path, int flags);

    int dup2(int from, int to);
  }

  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 02000000;

  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;
  private static final int ENODEV = 19;

  private final Calls calls = LibraryLoader.create(Calls.class).failImmediately().load("libc.so.6");
  private final Runtime runtime = Runtime.getRuntime(calls);
  private final int fd;

  /**
   * @param fd stays libfuse's
   */
  FuseChannel(int fd) {
    this.fd = fd;
  }

  /**
   * Waits for a request.
   *
   * @return its length; 0 if there is none after all; -1 when the filesystem has been unmounted
   */
  int receive(Pointer into, int capacity) {
    long length = calls.read(fd, into, capacity);
    if (length >= 0) {
      return (int) length;
    }
    int errno = LastError.getLastError(runtime);
    if (errno == EINTR || errno == EAGAIN || errno == ENOENT) {
      return 0; // a signal, or a request that was withdrawn while it was read
    }
    if (errno != ENODEV) {
      throw new IllegalStateException("receiving a request failed with error " + errno);
    }
    return -1;
  }

  /** Sends a reply; one that nobody waits for any more is dropped by the kernel. */
  void send(Pointer reply, int length) {
    calls.write(fd, reply, length);
  }

  /**
   * Lets go of the device: it is closed when no thread waits for a request any more. The number
   * stays taken, so that a late reply goes nowhere.
   */
  void abandon() {
    int nowhere = calls.open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere >= 0) {
      calls.dup2(nowhere, fd);
    }
  }
}
