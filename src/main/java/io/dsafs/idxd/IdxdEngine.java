package io.dsafs.idxd;

import io.dsafs.core.DeviceType;

/** An engine: what runs the descriptors of its group. Mirrors struct idxd_engine. */
public final class IdxdEngine extends IdxdMember {
  private static final DeviceType<IdxdEngine> TYPE =
      new DeviceType<>("engine", EngineAttributes.TABLE);

  private volatile IdxdGroup group;

  IdxdEngine(IdxdDevice device, int id) {
    super("engine", device, id, TYPE);
  }

  /** Null for none. */
  public IdxdGroup group() {
    return group;
  }

  public void setGroupLocked(IdxdGroup joined) {
    device().assertLocked();
    group = joined;
  }
}
