package io.dsafs.fuse;

import io.dsafs.core.ErrnoException;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.nio.ByteBuffer;

/** A file of a tree that opens as it is told. */
class TestFile extends Node {
  TestFile() {
    super(0644);
  }

  @Override
  public int fileType() {
    return S_IFREG;
  }

  @Override
  public Handle open(int tid, int flags) throws ErrnoException {
    return new TestHandle();
  }

  /** An open file that takes everything and gives nothing. */
  static class TestHandle implements Handle {
    int released;

    @Override
    public int read(ByteBuffer into, long offset) throws ErrnoException {
      return 0;
    }

    @Override
    public int write(int tid, ByteBuffer from, long offset) throws ErrnoException {
      return from.remaining();
    }

    @Override
    public int poll(int tid, Runnable waker) {
      return 0;
    }

    @Override
    public void release() {
      released++;
    }
  }
}
