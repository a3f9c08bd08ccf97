package io.dsafs.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Processes of this machine, by number. */
public final class Processes {
  private Processes() {}

  /**
   * Whether the process still runs. One that has ended but not been waited for does not: a daemon's
   * parent may take its time, and {@link ProcessHandle#isAlive} counts it as alive until then.
   */
  public static boolean isRunning(long pid) {
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state != 'Z' && state != 'X';
    } catch (IOException e) {
      return false;
    }
  }
}
