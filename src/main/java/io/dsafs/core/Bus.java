package io.dsafs.core;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** A bus: the devices on it, the drivers for them, and which driver fits which device. */
public abstract class Bus {
  private final String name;
  private final List<Attribute<Bus>> attributes;
  private final Map<String, Device> devices = new ConcurrentSkipListMap<>();
  private final Map<String, Driver> drivers = new ConcurrentSkipListMap<>();
  private volatile boolean autoprobe = true;

  /**
   * @param attributes files of the bus directory beyond {@code uevent}, {@code drivers_autoprobe}
   *     and {@code drivers_probe}, which every bus has
   */
  protected Bus(String name, List<Attribute<Bus>> attributes) {
    this.name = name;
    this.attributes = attributes;
  }

  /** Whether the driver fits the device as it is now. */
  protected abstract boolean match(Device device, Driver driver);

  public final String name() {
    return name;
  }

  public final List<Attribute<Bus>> attributes() {
    return attributes;
  }

  /** The device of that exact name, or null. */
  public final Device device(String deviceName) {
    return devices.get(deviceName);
  }

  public final Collection<Device> devices() {
    return devices.values();
  }

  /** The driver of that name, or null. */
  public final Driver driver(String driverName) {
    return drivers.get(driverName);
  }

  public final Collection<Driver> drivers() {
    return drivers.values();
  }

  /** Whether a device or driver that appears is probed at once. */
  public final boolean autoprobe() {
    return autoprobe;
  }

  public final void setAutoprobe(boolean on) {
    autoprobe = on;
  }

  final void put(Device device) {
    devices.put(device.name(), device);
  }

  final void remove(Device device) {
    devices.remove(device.name(), device);
  }

  final void put(Driver driver) {
    drivers.put(driver.name(), driver);
  }

  final void remove(Driver driver) {
    drivers.remove(driver.name(), driver);
  }
}
