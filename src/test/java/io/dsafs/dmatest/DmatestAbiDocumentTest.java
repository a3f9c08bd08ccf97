package io.dsafs.dmatest;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import io.dsafs.testing.AbiEntries;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Holds the table of parameters and Documentation/ABI/testing/sysfs-module-dmatest together. */
class DmatestAbiDocumentTest {
  private static final String DOCUMENT = "testing/sysfs-module-dmatest";
  private static final String DIRECTORY = "/sys/module/dmatest/parameters/";

  private static Map<String, String> documented() {
    return AbiEntries.modesAndVersions(DOCUMENT, what -> what.startsWith(DIRECTORY));
  }

  @Test
  void names_modes_and_versions_agree_both_ways() {
    Map<String, String> implemented = new TreeMap<>();
    for (Attribute<Dmatest> row : Dmatest.TABLE) {
      implemented.put(
          DIRECTORY + row.name(), String.format(Locale.ROOT, "%s %04o", row.since(), row.mode()));
    }

    assertThat(documented()).isEqualTo(implemented);
  }
}
