package io.dsafs.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What processes are called. A name is bytes that its process chooses, so it is shown in printable
 * ASCII: it can neither end a line nor begin another.
 */
final class ProcessNames {
  private static final String UNKNOWN = "?";

  private ProcessNames() {}

  /** The name of a process's main thread, escaped; {@code ?} if it has gone. */
  static String of(int pid) {
    try {
      byte[] line = Files.readAllBytes(Path.of("/proc/" + pid + "/comm"));
      boolean ended = line.length > 0 && line[line.length - 1] == '\n';
      String name = new String(line, StandardCharsets.ISO_8859_1);
      return Escapes.printable(ended ? name.substring(0, name.length() - 1) : name);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
