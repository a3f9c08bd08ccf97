package io.dsafs.core;

import java.util.List;

/** A driver on a bus: it is probed with devices that its bus matches to it. */
public abstract class Driver {
  private final String name;
  private final Bus bus;
  private final Module module;
  private final List<Attribute<Driver>> attributes;

  /**
   * @param attributes files of the driver's directory beyond {@code bind}, {@code unbind} and
   *     {@code uevent}
   */
  protected Driver(String name, Bus bus, Module module, List<Attribute<Driver>> attributes) {
    this.name = name;
    this.bus = bus;
    this.module = module;
    this.attributes = attributes;
  }

  /** Takes the device, with its lock held; what was acquired through devres is undone on error. */
  protected abstract void probe(Device device) throws ErrnoException;

  /** Lets the device go, with its lock held; it cannot fail. */
  protected abstract void remove(Device device);

  public final String name() {
    return name;
  }

  public final Bus bus() {
    return bus;
  }

  public final Module module() {
    return module;
  }

  public final List<Attribute<Driver>> attributes() {
    return attributes;
  }
}
