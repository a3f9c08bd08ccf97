package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.nio.file.Path;
import jnr.ffi.Pointer;

/**
 * A file below {@code /proc/TID} that stays tied to the thread it was opened on, whoever gets its
 * number later: reading it fails once the thread has ended.
 */
final class TaskFile {
  static final int MOST_BYTES = 1024;

  private static final ThreadLocal<NativeBuffer> CURRENT =
      ThreadLocal.withInitial(() -> new NativeBuffer(MOST_BYTES));

  private final int fd;
  private final Lease lease;

  /**
   * @param fd of {@link #openDescriptor}, from now on this object's
   */
  TaskFile(int fd) {
    this.fd = fd;
    lease = new Lease(() -> LIBC.close(fd));
  }

  /** A descriptor of a file of a thread, or the error of open(2) as a negative number. */
  static int openDescriptor(int tid, String name) {
    return RawFile.open(Path.of("/proc/" + tid + "/task/" + tid + "/" + name), RawFile.READ_ONLY);
  }

  /**
   * Reads the file from its start.
   *
   * @return how many bytes {@link #content} has then; 0 or less if the thread has ended
   */
  int read() {
    if (!lease.enter()) {
      return 0;
    }
    try {
      return (int) LIBC.pread(fd, CURRENT.get().pointer(), MOST_BYTES, 0);
    } finally {
      lease.leave();
    }
  }

  /** What the calling thread has read last. */
  static byte[] content(int length) {
    byte[] bytes = new byte[length];
    CURRENT.get().bytes().get(0, bytes);
    return bytes;
  }

  /** Some bytes of the calling thread's, for what is read and not looked at. */
  static Pointer scratch() {
    return CURRENT.get().pointer();
  }

  void close() {
    lease.end();
  }
}
