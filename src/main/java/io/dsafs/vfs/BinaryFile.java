package io.dsafs.vfs;

import io.dsafs.core.BinaryAttribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.nio.ByteBuffer;

/**
 * An object's binary attribute as a file of sysfs. One call moves at most a page.
 *
 * <p>Source: sysfs_kf_bin_read() and sysfs_kf_bin_write() in fs/sysfs/file.c.
 */
final class BinaryFile<T> extends Node {
  private static final int PAGE_BYTES = 4096;

  private final Directory directory;
  private final BinaryAttribute<T> attribute;
  private final T object;

  BinaryFile(Directory directory, BinaryAttribute<T> attribute, T object) {
    super(attribute.mode());
    this.directory = directory;
    this.attribute = attribute;
    this.object = object;
  }

  @Override
  public int fileType() {
    return S_IFREG;
  }

  @Override
  public long size() {
    return attribute.size().applyAsLong(object);
  }

  /** EACCES: no mode bit for the direction, or no way to go in it. */
  @Override
  public Handle open(int tid, int flags) throws ErrnoException {
    Access.check(this, flags, attribute.read() != null, attribute.write() != null);
    directory.checkPresent();
    return new BinaryHandle();
  }

  private final class BinaryHandle implements Handle {
    @Override
    public int read(ByteBuffer into, long offset) throws ErrnoException {
      directory.checkPresent();
      return transfer(attribute.read(), into, offset);
    }

    /** EFBIG: the offset is at or past the end. */
    @Override
    public int write(int tid, ByteBuffer from, long offset) throws ErrnoException {
      directory.checkPresent();
      if (offset >= size()) {
        throw new ErrnoException(Errno.EFBIG, attribute.name() + " ends at " + size());
      }
      return transfer(attribute.write(), from, offset);
    }

    private int transfer(BinaryAttribute.Access<T> way, ByteBuffer buffer, long offset)
        throws ErrnoException {
      long left = Math.min(size() - offset, Math.min(buffer.remaining(), PAGE_BYTES));
      if (left <= 0) {
        return 0;
      }
      int limit = buffer.limit();
      buffer.limit(buffer.position() + (int) left);
      try {
        return way.transfer(object, buffer, offset);
      } finally {
        buffer.limit(limit);
      }
    }

    @Override
    public int poll(int tid, Runnable waker) {
      return TextHandle.ALWAYS_READY;
    }

    @Override
    public void release() {}
  }
}
