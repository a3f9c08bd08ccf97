package io.dsafs.idxd.mainline;

import io.dsafs.core.DeviceType;
import io.dsafs.idxd.IdxdGroup;

/** A group of this version: with progress limits. */
final class MainlineGroup extends IdxdGroup {
  private static final DeviceType<MainlineGroup> TYPE =
      new DeviceType<>("group", GroupAttributes.TABLE);

  /** Devices up to this version have their traffic classes chosen for them. */
  private static final int LAST_VERSION_WITH_FIXED_CLASSES = 0x200;

  private final MainlineDevice device;
  private volatile int descProgressLimit;
  private volatile int batchProgressLimit;

  MainlineGroup(MainlineDevice device, int id) {
    super(device, id, TYPE);
    this.device = device;
    clear();
  }

  @Override
  public MainlineDevice device() {
    return device;
  }

  /** How long descriptors of the group may go without progress: 0 to 3, in units of the device. */
  int descProgressLimit() {
    return descProgressLimit;
  }

  void setDescProgressLimitLocked(int limit) {
    device.assertLocked();
    descProgressLimit = limit;
  }

  /** As {@link #descProgressLimit} for batches. */
  int batchProgressLimit() {
    return batchProgressLimit;
  }

  void setBatchProgressLimitLocked(int limit) {
    device.assertLocked();
    batchProgressLimit = limit;
  }

  @Override
  public boolean trafficClassesWritable() {
    return device.capabilities().version() > LAST_VERSION_WITH_FIXED_CLASSES
        || device.parameters().tcOverride();
  }

  /** What is free is counted anew with every reservation, and not when one is cleared. */
  @Override
  public void setTokensReservedLocked(int tokens) {
    super.setTokensReservedLocked(tokens);
    device.countFreeTokensLocked();
  }

  /** As after a probe. Mirrors idxd_groups_clear_state(). */
  void clearLocked() {
    device.assertLocked();
    clear();
  }

  private void clear() {
    int trafficClass = trafficClassesWritable() ? TRAFFIC_CLASS_UNSET : 1;
    initialize(device.capabilities().maxTokens(), trafficClass);
    descProgressLimit = 0;
    batchProgressLimit = 0;
  }
}
