package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;

/**
 * Enabling a device by binding it and disabling it by unbinding. Mirrors the device half of
 * idxd_config_bus_probe() and _remove() in sysfs.c.
 */
final class DeviceBinding {
  private DeviceBinding() {}

  /**
   * Enables the device. Errors in order: EBUSY not ready; ENXIO the module goes; EINVAL the
   * configuration; ENXIO, EBUSY the enable command; that of registering the DMA device.
   */
  static void probe(IdxdDevice device) throws ErrnoException {
    KernelLog log = device.log();
    if (device.state() != DeviceState.CONF_READY) {
      log.warn(device, "Device not ready for config");
      device.setSoftwareStatus(SoftwareStatus.DEV_ENABLED);
      throw new ErrnoException(Errno.EBUSY, device + " is not ready");
    }
    if (!device.globals().module().tryGet()) {
      throw new ErrnoException(Errno.ENXIO, "the module is going away");
    }
    device.devres().add(() -> device.globals().module().put());
    enable(device);
    device.devres().add(() -> disable(device));
    registerDma(device);
    device.commands().setLastStatus(0);
    log.info(device, "Device %s enabled", device);
  }

  private static void enable(IdxdDevice device) throws ErrnoException {
    device.deviceLock.lock();
    try {
      try {
        device.config().runLocked();
      } catch (ErrnoException e) {
        device.log().warn(device, "Device config failed: %d", -e.errno().number());
        throw e;
      }
      try {
        device.enableLocked();
      } catch (ErrnoException e) {
        device.log().warn(device, "Device enable failed: %d", -e.errno().number());
        throw e;
      }
    } finally {
      device.deviceLock.unlock();
    }
  }

  /**
   * On a failure the posted code unlocks a lock it does not hold and leaves the device enabled and
   * unbound for good (14.15); here the device is disabled again on the way out.
   */
  private static void registerDma(IdxdDevice device) throws ErrnoException {
    try {
      DmaDevice dma = device.globals().dmaEngine().register(device);
      device.setDmaDevice(dma);
    } catch (ErrnoException e) {
      device.setSoftwareStatus(SoftwareStatus.DEV_DMA_ERR);
      throw e;
    }
    device.devres().add(() -> unregisterDma(device));
  }

  private static void unregisterDma(IdxdDevice device) {
    device.globals().dmaEngine().unregister(device.dmaDevice());
    device.setDmaDevice(null);
  }

  private static void disable(IdxdDevice device) {
    device.deviceLock.lock();
    try {
      device.disableLocked();
    } catch (ErrnoException e) {
      device.log().warn(device, "Device disable failed: %s", e.getMessage());
    } finally {
      device.deviceLock.unlock();
    }
  }

  /** Unbinds the queues that are still on, then undoes the probe, whatever the device answers. */
  static void remove(IdxdDevice device) {
    DriverGlobals globals = device.globals();
    for (IdxdWq wq : device.wqs()) {
      if (wq.state() != WqState.DISABLED) {
        device.log().warn(device, "Active wq %d on disable %s.", wq.id(), device);
        globals.model().releaseDriver(wq, globals.driver());
      }
    }
    device.devres().releaseAll();
    device.log().info(device, "Device %s disabled", device);
  }
}
