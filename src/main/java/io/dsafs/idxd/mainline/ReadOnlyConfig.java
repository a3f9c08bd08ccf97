package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.IdxdEngine;
import io.dsafs.idxd.IdxdRegisters;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.WqCfg;

/** Takes over the configuration of a device that cannot be configured. Source: device.c. */
final class ReadOnlyConfig {
  private ReadOnlyConfig() {}

  /**
   * Reads limit, members of groups and queues. EOPNOTSUPP: a queue is shared or has a PASID.
   * Mirrors idxd_device_load_config().
   */
  static void load(MainlineDevice device) throws ErrnoException {
    device.deviceLock.lock();
    try {
      IdxdRegisters registers = device.registers();
      device.setTokenLimitLocked(GenCfg.TOKEN_LIMIT.get32(registers.config()));
      for (MainlineGroup group : device.groups()) {
        loadMembersLocked(device, group);
      }
      for (MainlineWq wq : device.wqs()) {
        loadWqLocked(wq);
      }
    } finally {
      device.deviceLock.unlock();
    }
  }

  private static void loadMembersLocked(MainlineDevice device, MainlineGroup group) {
    long[] wqs = device.registers().groupWqs(group.id());
    for (MainlineWq wq : device.wqs()) {
      if ((wqs[wq.id() / Long.SIZE] >>> (wq.id() % Long.SIZE) & 1) != 0) {
        wq.setGroupLocked(group);
      }
    }
    long engines = device.registers().groupEngines(group.id());
    for (IdxdEngine engine : device.engines()) {
      if ((engines >>> engine.id() & 1) != 0) {
        engine.setGroupLocked(group);
      }
    }
  }

  private static void loadWqLocked(MainlineWq wq) throws ErrnoException {
    long[] words = wq.shadowLocked();
    wq.device().registers().readWq(wq.id(), words);
    wq.setSizeLocked((int) WqCfg.SIZE.in(words));
    wq.setThresholdLocked((int) WqCfg.THRESHOLD.in(words));
    if (WqCfg.MODE.in(words) == 0 || WqCfg.PASID_EN.in(words) != 0) {
      throw new ErrnoException(Errno.EOPNOTSUPP, wq + " is shared, and cannot be changed");
    }
    int threshold = wq.threshold();
    wq.setDedicatedLocked(true);
    wq.setThresholdLocked(threshold);
    wq.setPriorityLocked((int) WqCfg.PRIORITY.in(words));
    wq.setMaxXferBytesLocked(1L << WqCfg.MAX_XFER_SHIFT.in(words));
    if (wq.device().kind() != DeviceKind.IAX) {
      wq.setMaxBatchSizeLocked(1 << (int) WqCfg.MAX_BATCH_SHIFT.in(words));
    }
  }
}
