package io.dsafs.idxd.swq;

import io.dsafs.core.Device;
import io.dsafs.core.Driver;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import java.util.List;

/** The driver {@code dsa} of the bus {@code dsa}, for devices and for queues: only delegates. */
final class DsaDriver extends Driver {
  DsaDriver(DsaBus bus, Module module) {
    super("dsa", bus, module, List.of());
  }

  /** Mirrors idxd_config_bus_probe() in sysfs.c. */
  @Override
  protected void probe(Device device) throws ErrnoException {
    if (device instanceof SwqDevice idxd) {
      DeviceBinding.probe(idxd);
    } else if (device instanceof SwqWq wq) {
      WqBinding.probe(wq);
    } else {
      throw new ErrnoException(Errno.ENODEV, device + " is neither a device nor a queue");
    }
  }

  /** Mirrors idxd_config_bus_remove() in sysfs.c. */
  @Override
  protected void remove(Device device) {
    if (device instanceof SwqDevice idxd) {
      DeviceBinding.remove(idxd);
    } else if (device instanceof SwqWq wq) {
      WqBinding.remove(wq);
    }
  }
}
