package io.dsafs.idxd.mainline;

import io.dsafs.core.DebugFile;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.Capabilities;
import io.dsafs.idxd.DriverGlobals;
import io.dsafs.idxd.IdxdDevice;
import io.dsafs.idxd.IdxdPciDriver;
import io.dsafs.idxd.IdxdRegisters;
import io.dsafs.idxd.SystemPasid;
import io.dsafs.idxd.WqType;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciDevice;
import io.dsafs.pci.PciId;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.WqCap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** The probe of this version, whose errors are passed on. Mirrors idxd_pci_probe() in init.c. */
final class MainlinePciDriver extends IdxdPciDriver {
  private static final int INTEL = 0x8086;

  /** The driver derives nothing else from the id. */
  private static final Map<Integer, DeviceKind> KINDS =
      Map.of(
          0x0b25, DeviceKind.DSA,
          0x0cfe, DeviceKind.IAX,
          0x11fb, DeviceKind.DSA,
          0x1212, DeviceKind.DSA,
          0x1216, DeviceKind.IAX,
          0xb02d, DeviceKind.IAX,
          0xfd2d, DeviceKind.IAX);

  private final IdxdParameters parameters;
  private final UserFiles files = new UserFiles();
  private final UserDriver userDriver;

  /** By the function that is being reset. */
  private final Map<PciDevice, SavedConfiguration> saved = new ConcurrentHashMap<>();

  /**
   * @param userDriver gets the queues of processes back after a reset
   */
  MainlinePciDriver(DriverGlobals globals, IdxdParameters parameters, UserDriver userDriver) {
    super(globals, ids());
    this.parameters = parameters;
    this.userDriver = userDriver;
  }

  private static List<PciId> ids() {
    return KINDS.keySet().stream().sorted().map(id -> new PciId(INTEL, id)).toList();
  }

  /**
   * Errors in order: that of enabling the function; ENODEV an id that names no kind; ENOMEM no
   * number, no mapping; that of the DMA mask; ENXIO the device is halted; EBUSY it does not answer;
   * EOPNOTSUPP a read-only configuration that cannot be used; ENOSPC no MSI-X, and those of the
   * interrupts.
   */
  @Override
  protected void probe(PciDevice pci) throws ErrnoException {
    DeviceKind kind = KINDS.get(pci.deviceId());
    pci.enable();
    if (kind == null) {
      throw new ErrnoException(Errno.ENODEV, "neither DSA nor IAX");
    }
    int id = allocateId(pci);
    MappedBar bar = map(pci, MMIO_BAR);
    pci.setDmaMask(64);
    pci.setMaster();
    MainlineDevice device = makeDevice(pci, kind, id, bar);
    keep(device);
    if (!device.capabilities().configurable()) {
      ReadOnlyConfig.load(device);
    }
    setUpInterrupts(device);
    if (kind == DeviceKind.IAX) {
      IaaDefaults.load(device);
    }
    addObjects(device, false);
    if (device.eventLog().present()) {
      showEventLog(device);
    }
    log().info(pci, "Intel(R) Accelerator Device (v%x)", device.capabilities().version());
  }

  /** Mirrors idxd_device_init_debugfs() in debugfs.c. */
  private void showEventLog(MainlineDevice device) {
    DebugFile file =
        new DebugFile(
            "idxd/" + device.name() + "/event_log", 0400, device.eventService()::describe);
    globals().model().addDebugFile(file);
    device.pci().devres().add(() -> globals().model().removeDebugFile(file));
  }

  private MainlineDevice makeDevice(PciDevice pci, DeviceKind kind, int id, MappedBar bar)
      throws ErrnoException {
    long wqcap = bar.read64(WqCap.WQCAP.offset());
    IdxdRegisters registers = new IdxdRegisters(bar, MainlineDevice.wqEntryBytes(wqcap));
    if (GenSts.State.of(registers.deviceStatus()) == GenSts.State.HALT) {
      throw new ErrnoException(Errno.ENXIO, "the device is halted");
    }
    ReentrantLock deviceLock = new ReentrantLock();
    MainlineCommands commands = new MainlineCommands(registers, deviceLock, log(), pci);
    reset(commands, deviceLock);
    SystemPasid systemPasid = bindKernel(pci);
    pci.devres().add(systemPasid::unbind);
    if (systemPasid.enabled()) {
      registers.setConfig(GenCfg.USER_INT_EN, 1);
    }
    return new MainlineDevice(
        new IdxdDevice.Found(
            globals(),
            pci,
            kind,
            id,
            registers,
            commands,
            deviceLock,
            Capabilities.read(registers),
            systemPasid,
            map(pci, WQ_BAR)),
        parameters,
        parameters.sva(),
        files);
  }

  private SystemPasid bindKernel(PciDevice pci) {
    if (parameters.sva()) {
      return SystemPasid.bind(globals(), pci, "No in-kernel DMA with PASID.");
    }
    log().warn(pci, "User forced SVA off via module param.");
    return SystemPasid.none(globals());
  }

  /** Vector 0 is the device's; that of a queue is requested when the kernel takes the queue. */
  private void setUpInterrupts(MainlineDevice device) throws ErrnoException {
    allocateVectors(device, Errno.ENOSPC, vector -> new QueueInterrupt(device.registers(), vector));
    device.pci().requestIrq(0, "idxd-misc", new MiscInterrupt(device));
    device.registers().dropStaleSoftwareError();
    device.setErrorInterrupts(true);
    device.pci().devres().add(() -> quiesce(device));
  }

  @Override
  protected void resetPrepare(PciDevice pci) {
    if (device(pci) instanceof MainlineDevice device) {
      // A queue that a process is just being given is off for a moment.
      device.deviceLock.lock();
      try {
        saved.put(pci, new SavedConfiguration(device));
      } finally {
        device.deviceLock.unlock();
      }
    }
  }

  /**
   * Unbinds the device, which the reset has emptied, gives it its configuration back, and binds it
   * and the queues of processes again; those of the kernel stay unbound. Files that were open are
   * stale. Mirrors idxd_reset_done() in init.c.
   */
  @Override
  protected void resetDone(PciDevice pci) {
    SavedConfiguration configuration = saved.remove(pci);
    if (configuration == null || !(device(pci) instanceof MainlineDevice device)) {
      return;
    }
    boolean unused = globals().model().releaseDriver(device);
    device.deviceLock.lock();
    try {
      device.clearStateLocked();
      device.setErrorInterrupts(true);
      configuration.restoreLocked(device);
    } finally {
      device.deviceLock.unlock();
    }
    try {
      if (configuration.driver() != null) {
        rebind(device, configuration);
      }
    } catch (ErrnoException e) {
      log().err(pci, "Device not enabled after FLR: %s", e.getMessage());
    }
  }

  private void rebind(MainlineDevice device, SavedConfiguration configuration)
      throws ErrnoException {
    globals().model().attach(device, configuration.driver());
    for (int wq : configuration.queues(WqType.KERNEL)) {
      log().warn(device.wqs().get(wq), "Kernel wq is not re-enabled after FLR");
    }
    for (int wq : configuration.queues(WqType.USER)) {
      globals().model().attach(device.wqs().get(wq), userDriver);
    }
  }

  @Override
  protected void quiesceInterrupts(IdxdDevice device) {
    ((MainlineDevice) device).setErrorInterrupts(false);
  }
}
