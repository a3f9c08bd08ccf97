package io.dsafs.core;

/**
 * Hears of everything that shows as a directory or link. Called synchronously, before the call that
 * caused the change returns.
 */
public interface DeviceModelListener {
  default void moduleAdded(Module module) {}

  default void moduleRemoved(Module module) {}

  default void busAdded(Bus bus) {}

  default void busRemoved(Bus bus) {}

  default void driverAdded(Driver driver) {}

  default void driverRemoved(Driver driver) {}

  default void deviceAdded(Device device) {}

  default void deviceRemoved(Device device) {}

  /** The links between a device and its driver come before the probe runs. */
  default void driverLinked(Device device, Driver driver) {}

  /** The links go before the driver's removal runs, or after its probe has failed. */
  default void driverUnlinked(Device device, Driver driver) {}

  /** A sub-directory of files joins a registered device. */
  default void groupAdded(Device device, AttributeGroup<?> group) {}

  default void groupRemoved(Device device, AttributeGroup<?> group) {}

  default void debugFileAdded(DebugFile file) {}

  default void debugFileRemoved(DebugFile file) {}

  /** An event as udev would hear it: {@code add}, {@code bind}, ... */
  default void event(String action, Device device) {}
}
