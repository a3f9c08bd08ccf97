package io.dsafs.idxd;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;

/** An engine: what runs the descriptors of its group. Mirrors struct idxd_engine. */
public final class IdxdEngine extends Device {
  private static final DeviceType<IdxdEngine> TYPE =
      new DeviceType<>("engine", EngineAttributes.TABLE);

  private final IdxdDevice device;
  private final int id;
  private volatile IdxdGroup group;

  public IdxdEngine(IdxdDevice device, int id) {
    super("engine" + device.id() + "." + id, device, device.bus(), TYPE);
    this.device = device;
    this.id = id;
  }

  public IdxdDevice device() {
    return device;
  }

  public int id() {
    return id;
  }

  /** Null for none. */
  public IdxdGroup group() {
    return group;
  }

  public void setGroupLocked(IdxdGroup joined) {
    device.assertLocked();
    group = joined;
  }
}
