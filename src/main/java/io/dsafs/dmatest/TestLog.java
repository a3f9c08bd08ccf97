package io.dsafs.dmatest;

import io.dsafs.core.KernelLog;
import io.dsafs.core.KernelLog.Level;
import java.util.Locale;

/** The lines of a test thread, in the module's forms. */
final class TestLog {
  /** How many bad bytes of one range are shown one by one. Source: MAX_ERROR_COUNT. */
  private static final int MOST_MISMATCHES = 32;

  private final KernelLog log;
  private final String thread;

  /**
   * @param thread the name that lines start with
   */
  TestLog(KernelLog log, String thread) {
    this.log = log;
    this.thread = thread;
  }

  /** A line of the module itself. */
  static void print(KernelLog log, Level level, String text) {
    log.print(level, "dmatest: " + text);
  }

  private void print(Level level, String text) {
    print(log, level, thread + ": " + text);
  }

  /** A failure of the module, which does not name its thread. */
  void error(String text) {
    print(log, Level.ERR, text);
  }

  /** As {@link #error}, of something less bad. */
  void warning(String text) {
    print(log, Level.WARNING, text);
  }

  /**
   * What became of a test.
   *
   * @param data a count or status; 0 if there is nothing to say
   */
  void result(Level level, String what, Transfer test, int data) {
    if (log.keeps(level)) {
      print(
          level,
          String.format(
              Locale.ROOT,
              "result #%s: '%s' with src_off=0x%x dst_off=0x%x len=0x%x (%d)",
              Integer.toUnsignedString(test.number()),
              what,
              test.sourceOffset(),
              test.destinationOffset(),
              test.lengthBytes(),
              data));
    }
  }

  /** Tells of bad bytes of one range. */
  final class Mismatches implements TestBuffer.MismatchListener {
    private final boolean isSource;
    private final Pattern pattern;
    private int count;

    Mismatches(boolean isSource, Pattern pattern) {
      this.isSource = isSource;
      this.pattern = pattern;
    }

    @Override
    public void mismatch(int index, int expected, int actual) {
      if (count++ < MOST_MISMATCHES) {
        String buffer = isSource ? "srcbuf" : "dstbuf";
        print(
            Level.WARNING,
            String.format(
                Locale.ROOT,
                "%s[0x%x] %s! Expected %02x, got %02x",
                buffer,
                index,
                kind(expected ^ actual),
                expected,
                actual));
      }
    }

    private String kind(int difference) {
      if (isSource) {
        return "overwritten";
      }
      // The device may have got the length or place wrong at either end, or the data.
      if (pattern == Pattern.COPIED && (difference & Pattern.COPY_BITS) != 0) {
        return "not copied";
      }
      return (difference & Pattern.SOURCE_BIT) != 0 ? "was copied" : "mismatch";
    }

    /** The range has been looked through. */
    void end() {
      if (count > MOST_MISMATCHES) {
        print(Level.WARNING, (count - MOST_MISMATCHES) + " errors suppressed");
      }
    }
  }

  /**
   * The line at the end of a thread.
   *
   * @param tests unsigned
   * @param failures unsigned
   * @param errno 0, or the negative number of what kept the thread from testing
   */
  void summary(int tests, int failures, long bytes, long micros, int errno) {
    long iops = perSecond(Integer.toUnsignedLong(tests), micros);
    print(
        Level.INFO,
        String.format(
            Locale.ROOT,
            "summary %s tests, %s failures %s.%02d iops %s KB/s (%d)",
            Integer.toUnsignedString(tests),
            Integer.toUnsignedString(failures),
            Long.toUnsignedString(iops >>> FRACTION_BITS),
            ((iops & FRACTION_MASK) * 100) >>> FRACTION_BITS,
            Long.toUnsignedString(perSecond(bytes >>> 10, micros) >>> FRACTION_BITS),
            errno));
  }

  private static final int FRACTION_BITS = 8;
  private static final int FRACTION_MASK = (1 << FRACTION_BITS) - 1;

  /** A rate with eight binary digits behind the point; 0 for no time. */
  private static long perSecond(long count, long micros) {
    return micros <= 0 ? 0 : Long.divideUnsigned((count * 1_000_000) << FRACTION_BITS, micros);
  }
}
