package io.dsafs.idxd.swq;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import io.dsafs.idxd.DmaChannel;
import io.dsafs.idxd.EngineAttributes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Holds the tables of this package and Documentation/ABI/stable/sysfs-driver-dma-idxd together.
 * What the driver core gives to every object is not in them.
 */
class SwqAbiDocumentTest {
  private static final Path DOCUMENT = Path.of("Documentation/ABI/stable/sysfs-driver-dma-idxd");
  private static final Pattern FIELD = Pattern.compile("(What|KernelVersion|Mode):\t+(.*)");

  /** A file of the objects that have a table. */
  private static final Pattern OWN =
      Pattern.compile(
          "/sys/bus/dsa/devices/(dsa<m>|(group|engine|wq)<m>\\.<n>)/(?!uevent)\\w+"
              + "|/sys/class/dma/dma<i>chan<j>/(?!uevent)\\w+");

  private final Map<String, String> implemented = new TreeMap<>();

  private static Map<String, String> documented() throws IOException {
    Map<String, String> entries = new TreeMap<>();
    String what = "";
    for (String line : Files.readAllLines(DOCUMENT)) {
      Matcher field = FIELD.matcher(line);
      if (field.matches() && field.group(1).equals("What")) {
        what = field.group(2);
      } else if (field.matches() && OWN.matcher(what).matches()) {
        entries.merge(what, field.group(2), (before, more) -> before + " " + more);
      }
    }
    return entries;
  }

  private <T> void add(String directory, List<Attribute<T>> attributes) {
    for (Attribute<T> attribute : attributes) {
      String entry = String.format("%s %04o", attribute.since(), attribute.mode());
      implemented.put(directory + attribute.name(), entry);
    }
  }

  @Test
  void names_modes_and_versions_agree_both_ways() throws IOException {
    add("/sys/bus/dsa/devices/dsa<m>/", DeviceAttributes.TABLE);
    add("/sys/bus/dsa/devices/group<m>.<n>/", GroupAttributes.TABLE);
    add("/sys/bus/dsa/devices/engine<m>.<n>/", EngineAttributes.TABLE);
    add("/sys/bus/dsa/devices/wq<m>.<n>/", WqAttributes.TABLE);
    add("/sys/class/dma/dma<i>chan<j>/", DmaChannel.TABLE);

    assertThat(documented()).isEqualTo(implemented);
  }
}
