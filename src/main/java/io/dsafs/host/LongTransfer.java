package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Moves a long stretch between this process and an open {@code /proc/PID/mem}, in pieces that two
 * threads take, if another core is free. The kernel copies each page twice there, which is half as
 * fast as process_vm_readv(2); two threads make up for that.
 *
 * <p>One helper serves all. Nobody waits for it but for a piece that it has begun: a transfer that
 * it does not come to is made by its own thread alone.
 */
final class LongTransfer {
  /** From this length on a transfer is long. */
  static final int LONG_BYTES = 64 * 1024;

  private static final int PIECE_BYTES = 16 * 1024;

  /** A longer one is made in several. */
  private static final int MOST_BYTES = 1024 * 1024;

  /** For so long after its last piece the helper does not sleep: transfers come in series. */
  private static final long KEEN_NANOS = 20_000;

  private static final int PATIENT_LOOKS = 2000;

  private static final boolean HELPED = Runtime.getRuntime().availableProcessors() > 1;

  private static final ThreadLocal<LongTransfer> CURRENT =
      ThreadLocal.withInitial(LongTransfer::new);

  /** What the helper may take part in. */
  private static final AtomicReference<LongTransfer> OFFER = new AtomicReference<>();

  private static final Helper HELPER = new Helper();

  private final Thread owner = Thread.currentThread();
  private final AtomicInteger next = new AtomicInteger();

  /** Bytes moved of each piece; an entry belongs to the thread that has taken the piece. */
  private final int[] moved = new int[MOST_BYTES / PIECE_BYTES];

  private int fd;
  private long local;
  private long address;
  private int length;
  private boolean write;

  /** The helper has taken the offer and is at it. */
  private volatile boolean helped;

  private LongTransfer() {}

  /**
   * As pread(2) and pwrite(2) at an address, however long.
   *
   * @param local where the bytes are in this process
   * @return bytes moved before the first that could not be; behind a gap more may have been moved
   */
  static int move(int fd, long local, long address, int length, boolean write) {
    if (length < LONG_BYTES || !HELPED) {
      return single(fd, local, address, length, write);
    }
    LongTransfer transfer = CURRENT.get();
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, MOST_BYTES);
      int reached = transfer.together(fd, local + done, address + done, part, write);
      done += reached;
      if (reached < part) {
        break;
      }
    }
    return done;
  }

  private static int single(int fd, long local, long address, int length, boolean write) {
    long count =
        write ? LIBC.pwrite(fd, local, length, address) : LIBC.pread(fd, local, length, address);
    return (int) Math.max(0, count);
  }

  private int together(int file, long from, long at, int bytes, boolean out) {
    fd = file;
    local = from;
    address = at;
    length = bytes;
    write = out;
    helped = true;
    next.set(0);
    boolean offered = OFFER.compareAndSet(null, this);
    if (offered) {
      HELPER.wake();
    }
    takePieces();
    if (offered && !OFFER.compareAndSet(this, null)) {
      awaitHelper();
    }
    return reached();
  }

  private int pieces() {
    return (length + PIECE_BYTES - 1) / PIECE_BYTES;
  }

  private int pieceBytes(int piece) {
    return Math.min(PIECE_BYTES, length - piece * PIECE_BYTES);
  }

  private void takePieces() {
    for (int piece = next.getAndIncrement(); piece < pieces(); piece = next.getAndIncrement()) {
      int at = piece * PIECE_BYTES;
      moved[piece] = single(fd, local + at, address + at, pieceBytes(piece), write);
      if (moved[piece] < pieceBytes(piece)) {
        next.set(pieces()); // what lies behind does not count
      }
    }
  }

  private int reached() {
    int total = 0;
    for (int piece = 0; piece < pieces(); piece++) {
      total += moved[piece];
      if (moved[piece] < pieceBytes(piece)) {
        break;
      }
    }
    return total;
  }

  private void awaitHelper() {
    for (int looks = 0; helped; looks++) {
      if (looks < PATIENT_LOOKS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }

  /** Takes part in what is offered. */
  private static final class Helper extends Thread {
    private volatile boolean asleep = true;

    Helper() {
      super("copy-helper");
      setDaemon(true);
    }

    void wake() {
      if (!asleep) {
        return;
      }
      synchronized (this) {
        if (getState() == State.NEW) {
          start();
        }
      }
      LockSupport.unpark(this);
    }

    @Override
    public void run() {
      long usedAt = System.nanoTime();
      while (true) {
        LongTransfer offer = OFFER.get();
        if (offer != null && OFFER.compareAndSet(offer, null)) {
          asleep = false;
          help(offer);
          usedAt = System.nanoTime();
        } else if (System.nanoTime() - usedAt < KEEN_NANOS) {
          Thread.onSpinWait();
        } else {
          asleep = true;
          if (OFFER.get() == null) {
            LockSupport.park(this);
          }
        }
      }
    }

    private static void help(LongTransfer offer) {
      try {
        offer.takePieces();
      } finally {
        offer.helped = false;
        LockSupport.unpark(offer.owner);
      }
    }
  }
}
