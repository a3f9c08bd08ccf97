package io.dsafs.vfs;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;

/** An object's attribute as a file of sysfs. */
final class AttributeFile<T> extends TextNode {
  private static final int PAGE_BYTES = 4096;

  private final Attribute<? super T> attribute;
  private final T object;

  AttributeFile(Directory directory, Attribute<? super T> attribute, T object) {
    super(directory, attribute.mode());
    this.attribute = attribute;
    this.object = object;
  }

  /** A page, whatever the length of the text. */
  @Override
  public long size() {
    return PAGE_BYTES;
  }

  @Override
  String show() throws ErrnoException {
    if (attribute.show() == null) {
      throw new ErrnoException(Errno.EIO, attribute.name() + " has nothing to show");
    }
    String text = attribute.show().show(object);
    // As sysfs_kf_seq_show(): the last byte of the page stays free.
    return text.length() < PAGE_BYTES ? text : text.substring(0, PAGE_BYTES - 1);
  }

  @Override
  void store(String text) throws ErrnoException {
    if (attribute.store() == null) {
      throw new ErrnoException(Errno.EIO, attribute.name() + " takes nothing");
    }
    attribute.store().store(object, text);
  }
}
