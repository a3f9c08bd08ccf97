package io.dsafs.idxd.mainline;

import io.dsafs.core.Attribute;
import io.dsafs.core.Device;
import io.dsafs.core.Driver;
import io.dsafs.core.Module;
import java.util.List;

/** A driver for one kind of object of the bus. Mirrors struct idxd_device_driver. */
abstract class ObjectDriver extends Driver {
  ObjectDriver(String name, ObjectBus bus, Module module) {
    this(name, bus, module, List.of());
  }

  ObjectDriver(String name, ObjectBus bus, Module module, List<Attribute<Driver>> attributes) {
    super(name, bus, module, attributes);
  }

  /** Whether objects of this kind are offered to the driver; its probe may still refuse. */
  abstract boolean takes(Device device);
}
