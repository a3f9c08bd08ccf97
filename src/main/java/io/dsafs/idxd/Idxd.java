package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;

/**
 * The module {@code idxd} of some kernel version: loading it registers the driver and probes what
 * is there. Mirrors idxd_init_module() and idxd_exit_module() in init.c.
 */
public final class Idxd {
  private final Platform platform;
  private final DriverProfile profile;

  /** What a load has registered, null while the module is not loaded. */
  @GuardedBy("this")
  private LoadedDriver loaded;

  /**
   * @param profile the kernel version whose driver is loaded
   */
  public Idxd(Platform platform, DriverProfile profile) {
    this.platform = platform;
    this.profile = profile;
  }

  /**
   * Loads the module. After an error nothing is registered.
   *
   * <p>EEXIST: it is loaded. Else as {@link DriverProfile#assemble}.
   */
  public synchronized void load() throws ErrnoException {
    if (loaded != null) {
      throw new ErrnoException(Errno.EEXIST, "idxd is loaded");
    }
    LoadedDriver driver = profile.assemble(platform);
    loaded = driver;
    DeviceModel model = platform.model();
    driver.modules().forEach(model::addModule);
    model.addBus(driver.globals().bus());
    driver.drivers().forEach(model::addDriver);
    model.addDriver(driver.pciDriver());
  }

  /**
   * Unloads the module, in the reverse order; all devices go.
   *
   * <p>ENOENT: it is not loaded. EAGAIN: a bound device or an open queue holds it.
   */
  public synchronized void unload() throws ErrnoException {
    if (loaded == null) {
      throw new ErrnoException(Errno.ENOENT, "idxd is not loaded");
    }
    DriverGlobals globals = loaded.globals();
    if (!globals.module().unload()) {
      throw new ErrnoException(Errno.EAGAIN, "idxd is in use");
    }
    for (Module module : loaded.modules()) {
      boolean unused = module.unload();
    }
    DeviceModel model = platform.model();
    model.removeDriver(loaded.pciDriver());
    globals.release();
    // The posted code of swq-v1 forgets its driver here (14.28).
    loaded.drivers().forEach(model::removeDriver);
    model.removeBus(globals.bus());
    loaded.modules().forEach(model::removeModule);
    loaded = null;
  }

  /**
   * The open queue nodes of a function: {@code wq0.0 pasid 2 pid 4711 (name)}, a line for each.
   * Files that have outlived their device are not among them.
   *
   * @param function its PCI address
   */
  public synchronized String describeClients(String function) {
    return loaded == null ? "" : loaded.pciDriver().describeOpenFiles(function);
  }

  /** Where kernel clients find channels; null while the module is not loaded. */
  public synchronized DmaEngine dmaEngine() {
    return loaded == null ? null : loaded.globals().dmaEngine();
  }

  /**
   * The machine goes down: all rings of user space end, with what was stored in them.
   *
   * @param timeoutMillis how long that may take
   */
  public void endRings(long timeoutMillis) throws InterruptedException {
    LoadedDriver driver;
    synchronized (this) {
      driver = loaded;
    }
    if (driver != null) {
      driver.globals().rings().endAll(timeoutMillis);
    }
  }
}
