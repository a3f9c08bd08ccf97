package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenCtrl;

/**
 * The event log of a device that has one: memory that the device writes entries to while it is
 * enabled. Mirrors struct idxd_evl and idxd_device_evl_setup() and _free() in device.c.
 */
final class EventLog {
  static final int MIN_ENTRIES = 64;
  static final int MAX_ENTRIES = 65535;

  private final MainlineDevice device;

  /** Bytes of an entry, 0 without an event log. */
  private final int entryBytes;

  private volatile int entries = MIN_ENTRIES;

  /** Of the memory while the device is enabled, else 0. */
  private volatile long address;

  EventLog(MainlineDevice device) {
    this.device = device;
    int support = GenCap.EVL_SUPPORT.getInt(device.capabilities().gencap());
    this.entryBytes = support == 0 ? 0 : 32 << support;
  }

  /** Whether the device has an event log. */
  boolean present() {
    return entryBytes != 0;
  }

  int entryBytes() {
    return entryBytes;
  }

  /** How many entries the log has, or will have when the device is enabled. */
  int entries() {
    return entries;
  }

  void setEntriesLocked(int count) {
    device.assertLocked();
    entries = count;
  }

  /** The first entry in the kernel's memory, 0 while there is none. */
  long address() {
    return address;
  }

  /** Gives the device memory for entries and lets them interrupt. ENOMEM: no memory. */
  void enableLocked() throws ErrnoException {
    device.assertLocked();
    if (!present()) {
      return;
    }
    KernelMemory memory = device.globals().kernelMemory();
    try {
      address = memory.allocate(entries * entryBytes);
    } catch (OutOfMemoryError e) {
      device.setSoftwareStatus(SoftwareStatus.DEV_EVL_ERR);
      throw new ErrnoException(Errno.ENOMEM, "no memory for the event log");
    }
    device.registers().writeEventLog(address, entries);
    device.registers().setControl(GenCtrl.EVL_INT_EN, true);
    device.registers().setConfig(GenCfg.EVL_EN, 1);
  }

  /** The device, which is disabled, gets its memory taken away. */
  void disableLocked() {
    device.assertLocked();
    if (address == 0) {
      return;
    }
    device.registers().setControl(GenCtrl.EVL_INT_EN, false);
    device.registers().setConfig(GenCfg.EVL_EN, 0);
    device.registers().writeEventLog(0, 0);
    device.globals().kernelMemory().free(address);
    address = 0;
  }
}
