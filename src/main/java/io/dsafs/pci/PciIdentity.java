package io.dsafs.pci;

import java.util.Locale;

/**
 * Who a function is: the numbers of its header that ids are compared with.
 *
 * @param deviceClass 24 bits: base class, sub-class, interface
 */
record PciIdentity(
    int vendor, int device, int subsystemVendor, int subsystemDevice, int deviceClass) {

  static PciIdentity read(ConfigSpace config) {
    return new PciIdentity(
        config.read16(ConfigSpace.VENDOR_ID),
        config.read16(ConfigSpace.DEVICE_ID),
        config.read16(ConfigSpace.SUBSYSTEM_VENDOR_ID),
        config.read16(ConfigSpace.SUBSYSTEM_ID),
        config.read32(ConfigSpace.REVISION) >>> 8);
  }

  /** The text that modules are found by. */
  String modalias() {
    return String.format(
        Locale.ROOT,
        "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X",
        vendor,
        device,
        subsystemVendor,
        subsystemDevice,
        deviceClass >>> 16,
        deviceClass >>> 8 & 0xff,
        deviceClass & 0xff);
  }
}
