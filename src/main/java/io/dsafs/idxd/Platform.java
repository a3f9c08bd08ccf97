package io.dsafs.idxd;

import io.dsafs.core.CpuFeatures;
import io.dsafs.core.DeviceModel;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.TaskMemory;
import io.dsafs.pci.PciBus;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * The kernel around a driver: what a load of it starts from.
 *
 * @param kernelMemory where the driver keeps completion records; the address space that {@code
 *     iommu} takes for the kernel's
 * @param tasks finds who opens, writes and maps
 * @param workers runs what may not run where it is found necessary, one after the other
 * @param workqueues makes another such worker, which others do not wait for; one that cannot take
 *     more throws {@link java.util.concurrent.RejectedExecutionException}
 */
public record Platform(
    DeviceModel model,
    PciBus pciBus,
    Iommu iommu,
    KernelMemory kernelMemory,
    CpuFeatures cpu,
    TaskMemory tasks,
    Executor workers,
    Supplier<Executor> workqueues) {}
