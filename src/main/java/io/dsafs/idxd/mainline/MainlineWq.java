package io.dsafs.idxd.mainline;

import io.dsafs.core.DeviceType;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.CommandStatus;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.WqState;
import io.dsafs.idxd.WqType;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.WqCfg;
import java.util.Arrays;
import java.util.List;

/** A work queue of this version: with limits of its own, and a driver that it is meant for. */
final class MainlineWq extends IdxdWq {
  private static final DeviceType<MainlineWq> TYPE = new DeviceType<>("wq", WqAttributes.TABLE);

  private static final long DEFAULT_MAX_XFER_BYTES = 2 << 20;
  private static final int DEFAULT_MAX_BATCH_SIZE = 32;

  private final MainlineDevice device;
  private volatile boolean atsDisabled;
  private volatile boolean prsDisabled;
  private volatile String driverName = "";
  private volatile long maxXferBytes;
  private volatile int maxBatchSize;
  private volatile int enqcmdsRetries;
  private volatile List<Long> opConfig;
  private volatile int interruptHandle;

  /** What was written to the queue's entry last: sticky bits of the device are kept in it. */
  private final long[] shadow;

  MainlineWq(MainlineDevice device, int id) {
    super(device, id, TYPE);
    this.device = device;
    this.shadow = new long[device.wqEntryWords()];
    clearLimits();
  }

  @Override
  public MainlineDevice device() {
    return device;
  }

  /** The words of the queue's entry; changed with the device lock held. */
  long[] shadowLocked() {
    device.assertLocked();
    return shadow;
  }

  boolean atsDisabled() {
    return atsDisabled;
  }

  void setAtsDisabledLocked(boolean disabled) {
    device.assertLocked();
    atsDisabled = disabled;
  }

  boolean prsDisabled() {
    return prsDisabled;
  }

  /** Without page requests nothing can block on a fault. */
  void setPrsDisabledLocked(boolean disabled) {
    prsDisabled = disabled;
    if (disabled) {
      setBlockOnFaultLocked(false);
    }
  }

  /** The driver that may have the queue, possibly empty. */
  String driverName() {
    return driverName;
  }

  void setDriverNameLocked(String chosen) {
    device.assertLocked();
    driverName = chosen;
  }

  /** A power of two. */
  long maxXferBytes() {
    return maxXferBytes;
  }

  void setMaxXferBytesLocked(long bytes) {
    device.assertLocked();
    maxXferBytes = bytes;
  }

  /** In descriptors, a power of two; 0 on a device without batches. */
  int maxBatchSize() {
    return maxBatchSize;
  }

  void setMaxBatchSizeLocked(int descriptors) {
    device.assertLocked();
    maxBatchSize = descriptors;
  }

  @Override
  public int enqcmdsRetries() {
    return enqcmdsRetries;
  }

  void setEnqcmdsRetries(int retries) {
    enqcmdsRetries = retries;
  }

  /** What descriptors of the kernel name for an interrupt; 0 while there is none. */
  int interruptHandle() {
    return interruptHandle;
  }

  void setInterruptHandle(int handle) {
    interruptHandle = handle;
  }

  /** The operations that the queue takes: words of 64 bits, the lowest first. */
  List<Long> opConfig() {
    return opConfig;
  }

  void setOpConfigLocked(List<Long> operations) {
    device.assertLocked();
    opConfig = operations;
  }

  /** Whether descriptors of the queue, with its type, carry a PASID. Mirrors wq_pasid_enabled(). */
  boolean pasidPossible() {
    return switch (queueType()) {
      case KERNEL -> device.systemPasid().enabled();
      case USER -> device.userPasidEnabled();
      case NONE -> false;
    };
  }

  /** Whether the queue, with its type, may be shared. Mirrors wq_shared_supported(). */
  boolean sharedPossible() {
    return device.globals().cpu().enqcmd() && pasidPossible();
  }

  /**
   * Turns the queue off and keeps its configuration; nothing if it is not enabled. Errors in order:
   * EBUSY the device does not answer; ENXIO it refuses. Mirrors idxd_wq_disable() of 6.19.
   */
  @Override
  public void disableLocked() throws ErrnoException {
    device.assertLocked();
    if (state() != WqState.ENABLED) {
      return;
    }
    drainLocked();
    sendResetLocked();
    setStateLocked(WqState.DISABLED);
    device.registers().writeWq(id(), shadow);
  }

  /** Waits for what the queue has accepted; nothing if it is not enabled. idxd_wq_drain(). */
  void drainLocked() throws ErrnoException {
    if (state() == WqState.ENABLED) {
      int unused = device.commands().drainWqLocked(id());
    }
  }

  private void sendResetLocked() throws ErrnoException {
    int status = device.commands().resetWqLocked(id());
    if (status != CommandStatus.SUCCESS) {
      throw CommandStatus.refused("resetting " + this, status);
    }
  }

  /**
   * Turns the queue off and forgets its configuration; nothing if it is not enabled. Mirrors
   * idxd_wq_reset().
   */
  void resetLocked() throws ErrnoException {
    if (state() == WqState.ENABLED) {
      int unused = device.commands().resetWqLocked(id());
      cleanUpLocked();
    }
  }

  /**
   * Clean-up A: everything as after a probe but size, group and driver name. Mirrors
   * idxd_wq_disable_cleanup().
   */
  void cleanUpLocked() {
    setStateLocked(WqState.DISABLED);
    Arrays.fill(shadow, 0);
    setDedicatedLocked(false);
    setThresholdLocked(0);
    setPriorityLocked(0);
    setBlockOnFaultLocked(false);
    atsDisabled = false;
    prsDisabled = false;
    assumeQueueTypeLocked(WqType.NONE);
    setQueueNameLocked("");
    clearLimits();
  }

  /** Clean-up B: also size and group. Mirrors idxd_wq_device_reset_cleanup(). */
  void cleanUpWithDeviceLocked() {
    cleanUpLocked();
    setSizeLocked(0);
    setGroupLocked(null);
  }

  private void clearLimits() {
    maxXferBytes = DEFAULT_MAX_XFER_BYTES;
    maxBatchSize = device.kind() == DeviceKind.IAX ? 0 : DEFAULT_MAX_BATCH_SIZE;
    enqcmdsRetries = DEFAULT_RETRIES;
    opConfig = device.capabilities().opcap();
  }

  /** Puts a PASID into the queue's entry and what is kept of it. */
  void writePasidLocked(boolean enabled, int pasid) {
    device.assertLocked();
    int word = WqCfg.PASID.word();
    shadow[word] = WqCfg.PASID_EN.with(shadow[word], enabled ? 1 : 0);
    shadow[word] = WqCfg.PASID.with(shadow[word], pasid);
    device.registers().setWqPasid(id(), enabled, pasid);
  }

  @Override
  public void setPasidLocked(int pasid) throws ErrnoException {
    changePasidLocked(true, pasid);
  }

  @Override
  public void clearPasidLocked() throws ErrnoException {
    changePasidLocked(false, 0);
  }

  private void changePasidLocked(boolean enabled, int pasid) throws ErrnoException {
    whileOffLocked(() -> writePasidLocked(enabled, pasid));
  }
}
