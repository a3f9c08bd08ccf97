package io.dsafs.pci;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import io.dsafs.core.BinaryAttribute;
import io.dsafs.testing.AbiEntries;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Holds the tables of this package and Documentation/ABI/stable/sysfs-bus-pci together. */
class PciAbiDocumentTest {
  private static final String DOCUMENT = "stable/sysfs-bus-pci";

  /** What every driver and device has. */
  private static final Pattern DRIVER_CORE = Pattern.compile(".*/(bind|unbind|uevent)");

  private final Map<String, String> implemented = new TreeMap<>();

  private static Map<String, String> documented() {
    return AbiEntries.modesAndVersions(DOCUMENT, what -> !DRIVER_CORE.matcher(what).matches());
  }

  private <T> void add(String directory, List<Attribute<T>> attributes) {
    for (Attribute<T> attribute : attributes) {
      put(directory + attribute.name(), attribute.since().toString(), attribute.mode());
    }
  }

  private void put(String path, String since, int mode) {
    implemented.put(path, String.format(Locale.ROOT, "%s %04o", since, mode));
  }

  @Test
  void names_modes_and_versions_agree_both_ways() {
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
