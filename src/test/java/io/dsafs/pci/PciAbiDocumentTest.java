package io.dsafs.pci;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import io.dsafs.core.BinaryAttribute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the tables of this package and Documentation/ABI/stable/sysfs-bus-pci together. */
class PciAbiDocumentTest {
  private static final Path DOCUMENT = Path.of("Documentation/ABI/stable/sysfs-bus-pci");
  private static final Pattern FIELD = Pattern.compile("(What|KernelVersion|Mode):\t+(.*)");

  private final Map<String, String> implemented = new TreeMap<>();

  private static Map<String, String> documented() throws IOException {
    Map<String, String> entries = new TreeMap<>();
    String what = "";
    for (String line : Files.readAllLines(DOCUMENT)) {
      Matcher field = FIELD.matcher(line);
      if (field.matches() && field.group(1).equals("What")) {
        what = field.group(2);
        entries.put(what, "");
      } else if (field.matches()) {
        entries.merge(what, field.group(2), (before, more) -> (before + " " + more).strip());
      }
    }
    return entries;
  }

  private <T> void add(String directory, List<Attribute<T>> attributes) {
    for (Attribute<T> attribute : attributes) {
      put(directory + attribute.name(), attribute.since().toString(), attribute.mode());
    }
  }

  private void put(String path, String since, int mode) {
    implemented.put(path, String.format("%s %04o", since, mode));
  }

  @Test
  void names_modes_and_versions_agree_both_ways() throws IOException {
    String device = "/sys/bus/pci/devices/<bdf>/";
    add(device, PciDeviceAttributes.TYPE.attributes());
    for (BinaryAttribute<PciDevice> file : PciDeviceAttributes.TYPE.binaryAttributes()) {
      put(device + file.name().replaceAll("[0-9]", "<n>"), "2.6.0", file.mode());
    }
    Attribute<?> vector = MsiIrqs.group(List.of(24)).attributes().get(0);
    put(device + "msi_irqs/<irq>", vector.since().toString(), vector.mode());
    add("/sys/bus/pci/", PciBusAttributes.TABLE);
    add("/sys/bus/pci/drivers/idxd/", DynamicIdAttributes.TABLE);

    assertThat(documented()).isEqualTo(implemented);
  }
}
