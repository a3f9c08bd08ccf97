package io.dsafs.idxd.swq;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.idxd.DeviceState;
import java.util.List;

/** The files of a device's directory. Mirrors idxd_device_attributes in sysfs.c. */
final class DeviceAttributes {
  static final List<Attribute<SwqDevice>> TABLE =
      List.of(
          readOnly("version", d -> hex(d.capabilities().version()), since(5, 8)),
          readOnly("max_groups", d -> d.capabilities().maxGroups() + "\n", since(5, 6)),
          readOnly("max_work_queues", d -> d.capabilities().maxWqs() + "\n", since(5, 6)),
          readOnly("max_work_queues_size", d -> d.capabilities().maxWqSize() + "\n", since(5, 6)),
          readOnly("max_engines", d -> d.capabilities().maxEngines() + "\n", since(5, 6)),
          readOnly("numa_node", d -> d.pci().numaNode() + "\n", since(5, 6)),
          readOnly("max_batch_size", d -> d.capabilities().maxBatchSize() + "\n", since(5, 6)),
          readOnly("max_transfer_size", d -> d.capabilities().maxXferBytes() + "\n", since(5, 6)),
          readOnly("op_cap", d -> hex(d.capabilities().opcap0()), since(5, 6)),
          readOnly("gen_cap", d -> hex(d.capabilities().gencap()), since(5, 7)),
          readOnly("configurable", d -> bit(d.capabilities().configurable()), since(5, 6)),
          readOnly("clients", DeviceAttributes::showClients, since(5, 6)),
          readOnly("pasid_enabled", d -> bit(d.userPasidEnabled()), since(5, 7)),
          readOnly("state", d -> d.state().word() + "\n", since(5, 6)),
          readOnly("errors", d -> d.softwareError().text(), since(5, 6)),
          readOnly("max_tokens", d -> d.capabilities().maxTokens() + "\n", since(5, 6)),
          attr(
              "token_limit",
              0644,
              d -> d.tokenLimit() + "\n",
              DeviceAttributes::storeTokenLimit,
              since(5, 6)),
          readOnly("cdev_major", d -> d.globals().region(d.kind()).major() + "\n", since(5, 6)),
          // Not of March 2020: today's tools write it before anything else.
          attr(
                  "cmd_status",
                  0644,
                  d -> hex(d.commands().lastStatus()),
                  DeviceAttributes::storeCmdStatus,
                  since(5, 10))
              .visibleWhen(d -> !d.strictAbi()));

  private DeviceAttributes() {}

  /** As %#x, which in the kernel has its prefix for zero too. */
  private static String hex(int value) {
    return "0x" + Integer.toHexString(value) + "\n";
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value) + "\n";
  }

  private static String bit(boolean set) {
    return set ? "1\n" : "0\n";
  }

  private static String showClients(SwqDevice device) {
    return device.wqs().stream().mapToInt(SwqWq::clientCount).sum() + "\n";
  }

  /**
   * Errors in order: EINVAL not a number; EPERM device enabled; EPERM not configurable; EPERM no
   * limit in the hardware; EINVAL more than the device has. Mirrors token_limit_store().
   */
  private static void storeTokenLimit(SwqDevice device, String text) throws ErrnoException {
    long value = KernelText.parseUnsigned(text);
    device.deviceLock.lock();
    try {
      if (device.state() == DeviceState.ENABLED) {
        throw new ErrnoException(Errno.EPERM, device + " is enabled");
      }
      if (!device.capabilities().configurable()) {
        throw new ErrnoException(Errno.EPERM, device + " is not configurable");
      }
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

  /** Whatever is written clears it. Mirrors cmd_status_store() of 5.15. */
  private static void storeCmdStatus(SwqDevice device, String text) {
    device.commands().setLastStatus(0);
  }
}
