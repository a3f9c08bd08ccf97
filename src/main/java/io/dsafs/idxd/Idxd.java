package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.CpuFeatures;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.IdAllocator;
import io.dsafs.core.KernelLog;
import io.dsafs.core.Module;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.TaskMemory;
import io.dsafs.pci.PciBus;

/**
 * The module {@code idxd}: loading it registers the driver and probes what is there. Mirrors
 * idxd_init_module() and idxd_exit_module() in init.c.
 */
public final class Idxd {
  private static final String NAME = "idxd";
  private static final String VERSION = "1.00";
  private static final String REGION = "dsa";

  /** How many minors the char region has. */
  private static final int MINORS = 1048575;

  private final DeviceModel model;
  private final PciBus pciBus;
  private final Iommu iommu;
  private final KernelMemory kernelMemory;
  private final CpuFeatures cpu;
  private final TaskMemory tasks;
  private final IdxdOptions options;

  /** What a load has registered, null while the module is not loaded. */
  @GuardedBy("this")
  private DriverGlobals globals;

  @GuardedBy("this")
  private IdxdPciDriver pciDriver;

  /**
   * @param kernelMemory where the driver keeps completion records; the address space that {@code
   *     iommu} takes for the kernel's
   * @param tasks finds who opens, writes and maps
   */
  public Idxd(
      DeviceModel model,
      PciBus pciBus,
      Iommu iommu,
      KernelMemory kernelMemory,
      CpuFeatures cpu,
      TaskMemory tasks,
      IdxdOptions options) {
    this.model = model;
    this.pciBus = pciBus;
    this.iommu = iommu;
    this.kernelMemory = kernelMemory;
    this.cpu = cpu;
    this.tasks = tasks;
    this.options = options;
  }

  /**
   * Loads the module: bus, driver, char region, PCI driver, in this order. After an error nothing
   * is registered.
   *
   * <p>EEXIST: it is loaded. ENODEV: the CPU lacks MOVDIR64B, or ENQCMD. EBUSY: no major is free.
   */
  public synchronized void load() throws ErrnoException {
    if (globals != null) {
      throw new ErrnoException(Errno.EEXIST, "idxd is loaded");
    }
    checkCpu();
    Module module = new Module(NAME, VERSION);
    int major = model.charDevices().allocateRegion(REGION);
    DsaBus bus = new DsaBus();
    DsaDriver driver = new DsaDriver(bus, module);
    globals =
        new DriverGlobals(
            model,
            iommu,
            tasks,
            kernelMemory,
            options,
            module,
            bus,
            driver,
            new DmaEngine(model),
            new RingPoller(),
            major,
            new IdAllocator(0, Integer.MAX_VALUE),
            new IdAllocator(0, MINORS));
    pciDriver = new IdxdPciDriver(pciBus, globals);
    model.addModule(module);
    model.addBus(bus);
    model.addDriver(driver);
    model.addDriver(pciDriver);
  }

  private void checkCpu() throws ErrnoException {
    if (!cpu.movdir64b()) {
      throw lacking("MOVDIR64B");
    }
    if (!cpu.enqcmd()) {
      throw lacking("ENQCMD");
    }
  }

  private ErrnoException lacking(String instruction) {
    model
        .log()
        .print(KernelLog.Level.WARNING, "idxd driver failed to load without " + instruction + ".");
    return new ErrnoException(Errno.ENODEV, "the CPU lacks " + instruction);
  }

  /**
   * Unloads the module, in the reverse order; all devices go.
   *
   * <p>ENOENT: it is not loaded. EAGAIN: a bound device or an open queue holds it.
   */
  public synchronized void unload() throws ErrnoException {
    if (globals == null) {
      throw new ErrnoException(Errno.ENOENT, "idxd is not loaded");
    }
    Module module = globals.module();
    if (module.references() > 0) {
      throw new ErrnoException(Errno.EAGAIN, "idxd is in use");
    }
    module.unload();
    model.removeDriver(pciDriver);
    model.charDevices().releaseRegion(globals.major());
    // The posted code forgets its driver here (14.28).
    model.removeDriver(globals.driver());
    model.removeBus(globals.bus());
    model.removeModule(module);
    globals = null;
    pciDriver = null;
  }

  /**
   * The open queue nodes of a function: {@code wq0.0 pasid 2 pid 4711 (name)}, a line for each.
   * Files that have outlived their device are not among them.
   *
   * @param function its PCI address
   */
  public synchronized String describeClients(String function) {
    return pciDriver == null ? "" : pciDriver.describeOpenFiles(function);
  }

  /** Where kernel clients find channels; null while the module is not loaded. */
  public synchronized DmaEngine dmaEngine() {
    return globals == null ? null : globals.dmaEngine();
  }
}
