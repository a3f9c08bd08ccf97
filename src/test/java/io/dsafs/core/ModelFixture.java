package io.dsafs.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** A bus, drivers and devices of a model that tells all that happens in it. */
final class ModelFixture {
  final KernelLog log;
  final DeviceModel model;

  /** What happened, in order. */
  final List<String> history = new ArrayList<>();

  ModelFixture(KernelLog.Level threshold, boolean bindReturnsProbeErrno) {
    log = new KernelLog(threshold, () -> 0);
    model = new DeviceModel(log, bindReturnsProbeErrno);
    model.addListener(new Historian());
  }

  ModelFixture() {
    this(KernelLog.Level.DEBUG, true);
  }

  /** Those lines of the log that say something. */
  List<String> logged() {
    return new String(log.contents(), StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.substring(0, 1) + line.substring(line.indexOf(';')))
        .collect(Collectors.toList());
  }

  /** Forgets what happened and gives it. */
  List<String> takeHistory() {
    List<String> all = List.copyOf(history);
    history.clear();
    return all;
  }

  TestBus addBus(String name) {
    TestBus bus = new TestBus(name);
    model.addBus(bus);
    return bus;
  }

  Device addDevice(String name, Bus bus) {
    Device device = new Device(name, null, bus, null);
    model.addDevice(device);
    return device;
  }

  TestDriver addDriver(String name, Bus bus) {
    TestDriver driver = new TestDriver(name, bus);
    model.addDriver(driver);
    return driver;
  }

  /** A bus on which every driver fits every device. */
  static final class TestBus extends Bus {
    /** Exceptions: devices that no driver fits, or driver and device. */
    Set<String> strangers = Set.of();

    TestBus(String name) {
      super(name, List.of());
    }

    @Override
    protected boolean match(Device device, Driver driver) {
      return !strangers.contains(device.name())
          && !strangers.contains(driver.name() + " " + device.name());
    }

    @Override
    protected Map<String, String> eventVariables(Device device) {
      return Map.of("MODALIAS", name() + ":" + device.name());
    }
  }

  /** A driver that takes a resource of each device, and then fails if it was told to. */
  final class TestDriver extends Driver {
    Errno failure;
    RuntimeException bug;

    TestDriver(String name, Bus bus) {
      super(name, bus, null, List.of());
    }

    @Override
    protected void probe(Device device) throws ErrnoException {
      history.add(name() + " probes " + device);
      device.devres().add(() -> history.add("released of " + device));
      if (failure != null) {
        throw new ErrnoException(failure, "told to");
      }
      if (bug != null) {
        throw bug;
      }
    }

    @Override
    protected void remove(Device device) {
      history.add(name() + " leaves " + device);
    }
  }

  private final class Historian implements DeviceModelListener {
    @Override
    public void moduleAdded(Module module) {
      history.add("module " + module.name());
    }

    @Override
    public void moduleRemoved(Module module) {
      history.add("no module " + module.name());
    }

    @Override
    public void busAdded(Bus bus) {
      history.add("bus " + bus.name());
    }

    @Override
    public void busRemoved(Bus bus) {
      history.add("no bus " + bus.name());
    }

    @Override
    public void driverAdded(Driver driver) {
      history.add("driver " + driver.name());
    }

    @Override
    public void driverRemoved(Driver driver) {
      history.add("no driver " + driver.name());
    }

    @Override
    public void deviceAdded(Device device) {
      history.add("device " + device);
    }

    @Override
    public void deviceRemoved(Device device) {
      history.add("no device " + device);
    }

    @Override
    public void driverLinked(Device device, Driver driver) {
      history.add(device + " -> " + driver.name());
    }

    @Override
    public void driverUnlinked(Device device, Driver driver) {
      history.add(device + " -/> " + driver.name());
    }

    @Override
    public void groupAdded(Device device, AttributeGroup<?> group) {
      history.add("group " + device + "/" + group.name());
    }

    @Override
    public void groupRemoved(Device device, AttributeGroup<?> group) {
      history.add("no group " + device + "/" + group.name());
    }

    @Override
    public void debugFileAdded(DebugFile file) {
      history.add("debug file " + file.path());
    }

    @Override
    public void debugFileRemoved(DebugFile file) {
      history.add("no debug file " + file.path());
    }

    @Override
    public void event(String action, Device device) {
      history.add("event " + action + " " + device);
    }
  }
}
