package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;

/** A text file that belongs to no object of the driver model, as in debugfs. */
public final class TextFile extends TextNode {
  /** Makes the whole text: ISO-8859-1, of any length. */
  @FunctionalInterface
  public interface Show {
    String show() throws ErrnoException;
  }

  /** Takes the text of one write, up to its first NUL. */
  @FunctionalInterface
  public interface Store {
    void store(String text) throws ErrnoException;
  }

  private final Show show;
  private final Store store;

  TextFile(Directory directory, int mode, Show show, Store store) {
    super(directory, mode);
    this.show = show;
    this.store = store;
  }

  @Override
  String show() throws ErrnoException {
    if (show == null) {
      throw new ErrnoException(Errno.EIO, "nothing to show");
    }
    return show.show();
  }

  @Override
  void store(String text) throws ErrnoException {
    if (store == null) {
      throw new ErrnoException(Errno.EIO, "takes nothing");
    }
    store.store(text);
  }
}
