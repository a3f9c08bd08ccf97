package io.dsafs.pci;

import static io.dsafs.core.Attribute.writeOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Bus;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import java.util.List;

/** The files of {@code /sys/bus/pci} that no other bus has. */
final class PciBusAttributes {
  static final List<Attribute<Bus>> TABLE =
      List.of(writeOnly("rescan", PciBusAttributes::storeRescan, since(2, 6)));

  private PciBusAttributes() {}

  /** Not zero: looks for functions without a device. EINVAL: not a number. */
  private static void storeRescan(Bus bus, String text) throws ErrnoException {
    if (KernelText.parseUnsignedAnyBase(text) != 0) {
      ((PciBus) bus).rescan();
    }
  }
}
