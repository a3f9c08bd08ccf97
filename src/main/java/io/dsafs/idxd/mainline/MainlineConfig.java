package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.Capabilities;
import io.dsafs.idxd.DeviceConfig;
import io.dsafs.idxd.IdxdGroup;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.idxd.WqType;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.WqCap;
import io.dsafs.spec.WqCfg;

/**
 * The configuration pass of this version: every queue with a group counts, and may be shared if its
 * type has PASIDs. The PASID in a queue's entry is what its enabling and its opener have put there.
 */
final class MainlineConfig extends DeviceConfig {
  /** What a queue without a size gets. As WQ_DEFAULT_QUEUE_DEPTH. */
  private static final int DEFAULT_SIZE = 16;

  private final MainlineDevice device;

  MainlineConfig(MainlineDevice device) {
    super(device);
    this.device = device;
  }

  @Override
  protected boolean counts(IdxdWq wq) {
    return wq.group() != null;
  }

  @Override
  protected boolean sharedPossible(IdxdWq wq) {
    return ((MainlineWq) wq).sharedPossible();
  }

  /** EOPNOTSUPP: a dedicated kernel queue with PASID, which the device could not serve. */
  @Override
  protected void writeWq(IdxdWq any) throws ErrnoException {
    MainlineWq wq = (MainlineWq) any;
    if (wq.group() == null) {
      return;
    }
    long[] words = wq.shadowLocked();
    keepSticky(wq, words);
    if (wq.size() == 0 && wq.queueType() != WqType.NONE) {
      wq.setSizeLocked(DEFAULT_SIZE);
    }
    set(words, WqCfg.SIZE, wq.size());
    set(words, WqCfg.THRESHOLD, wq.threshold());
    if (wq.dedicated()) {
      // Never cleared here: a queue that was dedicated stays so until it is reset.
      set(words, WqCfg.MODE, 1);
      checkPrivilege(wq, words);
    }
    set(words, WqCfg.PRIORITY, wq.priority());
    Capabilities capabilities = device.capabilities();
    if (capabilities.blockOnFault() && wq.blockOnFault() && !wq.prsDisabled()) {
      set(words, WqCfg.BOF, 1);
    }
    if (device.hasWqCapability(WqCap.WQ_ATS_SUPPORT)) {
      set(words, WqCfg.ATS_DISABLE, wq.atsDisabled() ? 1 : 0);
    }
    if (device.hasWqCapability(WqCap.WQ_PRS_SUPPORT)) {
      set(words, WqCfg.PRS_DISABLE, wq.prsDisabled() ? 1 : 0);
    }
    set(words, WqCfg.MAX_XFER_SHIFT, Long.numberOfTrailingZeros(wq.maxXferBytes()));
    if (wq.maxBatchSize() != 0) {
      set(words, WqCfg.MAX_BATCH_SHIFT, Integer.numberOfTrailingZeros(wq.maxBatchSize()));
    }
    if (words.length > WqCfg.WQCFG.words() && device.hasWqCapability(WqCap.OP_CONFIG)) {
      for (int i = 0; i < wq.opConfig().size(); i++) {
        set(words, WqCfg.opConfig(i), wq.opConfig().get(i));
      }
    }
    device.registers().writeWq(wq.id(), words);
  }

  /** Some bits of the device survive a reset of the queue; they are written back as they are. */
  private void keepSticky(MainlineWq wq, long[] words) {
    long[] held = new long[words.length];
    device.registers().readWq(wq.id(), held);
    for (int i = 0; i < words.length; i++) {
      words[i] |= held[i];
    }
  }

  private void checkPrivilege(MainlineWq wq, long[] words) throws ErrnoException {
    boolean pasid = WqCfg.PASID_EN.in(words) != 0;
    if (wq.queueType() == WqType.KERNEL && pasid && !device.pci().pasidPrivileged()) {
      device.setSoftwareStatus(SoftwareStatus.WQ_NO_PRIV);
      throw new ErrnoException(Errno.EOPNOTSUPP, wq + " needs privileged PASIDs");
    }
  }

  @Override
  protected void writeGroupFlags(IdxdGroup any) {
    MainlineGroup group = (MainlineGroup) any;
    long high = GrpCfg.DESC_PROGRESS_LIMIT.with(0, group.descProgressLimit());
    high = GrpCfg.BATCH_PROGRESS_LIMIT.with(high, group.batchProgressLimit());
    long low = flags(group, group.tokensAllowed());
    device.registers().writeGroupFlags64(group.id(), high | low);
  }
}
