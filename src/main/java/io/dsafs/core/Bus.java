package io.dsafs.core;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A bus: the devices on it, the drivers for them, and which driver fits which device. */
public abstract class Bus {
  private final String name;
  private final List<Attribute<Bus>> attributes;
  private final Map<String, Device> devices = new ConcurrentSkipListMap<>();

  /** In the order of their registration, in which they are offered devices. */
  private final List<Driver> drivers = new CopyOnWriteArrayList<>();

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

  /** Variables that the bus adds to the events of its devices, in order. */
  protected Map<String, String> eventVariables(Device device) {
    return Map.of();
  }

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
    for (Driver driver : drivers) {
      if (driver.name().equals(driverName)) {
        return driver;
      }
    }
    return null;
  }

  /** All drivers in the order of their registration. */
  public final List<Driver> drivers() {
    return drivers;
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
    drivers.add(driver);
  }

  final void remove(Driver driver) {
    drivers.remove(driver);
  }
}
