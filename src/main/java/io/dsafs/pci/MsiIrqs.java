package io.dsafs.pci;

import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.AttributeGroup;
import java.util.ArrayList;
import java.util.List;

/**
 * The directory {@code msi_irqs}: a file per allocated vector, named by its interrupt number.
 *
 * <p>Source: populate_msi_sysfs() in drivers/pci/msi.c.
 */
final class MsiIrqs {
  private MsiIrqs() {}

  static AttributeGroup<?> group(List<Integer> irqs) {
    List<Attribute<List<Integer>>> files = new ArrayList<>();
    for (int irq : irqs) {
      files.add(readOnly(Integer.toString(irq), all -> "msix\n", since(3, 2)));
    }
    return new AttributeGroup<>("msi_irqs", irqs, files);
  }
}
