package io.dsafs.dmatest;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the table of parameters and Documentation/ABI/testing/sysfs-module-dmatest together. */
class DmatestAbiDocumentTest {
  private static final Path DOCUMENT = Path.of("Documentation/ABI/testing/sysfs-module-dmatest");
  private static final String DIRECTORY = "/sys/module/dmatest/parameters/";
  private static final Pattern FIELD = Pattern.compile("(What|KernelVersion|Mode):\t+(.*)");

  private static Map<String, String> documented() throws IOException {
    Map<String, String> entries = new TreeMap<>();
    String what = "";
    for (String line : Files.readAllLines(DOCUMENT)) {
      Matcher field = FIELD.matcher(line);
      if (field.matches() && field.group(1).equals("What")) {
        what = field.group(2);
      } else if (field.matches() && what.startsWith(DIRECTORY)) {
        entries.merge(what, field.group(2), (before, more) -> before + " " + more);
      }
    }
    return entries;
  }

  @Test
  void names_modes_and_versions_agree_both_ways() throws IOException {
    Map<String, String> implemented = new TreeMap<>();
    for (Attribute<Dmatest> row : Dmatest.TABLE) {
      implemented.put(DIRECTORY + row.name(), String.format("%s %04o", row.since(), row.mode()));
    }

    assertThat(documented()).isEqualTo(implemented);
  }
}
