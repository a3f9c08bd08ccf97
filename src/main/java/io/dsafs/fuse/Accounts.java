package io.dsafs.fuse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Shares;
import io.dsafs.vfs.Account;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What users may have this process keep by opening files and not closing them. Nobody can take so
 * much that others cannot open and read files, or that the heap fills.
 */
final class Accounts {
  private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);

  /** Open files of all users; each is some 300 bytes here, and as much in libfuse. */
  private static final long FILES = 65_536;

  /** What is kept for them besides: texts, listings. A quarter of the heap. */
  private static final long BYTES = 64L << 20;

  /** A refusal is said once in so long a time. */
  private static final long QUIET_NANOS = 60_000_000_000L;

  private final Shares<Integer> files;
  private final Shares<Integer> bytes;
  private final AtomicLong saidAt = new AtomicLong(System.nanoTime() - QUIET_NANOS);

  Accounts() {
    this(FILES, BYTES);
  }

  Accounts(long files, long bytes) {
    this.files = new Shares<>(files);
    this.bytes = new Shares<>(bytes);
  }

  /** The account of one open file. To be closed with it. */
  final class OpenFile implements Account, AutoCloseable {
    private final int uid;

    @GuardedBy("this")
    private long kept;

    private OpenFile(int uid) {
      this.uid = uid;
    }

    @Override
    public synchronized boolean keep(long amount) {
      if (amount > kept && !bytes.take(uid, amount - kept)) {
        refused(uid, "have more kept of what they have read in part");
        return false;
      }
      if (amount < kept) {
        bytes.give(uid, kept - amount);
      }
      kept = amount;
      return true;
    }

    @Override
    public void close() {
      boolean unused = keep(0);
      files.give(uid, 1);
    }
  }

  /** Enters an open file of a user. EMFILE: they have too many, or all together have. */
  OpenFile open(int uid) throws ErrnoException {
    if (!files.take(uid, 1)) {
      refused(uid, "open more files");
      throw new ErrnoException(Errno.EMFILE, "too many open files of user " + uid);
    }
    return new OpenFile(uid);
  }

  private void refused(int uid, String what) {
    long last = saidAt.get();
    long now = System.nanoTime();
    if (now - last >= QUIET_NANOS && saidAt.compareAndSet(last, now)) {
      LOG.warn(
          "user {} cannot {}: {} files are open, {} bytes kept for them",
          Integer.toUnsignedString(uid),
          what,
          files.taken(),
          bytes.taken());
    }
  }
}
