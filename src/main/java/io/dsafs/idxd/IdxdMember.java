package io.dsafs.idxd;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;

/** A part of a device that has a directory in the device's: a queue, a group, an engine. */
abstract class IdxdMember extends Device {
  private final IdxdDevice device;
  private final int id;

  /**
   * @param word in front of the device's number in the name
   * @param id among its like on the device, from 0
   */
  IdxdMember(String word, IdxdDevice device, int id, DeviceType<?> type) {
    super(word + device.id() + "." + id, device, device.bus(), type);
    this.device = device;
    this.id = id;
  }

  public IdxdDevice device() {
    return device;
  }

  public final int id() {
    return id;
  }
}
