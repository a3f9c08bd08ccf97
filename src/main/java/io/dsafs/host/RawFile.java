package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.nio.file.Path;
import jnr.ffi.LastError;

/**
 * File calls whose result is that of the system call: a count or descriptor, or an error number as
 * a negative number. Java's own calls tell errors in words only, in the user's language.
 */
public final class RawFile {
  public static final int READ_ONLY = LibC.O_RDONLY;
  public static final int WRITE_ONLY = 1;
  public static final int READ_WRITE = 2;

  /** An event of poll(2). */
  public static final int READABLE = LibC.POLLIN;

  private RawFile() {}

  /** open(2). */
  public static int open(Path path, int flags) {
    return (int) result(LIBC.open(path.toString(), flags | LibC.O_CLOEXEC));
  }

  /** creat(2); what it makes stays. */
  public static int create(Path path, int mode) {
    return (int) result(LIBC.creat(path.toString(), mode));
  }

  /** mkdir(2). */
  public static int makeDirectory(Path path, int mode) {
    return (int) result(LIBC.mkdir(path.toString(), mode));
  }

  /** read(2), as many bytes as the array has. */
  public static long read(int fd, byte[] into) {
    NativeBuffer buffer = new NativeBuffer(Math.max(into.length, 1));
    long count = result(LIBC.read(fd, buffer.pointer(), into.length));
    if (count > 0) {
      buffer.pointer().get(0, into, 0, (int) count);
    }
    return count;
  }

  /** One write(2) of all bytes. */
  public static long write(int fd, byte[] from) {
    NativeBuffer buffer = new NativeBuffer(Math.max(from.length, 1));
    buffer.pointer().put(0, from, 0, from.length);
    return result(LIBC.write(fd, buffer.pointer(), from.length));
  }

  /** lseek(2) from the beginning. */
  public static long seek(int fd, long offset) {
    return result(LIBC.lseek(fd, offset, 0));
  }

  /**
   * ioctl(2) with a command that needs no argument.
   *
   * @return 0, or the error
   */
  public static long control(int fd, long command) {
    return result(LIBC.ioctl(fd, command, new NativeBuffer(Long.BYTES).pointer()));
  }

  /**
   * poll(2) for anything to read, without waiting.
   *
   * @return the events, of which {@link #READABLE} is one; 0 for none, or the error
   */
  public static long poll(int fd) {
    NativeBuffer descriptor = new NativeBuffer(Long.BYTES);
    descriptor.bytes().putInt(0, fd).putShort(Integer.BYTES, LibC.POLLIN);
    long count = result(LIBC.poll(descriptor.pointer(), 1, 0));
    return count <= 0 ? count : descriptor.bytes().getShort(Integer.BYTES + Short.BYTES);
  }

  /** close(2). */
  public static void close(int fd) {
    LIBC.close(fd);
  }

  private static long result(long value) {
    return value < 0 ? -LastError.getLastError(LibC.RUNTIME) : value;
  }
}
