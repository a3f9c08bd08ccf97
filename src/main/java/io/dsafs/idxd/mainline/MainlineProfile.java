package io.dsafs.idxd.mainline;

import io.dsafs.core.CpuFeatures;
import io.dsafs.core.Driver;
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
import java.util.ArrayList;
import java.util.List;

/** The profile {@code mainline}: Linux 6.19, and {@code dsacaps} of 7.0. */
public final class MainlineProfile implements DriverProfile {
  private static final String VERSION = "1.00";

  private final boolean iaaCrypto;

  /**
   * @param iaaCrypto whether the module {@code iaa_crypto} is loaded, too
   */
  public MainlineProfile(boolean iaaCrypto) {
    this.iaaCrypto = iaaCrypto;
  }

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
        new DriverGlobals(
            platform,
            idxd,
            objects,
            List.of(DeviceKind.DSA, DeviceKind.IAX),
            MainlineProfile::bindError);
    IdxdDriver devices = new IdxdDriver(objects, idxd);
    DmaengineDriver channels = new DmaengineDriver(objects, idxd);
    UserDriver nodes = new UserDriver(objects, idxd);
    CompatDriver all =
        new CompatDriver(objects, compat, platform.model(), devices, channels, nodes);
    List<Module> modules = new ArrayList<>(List.of(bus, idxd, compat));
    List<Driver> drivers = new ArrayList<>(List.of(devices, channels, nodes, all));
    if (iaaCrypto) {
      Module crypto = new Module("iaa_crypto", null);
      modules.add(crypto);
      drivers.add(new CryptoDriver(objects, crypto));
    }
    return new LoadedDriver(
        globals, modules, drivers, new MainlinePciDriver(globals, parameters, nodes));
  }

  /** Source: mainline section 5.1, step 4. */
  private static Errno bindError(Iommu.Refusal refusal) {
    return switch (refusal) {
      case TRANSLATION_OFF, NOT_BUILT -> Errno.ENODEV;
      case NO_SVM, NO_SUPERVISOR -> Errno.EOPNOTSUPP;
      case NO_PASID -> Errno.ENOSPC;
      case NO_MEMORY -> Errno.ENOMEM;
    };
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
