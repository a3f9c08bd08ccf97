package io.dsafs.vfs;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * An open text file: the rules of paging.
 *
 * <p>The text is made at the first read and again at every read at offset 0. It is kept until it
 * has been read to its end; a read in its middle then makes it anew. Each write is one store,
 * whatever its offset. Source: seq_read_iter() and traverse() in fs/seq_file.c; fs/kernfs/file.c.
 */
final class TextHandle implements Handle {
  /** DEFAULT_POLLMASK: POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM. */
  static final int ALWAYS_READY = 0x145;

  /** More than a page is not taken in one write. */
  private static final int PAGE_BYTES = 4096;

  private final TextNode node;

  /** Before the first read. */
  private static final int UNKNOWN = -1;

  private volatile Account account = Account.UNLIMITED;

  /** The text that has been read in part; null if none has. */
  @GuardedBy("this")
  private byte[] kept;

  /** The length of the newest text, in bytes. */
  @GuardedBy("this")
  private int length = UNKNOWN;

  TextHandle(TextNode node) {
    this.node = node;
  }

  @Override
  public void chargeTo(Account newAccount) {
    account = newAccount;
  }

  /**
   * One reader at a time, as the kernel's. ENODEV: the file's object is gone. Then what the file's
   * show answers. ENOMEM: too much is kept for the opener to keep the rest of the text, too.
   */
  @Override
  public synchronized int read(ByteBuffer into, long offset) throws ErrnoException {
    node.checkPresent();
    if (kept == null && length != UNKNOWN && offset >= length && offset != 0) {
      return 0;
    }
    byte[] text = kept;
    if (offset == 0 || text == null) {
      text = node.show().getBytes(StandardCharsets.ISO_8859_1);
    }
    int from = (int) Math.min(offset, text.length);
    int count = Math.min(into.remaining(), text.length - from);
    keep(from + count < text.length ? text : null);
    length = text.length;
    into.put(text, from, count);
    return count;
  }

  @GuardedBy("this")
  private void keep(byte[] text) throws ErrnoException {
    if (text != kept && !account.keep(text == null ? 0 : text.length)) {
      throw new ErrnoException(Errno.ENOMEM, "too much is kept for the opener");
    }
    kept = text;
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
