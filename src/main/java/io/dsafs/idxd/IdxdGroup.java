package io.dsafs.idxd;

import io.dsafs.core.DeviceType;

/** A group: queues, and the engines that serve them. Mirrors struct idxd_group. */
public class IdxdGroup extends IdxdMember {
  /** A traffic class that nobody has chosen; a configuration pass replaces it for good. */
  public static final int TRAFFIC_CLASS_UNSET = -1;

  private final IdxdDevice device;
  private volatile boolean useTokenLimit;
  private volatile int tokensAllowed;
  private volatile int tokensReserved;
  private volatile int trafficClassA = TRAFFIC_CLASS_UNSET;
  private volatile int trafficClassB = TRAFFIC_CLASS_UNSET;

  /**
   * @param type the files of the version
   */
  public IdxdGroup(IdxdDevice device, int id, DeviceType<?> type) {
    super("group", device, id, type);
    this.device = device;
  }

  /** How many engines are in the group now. */
  public int engineCount() {
    int count = 0;
    for (IdxdEngine engine : device.engines()) {
      if (engine.group() == this) {
        count++;
      }
    }
    return count;
  }

  /** Nothing reserved, no limit used. */
  protected final void initialize(int allowedTokens, int trafficClass) {
    useTokenLimit = false;
    tokensAllowed = allowedTokens;
    tokensReserved = 0;
    trafficClassA = trafficClass;
    trafficClassB = trafficClass;
  }

  public boolean useTokenLimit() {
    return useTokenLimit;
  }

  public void setUseTokenLimitLocked(boolean use) {
    device.assertLocked();
    useTokenLimit = use;
  }

  /** 0 stands for all of the device's tokens. */
  public int tokensAllowed() {
    return tokensAllowed;
  }

  public void setTokensAllowedLocked(int tokens) {
    device.assertLocked();
    tokensAllowed = tokens;
  }

  public int tokensReserved() {
    return tokensReserved;
  }

  public void setTokensReservedLocked(int tokens) {
    device.assertLocked();
    tokensReserved = tokens;
  }

  /** Whether the traffic classes may be chosen. */
  public boolean trafficClassesWritable() {
    return true;
  }

  public int trafficClassA() {
    return trafficClassA;
  }

  public void setTrafficClassALocked(int trafficClass) {
    device.assertLocked();
    trafficClassA = trafficClass;
  }

  public int trafficClassB() {
    return trafficClassB;
  }

  public void setTrafficClassBLocked(int trafficClass) {
    device.assertLocked();
    trafficClassB = trafficClass;
  }
}
