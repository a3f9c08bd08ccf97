package io.dsafs.idxd.swq;

import io.dsafs.core.DeviceType;
import io.dsafs.idxd.IdxdGroup;

/** A group of this version. */
final class SwqGroup extends IdxdGroup {
  private static final DeviceType<SwqGroup> TYPE = new DeviceType<>("group", GroupAttributes.TABLE);

  private final SwqDevice device;

  SwqGroup(SwqDevice device, int id) {
    super(device, id, TYPE);
    this.device = device;
  }

  @Override
  public SwqDevice device() {
    return device;
  }
}
