package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.util.Arrays;

/**
 * The configuration pass: writes what the attributes say into the device's tables, for the whole
 * device. Mirrors idxd_device_config() in device.c.
 */
final class DeviceConfig {
  private final IdxdDevice device;

  /** Members of each group as of the last pass: bit n is queue n. At most 256 queues. */
  private final long[][] groupWqs;

  /** Bit n is engine n. */
  private final long[] groupEngines;

  DeviceConfig(IdxdDevice device) {
    this.device = device;
    int groups = device.groups().size();
    groupWqs = new long[groups][IdxdRegisters.GROUP_WQ_WORDS];
    groupEngines = new long[groups];
  }

  /**
   * Runs the pass up to the first error, with the device lock held; what was written by then stays.
   *
   * <p>EINVAL, in this order: a grouped queue with a size is shared and there is no PASID; no queue
   * has a group and a size; no engine has a group; a grouped queue has size 0. Groups are not
   * checked one by one: that is the device's part.
   */
  void runLocked() throws ErrnoException {
    device.assertLocked();
    collectWqs();
    collectEngines();
    for (IdxdGroup group : device.groups()) {
      chooseTrafficClasses(group);
    }
    for (IdxdWq wq : device.wqs()) {
      writeWq(wq);
    }
    // A limit of 0 is not written: an earlier one stays until reset (14.31).
    if (device.tokenLimit() != 0) {
      device.registers().setTokenLimit(device.tokenLimit());
    }
    for (IdxdGroup group : device.groups()) {
      device.registers().writeGroup(group, groupWqs[group.id()], groupEngines[group.id()]);
    }
  }

  /** Mirrors idxd_wqs_setup(). */
  private void collectWqs() throws ErrnoException {
    for (long[] words : groupWqs) {
      Arrays.fill(words, 0);
    }
    boolean any = false;
    for (IdxdWq wq : device.wqs()) {
      if (wq.group() == null || wq.size() == 0) {
        continue;
      }
      if (!wq.dedicated() && !device.pasidEnabled()) {
        device.log().warn(device, "No shared wq support but configured: %s", wq);
        throw refuse(SoftwareStatus.WQ_NO_SWQ_SUPPORT, "no shared wq support");
      }
      groupWqs[wq.group().id()][wq.id() / Long.SIZE] |= 1L << (wq.id() % Long.SIZE);
      any = true;
    }
    if (!any) {
      throw refuse(SoftwareStatus.WQ_NONE_CONFIGURED, "no wq configured");
    }
  }

  /** Mirrors idxd_engines_setup(). */
  private void collectEngines() throws ErrnoException {
    Arrays.fill(groupEngines, 0);
    boolean any = false;
    for (IdxdEngine engine : device.engines()) {
      if (engine.group() != null) {
        groupEngines[engine.group().id()] |= 1L << engine.id();
        any = true;
      }
    }
    if (!any) {
      throw new ErrnoException(Errno.EINVAL, "no engine configured");
    }
  }

  /** The defaults stay visible in the attributes. Mirrors idxd_group_flags_setup(). */
  private static void chooseTrafficClasses(IdxdGroup group) {
    if (group.trafficClassA() == IdxdGroup.TRAFFIC_CLASS_UNSET) {
      group.setTrafficClassALocked(0);
    }
    if (group.trafficClassB() == IdxdGroup.TRAFFIC_CLASS_UNSET) {
      group.setTrafficClassBLocked(1);
    }
  }

  /**
   * A queue without a group is not written, as nothing refers to it; but a size that an earlier
   * configuration has left is taken away. The posted code leaves it, and the device then refuses to
   * be enabled (0x16: a queue with a size in no group), so that no queue could ever be taken out of
   * use without unbinding the PCI function. Mirrors idxd_wq_config_write().
   */
  private void writeWq(IdxdWq wq) throws ErrnoException {
    if (wq.group() == null) {
      device.registers().clearLeftSize(wq);
      return;
    }
    if (wq.size() == 0) {
      device.log().warn(wq, "Incorrect work queue size: 0");
      throw refuse(SoftwareStatus.WQ_NO_SIZE, wq + " has size 0");
    }
    device.registers().writeWq(wq);
  }

  private ErrnoException refuse(SoftwareStatus status, String reason) {
    device.setSoftwareStatus(status);
    return new ErrnoException(Errno.EINVAL, reason);
  }
}
