package io.dsafs.core;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The kernel's log: lines as {@code /dev/kmsg} gives them.
 *
 * <p>A line is {@code priority,sequence,microseconds,-;text}. The log keeps the newest {@link
 * #CAPACITY_BYTES} bytes. Source: Documentation/ABI/testing/dev-kmsg.
 */
public final class KernelLog {
  /** How much text is kept. */
  public static final int CAPACITY_BYTES = 4 << 20;

  /** Severities, in the kernel's numbering. */
  public enum Level {
    EMERG(0),
    ALERT(1),
    CRIT(2),
    ERR(3),
    WARNING(4),
    NOTICE(5),
    INFO(6),
    DEBUG(7);

    private final int number;

    Level(int number) {
      this.number = number;
    }
  }

  private static final int LEVELS = Level.values().length;

  private final LongSupplier microseconds;
  private final Level threshold;

  @GuardedBy("this")
  private final Deque<byte[]> lines = new ArrayDeque<>();

  @GuardedBy("this")
  private long keptBytes;

  @GuardedBy("this")
  private long sequence;

  private volatile Runnable listener = () -> {};

  /**
   * @param threshold the least severe level that is kept
   * @param microseconds the clock, in microseconds since start
   */
  public KernelLog(Level threshold, LongSupplier microseconds) {
    this.threshold = threshold;
    this.microseconds = microseconds;
  }

  /** A log that keeps everything, with a clock that starts now. */
  public KernelLog(Level threshold) {
    this(threshold, sinceNow());
  }

  private static LongSupplier sinceNow() {
    long start = System.nanoTime();
    return () -> (System.nanoTime() - start) / 1000;
  }

  /** Whether lines of that severity are kept: for those that are costly to make. */
  public boolean keeps(Level level) {
    return level.compareTo(threshold) <= 0;
  }

  /** Adds a line of the kernel's own; line breaks inside the text become spaces. */
  public void print(Level level, String text) {
    print(level.number, text);
  }

  /**
   * Adds a line.
   *
   * @param priority facility times 8 plus level, as syslog(3) counts them
   */
  public void print(int priority, String text) {
    if (priority % LEVELS <= threshold.number) {
      add(priority, text);
      listener.run();
    }
  }

  private synchronized void add(int priority, String text) {
    String line =
        String.format(
            Locale.ROOT,
            "%d,%d,%d,-;%s\n",
            priority,
            sequence++,
            microseconds.getAsLong(),
            text.replace('\n', ' '));
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    lines.add(bytes);
    keptBytes += bytes.length;
    while (keptBytes > CAPACITY_BYTES) {
      keptBytes -= lines.remove().length;
    }
  }

  /**
   * Who hears of each line once it is kept. Lines come from everywhere, under any lock of their
   * writers: the listener may not wait for anything.
   */
  public void setListener(Runnable listener) {
    this.listener = listener;
  }

  /** How many bytes {@link #contents} gives now. */
  public synchronized long size() {
    return keptBytes;
  }

  /**
   * Copies kept text from an offset on and returns the count, 0 at the end. Offsets count from the
   * oldest kept line.
   */
  public synchronized int read(ByteBuffer into, long offset) {
    int start = into.position();
    long skip = offset;
    for (byte[] line : lines) {
      if (!into.hasRemaining()) {
        break;
      }
      if (skip < line.length) {
        int count = (int) Math.min(line.length - skip, into.remaining());
        into.put(line, (int) skip, count);
      }
      skip = Math.max(0, skip - line.length);
    }
    return into.position() - start;
  }

  /** All kept lines. */
  public synchronized byte[] contents() {
    byte[] all = new byte[(int) keptBytes];
    int at = 0;
    for (byte[] line : lines) {
      System.arraycopy(line, 0, all, at, line.length);
      at += line.length;
    }
    return all;
  }

  /** As dev_err(). */
  @FormatMethod
  public void err(Device device, @FormatString String format, Object... arguments) {
    print(Level.ERR, device, format, arguments);
  }

  /** As dev_warn(). */
  @FormatMethod
  public void warn(Device device, @FormatString String format, Object... arguments) {
    print(Level.WARNING, device, format, arguments);
  }

  /** As dev_info(). */
  @FormatMethod
  public void info(Device device, @FormatString String format, Object... arguments) {
    print(Level.INFO, device, format, arguments);
  }

  /** As dev_dbg(). */
  @FormatMethod
  public void debug(Device device, @FormatString String format, Object... arguments) {
    print(Level.DEBUG, device, format, arguments);
  }

  @FormatMethod
  private void print(Level level, Device device, @FormatString String format, Object... arguments) {
    if (level.compareTo(threshold) > 0) {
      return;
    }
    print(
        level,
        device.driverString()
            + " "
            + device
            + ": "
            + String.format(Locale.ROOT, format, arguments));
  }
}
