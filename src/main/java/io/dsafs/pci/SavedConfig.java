package io.dsafs.pci;

import java.util.ArrayList;
import java.util.List;

/**
 * What the kernel knows of a function's configuration and writes back after a reset: the
 * capabilities' control registers, then the header.
 *
 * <p>Source: pci_save_state() and pci_restore_state() in drivers/pci/pci.c.
 */
final class SavedConfig {
  /** A register of 16 or 32 bits. */
  private record Saved(int offset, int width, int value) {}

  private static final int DEVICE_CONTROL = 0x08;
  private static final int DEVICE_CONTROL_2 = 0x28;
  private static final int LTR_LATENCIES = 4;
  private static final int PASID_CONTROL = 6;
  private static final int PRI_CONTROL = 4;
  private static final int PRI_ALLOCATION = 0xc;
  private static final int ATS_CONTROL = 6;
  private static final int VC_PORT_CAPABILITY = 4;
  private static final int VC_PORT_CONTROL = 0xc;
  private static final int VC_RESOURCE_CONTROL = 0x14;
  private static final int VC_RESOURCE_BYTES = 0xc;

  private final ConfigSpace config;
  private final List<Saved> registers = new ArrayList<>();

  private SavedConfig(ConfigSpace config) {
    this.config = config;
  }

  static SavedConfig save(ConfigSpace config) {
    SavedConfig saved = new SavedConfig(config);
    saved.saveCapabilities();
    saved.saveHeader();
    return saved;
  }

  /** In the order of the restoring. */
  private void saveCapabilities() {
    int express = config.findCapability(ConfigSpace.CAP_EXPRESS);
    add16(express, DEVICE_CONTROL);
    add16(express, DEVICE_CONTROL_2);
    add32(config.findExtendedCapability(ConfigSpace.EXT_CAP_LTR), LTR_LATENCIES);
    // PASID and PRI must not change while ATS is on, so ATS comes after them.
    add16(config.findExtendedCapability(ConfigSpace.EXT_CAP_PASID), PASID_CONTROL);
    int pri = config.findExtendedCapability(ConfigSpace.EXT_CAP_PRI);
    add32(pri, PRI_ALLOCATION);
    add16(pri, PRI_CONTROL);
    add16(config.findExtendedCapability(ConfigSpace.EXT_CAP_ATS), ATS_CONTROL);
    saveVirtualChannels(config.findExtendedCapability(ConfigSpace.EXT_CAP_VC));
  }

  private void saveVirtualChannels(int capability) {
    if (capability == 0) {
      return;
    }
    add16(capability, VC_PORT_CONTROL);
    int extended = config.read32(capability + VC_PORT_CAPABILITY) & 7;
    for (int channel = 0; channel <= extended; channel++) {
      add32(capability, VC_RESOURCE_CONTROL + channel * VC_RESOURCE_BYTES);
    }
  }

  /** From the end to the start: the command register comes after the addresses it makes valid. */
  private void saveHeader() {
    for (int offset = ConfigSpace.INTERRUPT_LINE; offset >= ConfigSpace.CACHE_LINE_SIZE; ) {
      registers.add(new Saved(offset, 4, config.read32(offset)));
      offset -= 4;
    }
    registers.add(new Saved(ConfigSpace.COMMAND, 2, config.read16(ConfigSpace.COMMAND)));
  }

  private void add16(int capability, int register) {
    if (capability != 0) {
      int offset = capability + register;
      registers.add(new Saved(offset, 2, config.read16(offset)));
    }
  }

  private void add32(int capability, int register) {
    if (capability != 0) {
      int offset = capability + register;
      registers.add(new Saved(offset, 4, config.read32(offset)));
    }
  }

  /** Writes back what differs. */
  void restore() {
    for (Saved saved : registers) {
      if (saved.width() == 2) {
        config.change16(saved.offset(), 0xffff, saved.value());
      } else if (config.read32(saved.offset()) != saved.value()) {
        config.write32(saved.offset(), saved.value());
      }
    }
  }
}
