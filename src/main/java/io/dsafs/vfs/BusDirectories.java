package io.dsafs.vfs;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.writeOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Bus;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.Driver;
import java.util.List;

/** {@code /sys/bus}: buses and their drivers. Source: drivers/base/bus.c. */
final class BusDirectories {
  private final FileTree tree;
  private final Directory buses;
  private final List<Attribute<Bus>> busFiles;
  private final List<Attribute<Driver>> driverFiles;

  BusDirectories(FileTree tree, DeviceModel model) {
    this.tree = tree;
    this.buses = tree.directory("/sys/bus");
    this.busFiles = busFiles(model);
    this.driverFiles = driverFiles(model);
  }

  /** The files that every bus has, in creation order. */
  static List<Attribute<Bus>> busFiles(DeviceModel model) {
    return List.of(
        writeOnly("uevent", (bus, text) -> SyntheticEvent.action(text), since(2, 6)),
        writeOnly("drivers_probe", model::driversProbe, since(2, 6)),
        attr(
            "drivers_autoprobe",
            0644,
            bus -> bus.autoprobe() ? "1\n" : "0\n",
            (bus, text) -> bus.setAutoprobe(!text.startsWith("0")),
            since(2, 6)));
  }

  /** The files that every driver has, in creation order. */
  static List<Attribute<Driver>> driverFiles(DeviceModel model) {
    return List.of(
        writeOnly("uevent", (driver, text) -> SyntheticEvent.action(text), since(2, 6)),
        writeOnly("unbind", model::unbind, since(2, 6)),
        writeOnly("bind", model::bind, since(2, 6)));
  }

  static String path(Bus bus) {
    return "/sys/bus/" + bus.name();
  }

  static String path(Driver driver) {
    return path(driver.bus()) + "/drivers/" + driver.name();
  }

  void add(Bus bus) {
    Directory directory = buses.newChild(bus.name());
    AttributeFiles.fill(directory, busFiles, bus);
    AttributeFiles.fill(directory, bus.attributes(), bus);
    directory.put("devices", directory.newChild("devices"));
    directory.put("drivers", directory.newChild("drivers"));
    tree.put(buses, bus.name(), directory);
  }

  void remove(Bus bus) {
    tree.remove(buses, bus.name());
  }

  void add(Driver driver) {
    Directory drivers = tree.directory(path(driver.bus()) + "/drivers");
    Directory directory = drivers.newChild(driver.name());
    AttributeFiles.fill(directory, driverFiles, driver);
    AttributeFiles.fill(directory, driver.attributes(), driver);
    if (driver.module() != null) {
      directory.put(
          "module", Link.between(directory.path(), ModuleDirectories.path(driver.module())));
    }
    tree.put(drivers, driver.name(), directory);
  }

  void remove(Driver driver) {
    tree.remove(path(driver.bus()) + "/drivers", driver.name());
  }
}
