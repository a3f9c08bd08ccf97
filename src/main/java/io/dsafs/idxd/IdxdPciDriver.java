package io.dsafs.idxd;

import io.dsafs.core.DeviceModel;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.pci.Cmdmem;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciBus;
import io.dsafs.pci.PciDevice;
import io.dsafs.pci.PciDriver;
import io.dsafs.pci.PciId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes a PCI function and makes a device with queues, groups and engines of it. Mirrors
 * idxd_pci_driver in init.c.
 *
 * <p>Whatever a probe acquires is on the function's devres: a failed probe undoes all of it, where
 * the posted code leaves devices, number and PASID behind (14.27), and so does the removal.
 */
final class IdxdPciDriver extends PciDriver {
  private static final int INTEL = 0x8086;
  private static final int DSA_SPR0 = 0x0b25;
  private static final int MMIO_BAR = 0;

  /** The BAR of the portals. */
  static final int WQ_BAR = 2;

  private final DriverGlobals globals;
  private final ConcurrentHashMap<PciDevice, IdxdDevice> devices = new ConcurrentHashMap<>();

  IdxdPciDriver(PciBus bus, DriverGlobals globals) {
    super("idxd", bus, globals.module(), List.of(new PciId(INTEL, DSA_SPR0)));
    this.globals = globals;
  }

  /** The open queue nodes of a function, a line for each. */
  String describeOpenFiles(String function) {
    for (IdxdDevice device : devices.values()) {
      if (device.pci().name().equals(function)) {
        return device.describeOpenFiles();
      }
    }
    return "";
  }

  private KernelLog log() {
    return globals.log();
  }

  /**
   * Errors in order: that of enabling the function; ENOMEM no mapping; those of the DMA masks;
   * ENODEV another device than DSA, or whatever goes wrong from there on. Mirrors idxd_pci_probe().
   */
  @Override
  protected void probe(PciDevice pci) throws ErrnoException {
    pci.enable();
    if (!Cmdmem.deviceSupportsCmdmem(pci)) {
      log().debug(pci, "Device does not have cmdmem support.");
    }
    MappedBar registers = map(pci, MMIO_BAR);
    setDmaMasks(pci);
    if (pci.deviceId() != DSA_SPR0) {
      // The posted code goes on and indexes its tables with type -1 (14.41).
      throw new ErrnoException(Errno.ENODEV, "not a DSA device");
    }
    pci.setMaster();
    IdxdDevice device = probeDevice(pci, registers);
    setUpSysfs(device);
    device.deviceLock.lock();
    try {
      device.setStateLocked(DeviceState.CONF_READY);
    } finally {
      device.deviceLock.unlock();
    }
    log().info(pci, "Intel(R) Accelerator Device (v%x)", device.capabilities().version());
  }

  private static MappedBar map(PciDevice pci, int bar) throws ErrnoException {
    MappedBar mapping = pci.ioremap(pci.resourceStart(bar), pci.resourceLength(bar));
    if (mapping == null) {
      throw new ErrnoException(Errno.ENOMEM, "BAR " + bar + " cannot be mapped");
    }
    return mapping;
  }

  private static void setDmaMasks(PciDevice pci) throws ErrnoException {
    try {
      pci.setDmaMask(64);
    } catch (ErrnoException e) {
      pci.setDmaMask(32);
    }
    try {
      pci.setCoherentDmaMask(64);
    } catch (ErrnoException e) {
      pci.setCoherentDmaMask(32);
    }
  }

  /** Every failure is ENODEV to the caller. Mirrors idxd_probe(). */
  private IdxdDevice probeDevice(PciDevice pci, MappedBar registers) throws ErrnoException {
    try {
      return makeDevice(pci, new IdxdRegisters(registers));
    } catch (ErrnoException e) {
      log().err(pci, "Intel(R) IDXD DMA Engine init failed: %s", e.getMessage());
      throw new ErrnoException(Errno.ENODEV, e.getMessage());
    }
  }

  /**
   * Errors in order: EBUSY the reset is not answered; ENOMEM no number or no mapping; those of the
   * interrupts.
   */
  private IdxdDevice makeDevice(PciDevice pci, IdxdRegisters registers) throws ErrnoException {
    ReentrantLock deviceLock = new ReentrantLock();
    DeviceCommands commands = new DeviceCommands(registers, deviceLock, log(), pci);
    reset(commands, deviceLock);
    SystemPasid systemPasid = SystemPasid.enable(globals, pci);
    pci.devres().add(systemPasid::disable);
    Capabilities capabilities = Capabilities.read(registers);
    int id = allocateId(pci);
    IdxdDevice device =
        new IdxdDevice(
            globals,
            pci,
            id,
            registers,
            commands,
            deviceLock,
            capabilities,
            systemPasid,
            map(pci, WQ_BAR));
    devices.put(pci, device);
    pci.devres().add(() -> devices.remove(pci));
    setUpInterrupts(device);
    return device;
  }

  /** Only a timeout is an error; the status is not looked at. Mirrors idxd_device_reset(). */
  private static void reset(DeviceCommands commands, ReentrantLock deviceLock)
      throws ErrnoException {
    deviceLock.lock();
    try {
      int unused = commands.resetDeviceLocked();
    } finally {
      deviceLock.unlock();
    }
  }

  private int allocateId(PciDevice pci) throws ErrnoException {
    int id = globals.deviceIds().allocate();
    if (id < 0) {
      throw new ErrnoException(Errno.ENOMEM, "no device number is left");
    }
    pci.devres().add(() -> globals.deviceIds().release(id));
    return id;
  }

  /**
   * Vector 0 tells of errors, the others of completions. ENODEV: no MSI-X, with which the posted
   * code goes on without interrupts (14.21). Mirrors idxd_setup_interrupts().
   */
  private void setUpInterrupts(IdxdDevice device) throws ErrnoException {
    PciDevice pci = device.pci();
    int vectors = pci.msixVectorCount();
    if (vectors < 1) {
      log().err(pci, "Not MSI-X interrupt capable.");
      throw new ErrnoException(Errno.ENODEV, "no MSI-X");
    }
    pci.allocateVectors(vectors);
    List<CompletionInterrupt> completions = new ArrayList<>();
    for (int vector = 1; vector < vectors; vector++) {
      completions.add(new CompletionInterrupt(device.registers(), vector));
    }
    device.setCompletionInterrupts(List.copyOf(completions));
    pci.requestIrq(0, "idxd-misc", new MiscInterrupt(device));
    for (CompletionInterrupt completion : completions) {
      pci.requestIrq(completion.vector(), "idxd-portal", completion);
    }
    device.registers().dropStaleSoftwareError();
    device.setUpInterruptRegisters();
    pci.devres().add(() -> quiesce(device));
  }

  /** The order is the device, its queues, groups, engines. Mirrors idxd_setup_sysfs(). */
  private void setUpSysfs(IdxdDevice device) {
    DeviceModel model = globals.model();
    device.pci().devres().add(() -> removeSysfs(device));
    model.addDevice(device);
    device.wqs().forEach(model::addDevice);
    device.groups().forEach(model::addDevice);
    device.engines().forEach(model::addDevice);
  }

  /** Bound queues are unbound on the way. Mirrors idxd_cleanup_sysfs(). */
  private void removeSysfs(IdxdDevice device) {
    DeviceModel model = globals.model();
    device.wqs().forEach(model::removeDevice);
    device.engines().forEach(model::removeDevice);
    device.groups().forEach(model::removeDevice);
    model.removeDevice(device);
    // Files that are open from before answer for themselves from now on (14.36).
    device.markGone();
    device.wqs().forEach(wq -> wq.errorQueue().wakeAll());
  }

  /** The rest is on the function's devres, which goes next in reverse. Mirrors idxd_remove(). */
  @Override
  protected void remove(PciDevice pci) {
    log().debug(pci, "idxd_remove called");
  }

  @Override
  protected void shutdown(PciDevice pci) {
    IdxdDevice device = devices.get(pci);
    if (device != null) {
      quiesce(device);
    }
  }

  /** Stops the device and completes what it has not. Mirrors idxd_shutdown(). */
  private void quiesce(IdxdDevice device) {
    device.deviceLock.lock();
    try {
      device.disableLocked();
    } catch (ErrnoException e) {
      log().err(device.pci(), "Disabling device failed: %s", e.getMessage());
    } finally {
      device.deviceLock.unlock();
    }
    IdxdRegisters registers = device.registers();
    for (int vector = 0; vector <= device.completionInterrupts().size(); vector++) {
      registers.setMasked(vector, true);
    }
    registers.setErrorInterrupts(false);
    for (CompletionInterrupt completion : device.completionInterrupts()) {
      device.pci().synchronizeIrq(completion.vector());
      completion.list().abortAll();
    }
  }
}
