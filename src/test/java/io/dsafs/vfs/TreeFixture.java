package io.dsafs.vfs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dsafs.core.Attribute;
import io.dsafs.core.Bus;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.DeviceModelListener;
import io.dsafs.core.DeviceNumber;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Driver;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.Module;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A model with a tree on it, small devices for it, and the calls that a program would make. */
final class TreeFixture {
  static final int O_RDONLY = 0;
  static final int O_WRONLY = 1;
  static final int O_RDWR = 2;
  static final int TID = 42;

  final KernelLog log = new KernelLog(KernelLog.Level.DEBUG, () -> 7);
  final DeviceModel model = new DeviceModel(log, false);
  final FileTree tree = new FileTree(model);
  final List<String> events = new ArrayList<>();

  TreeFixture() {
    model.addListener(
        new DeviceModelListener() {
          @Override
          public void event(String action, Device device) {
            events.add(action + " " + device);
          }
        });
  }

  /** A bus on which every driver fits every device. */
  static final class TestBus extends Bus {
    TestBus(String name, List<Attribute<Bus>> attributes) {
      super(name, attributes);
    }

    @Override
    protected boolean match(Device device, Driver driver) {
      return true;
    }
  }

  /** A driver that takes every device. */
  static final class TestDriver extends Driver {
    TestDriver(String name, Bus bus, Module module, List<Attribute<Driver>> attributes) {
      super(name, bus, module, attributes);
    }

    @Override
    protected void probe(Device device) {}

    @Override
    protected void remove(Device device) {}
  }

  /** A device with a number, and perhaps of a class. */
  static final class NumberedDevice extends Device {
    private final DeviceNumber number;
    private final String className;

    NumberedDevice(String name, Device parent, Bus bus, DeviceNumber number, String className) {
      super(name, parent, bus, new DeviceType<NumberedDevice>("idxd_cdev", List.of()));
      this.number = number;
      this.className = className;
    }

    @Override
    public DeviceNumber number() {
      return number;
    }

    @Override
    public String className() {
      return className;
    }
  }

  /** A bus without drivers and devices. */
  TestBus addBus(String name) {
    TestBus bus = new TestBus(name, List.of());
    model.addBus(bus);
    return bus;
  }

  Device addDevice(String name, Device parent, Bus bus, Attribute<Device> attribute) {
    Device device =
        new Device(name, parent, bus, new DeviceType<>(null, List.of(attribute), List.of()));
    model.addDevice(device);
    return device;
  }

  Device addDevice(String name, Device parent, Bus bus) {
    Device device = new Device(name, parent, bus, null);
    model.addDevice(device);
    return device;
  }

  boolean exists(String path) {
    try {
      tree.lookup(path);
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  List<String> list(String path) throws ErrnoException {
    return List.copyOf(((Directory) tree.lookup(path)).children().keySet());
  }

  String readlink(String path) throws ErrnoException {
    return tree.lookup(path).linkTarget();
  }

  Handle open(String path, int flags) throws ErrnoException {
    return tree.lookup(path).open(TID, flags);
  }

  String read(String path) throws ErrnoException {
    return read(open(path, O_RDONLY), 0, 1 << 16);
  }

  static String read(Handle handle, long offset, int size) throws ErrnoException {
    ByteBuffer buffer = ByteBuffer.allocate(size);
    int count = handle.read(buffer, offset);
    return new String(buffer.array(), 0, count, ISO_8859_1);
  }

  int write(String path, String text) throws ErrnoException {
    return write(open(path, O_WRONLY), text, 0);
  }

  static int write(Handle handle, String text, long offset) throws ErrnoException {
    return handle.write(TID, ByteBuffer.wrap(text.getBytes(ISO_8859_1)), offset);
  }
}
