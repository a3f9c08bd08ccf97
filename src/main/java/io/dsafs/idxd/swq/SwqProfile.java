package io.dsafs.idxd.swq;

import io.dsafs.core.CpuFeatures;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.Module;
import io.dsafs.idxd.DriverGlobals;
import io.dsafs.idxd.DriverProfile;
import io.dsafs.idxd.LoadedDriver;
import io.dsafs.idxd.Platform;
import io.dsafs.mem.Iommu;
import io.dsafs.spec.DeviceKind;
import java.util.List;

/**
 * The profile {@code swq-v1}: the series "Add shared workqueue support for idxd driver", v1, 30
 * March 2020.
 *
 * @param strictAbi true to leave out what March 2020 did not have: the device attribute {@code
 *     cmd_status} and write(2) on a queue's node. The portal ioctls stay: they stand for mmap(2),
 *     which that kernel had.
 */
public record SwqProfile(boolean strictAbi) implements DriverProfile {
  private static final String NAME = "idxd";
  private static final String VERSION = "1.00";

  /** ENODEV: the CPU lacks MOVDIR64B, or ENQCMD. EBUSY: no major is free. */
  @Override
  public LoadedDriver assemble(Platform platform) throws ErrnoException {
    checkCpu(platform.cpu(), platform.model().log());
    Module module = new Module(NAME, VERSION);
    DsaBus bus = new DsaBus();
    DriverGlobals globals =
        new DriverGlobals(platform, module, bus, List.of(DeviceKind.DSA), SwqProfile::bindError);
    return new LoadedDriver(
        globals,
        List.of(module),
        List.of(new DsaDriver(bus, module)),
        new SwqPciDriver(globals, strictAbi));
  }

  /** Mirrors intel_svm_bind_mm() of 5.6, and svm_bind() without it. */
  private static Errno bindError(Iommu.Refusal refusal) {
    return switch (refusal) {
      case TRANSLATION_OFF, NO_SUPERVISOR -> Errno.EINVAL;
      case NO_PASID -> Errno.ENOSPC;
      case NO_SVM -> Errno.ENOTSUPP;
      case NOT_BUILT -> Errno.ENOSYS;
      case NO_MEMORY -> Errno.ENOMEM;
    };
  }

  private static void checkCpu(CpuFeatures cpu, KernelLog log) throws ErrnoException {
    if (!cpu.movdir64b()) {
      throw lacking("MOVDIR64B", log);
    }
    if (!cpu.enqcmd()) {
      throw lacking("ENQCMD", log);
    }
  }

  private static ErrnoException lacking(String instruction, KernelLog log) {
    log.print(KernelLog.Level.WARNING, "idxd driver failed to load without " + instruction + ".");
    return new ErrnoException(Errno.ENODEV, "the CPU lacks " + instruction);
  }
}
