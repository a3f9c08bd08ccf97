package io.dsafs.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Everything registered on one machine, and how devices meet drivers.
 *
 * <p>Source: drivers/base/{bus,core,dd}.c.
 */
public final class DeviceModel {
  private final KernelLog log;
  private final CharDevices charDevices = new CharDevices();
  private final Map<String, Module> modules = new ConcurrentHashMap<>();
  private final Map<String, Bus> buses = new ConcurrentHashMap<>();
  private final List<Device> devices = new CopyOnWriteArrayList<>();
  private final CopyOnWriteArrayList<DeviceModelListener> listeners = new CopyOnWriteArrayList<>();
  private final boolean bindReturnsProbeErrno;

  /**
   * @param bindReturnsProbeErrno true to answer a write to {@code bind} with the probe's own error,
   *     as kernels from mid-2021 on do, in place of ENODEV
   */
  public DeviceModel(KernelLog log, boolean bindReturnsProbeErrno) {
    this.log = log;
    this.bindReturnsProbeErrno = bindReturnsProbeErrno;
  }

  public KernelLog log() {
    return log;
  }

  public CharDevices charDevices() {
    return charDevices;
  }

  /** Adds a listener, once; it hears only of what comes after. */
  public void addListener(DeviceModelListener listener) {
    listeners.addIfAbsent(listener);
  }

  public Bus bus(String name) {
    return buses.get(name);
  }

  public Module module(String name) {
    return modules.get(name);
  }

  /** All devices in the order of their registration. */
  public List<Device> devices() {
    return devices;
  }

  public void addModule(Module module) {
    modules.put(module.name(), module);
    listeners.forEach(l -> l.moduleAdded(module));
  }

  public void removeModule(Module module) {
    modules.remove(module.name());
    listeners.forEach(l -> l.moduleRemoved(module));
  }

  public void addBus(Bus bus) {
    buses.put(bus.name(), bus);
    listeners.forEach(l -> l.busAdded(bus));
  }

  public void removeBus(Bus bus) {
    buses.remove(bus.name());
    listeners.forEach(l -> l.busRemoved(bus));
  }

  /** Registers a driver and, with autoprobe on, tries it on the devices of its bus. */
  public void addDriver(Driver driver) {
    Bus bus = driver.bus();
    bus.put(driver);
    listeners.forEach(l -> l.driverAdded(driver));
    if (bus.autoprobe()) {
      attach(driver);
    }
  }

  /** Tries a driver on every unbound device of its bus. Mirrors driver_attach(). */
  public void attach(Driver driver) {
    for (Device device : driver.bus().devices()) {
      tryBind(device, driver);
    }
  }

  /** Unbinds a driver from all its devices and takes it off its bus. */
  public void removeDriver(Driver driver) {
    for (Device device : driver.bus().devices()) {
      releaseDriver(device, driver);
    }
    driver.bus().remove(driver);
    listeners.forEach(l -> l.driverRemoved(driver));
  }

  /** Registers a device and, with autoprobe on, looks for a driver. Mirrors device_add(). */
  public void addDevice(Device device) {
    devices.add(device);
    Bus bus = device.bus();
    if (bus != null) {
      bus.put(device);
    }
    listeners.forEach(l -> l.deviceAdded(device));
    emit("add", device);
    if (bus != null && bus.autoprobe()) {
      probeAny(device);
    }
  }

  /** Unbinds a device and takes it out of the model. Mirrors device_del(). */
  public void removeDevice(Device device) {
    boolean unused = releaseDriver(device);
    Bus bus = device.bus();
    if (bus != null) {
      bus.remove(device);
    }
    devices.remove(device);
    listeners.forEach(l -> l.deviceRemoved(device));
    emit("remove", device);
  }

  /**
   * A write to a driver's {@code bind}.
   *
   * <p>Errors in order: ENODEV no such device on the bus (one trailing newline allowed); ENODEV no
   * match; EBUSY already bound; those of the probe. Where the probe's errors are not answered,
   * everything is ENODEV. Source: bind_store() in drivers/base/bus.c.
   */
  public void bind(Driver driver, String text) throws ErrnoException {
    Device device = device(driver.bus(), text);
    try {
      if (!driver.bus().match(device, driver)) {
        throw new ErrnoException(Errno.ENODEV, device + " does not match " + driver.name());
      }
      attach(device, driver);
    } catch (ErrnoException e) {
      throw bindReturnsProbeErrno ? e : new ErrnoException(Errno.ENODEV, e.getMessage());
    }
  }

  /**
   * Binds a device to a driver, whether they match or not. Errors in order: ENODEV it is no longer
   * registered; EBUSY already bound; those of the probe. Mirrors device_driver_attach().
   */
  public void attach(Device device, Driver driver) throws ErrnoException {
    device.lock.lock();
    try {
      if (device.bus().device(device.name()) != device) {
        throw new ErrnoException(Errno.ENODEV, device + " is gone");
      }
      if (device.driver() != null) {
        throw new ErrnoException(Errno.EBUSY, device + " is bound");
      }
      probeLocked(device, driver);
    } finally {
      device.lock.unlock();
    }
  }

  /**
   * A write to a driver's {@code unbind}.
   *
   * <p>ENODEV: no such device, or it is not bound to this driver. Source: unbind_store() in
   * drivers/base/bus.c.
   */
  public void unbind(Driver driver, String text) throws ErrnoException {
    Device device = device(driver.bus(), text);
    if (!releaseDriver(device, driver)) {
      throw new ErrnoException(Errno.ENODEV, device + " is not bound to " + driver.name());
    }
  }

  /**
   * A write to a bus's {@code drivers_probe}: tries every driver; the outcome does not matter.
   *
   * <p>ENODEV: no such device. Source: drivers_probe_store() in drivers/base/bus.c.
   */
  public void driversProbe(Bus bus, String text) throws ErrnoException {
    probeAny(device(bus, text));
  }

  /**
   * Unbinds the device if it is bound to that driver, and says whether it was. Mirrors
   * device_release_driver().
   */
  public boolean releaseDriver(Device device, Driver driver) {
    device.lock.lock();
    try {
      if (device.driver() != driver) {
        return false;
      }
      listeners.forEach(l -> l.driverUnlinked(device, driver));
      driver.remove(device);
      device.devres().releaseAll();
      device.setDriver(null);
      emit("unbind", device);
      return true;
    } finally {
      device.lock.unlock();
    }
  }

  /** Unbinds the device from whatever driver has it, and says whether one had. */
  public boolean releaseDriver(Device device) {
    device.lock.lock();
    try {
      Driver driver = device.driver();
      return driver != null && releaseDriver(device, driver);
    } finally {
      device.lock.unlock();
    }
  }

  /** Adds a sub-directory of files to a registered device. */
  public void addGroup(Device device, AttributeGroup<?> group) {
    listeners.forEach(l -> l.groupAdded(device, group));
  }

  /** Takes away a sub-directory that {@link #addGroup} added. */
  public void removeGroup(Device device, AttributeGroup<?> group) {
    listeners.forEach(l -> l.groupRemoved(device, group));
  }

  /**
   * Shows a file in debugfs; directories on the way come with it. Mirrors debugfs_create_file().
   */
  public void addDebugFile(DebugFile file) {
    listeners.forEach(l -> l.debugFileAdded(file));
  }

  /** Takes a file away that {@link #addDebugFile} added. */
  public void removeDebugFile(DebugFile file) {
    listeners.forEach(l -> l.debugFileRemoved(file));
  }

  /** Sends a synthetic or real event to the listeners. */
  public void emit(String action, Device device) {
    for (DeviceModelListener listener : listeners) {
      listener.event(action, device);
    }
  }

  /** The device that a write names. ENODEV: there is none; one trailing newline is allowed. */
  public static Device device(Bus bus, String text) throws ErrnoException {
    String name = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    Device device = bus.device(name);
    if (device == null) {
      throw new ErrnoException(Errno.ENODEV, "no device " + name + " on bus " + bus.name());
    }
    return device;
  }

  private void probeAny(Device device) {
    for (Driver driver : new ArrayList<>(device.bus().drivers())) {
      if (tryBind(device, driver)) {
        return;
      }
    }
  }

  private boolean tryBind(Device device, Driver driver) {
    device.lock.lock();
    try {
      if (device.driver() != null || !driver.bus().match(device, driver)) {
        return false;
      }
      probeLocked(device, driver);
      return true;
    } catch (ErrnoException e) {
      return false; // probeLocked has logged it
    } finally {
      device.lock.unlock();
    }
  }

  /** Mirrors really_probe() in drivers/base/dd.c. */
  private void probeLocked(Device device, Driver driver) throws ErrnoException {
    device.setDriver(driver);
    listeners.forEach(l -> l.driverLinked(device, driver));
    try {
      driver.probe(device);
    } catch (ErrnoException e) {
      undoProbe(device, driver);
      logFailedProbe(device, driver, e);
      throw e;
    } catch (RuntimeException | Error e) {
      undoProbe(device, driver);
      throw e;
    }
    emit("bind", device);
  }

  private void undoProbe(Device device, Driver driver) {
    device.devres().releaseAll();
    listeners.forEach(l -> l.driverUnlinked(device, driver));
    device.setDriver(null);
  }

  private void logFailedProbe(Device device, Driver driver, ErrnoException e) {
    boolean quiet = e.errno() == Errno.ENODEV || e.errno() == Errno.ENXIO;
    String text =
        quiet
            ? String.format(
                Locale.ROOT, "probe of %s rejects match %d", device, -e.errno().number())
            : String.format(
                Locale.ROOT, "probe of %s failed with error %d", device, -e.errno().number());
    log.print(quiet ? KernelLog.Level.DEBUG : KernelLog.Level.WARNING, driver.name() + ": " + text);
  }
}
