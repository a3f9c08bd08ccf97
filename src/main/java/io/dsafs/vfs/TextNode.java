package io.dsafs.vfs;

import io.dsafs.core.ErrnoException;

/** A file whose text is made when it is read and taken whole when it is written. */
abstract class TextNode extends Node {
  private final Directory directory;

  TextNode(Directory directory, int mode) {
    super(mode);
    this.directory = directory;
  }

  /** Makes the text. EIO: the file has none. */
  abstract String show() throws ErrnoException;

  /** Takes one write. EIO: the file takes none. */
  abstract void store(String text) throws ErrnoException;

  /** ENODEV: the object that the file belongs to is gone. */
  final void checkPresent() throws ErrnoException {
    directory.checkPresent();
  }

  @Override
  public final int fileType() {
    return S_IFREG;
  }

  @Override
  public final Handle open(int tid, int flags) throws ErrnoException {
    Access.check(this, flags, true, true);
    checkPresent();
    return new TextHandle(this);
  }
}
