package io.dsafs.pci;

/**
 * What the machine's firmware does to a function before the kernel finds it: traffic class 1 gets
 * the second virtual channel to itself, the others share the first.
 *
 * <p>Source: hardware reference 1.4 (the maps fd and 02 that lspci shows on real machines); PCI
 * Express Base Specification, Virtual Channel Extended Capability.
 */
final class Firmware {
  private static final int PORT_CAPABILITY = 4;
  private static final int EXTENDED_CHANNELS = 7;
  private static final int FIRST_CONTROL = 0x14;
  private static final int SECOND_CONTROL = 0x20;

  private static final int ENABLE = 1 << 31;
  private static final int ID_1 = 1 << 24;
  private static final int CLASS_1 = 1 << 1;
  private static final int OTHER_CLASSES = 0xff & ~CLASS_1;

  private Firmware() {}

  /** Sets a function up that has just been powered on; nothing if it has one channel only. */
  static void powerOn(ConfigSpace config) {
    int channels = config.findExtendedCapability(ConfigSpace.EXT_CAP_VC);
    if (channels == 0 || (config.read32(channels + PORT_CAPABILITY) & EXTENDED_CHANNELS) == 0) {
      return;
    }
    // A class may be on one channel only, so it leaves the first before it joins the second.
    config.write32(channels + FIRST_CONTROL, ENABLE | OTHER_CLASSES);
    config.write32(channels + SECOND_CONTROL, ENABLE | ID_1 | CLASS_1);
  }
}
