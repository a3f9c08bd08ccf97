package io.dsafs.idxd.swq;

import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.Capabilities;
import io.dsafs.idxd.DeviceConfig;
import io.dsafs.idxd.IdxdGroup;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.idxd.WqType;
import io.dsafs.spec.WqCfg;

/**
 * The configuration pass of this version: a queue without a size does not count, and the PASID in a
 * queue's entry is the kernel's.
 */
final class SwqConfig extends DeviceConfig {
  private final SwqDevice device;

  SwqConfig(SwqDevice device) {
    super(device);
    this.device = device;
  }

  @Override
  protected boolean counts(IdxdWq wq) {
    return wq.group() != null && wq.size() != 0;
  }

  @Override
  protected boolean sharedPossible(IdxdWq wq) {
    return device.systemPasid().enabled();
  }

  /**
   * A queue without a group is not written, as nothing refers to it; but a size that an earlier
   * configuration has left is taken away. The posted code leaves it, and the device then refuses to
   * be enabled (0x16: a queue with a size in no group), so that no queue could ever be taken out of
   * use without unbinding the PCI function.
   *
   * <p>EINVAL: a grouped queue has size 0.
   */
  @Override
  protected void writeWq(IdxdWq wq) throws ErrnoException {
    if (wq.group() == null) {
      device.registers().clearLeftSize(wq.id());
      return;
    }
    if (wq.size() == 0) {
      device.log().warn(wq, "Incorrect work queue size: 0");
      throw refuse(SoftwareStatus.WQ_NO_SIZE, wq + " has size 0");
    }
    device.registers().writeWq(wq.id(), entry(wq));
  }

  /** Eight dwords: the driver of the time knows no others. */
  private long[] entry(IdxdWq wq) {
    Capabilities capabilities = device.capabilities();
    int pasid = device.systemPasid().pasid();
    long[] words = new long[WqCfg.WQCFG.words()];
    set(words, WqCfg.SIZE, wq.size());
    set(words, WqCfg.THRESHOLD, wq.threshold());
    set(words, WqCfg.MODE, wq.dedicated() ? 1 : 0);
    set(words, WqCfg.BOF, capabilities.blockOnFault() && wq.blockOnFault() ? 1 : 0);
    set(words, WqCfg.PRIORITY, wq.priority());
    set(words, WqCfg.PASID, pasid);
    set(words, WqCfg.PASID_EN, pasid != 0 ? 1 : 0);
    set(words, WqCfg.PRIV, wq.queueType() == WqType.KERNEL ? 1 : 0);
    set(words, WqCfg.MAX_XFER_SHIFT, capabilities.maxXferShift());
    set(words, WqCfg.MAX_BATCH_SHIFT, capabilities.maxBatchShift());
    return words;
  }

  /** The low dword alone: this version knows no progress limits. */
  @Override
  protected void writeGroupFlags(IdxdGroup group) {
    int allowed = group.tokensAllowed();
    int tokens = allowed != 0 ? allowed : device.capabilities().maxTokens();
    device.registers().writeGroupFlags32(group.id(), (int) flags(group, tokens));
  }
}
