package io.dsafs.idxd.mainline;

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

/** The profile {@code mainline}: Linux 6.19, and {@code dsacaps} of 7.0. */
public final class MainlineProfile implements DriverProfile {
  private static final String VERSION = "1.00";

  /**
   * The modules {@code idxd_bus}, {@code idxd} and {@code idxd_compat}, all loaded. ENODEV: the CPU
   * lacks MOVDIR64B. EBUSY: no major is free.
   */
  @Override
  public LoadedDriver assemble(Platform platform) throws ErrnoException {
    checkCpu(platform.cpu(), platform.model().log());
    IdxdParameters parameters = new IdxdParameters();
    Module bus = new Module("idxd_bus", null);
    Module idxd = Module.withParameters("idxd", VERSION, parameters, IdxdParameters.TABLE);
    Module compat = new Module("idxd_compat", null);
    ObjectBus objects = new ObjectBus();
    DriverGlobals globals =
        new DriverGlobals(platform, idxd, objects, List.of(DeviceKind.DSA, DeviceKind.IAX));
    IdxdDriver devices = new IdxdDriver(objects, idxd);
    DmaengineDriver channels = new DmaengineDriver(objects, idxd);
    UserDriver nodes = new UserDriver(objects, idxd);
    CompatDriver all =
        new CompatDriver(objects, compat, platform.model(), devices, channels, nodes);
    return new LoadedDriver(
        globals,
        List.of(bus, idxd, compat),
        List.of(devices, channels, nodes, all),
        new MainlinePciDriver(globals, parameters));
  }

  private static void checkCpu(CpuFeatures cpu, KernelLog log) throws ErrnoException {
    if (!cpu.movdir64b()) {
      log.print(KernelLog.Level.WARNING, "idxd driver failed to load without MOVDIR64B.");
      throw new ErrnoException(Errno.ENODEV, "the CPU lacks MOVDIR64B");
    }
    if (!cpu.enqcmd()) {
      log.print(KernelLog.Level.WARNING, "Platform does not have ENQCMD(S) support.");
    }
  }
}
