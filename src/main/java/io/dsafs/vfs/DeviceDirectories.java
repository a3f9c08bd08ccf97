package io.dsafs.vfs;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.AttributeGroup;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Driver;
import io.dsafs.core.ErrnoException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code /sys/devices}: the directories of devices, and the links to them from buses, classes and
 * device numbers. Source: drivers/base/core.c.
 */
final class DeviceDirectories {
  private final FileTree tree;
  private final List<Attribute<Device>> files;
  private final Directory devices;
  private final Directory numbers;
  private final Map<Device, Directory> directories = new ConcurrentHashMap<>();

  DeviceDirectories(FileTree tree, DeviceModel model) {
    this.tree = tree;
    this.files = files(model);
    this.devices = tree.directory("/sys/devices");
    this.numbers = tree.directory("/sys/dev/char");
  }

  /** The files that every device has, in creation order. */
  static List<Attribute<Device>> files(DeviceModel model) {
    return List.of(
        attr(
            "uevent",
            0644,
            DeviceDirectories::showEvent,
            (device, text) -> storeEvent(model, device, text),
            since(2, 6)),
        number());
  }

  private static Attribute<Device> number() {
    Attribute<Device> dev = readOnly("dev", device -> device.number() + "\n", since(2, 6));
    return dev.visibleWhen(device -> device.number() != null);
  }

  private static String showEvent(Device device) {
    StringBuilder lines = new StringBuilder();
    device
        .eventVariables()
        .forEach((key, value) -> lines.append(key).append('=').append(value).append('\n'));
    return lines.toString();
  }

  /** Sends the event. EINVAL: not an event. */
  private static void storeEvent(DeviceModel model, Device device, String text)
      throws ErrnoException {
    try {
      model.emit(SyntheticEvent.action(text), device);
    } catch (ErrnoException e) {
      model.log().err(device, "uevent: failed to send synthetic uevent");
      throw e;
    }
  }

  void add(Device device) {
    Directory base = base(device);
    String place = place(device);
    Directory directory = new Directory(base.childPath(place));
    fill(directory, device);
    directories.put(device, directory);
    tree.putBelow(base, place, directory);
    if (device.bus() != null) {
      link(tree.directory(busDevicesPath(device)), device.name(), directory);
    }
    if (device.className() != null) {
      link(classDirectory(device), device.name(), directory);
    }
    if (device.number() != null) {
      link(numbers, device.number().toString(), directory);
    }
  }

  private void fill(Directory directory, Device device) {
    AttributeFiles.fill(directory, files, device);
    if (device.type() != null) {
      fillTyped(directory, device.type(), device);
    }
    putDirectory(directory, device.power().group());
    if (device.bus() != null) {
      directory.put("subsystem", Link.between(directory.path(), BusDirectories.path(device.bus())));
    } else if (device.className() != null) {
      directory.put("subsystem", Link.between(directory.path(), classDirectory(device).path()));
      if (device.parent() != null) {
        directory.put("device", Link.between(directory.path(), of(device.parent()).path()));
      }
    }
  }

  /** A device has the class that its type is made for: the driver passes both together. */
  @SuppressWarnings("unchecked")
  private static <T extends Device> void fillTyped(
      Directory directory, DeviceType<T> type, Device device) {
    AttributeFiles.fill(directory, type.attributes(), (T) device);
    AttributeFiles.fillBinary(directory, type.binaryAttributes(), (T) device);
  }

  private static void putDirectory(Directory parent, AttributeGroup<?> group) {
    parent.put(group.name(), AttributeFiles.directory(parent, group));
  }

  void remove(Device device) {
    Directory directory = directories.remove(device);
    if (directory == null) {
      return;
    }
    if (device.number() != null) {
      tree.remove(numbers, device.number().toString());
    }
    if (device.className() != null) {
      tree.remove(classDirectory(device), device.name());
    }
    if (device.bus() != null) {
      tree.remove(busDevicesPath(device), device.name());
    }
    tree.removeBelow(base(device), place(device));
  }

  void bind(Device device, Driver driver) {
    Directory directory = of(device);
    Directory driverDirectory = tree.directory(BusDirectories.path(driver));
    link(driverDirectory, device.name(), directory);
    link(directory, "driver", driverDirectory);
  }

  void unbind(Device device, Driver driver) {
    tree.remove(BusDirectories.path(driver), device.name());
    tree.remove(of(device), "driver");
  }

  void add(Device device, AttributeGroup<?> group) {
    Directory directory = of(device);
    tree.put(directory, group.name(), AttributeFiles.directory(directory, group));
  }

  void remove(Device device, AttributeGroup<?> group) {
    Directory directory = directories.get(device);
    if (directory != null) {
      tree.remove(directory, group.name());
    }
  }

  private void link(Directory from, String name, Directory to) {
    tree.put(from, name, Link.between(from.path(), to.path()));
  }

  private Directory of(Device device) {
    Directory directory = directories.get(device);
    if (directory == null) {
      throw new IllegalStateException(device + " is not registered");
    }
    return directory;
  }

  /** The directory that the device's place is counted from. */
  private Directory base(Device device) {
    return device.parent() == null ? devices : of(device.parent());
  }

  /**
   * Where the device is below {@link #base}. A device of a class whose parent is of none gets a
   * directory of the class in between. Mirrors get_device_parent().
   */
  private static String place(Device device) {
    String className = device.className();
    if (className == null) {
      return device.name();
    }
    if (device.parent() == null) {
      return "virtual/" + className + "/" + device.name();
    }
    boolean between = device.parent().className() == null;
    return between ? className + "/" + device.name() : device.name();
  }

  private static String busDevicesPath(Device device) {
    return BusDirectories.path(device.bus()) + "/devices";
  }

  private Directory classDirectory(Device device) {
    return tree.directory("/sys/class/" + device.className());
  }
}
