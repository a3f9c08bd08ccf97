package io.dsafs.vfs;

import io.dsafs.core.CharDevices;
import io.dsafs.core.DeviceNumber;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import java.nio.ByteBuffer;

/**
 * A node of {@code /dev}. To the kernel it is a regular, empty file, as a char device cannot be
 * served from user space; what happens on it is up to the driver behind the number.
 */
final class DeviceNode extends Node {
  private static final int MODE = 0600;

  private final CharDevices charDevices;
  private final DeviceNumber number;

  DeviceNode(CharDevices charDevices, DeviceNumber number) {
    super(MODE);
    this.charDevices = charDevices;
    this.number = number;
  }

  @Override
  public int fileType() {
    return S_IFREG;
  }

  /** ENXIO: nothing answers the number. Then what the driver's open answers. */
  @Override
  public Handle open(int tid, int flags) throws ErrnoException {
    return new DeviceHandle(charDevices.lookup(number).open(tid, flags));
  }

  private static final class DeviceHandle implements Handle {
    private final OpenFile file;

    DeviceHandle(OpenFile file) {
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long offset) throws ErrnoException {
      return file.read(into, offset);
    }

    @Override
    public int write(int tid, ByteBuffer from, long offset) throws ErrnoException {
      return file.write(tid, from);
    }

    @Override
    public int ioctl(int tid, int command, ByteBuffer data) throws ErrnoException {
      return file.ioctl(tid, command, data);
    }

    @Override
    public int poll(int tid, Runnable waker) {
      return file.poll(tid, waker);
    }

    @Override
    public void sync() throws ErrnoException {
      file.sync();
    }

    @Override
    public boolean nonSeekable() {
      return true;
    }

    @Override
    public boolean submits() {
      return file.submits();
    }

    @Override
    public void release() {
      file.release();
    }
  }
}
