package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.io.IOException;
import java.nio.file.Path;
import jnr.ffi.LastError;

/** An open device file of this process, with the calls that Java's channels do not have. */
public final class DeviceFile implements AutoCloseable {
  private final Path path;
  private final int fd;

  private DeviceFile(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /** Opens a device file for reading and writing. */
  public static DeviceFile open(Path path) throws IOException {
    int fd = LIBC.open(path.toString(), LibC.O_RDWR | LibC.O_CLOEXEC);
    if (fd < 0) {
      throw failure("open of " + path);
    }
    return new DeviceFile(path, fd);
  }

  /** One write(2) of a part of the buffer; returns the count. */
  public long write(NativeBuffer from, long offset, long length) throws IOException {
    long written = LIBC.write(fd, from.pointer().slice(offset), length);
    if (written < 0) {
      throw failure("write to " + path);
    }
    return written;
  }

  /** One ioctl(2) with an argument structure; returns the call's result. */
  public int ioctl(long command, NativeBuffer argument) throws IOException {
    int result = LIBC.ioctl(fd, command, argument.pointer());
    if (result < 0) {
      throw failure("ioctl on " + path);
    }
    return result;
  }

  @Override
  public void close() {
    LIBC.close(fd);
  }

  private static IOException failure(String what) {
    int errno = LastError.getLastError(LibC.RUNTIME);
    return new IOException(what + ": " + LIBC.strerror(errno));
  }
}
