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
    DriverGlobals globals = new DriverGlobals(platform, module, bus, List.of(DeviceKind.DSA));
    return new LoadedDriver(
        globals,
        List.of(module),
        List.of(new DsaDriver(bus, module)),
        new SwqPciDriver(globals, strictAbi));
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
