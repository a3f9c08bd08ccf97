package io.dsafs.idxd;

import io.dsafs.core.CpuFeatures;
import io.dsafs.core.DeviceModel;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.TaskMemory;
import io.dsafs.pci.PciBus;

/**
 * The kernel around a driver: what a load of it starts from.
 *
 * @param kernelMemory where the driver keeps completion records; the address space that {@code
 *     iommu} takes for the kernel's
 * @param tasks finds who opens, writes and maps
 */
public record Platform(
    DeviceModel model,
    PciBus pciBus,
    Iommu iommu,
    KernelMemory kernelMemory,
    CpuFeatures cpu,
    TaskMemory tasks) {}
