package io.dsafs.idxd.mainline;

import io.dsafs.idxd.WqType;

/**
 * What an IAX is configured for when it appears: one queue for the kernel's compression, so that it
 * is of use without an administrator. Mirrors load_iaa_device_defaults() in defaults.c.
 */
final class IaaDefaults {
  private static final int PRIORITY = 10;

  private IaaDefaults() {}

  /** Nothing on a device that cannot be configured. */
  static void load(MainlineDevice device) {
    if (!device.capabilities().configurable()) {
      return;
    }
    device.deviceLock.lock();
    try {
      MainlineWq wq = device.wqs().get(0);
      MainlineGroup group = device.groups().get(0);
      wq.setDedicatedLocked(true);
      wq.setThresholdLocked(0);
      wq.setSizeLocked(device.capabilities().maxWqSize());
      wq.setPriorityLocked(PRIORITY);
      wq.assumeQueueTypeLocked(WqType.KERNEL);
      wq.setGroupLocked(group);
      wq.setQueueNameLocked("iaa_crypto");
      wq.setDriverNameLocked("crypto");
      device.engines().get(0).setGroupLocked(group);
    } finally {
      device.deviceLock.unlock();
    }
  }
}
