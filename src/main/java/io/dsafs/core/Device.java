package io.dsafs.core;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A device of the model: a directory below its parent's, a link in its bus's {@code devices}.
 *
 * <p>Subclasses carry the state of a kind of device; their files come from the {@link DeviceType}.
 */
public class Device {
  private final String name;
  private final Device parent;
  private final Bus bus;
  private final DeviceType<?> type;
  private final Devres devres = new Devres();
  private final RuntimePower power = new RuntimePower();
  private volatile Driver driver;

  /** Held while a driver is bound to or unbound from this device. */
  public final ReentrantLock lock = new ReentrantLock();

  /**
   * @param name the name the driver gives; a slash in it becomes {@code !} in the directory's name
   * @param parent null for a root of {@code /sys/devices}
   * @param bus null for a device of no bus
   * @param type null for a device without files of its own
   */
  public Device(String name, Device parent, Bus bus, DeviceType<?> type) {
    this.name = name;
    this.parent = parent;
    this.bus = bus;
    this.type = type;
  }

  /** The name of the directory, links and bind writes. */
  public final String name() {
    return name.replace('/', '!');
  }

  /** The name below {@code /dev} of a device with a number. */
  public final String nodeName() {
    return name;
  }

  public final Device parent() {
    return parent;
  }

  public final Bus bus() {
    return bus;
  }

  public final DeviceType<?> type() {
    return type;
  }

  /** The driver bound to this device, or null. */
  public final Driver driver() {
    return driver;
  }

  final void setDriver(Driver bound) {
    driver = bound;
  }

  /** What the bound driver acquired; released when it goes. */
  public final Devres devres() {
    return devres;
  }

  /** What {@code power/} shows. */
  public final RuntimePower power() {
    return power;
  }

  /** The device number of its node, or null for none. */
  public DeviceNumber number() {
    return null;
  }

  /** The class subsystem the device belongs to ({@code dma}), or null; a bus device has none. */
  public String className() {
    return null;
  }

  /**
   * Variables of its events beyond MAJOR, MINOR, DEVNAME, DEVTYPE, DRIVER and the bus's; in order.
   */
  protected Map<String, String> extraEventVariables() {
    return Map.of();
  }

  /** All variables of its events, as the {@code uevent} file shows them. */
  public final Map<String, String> eventVariables() {
    Map<String, String> variables = new LinkedHashMap<>();
    DeviceNumber number = number();
    if (number != null) {
      variables.put("MAJOR", Integer.toString(number.major()));
      variables.put("MINOR", Integer.toString(number.minor()));
      variables.put("DEVNAME", nodeName());
    }
    if (type != null && type.name() != null) {
      variables.put("DEVTYPE", type.name());
    }
    Driver bound = driver;
    if (bound != null) {
      variables.put("DRIVER", bound.name());
    }
    if (bus != null) {
      variables.putAll(bus.eventVariables(this));
    }
    variables.putAll(extraEventVariables());
    return variables;
  }

  /** As dev_driver_string(): how log lines name the driver of a device. */
  public final String driverString() {
    Driver bound = driver;
    if (bound != null) {
      return bound.name();
    }
    return bus != null ? bus.name() : "";
  }

  @Override
  public final String toString() {
    return name();
  }
}
