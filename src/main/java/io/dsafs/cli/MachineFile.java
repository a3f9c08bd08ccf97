package io.dsafs.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What a mounted tree says of itself: one {@code key value} a line. */
final class MachineFile {
  private final Map<String, String> values;

  private MachineFile(Map<String, String> values) {
    this.values = values;
  }

  /** Reads the file of a mounted tree; empty if it cannot be read. */
  static Optional<MachineFile> read(Path mountPoint) {
    try {
      Map<String, String> values = new LinkedHashMap<>();
      // Names of files are among the values.
      Path file = mountPoint.resolve(MountPoint.MACHINE_FILE);
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        int space = line.indexOf(' ');
        values.put(line.substring(0, space), line.substring(space + 1));
      }
      return Optional.of(new MachineFile(values));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The value of a key, or null. */
  String value(String key) {
    return values.get(key);
  }
}
