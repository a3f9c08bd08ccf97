package io.dsafs.pci;

/**
 * A row of a driver's id table, or a dynamic id; {@link #ANY} matches everything.
 *
 * @param deviceClass 24 bits of class code, compared where {@code classMask} has ones
 */
public record PciId(
    int vendor,
    int device,
    int subsystemVendor,
    int subsystemDevice,
    int deviceClass,
    int classMask) {
  /** PCI_ANY_ID. */
  public static final int ANY = -1;

  public PciId(int vendor, int device) {
    this(vendor, device, ANY, ANY, 0, 0);
  }

  /** Mirrors pci_match_one_device(). */
  boolean matches(PciIdentity function) {
    return fits(vendor, function.vendor())
        && fits(device, function.device())
        && fits(subsystemVendor, function.subsystemVendor())
        && fits(subsystemDevice, function.subsystemDevice())
        && ((deviceClass ^ function.deviceClass()) & classMask) == 0;
  }

  /** Whether a write of those numbers to {@code remove_id} means this id. */
  boolean isMeantBy(PciId wanted) {
    return vendor == wanted.vendor
        && device == wanted.device
        && fits(wanted.subsystemVendor, subsystemVendor)
        && fits(wanted.subsystemDevice, subsystemDevice)
        && ((deviceClass ^ wanted.deviceClass) & wanted.classMask) == 0;
  }

  private static boolean fits(int wanted, int actual) {
    return wanted == ANY || wanted == actual;
  }
}
