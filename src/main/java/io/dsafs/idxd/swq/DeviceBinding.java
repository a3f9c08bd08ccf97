package io.dsafs.idxd.swq;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.idxd.BindingSteps;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.SoftwareStatus;

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
  static void probe(SwqDevice device) throws ErrnoException {
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
    // On a failure the posted code unlocks a lock it does not hold and leaves the device enabled
    // and unbound for good (14.15); here the device is disabled again on the way out.
    BindingSteps.registerDma(device);
    device.commands().setLastStatus(0);
    log.info(device, "Device %s enabled", device);
  }

  private static void enable(SwqDevice device) throws ErrnoException {
    device.deviceLock.lock();
    try {
      BindingSteps.configureLocked(device);
      BindingSteps.enableLocked(device);
    } finally {
      device.deviceLock.unlock();
    }
  }

  private static void disable(SwqDevice device) {
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
  static void remove(SwqDevice device) {
    BindingSteps.releaseQueues(device);
    device.devres().releaseAll();
    device.log().info(device, "Device %s disabled", device);
  }
}
