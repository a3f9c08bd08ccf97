package io.dsafs.idxd.mainline;

import static io.dsafs.core.Attribute.writeOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.Driver;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import java.util.List;

/**
 * The driver {@code dsa} of the module {@code idxd_compat}, for scripts that know no other: it has
 * no devices of its own, and its {@code bind} and {@code unbind} act for the others. Mirrors
 * compat.c.
 */
final class CompatDriver extends ObjectDriver {
  CompatDriver(
      ObjectBus bus,
      Module module,
      DeviceModel model,
      IdxdDriver devices,
      DmaengineDriver channels,
      UserDriver nodes) {
    super(
        "dsa",
        bus,
        module,
        List.of(
            writeOnly(
                "bind",
                (Driver driver, String text) -> {
                  Device device = DeviceModel.device(driver.bus(), text);
                  model.attach(device, choose(device, devices, channels, nodes));
                },
                since(5, 15)),
            writeOnly(
                "unbind",
                (Driver driver, String text) -> {
                  if (!model.releaseDriver(DeviceModel.device(driver.bus(), text))) {
                    throw new ErrnoException(Errno.ENODEV, text.strip() + " is not bound");
                  }
                },
                since(5, 15))));
  }

  /** ENODEV: the device is bound, or nobody takes it. */
  private static Driver choose(
      Device device, IdxdDriver devices, DmaengineDriver channels, UserDriver nodes)
      throws ErrnoException {
    if (device.driver() != null) {
      throw new ErrnoException(Errno.ENODEV, device + " is bound");
    }
    if (device instanceof MainlineDevice) {
      return devices;
    }
    if (device instanceof MainlineWq wq) {
      switch (wq.queueType()) {
        case KERNEL:
          return channels;
        case USER:
          return nodes;
        case NONE:
          break;
      }
    }
    throw new ErrnoException(Errno.ENODEV, "no driver for " + device);
  }

  @Override
  boolean takes(Device device) {
    return false;
  }

  @Override
  protected void probe(Device device) throws ErrnoException {
    throw new ErrnoException(Errno.ENODEV, "no devices of its own");
  }

  @Override
  protected void remove(Device device) {
    throw new IllegalStateException("no devices of its own");
  }
}
