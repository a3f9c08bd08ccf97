package io.dsafs.idxd;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.core.KernelVersion;

/**
 * Rows of a device's directory that several versions have alike; a version's table picks them.
 * Mirrors idxd_device_attributes in sysfs.c.
 */
public final class DeviceRows {
  private DeviceRows() {}

  public static <D extends IdxdDevice> Attribute<D> version() {
    return readOnly("version", d -> hex(d.capabilities().version()), since(5, 8));
  }

  public static <D extends IdxdDevice> Attribute<D> maxGroups() {
    return readOnly("max_groups", d -> number(d.capabilities().maxGroups()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> maxWorkQueues() {
    return readOnly("max_work_queues", d -> number(d.capabilities().maxWqs()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> maxWorkQueuesSize() {
    return readOnly("max_work_queues_size", d -> number(d.capabilities().maxWqSize()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> maxEngines() {
    return readOnly("max_engines", d -> number(d.capabilities().maxEngines()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> numaNode() {
    return readOnly("numa_node", d -> number(d.pci().numaNode()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> maxTransferSize() {
    return readOnly("max_transfer_size", d -> number(d.capabilities().maxXferBytes()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> genCap() {
    return readOnly("gen_cap", d -> hex(d.capabilities().gencap()), since(5, 7));
  }

  public static <D extends IdxdDevice> Attribute<D> configurable() {
    return readOnly("configurable", d -> bit(d.capabilities().configurable()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> clients() {
    return readOnly(
        "clients", d -> number(d.wqs().stream().mapToInt(IdxdWq::clientCount).sum()), since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> state() {
    return readOnly("state", d -> d.state().word() + "\n", since(5, 6));
  }

  public static <D extends IdxdDevice> Attribute<D> cdevMajor() {
    return readOnly("cdev_major", d -> number(d.globals().region(d.kind()).major()), since(5, 6));
  }

  /** Whether processes are bound. */
  public static <D extends IdxdDevice> Attribute<D> pasidEnabled(KernelVersion since) {
    return readOnly("pasid_enabled", d -> bit(d.userPasidEnabled()), since);
  }

  /** How many read buffers (tokens) the device has. */
  public static <D extends IdxdDevice> Attribute<D> maxTokens(String name, KernelVersion since) {
    return readOnly(name, d -> number(d.capabilities().maxTokens()), since);
  }

  /** How many of them the groups that say so may use together. */
  public static <D extends IdxdDevice> Attribute<D> tokenLimit(String name, KernelVersion since) {
    return attr(name, 0644, d -> number(d.tokenLimit()), DeviceRows::storeTokenLimit, since);
  }

  /** The last command's status, or the driver's own; whatever is written clears it. */
  public static <D extends IdxdDevice> Attribute<D> cmdStatus() {
    return attr(
        "cmd_status",
        0644,
        d -> hex(d.commands().lastStatus()),
        (d, text) -> d.commands().setLastStatus(0),
        since(5, 10));
  }

  /** As %#x, which in the kernel has its prefix for zero too. */
  public static String hex(int value) {
    return "0x" + Integer.toHexString(value) + "\n";
  }

  /** As %#llx. */
  public static String hex(long value) {
    return "0x" + Long.toHexString(value) + "\n";
  }

  /** A truth value as 1 or 0. */
  public static String bit(boolean set) {
    return set ? "1\n" : "0\n";
  }

  /** A number in decimal. */
  public static String number(long value) {
    return value + "\n";
  }

  /** Errors in order: EPERM the device is enabled; EPERM it cannot be configured. */
  public static void checkChangeable(IdxdDevice device) throws ErrnoException {
    if (device.state() == DeviceState.ENABLED) {
      throw new ErrnoException(Errno.EPERM, device + " is enabled");
    }
    if (!device.capabilities().configurable()) {
      throw new ErrnoException(Errno.EPERM, device + " is not configurable");
    }
  }

  /**
   * Errors in order: EINVAL not a number; EPERM device enabled; EPERM not configurable; EPERM no
   * limit in the hardware; EINVAL more than the device has. Mirrors token_limit_store().
   */
  private static void storeTokenLimit(IdxdDevice device, String text) throws ErrnoException {
    long value = KernelText.parseUnsigned(text);
    device.deviceLock.lock();
    try {
      checkChangeable(device);
      if (!device.capabilities().hasTokenLimit()) {
        throw new ErrnoException(Errno.EPERM, device + " has no token limit");
      }
      if (Long.compareUnsigned(value, device.capabilities().maxTokens()) > 0) {
        throw new ErrnoException(Errno.EINVAL, "more tokens than " + device + " has");
      }
      device.setTokenLimitLocked((int) value);
    } finally {
      device.deviceLock.unlock();
    }
  }
}
