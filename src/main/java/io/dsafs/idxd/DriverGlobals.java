package io.dsafs.idxd;

import io.dsafs.core.DeviceModel;
import io.dsafs.core.IdAllocator;
import io.dsafs.core.KernelLog;
import io.dsafs.core.Module;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.TaskMemory;

/**
 * What all devices of a loaded driver share: the globals of init.c and cdev.c.
 *
 * @param major of the char region {@code dsa}
 * @param deviceIds numbers of devices, from 0
 * @param minors numbers of queue nodes, one space for all devices
 */
record DriverGlobals(
    DeviceModel model,
    Iommu iommu,
    TaskMemory tasks,
    KernelMemory kernelMemory,
    IdxdOptions options,
    Module module,
    DsaBus bus,
    DsaDriver driver,
    DmaEngine dmaEngine,
    RingPoller rings,
    int major,
    IdAllocator deviceIds,
    IdAllocator minors) {

  KernelLog log() {
    return model.log();
  }
}
