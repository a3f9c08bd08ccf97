package io.dsafs.idxd;

import io.dsafs.core.Bus;
import io.dsafs.core.CpuFeatures;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.IdAllocator;
import io.dsafs.core.KernelLog;
import io.dsafs.core.Module;
import io.dsafs.core.Shares;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.TaskMemory;
import io.dsafs.spec.DeviceKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** What all devices of a loaded driver share: the globals of init.c and cdev.c. */
public final class DriverGlobals {
  /** How many minors a char region has. */
  private static final int MINORS = 1048575;

  private final Platform platform;
  private final Module module;
  private final Bus bus;
  private final DmaEngine dmaEngine;
  private final RingPoller rings = new RingPoller();

  /** Of portals. One process may have as many as vm.max_map_count. */
  private final Shares<AddressSpace> mappings = new Shares<>(2 * 65_536);

  private final IdAllocator deviceIds = new IdAllocator(0, Integer.MAX_VALUE);
  private final Function<Iommu.Refusal, Errno> bindErrors;
  private final Map<DeviceKind, CharRegion> regions = new EnumMap<>(DeviceKind.class);

  /**
   * Device numbers of the nodes of one kind of device.
   *
   * @param minors the lowest free number first
   */
  public record CharRegion(int major, IdAllocator minors) {}

  /**
   * Takes a char region for each kind. EBUSY: no major is free.
   *
   * @param module {@code idxd}
   * @param bus {@code dsa}
   * @param kinds that the driver takes
   * @param bindErrors what the kernel's version says when an address space cannot be bound
   */
  public DriverGlobals(
      Platform platform,
      Module module,
      Bus bus,
      List<DeviceKind> kinds,
      Function<Iommu.Refusal, Errno> bindErrors)
      throws ErrnoException {
    this.platform = platform;
    this.module = module;
    this.bus = bus;
    this.bindErrors = bindErrors;
    this.dmaEngine = new DmaEngine(platform.model());
    for (DeviceKind kind : kinds) {
      int major = platform.model().charDevices().allocateRegion(kind.word());
      regions.put(kind, new CharRegion(major, new IdAllocator(0, MINORS)));
    }
  }

  /** Gives the char regions back. */
  void release() {
    regions.values().forEach(r -> platform.model().charDevices().releaseRegion(r.major()));
  }

  Shares<AddressSpace> mappings() {
    return mappings;
  }

  public DeviceModel model() {
    return platform.model();
  }

  public KernelLog log() {
    return platform.model().log();
  }

  public Iommu iommu() {
    return platform.iommu();
  }

  /** The PASID of a binding. Errors: as the version has them. */
  int pasidOf(Iommu.Binding binding) throws ErrnoException {
    if (binding instanceof Iommu.Bound bound) {
      return bound.pasid();
    }
    Iommu.Refusal refusal = ((Iommu.Refused) binding).reason();
    throw new ErrnoException(bindErrors.apply(refusal), "no PASID: " + refusal);
  }

  public TaskMemory tasks() {
    return platform.tasks();
  }

  public KernelMemory kernelMemory() {
    return platform.kernelMemory();
  }

  public CpuFeatures cpu() {
    return platform.cpu();
  }

  /** Runs what may not run where it is found necessary. Mirrors the workqueue of a device. */
  public Executor workers() {
    return platform.workers();
  }

  /** A worker of its own, for what may be held up. Mirrors alloc_workqueue(). */
  public Executor newWorkqueue() {
    return platform.workqueues().get();
  }

  Platform platform() {
    return platform;
  }

  public Module module() {
    return module;
  }

  public Bus bus() {
    return bus;
  }

  public DmaEngine dmaEngine() {
    return dmaEngine;
  }

  /** Serves the rings of all portals. */
  RingPoller rings() {
    return rings;
  }

  /** Numbers of devices, from 0, one space for all kinds. */
  IdAllocator deviceIds() {
    return deviceIds;
  }

  /** The device numbers for nodes of a kind of device. */
  public CharRegion region(DeviceKind kind) {
    return regions.get(kind);
  }
}
