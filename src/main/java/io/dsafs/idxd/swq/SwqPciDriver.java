package io.dsafs.idxd.swq;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.Capabilities;
import io.dsafs.idxd.CompletionInterrupt;
import io.dsafs.idxd.DeviceCommands;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.DriverGlobals;
import io.dsafs.idxd.IdxdDevice;
import io.dsafs.idxd.IdxdPciDriver;
import io.dsafs.idxd.IdxdRegisters;
import io.dsafs.idxd.SystemPasid;
import io.dsafs.pci.Cmdmem;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciDevice;
import io.dsafs.pci.PciId;
import io.dsafs.spec.DeviceKind;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The probe of this version; the posted code leaves devices, number and PASID behind when it fails
 * (14.27).
 */
final class SwqPciDriver extends IdxdPciDriver {
  private static final int INTEL = 0x8086;
  private static final int DSA_SPR0 = 0x0b25;

  private final boolean strictAbi;

  SwqPciDriver(DriverGlobals globals, boolean strictAbi) {
    super(globals, List.of(new PciId(INTEL, DSA_SPR0)));
    this.strictAbi = strictAbi;
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
    SwqDevice device = probeDevice(pci, registers);
    addObjects(device, true);
    device.deviceLock.lock();
    try {
      device.setStateLocked(DeviceState.CONF_READY);
    } finally {
      device.deviceLock.unlock();
    }
    log().info(pci, "Intel(R) Accelerator Device (v%x)", device.capabilities().version());
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
  private SwqDevice probeDevice(PciDevice pci, MappedBar registers) throws ErrnoException {
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
  private SwqDevice makeDevice(PciDevice pci, IdxdRegisters registers) throws ErrnoException {
    ReentrantLock deviceLock = new ReentrantLock();
    DeviceCommands commands = new DeviceCommands(registers, deviceLock, log(), pci);
    reset(commands, deviceLock);
    SystemPasid systemPasid =
        Cmdmem.deviceSupportsCmdmem(pci)
            ? SystemPasid.bind(globals(), pci, "No PASID support.")
            : SystemPasid.none(globals());
    pci.devres().add(systemPasid::unbind);
    Capabilities capabilities = Capabilities.read(registers);
    int id = allocateId(pci);
    SwqDevice device =
        new SwqDevice(
            new IdxdDevice.Found(
                globals(),
                pci,
                DeviceKind.DSA,
                id,
                registers,
                commands,
                deviceLock,
                capabilities,
                systemPasid,
                map(pci, WQ_BAR)),
            strictAbi);
    keep(device);
    setUpInterrupts(device);
    return device;
  }

  /**
   * Vector 0 tells of errors, the others of completions. ENODEV: no MSI-X, with which the posted
   * code goes on without interrupts (14.21). Mirrors idxd_setup_interrupts().
   */
  private void setUpInterrupts(SwqDevice device) throws ErrnoException {
    allocateVectors(
        device, Errno.ENODEV, vector -> new CompletionInterrupt(device.registers(), vector));
    PciDevice pci = device.pci();
    pci.requestIrq(0, "idxd-misc", new MiscInterrupt(device));
    for (CompletionInterrupt completion : device.completionInterrupts()) {
      pci.requestIrq(completion.vector(), "idxd-portal", completion);
    }
    device.registers().dropStaleSoftwareError();
    device.setUpInterruptRegisters();
    pci.devres().add(() -> quiesce(device));
  }

  /** The vectors are masked before the interrupts of errors are. */
  @Override
  protected void quiesceInterrupts(IdxdDevice device) {
    for (int vector = 0; vector <= device.completionInterrupts().size(); vector++) {
      device.registers().setMasked(vector, true);
    }
    super.quiesceInterrupts(device);
  }
}
