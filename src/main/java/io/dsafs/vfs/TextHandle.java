package io.dsafs.vfs;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An open text file: the rules of paging.
 *
 * <p>The text is made at the first read and again at every read at offset 0; in between it is kept.
 * Each write is one store, whatever its offset. Source: swq-v1 section 1.1; fs/kernfs/file.c.
 */
final class TextHandle implements Handle {
  /** DEFAULT_POLLMASK: POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM. */
  static final int ALWAYS_READY = 0x145;

  /** More than a page is not taken in one write. */
  private static final int PAGE_BYTES = 4096;

  private final TextNode node;

  /** What the last read at offset 0 made; null before the first. */
  private volatile byte[] kept;

  TextHandle(TextNode node) {
    this.node = node;
  }

  /** ENODEV: the file's object is gone. Then what the file's show answers. */
  @Override
  public int read(ByteBuffer into, long offset) throws ErrnoException {
    node.checkPresent();
    byte[] text = kept;
    if (offset == 0 || text == null) {
      text = node.show().getBytes(StandardCharsets.ISO_8859_1);
      kept = text;
    }
    if (offset >= text.length) {
      return 0;
    }
    int count = (int) Math.min(into.remaining(), text.length - offset);
    into.put(text, (int) offset, count);
    return count;
  }

  /** ENODEV: the file's object is gone. Then what the file's store answers. */
  @Override
  public int write(int tid, ByteBuffer from, long offset) throws ErrnoException {
    if (!from.hasRemaining()) {
      return 0;
    }
    node.checkPresent();
    byte[] bytes = new byte[Math.min(from.remaining(), PAGE_BYTES)];
    from.get(bytes);
    node.store(KernelText.untilNul(new String(bytes, StandardCharsets.ISO_8859_1)));
    return bytes.length;
  }

  @Override
  public int poll(int tid, Runnable waker) {
    return ALWAYS_READY;
  }

  @Override
  public void release() {}
}
