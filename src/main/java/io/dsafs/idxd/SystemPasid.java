package io.dsafs.idxd;

import io.dsafs.core.ErrnoException;
import io.dsafs.mem.Iommu;
import io.dsafs.pci.PciDevice;

/**
 * The PASID under which a device reaches the kernel's memory, or none. Mirrors
 * idxd_enable_system_pasid() in init.c.
 */
public final class SystemPasid {
  private final Iommu iommu;
  private final int pasid;

  private SystemPasid(Iommu iommu, int pasid) {
    this.iommu = iommu;
    this.pasid = pasid;
  }

  /**
   * Binds the kernel's memory for a function; a refusal is only warned of.
   *
   * @param warning what the line in the log says before the errno
   */
  public static SystemPasid bind(DriverGlobals globals, PciDevice pci, String warning) {
    int pasid = 0;
    try {
      pasid = globals.pasidOf(globals.iommu().bindKernel(pci.name()));
    } catch (ErrnoException e) {
      globals.log().warn(pci, "%s %d", warning, -e.errno().number());
    }
    return new SystemPasid(globals.iommu(), pasid);
  }

  /** For a device that shall not have one. */
  public static SystemPasid none(DriverGlobals globals) {
    return new SystemPasid(globals.iommu(), 0);
  }

  /** Undoes the binding. */
  public void unbind() {
    if (pasid != 0) {
      iommu.unbind(pasid);
    }
  }

  public boolean enabled() {
    return pasid != 0;
  }

  /** 0 for none. */
  public int pasid() {
    return pasid;
  }
}
