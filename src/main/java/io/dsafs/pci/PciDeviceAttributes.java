package io.dsafs.pci;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.DeviceType;
import java.util.List;

/** The files of a PCI device's directory. */
final class PciDeviceAttributes {
  private static final List<Attribute<PciDevice>> TABLE =
      List.of(
          readOnly("vendor", d -> String.format("0x%04x\n", d.vendor()), since(2, 6)),
          readOnly("device", d -> String.format("0x%04x\n", d.deviceId()), since(2, 6)),
          attr("numa_node", 0444, d -> d.numaNode() + "\n", null, since(2, 6)));

  static final DeviceType<PciDevice> TYPE = new DeviceType<>(null, TABLE);

  private PciDeviceAttributes() {}
}
