package io.dsafs.pci;

import io.dsafs.core.Device;

/**
 * Mappings of command memory: device memory that answers writes synchronously.
 *
 * <p>Source: swq-v1 section 7.
 */
public final class Cmdmem {
  private Cmdmem() {}

  /** Whether the device is a PCI device with the {@code cmdmem} bit. */
  public static boolean deviceSupportsCmdmem(Device device) {
    return device instanceof PciDevice function && function.cmdmem();
  }

  /**
   * A managed mapping of command memory, undone when the driver goes. Mirrors devm_cmdmem_remap().
   *
   * @param offset physical address
   * @param size in bytes
   * @return the mapping, or null if the device has no command memory or the mapping fails
   */
  public static MappedBar devmCmdmemRemap(Device device, long offset, long size) {
    return deviceSupportsCmdmem(device) ? ((PciDevice) device).ioremap(offset, size) : null;
  }

  /** Undoes a mapping early; nothing on a device without command memory. */
  public static void devmCmdmemUnmap(Device device, MappedBar mapping) {
    if (deviceSupportsCmdmem(device)) {
      ((PciDevice) device).iounmap(mapping);
    }
  }
}
