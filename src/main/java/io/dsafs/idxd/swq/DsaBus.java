package io.dsafs.idxd.swq;

import io.dsafs.core.Bus;
import io.dsafs.core.Device;
import io.dsafs.core.Driver;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.WqState;
import java.util.List;

/**
 * The bus {@code dsa}: devices, their queues, groups and engines, and the nodes of user queues.
 *
 * <p>Mirrors dsa_bus_type in sysfs.c.
 */
final class DsaBus extends Bus {
  DsaBus() {
    super("dsa", List.of());
  }

  /**
   * A device matches when it is set up and not enabled; a queue when its device is set up or
   * enabled and itself disabled; nothing else ever. Mirrors idxd_config_bus_match().
   */
  @Override
  protected boolean match(Device device, Driver driver) {
    if (device instanceof SwqDevice idxd) {
      return idxd.state() == DeviceState.CONF_READY;
    }
    return device instanceof SwqWq wq
        && wq.device().state().compareTo(DeviceState.CONF_READY) >= 0
        && wq.state() == WqState.DISABLED;
  }
}
