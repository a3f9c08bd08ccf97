package io.dsafs.idxd;

import io.dsafs.core.ErrnoException;
import io.dsafs.mem.Iommu;
import io.dsafs.pci.Cmdmem;
import io.dsafs.pci.PciDevice;

/**
 * The PASID under which a device reaches the kernel's memory. Without one there are no shared
 * queues. Mirrors idxd_enable_system_pasid() in init.c.
 */
final class SystemPasid {
  private final Iommu iommu;
  private final int pasid;

  private SystemPasid(Iommu iommu, int pasid) {
    this.iommu = iommu;
    this.pasid = pasid;
  }

  /** Binds the kernel's memory if the device has command memory; a refusal is only warned of. */
  static SystemPasid enable(DriverGlobals globals, PciDevice pci) {
    int pasid = 0;
    if (Cmdmem.deviceSupportsCmdmem(pci)) {
      try {
        pasid = Sva.pasidOf(globals.iommu().bindKernel(pci.name()));
      } catch (ErrnoException e) {
        globals.log().warn(pci, "No PASID support. %d", -e.errno().number());
      }
    }
    return new SystemPasid(globals.iommu(), pasid);
  }

  /** Undoes the binding. */
  void disable() {
    if (pasid != 0) {
      iommu.unbind(pasid);
    }
  }

  boolean enabled() {
    return pasid != 0;
  }

  /** 0 for none. */
  int pasid() {
    return pasid;
  }
}
