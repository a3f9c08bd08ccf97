package io.dsafs.idxd.mainline;

import io.dsafs.core.Bus;
import io.dsafs.core.Device;
import io.dsafs.core.Driver;
import java.util.List;
import java.util.Map;

/**
 * The bus {@code dsa}, for both kinds of accelerators: drivers match by the kind of object, and
 * their probes decide. Mirrors dsa_bus_type in bus.c.
 */
final class ObjectBus extends Bus {
  ObjectBus() {
    super("dsa", List.of());
  }

  /** Mirrors idxd_config_bus_match(). */
  @Override
  protected boolean match(Device device, Driver driver) {
    return driver instanceof ObjectDriver wanted && wanted.takes(device);
  }

  /** Mirrors idxd_bus_uevent(). */
  @Override
  protected Map<String, String> eventVariables(Device device) {
    return Map.of("MODALIAS", "idxd:t0");
  }
}
