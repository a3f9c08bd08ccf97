package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The log as {@code /dev/kmsg}: reads give the kept lines by offset and end where they end, so that
 * {@code cat} returns and {@code tail -f} follows; a write adds a line.
 *
 * <p>Source: Documentation/ABI/testing/dev-kmsg; the kernel's file gives one line per read and
 * waits at the end.
 */
final class KmsgNode extends Node {
  private static final int MODE = 0644;

  /** LOG_LINE_MAX. */
  private static final int LONGEST_LINE_BYTES = 992;

  /** LOG_USER. */
  private static final int DEFAULT_FACILITY = 1 << 3;

  /** With the default level, a warning. */
  private static final int DEFAULT_PRIORITY = DEFAULT_FACILITY | 4;

  private static final int LEVEL_MASK = 7;
  private static final int FACILITY_MASK = 0x7f8;

  private final KernelLog log;

  KmsgNode(KernelLog log) {
    super(MODE);
    this.log = log;
  }

  @Override
  public int fileType() {
    return S_IFREG;
  }

  @Override
  public long size() {
    return log.size();
  }

  @Override
  public Handle open(int tid, int flags) {
    return new KmsgHandle();
  }

  private final class KmsgHandle implements Handle {
    @Override
    public int read(ByteBuffer into, long offset) {
      return log.read(into, offset);
    }

    /**
     * Adds a line. A prefix {@code <N>} gives facility and level; the kernel's own facility cannot
     * be claimed. EINVAL: longer than 992 bytes.
     */
    @Override
    public int write(int tid, ByteBuffer from, long offset) throws ErrnoException {
      int count = from.remaining();
      if (count > LONGEST_LINE_BYTES) {
        throw new ErrnoException(Errno.EINVAL, "a line of " + count + " bytes");
      }
      byte[] bytes = new byte[count];
      from.get(bytes);
      print(new String(bytes, StandardCharsets.UTF_8));
      return count;
    }

    private void print(String line) {
      int priority = DEFAULT_PRIORITY;
      String text = line.endsWith("\n") ? line.substring(0, line.length() - 1) : line;
      int end = text.indexOf('>');
      if (text.startsWith("<") && end > 1 && isNumber(text, 1, end)) {
        int given = (int) Long.parseLong(text, 1, end, 10);
        int facility = given & FACILITY_MASK;
        priority = (facility != 0 ? facility : DEFAULT_FACILITY) | (given & LEVEL_MASK);
        text = text.substring(end + 1);
      }
      log.print(priority, text);
    }

    private boolean isNumber(String text, int from, int to) {
      return to - from <= 10
          && text.substring(from, to).chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public int poll(int tid, Runnable waker) {
      return TextHandle.ALWAYS_READY;
    }

    @Override
    public void release() {}
  }
}
