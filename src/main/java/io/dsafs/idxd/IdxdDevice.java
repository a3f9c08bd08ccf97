package io.dsafs.idxd;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciDevice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A device under the driver: {@code dsa0}. Mirrors struct idxd_device and the idxd_device_
 * functions in device.c.
 */
final class IdxdDevice extends Device {
  private static final DeviceType<IdxdDevice> TYPE =
      new DeviceType<>("dsa", DeviceAttributes.TABLE);

  /** Held over commands, sequences of them, and every change of configuration or state. */
  final ReentrantLock deviceLock;

  private final DriverGlobals globals;
  private final PciDevice pci;
  private final int id;
  private final IdxdRegisters registers;
  private final DeviceCommands commands;
  private final Capabilities capabilities;
  private final SystemPasid systemPasid;
  private final MappedBar userPortals;
  private final List<IdxdGroup> groups;
  private final List<IdxdWq> wqs;
  private final List<IdxdEngine> engines;
  private final DeviceConfig config;

  /** For listings. */
  private final Set<CdevFile> openFiles = ConcurrentHashMap.newKeySet();

  private volatile List<CompletionInterrupt> completionInterrupts = List.of();
  private volatile DeviceState state = DeviceState.DISABLED;
  private volatile int tokenLimit;
  private volatile boolean gone;
  private volatile DmaDevice dmaDevice;

  /** The driver's copy of SWERR; it is never cleared. */
  private volatile SoftwareError softwareError = SoftwareError.NONE;

  /**
   * @param userPortals all portals, as user space maps them
   */
  IdxdDevice(
      DriverGlobals globals,
      PciDevice pci,
      int id,
      IdxdRegisters registers,
      DeviceCommands commands,
      ReentrantLock deviceLock,
      Capabilities capabilities,
      SystemPasid systemPasid,
      MappedBar userPortals) {
    super("dsa" + id, pci, globals.bus(), TYPE);
    this.globals = globals;
    this.pci = pci;
    this.id = id;
    this.registers = registers;
    this.commands = commands;
    this.deviceLock = deviceLock;
    this.capabilities = capabilities;
    this.systemPasid = systemPasid;
    this.userPortals = userPortals;
    this.groups = children(capabilities.maxGroups(), IdxdGroup::new);
    this.wqs = children(capabilities.maxWqs(), IdxdWq::new);
    this.engines = children(capabilities.maxEngines(), IdxdEngine::new);
    this.config = new DeviceConfig(this);
  }

  private interface ChildMaker<T> {
    T make(IdxdDevice device, int id);
  }

  private <T> List<T> children(int count, ChildMaker<T> maker) {
    List<T> made = new ArrayList<>(count);
    for (int child = 0; child < count; child++) {
      made.add(maker.make(this, child));
    }
    return Collections.unmodifiableList(made);
  }

  DriverGlobals globals() {
    return globals;
  }

  KernelLog log() {
    return globals.log();
  }

  PciDevice pci() {
    return pci;
  }

  int id() {
    return id;
  }

  IdxdRegisters registers() {
    return registers;
  }

  DeviceCommands commands() {
    return commands;
  }

  Capabilities capabilities() {
    return capabilities;
  }

  DeviceConfig config() {
    return config;
  }

  List<IdxdGroup> groups() {
    return groups;
  }

  List<IdxdWq> wqs() {
    return wqs;
  }

  List<IdxdEngine> engines() {
    return engines;
  }

  MappedBar userPortals() {
    return userPortals;
  }

  /** The vectors from 1 on. */
  List<CompletionInterrupt> completionInterrupts() {
    return completionInterrupts;
  }

  void setCompletionInterrupts(List<CompletionInterrupt> handlers) {
    completionInterrupts = handlers;
  }

  /** Lets errors interrupt, and says who may use the completion vectors; entry 0 is left alone. */
  void setUpInterruptRegisters() {
    registers.setErrorInterrupts(true);
    for (CompletionInterrupt handler : completionInterrupts) {
      registers.writeMsixPermission(handler.vector(), pasid());
    }
  }

  boolean pasidEnabled() {
    return systemPasid.enabled();
  }

  /** The kernel's PASID, 0 without one. */
  int pasid() {
    return systemPasid.pasid();
  }

  void addOpenFile(CdevFile file) {
    openFiles.add(file);
  }

  void removeOpenFile(CdevFile file) {
    openFiles.remove(file);
  }

  /** A line for each open queue node: queue, PASID, opener. */
  String describeOpenFiles() {
    StringBuilder text = new StringBuilder();
    openFiles.stream().map(CdevFile::describe).sorted().forEach(text::append);
    return text.toString();
  }

  /** The DMA device while this one is bound, else null. */
  DmaDevice dmaDevice() {
    return dmaDevice;
  }

  void setDmaDevice(DmaDevice registered) {
    dmaDevice = registered;
  }

  DeviceState state() {
    return state;
  }

  void setStateLocked(DeviceState next) {
    assertLocked();
    state = next;
  }

  /** True once the PCI driver has let the function go; open files outlive that (14.36). */
  boolean gone() {
    return gone;
  }

  void markGone() {
    gone = true;
  }

  int tokenLimit() {
    return tokenLimit;
  }

  void setTokenLimitLocked(int tokens) {
    assertLocked();
    tokenLimit = tokens;
  }

  /** Tokens that no group has reserved. */
  int freeTokens() {
    int free = capabilities.maxTokens();
    for (IdxdGroup group : groups) {
      free -= group.tokensReserved();
    }
    return free;
  }

  void setSoftwareStatus(SoftwareStatus status) {
    commands.setLastStatus(status.value());
  }

  /** The driver's copy of the last error it was told of. */
  SoftwareError softwareError() {
    return softwareError;
  }

  /** Takes the device's error over and acknowledges it. */
  SoftwareError collectSoftwareError() {
    deviceLock.lock();
    try {
      softwareError = registers.readSoftwareError();
      registers.acknowledgeSoftwareError();
      return softwareError;
    } finally {
      deviceLock.unlock();
    }
  }

  void assertLocked() {
    assert deviceLock.isHeldByCurrentThread() : "the device lock is not held";
  }

  /**
   * Enables the device. Errors in order: ENXIO the device says it is enabled; EBUSY it does not
   * answer; ENXIO it refuses. Mirrors idxd_device_enable().
   */
  void enableLocked() throws ErrnoException {
    assertLocked();
    if (registers.deviceEnabled()) {
      throw new ErrnoException(Errno.ENXIO, this + " is enabled already");
    }
    int status = commands.enableDeviceLocked();
    if (status != CommandStatus.SUCCESS && status != CommandStatus.DEVICE_ENABLED) {
      throw CommandStatus.refused("enabling " + this, status);
    }
    state = DeviceState.ENABLED;
  }

  /**
   * Disables the device; nothing if it is not enabled. Errors in order: EBUSY it does not answer;
   * ENXIO it refuses. Mirrors idxd_device_disable().
   */
  void disableLocked() throws ErrnoException {
    assertLocked();
    if (!registers.deviceEnabled()) {
      return;
    }
    int status = commands.disableDeviceLocked();
    // A test of bits, not of the value: any odd status passes (14.25).
    if (status != CommandStatus.SUCCESS && (status & CommandStatus.DEVICE_NOT_ENABLED) == 0) {
      throw CommandStatus.refused("disabling " + this, status);
    }
    state = DeviceState.CONF_READY;
  }

  /** The device has stopped by itself: nothing is enabled any more. */
  void markHaltedLocked() {
    assertLocked();
    wqs.forEach(IdxdWq::markDisabledLocked);
    state = DeviceState.HALTED;
  }
}
