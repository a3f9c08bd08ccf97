package io.dsafs.idxd;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;

/** A group: queues, and the engines that serve them. Mirrors struct idxd_group. */
final class IdxdGroup extends Device {
  private static final DeviceType<IdxdGroup> TYPE =
      new DeviceType<>("group", GroupAttributes.TABLE);

  /** A traffic class that nobody has chosen; a configuration pass replaces it for good. */
  static final int TRAFFIC_CLASS_UNSET = -1;

  private final IdxdDevice device;
  private final int id;
  private volatile boolean useTokenLimit;
  private volatile int tokensAllowed;
  private volatile int tokensReserved;
  private volatile int trafficClassA = TRAFFIC_CLASS_UNSET;
  private volatile int trafficClassB = TRAFFIC_CLASS_UNSET;

  IdxdGroup(IdxdDevice device, int id) {
    super("group" + device.id() + "." + id, device, device.bus(), TYPE);
    this.device = device;
    this.id = id;
  }

  IdxdDevice device() {
    return device;
  }

  int id() {
    return id;
  }

  /** How many engines are in the group now. */
  int engineCount() {
    int count = 0;
    for (IdxdEngine engine : device.engines()) {
      if (engine.group() == this) {
        count++;
      }
    }
    return count;
  }

  boolean useTokenLimit() {
    return useTokenLimit;
  }

  void setUseTokenLimitLocked(boolean use) {
    device.assertLocked();
    useTokenLimit = use;
  }

  /** 0 stands for all of the device's tokens. */
  int tokensAllowed() {
    return tokensAllowed;
  }

  void setTokensAllowedLocked(int tokens) {
    device.assertLocked();
    tokensAllowed = tokens;
  }

  int tokensReserved() {
    return tokensReserved;
  }

  void setTokensReservedLocked(int tokens) {
    device.assertLocked();
    tokensReserved = tokens;
  }

  int trafficClassA() {
    return trafficClassA;
  }

  void setTrafficClassALocked(int trafficClass) {
    device.assertLocked();
    trafficClassA = trafficClass;
  }

  int trafficClassB() {
    return trafficClassB;
  }

  void setTrafficClassBLocked(int trafficClass) {
    device.assertLocked();
    trafficClassB = trafficClass;
  }
}
