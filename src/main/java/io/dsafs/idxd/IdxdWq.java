package io.dsafs.idxd;

import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.pci.MappedBar;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A work queue: its configuration, its state, and the commands that change it. Mirrors struct
 * idxd_wq and the idxd_wq_ functions in device.c, as far as all versions agree.
 *
 * <p>Configuration and state are read without a lock and changed with the device lock held.
 */
public abstract class IdxdWq extends IdxdMember {
  /** As IDXD_ENQCMDS_RETRIES. */
  public static final int DEFAULT_RETRIES = 32;

  /** Held for a whole binding, unbinding, open or release of this queue. */
  public final ReentrantLock wqLock = new ReentrantLock();

  private final IdxdDevice device;
  private final ErrorQueue errorQueue = new ErrorQueue();
  private volatile WqState state = WqState.DISABLED;
  private volatile IdxdGroup group;
  private volatile boolean dedicated;
  private volatile boolean blockOnFault;
  private volatile int size;
  private volatile int threshold;
  private volatile int priority;
  private volatile WqType queueType = WqType.NONE;
  private volatile String queueName = "";
  private final AtomicInteger clientCount = new AtomicInteger();
  private volatile IdxdCdev cdev;
  private volatile MappedBar portal;
  private volatile KernelQueue kernelQueue;

  /**
   * @param type the files of the version
   */
  protected IdxdWq(IdxdDevice device, int id, DeviceType<?> type) {
    super("wq", device, id, type);
    this.device = device;
  }

  public KernelLog log() {
    return device.log();
  }

  /** Who waits for errors; it outlives the queue's nodes, so that no poller is lost (14.37). */
  public ErrorQueue errorQueue() {
    return errorQueue;
  }

  public WqState state() {
    return state;
  }

  /** Null for none. */
  public IdxdGroup group() {
    return group;
  }

  public void setGroupLocked(IdxdGroup joined) {
    device.assertLocked();
    group = joined;
  }

  public boolean dedicated() {
    return dedicated;
  }

  /** A dedicated queue has no threshold; going back to shared does not bring the old one back. */
  public void setDedicatedLocked(boolean on) {
    device.assertLocked();
    dedicated = on;
    if (on) {
      threshold = 0;
    }
  }

  public boolean blockOnFault() {
    return blockOnFault;
  }

  public void setBlockOnFaultLocked(boolean on) {
    device.assertLocked();
    blockOnFault = on;
  }

  /** In descriptors. */
  public int size() {
    return size;
  }

  public void setSizeLocked(int descriptors) {
    device.assertLocked();
    size = descriptors;
  }

  /** In descriptors; 0 for none. It may exceed the size. */
  public int threshold() {
    return threshold;
  }

  public void setThresholdLocked(int descriptors) {
    device.assertLocked();
    threshold = descriptors;
  }

  public int priority() {
    return priority;
  }

  public void setPriorityLocked(int value) {
    device.assertLocked();
    priority = value;
  }

  public WqType queueType() {
    return queueType;
  }

  /** Another type clears the name; the same keeps it. */
  public void setQueueTypeLocked(WqType chosen) {
    device.assertLocked();
    if (chosen != queueType) {
      queueName = "";
    }
    queueType = chosen;
  }

  /** Changes the type as a driver does that takes or leaves the queue: the name stays. */
  public void assumeQueueTypeLocked(WqType taken) {
    device.assertLocked();
    queueType = taken;
  }

  /** How often a write(2) tries a full shared queue again. */
  public int enqcmdsRetries() {
    return DEFAULT_RETRIES;
  }

  /** The name that the administrator gave, possibly empty; not the device's. */
  public String queueName() {
    return queueName;
  }

  public void setQueueNameLocked(String chosen) {
    device.assertLocked();
    queueName = chosen;
  }

  public int clientCount() {
    return clientCount.get();
  }

  /** Mirrors idxd_wq_get() and idxd_wq_put(). */
  public void addClientsLocked(int more) {
    device.assertLocked();
    clientCount.addAndGet(more);
  }

  public void clearClientsLocked() {
    device.assertLocked();
    clientCount.set(0);
  }

  /** The node's device while there is one, else null. */
  public IdxdCdev cdev() {
    return cdev;
  }

  public void setCdev(IdxdCdev node) {
    cdev = node;
  }

  /** The pages of this queue's portals that its version maps while it is bound, else null. */
  public MappedBar portal() {
    return portal;
  }

  public void setPortal(MappedBar mapped) {
    portal = mapped;
  }

  /** The kernel's descriptors while the queue is bound with type kernel, else null. */
  public KernelQueue kernelQueue() {
    return kernelQueue;
  }

  public void setKernelQueue(KernelQueue queue) {
    kernelQueue = queue;
  }

  /**
   * Enables the queue. Errors in order: ENXIO the driver has it enabled already; EBUSY the device
   * does not answer; ENXIO it refuses. Mirrors idxd_wq_enable().
   */
  public void enableLocked() throws ErrnoException {
    device.assertLocked();
    if (state == WqState.ENABLED) {
      throw new ErrnoException(Errno.ENXIO, this + " is enabled already");
    }
    sendEnableLocked();
    state = WqState.ENABLED;
  }

  /** The command alone, whatever the driver's state says. */
  public void sendEnableLocked() throws ErrnoException {
    int status = device.commands().enableWqLocked(id());
    if (status != CommandStatus.SUCCESS && status != CommandStatus.WQ_ENABLED) {
      throw CommandStatus.refused("enabling " + this, status);
    }
  }

  /**
   * Disables the queue; nothing if the driver does not have it enabled. Errors in order: EBUSY the
   * device does not answer; ENXIO it refuses.
   */
  public abstract void disableLocked() throws ErrnoException;

  /**
   * Writes the PASID of a dedicated queue, which is off meanwhile. Errors as {@link #disableLocked}
   * and {@link #enableLocked}.
   *
   * <p>A device that halts in between has all its queues off, and its recovery enables those again
   * that count as enabled: so this one does. The kernel leaves it off, and bound, for good.
   */
  protected final void whileOffLocked(Runnable write) throws ErrnoException {
    boolean enabled = state == WqState.ENABLED;
    disableLocked();
    write.run();
    try {
      enableLocked();
    } catch (ErrnoException e) {
      if (enabled && !device.registers().deviceEnabled()) {
        setStateLocked(WqState.ENABLED);
      }
      throw e;
    }
  }

  protected final void setStateLocked(WqState next) {
    device.assertLocked();
    state = next;
  }

  /** The device has stopped: the queue is off, and no command said so. */
  public void markDisabledLocked() {
    setStateLocked(WqState.DISABLED);
  }

  /**
   * Gives a dedicated queue to a process: off, PASID written, on again. Errors as {@link
   * #disableLocked} and {@link #enableLocked}. Mirrors idxd_wq_set_pasid().
   */
  public abstract void setPasidLocked(int pasid) throws ErrnoException;

  /**
   * Takes a dedicated queue back from a process. Errors as {@link #setPasidLocked}. Mirrors
   * idxd_wq_disable_pasid().
   */
  public abstract void clearPasidLocked() throws ErrnoException;
}
