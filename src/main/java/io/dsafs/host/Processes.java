package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Processes of this machine, by number. */
public final class Processes {
  private static final Logger LOG = LoggerFactory.getLogger(Processes.class);

  /** A {@code struct pollfd}. */
  private static final int POLLFD_BYTES = 8;

  private static final int LOOK_MILLIS = 20;

  private Processes() {}

  /**
   * Whether the process still runs. One that has ended but not been waited for does not: a daemon's
   * parent may take its time, and {@link ProcessHandle#isAlive} counts it as alive until then.
   */
  public static boolean isRunning(long pid) {
    return isRunning(Path.of("/proc/" + pid));
  }

  private static boolean isRunning(Path directory) {
    try {
      String stat = Files.readString(directory.resolve("stat"), StandardCharsets.ISO_8859_1);
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state != 'Z' && state != 'X';
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Waits until a process has ended, which need not be a child of this one; at once if there is
   * none of that number. Source: pidfd_open(2).
   */
  public static void awaitEnd(long pid) throws InterruptedException {
    int descriptor = (int) LIBC.syscall(LibC.SYS_PIDFD_OPEN, pid, 0);
    if (descriptor >= 0) {
      NativeBuffer request = new NativeBuffer(POLLFD_BYTES);
      request.pointer().putInt(0, descriptor);
      request.pointer().putShort(4, LibC.POLLIN);
      LIBC.poll(request.pointer(), 1, -1);
      LIBC.close(descriptor);
    }
    // Normally over by now; kernels before 5.3 and some containers have no such descriptors.
    while (isRunning(pid)) {
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /** A line of a thread's {@code /proc/TID/status}, or null: the thread has gone. */
  static String status(int tid, String key) {
    try {
      // The kernel escapes a newline in the name, which is of any bytes otherwise.
      Path file = Path.of("/proc/" + tid + "/status");
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        if (line.startsWith(key + ":")) {
          return line.substring(key.length() + 1).strip();
        }
      }
    } catch (IOException e) {
      LOG.debug("thread {} is gone: {}", tid, e.getMessage());
    }
    return null;
  }

  /** Whether a thread has a capability, effective, in the user namespace of this process. */
  static boolean hasCapability(int tid, int capability) {
    String effective = status(tid, "CapEff");
    return effective != null
        && (Long.parseUnsignedLong(effective, 16) >>> capability & 1) != 0
        && inOurUserNamespace(tid);
  }

  private static boolean inOurUserNamespace(int tid) {
    try {
      Path theirs = Files.readSymbolicLink(Path.of("/proc/" + tid + "/ns/user"));
      return theirs.equals(Files.readSymbolicLink(Path.of("/proc/self/ns/user")));
    } catch (IOException e) {
      LOG.debug("no user namespace of thread {}: {}", tid, e.getMessage());
      return false;
    }
  }
}
