package io.dsafs.idxd.mainline;

import io.dsafs.core.Device;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.Module;
import io.dsafs.idxd.BindingSteps;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.spec.GenCfg;

/**
 * The driver {@code idxd}: a bound device is an enabled one. Mirrors idxd_device_drv_probe() and
 * _remove() in device.c.
 */
final class IdxdDriver extends ObjectDriver {
  IdxdDriver(ObjectBus bus, Module module) {
    super("idxd", bus, module);
  }

  @Override
  boolean takes(Device device) {
    return device instanceof MainlineDevice;
  }

  /**
   * Enables the device. Errors in order: ENXIO it is not disabled; ENXIO the configuration,
   * whatever is wrong with it; ENOMEM no event log; ENXIO it is enabled behind the driver's back,
   * halted, or refuses; that of registering the DMA device.
   */
  @Override
  protected void probe(Device object) throws ErrnoException {
    MainlineDevice device = (MainlineDevice) object;
    if (device.state() != DeviceState.DISABLED) {
      device.setSoftwareStatus(SoftwareStatus.DEV_ENABLED);
      throw new ErrnoException(Errno.ENXIO, device + " is not disabled");
    }
    device.deviceLock.lock();
    try {
      enableLocked(device);
    } finally {
      device.deviceLock.unlock();
    }
    try {
      BindingSteps.registerDma(device);
    } catch (ErrnoException e) {
      disable(device);
      device.setSoftwareStatus(SoftwareStatus.DEV_DMA_ERR);
      throw e;
    }
    device.commands().setLastStatus(0);
    device.log().info(device, "Device %s enabled", device);
  }

  private static void enableLocked(MainlineDevice device) throws ErrnoException {
    if (device.capabilities().configurable()) {
      try {
        // Not logged: every device meets this at its probe, before anybody has configured it.
        device.config().runLocked();
      } catch (ErrnoException e) {
        throw new ErrnoException(Errno.ENXIO, e.getMessage());
      }
    }
    device.registers().setConfig(GenCfg.USER_INT_EN, 1);
    device.eventLog().enableLocked();
    try {
      BindingSteps.enableLocked(device);
    } catch (ErrnoException e) {
      device.eventLog().disableLocked();
      throw e;
    }
  }

  private static void disable(MainlineDevice device) {
    device.deviceLock.lock();
    try {
      device
          .commands()
          .awaitEndsLocked(
              () -> {
                device.disableLocked();
                if (device.capabilities().configurable()) {
                  device.resetLocked();
                }
              });
    } catch (ErrnoException e) {
      device.log().warn(device, "Device disable failed: %s", e.getMessage());
    } finally {
      device.eventLog().disableLocked();
      device.deviceLock.unlock();
    }
  }

  /** Unbinds the queues that are still on, then disables and resets the device. */
  @Override
  protected void remove(Device object) {
    MainlineDevice device = (MainlineDevice) object;
    KernelLog log = device.log();
    BindingSteps.releaseQueues(device);
    device.devres().releaseAll();
    disable(device);
    log.info(device, "Device %s disabled", device);
  }
}
