package io.dsafs.idxd;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.pci.MappedBar;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A work queue: its configuration, its state, and the commands that change it. Mirrors struct
 * idxd_wq and the idxd_wq_ functions in device.c.
 *
 * <p>Configuration and state are read without a lock and changed with the device lock held.
 */
final class IdxdWq extends Device {
  private static final DeviceType<IdxdWq> TYPE = new DeviceType<>("wq", WqAttributes.TABLE);

  /** Held for a whole binding, unbinding, open or release of this queue. */
  final ReentrantLock wqLock = new ReentrantLock();

  private final IdxdDevice device;
  private final int id;
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
  private volatile int openerPasid;
  private volatile IdxdCdev cdev;
  private volatile MappedBar portal;
  private volatile KernelQueue kernelQueue;

  IdxdWq(IdxdDevice device, int id) {
    super("wq" + device.id() + "." + id, device, device.bus(), TYPE);
    this.device = device;
    this.id = id;
  }

  IdxdDevice device() {
    return device;
  }

  int id() {
    return id;
  }

  KernelLog log() {
    return device.log();
  }

  /** Who waits for errors; it outlives the queue's nodes, so that no poller is lost (14.37). */
  ErrorQueue errorQueue() {
    return errorQueue;
  }

  WqState state() {
    return state;
  }

  /** Null for none. */
  IdxdGroup group() {
    return group;
  }

  void setGroupLocked(IdxdGroup joined) {
    device.assertLocked();
    group = joined;
  }

  boolean dedicated() {
    return dedicated;
  }

  /** A dedicated queue has no threshold; going back to shared does not bring the old one back. */
  void setDedicatedLocked(boolean on) {
    device.assertLocked();
    dedicated = on;
    if (on) {
      threshold = 0;
    }
  }

  boolean blockOnFault() {
    return blockOnFault;
  }

  void setBlockOnFaultLocked(boolean on) {
    device.assertLocked();
    blockOnFault = on;
  }

  /** In descriptors. */
  int size() {
    return size;
  }

  void setSizeLocked(int descriptors) {
    device.assertLocked();
    size = descriptors;
  }

  /** In descriptors; 0 for none. It may exceed the size. */
  int threshold() {
    return threshold;
  }

  void setThresholdLocked(int descriptors) {
    device.assertLocked();
    threshold = descriptors;
  }

  int priority() {
    return priority;
  }

  void setPriorityLocked(int value) {
    device.assertLocked();
    priority = value;
  }

  WqType queueType() {
    return queueType;
  }

  /** Another type clears the name; the same keeps it. */
  void setQueueTypeLocked(WqType chosen) {
    device.assertLocked();
    if (chosen != queueType) {
      queueName = "";
    }
    queueType = chosen;
  }

  /** The name that the administrator gave, possibly empty; not the device's. */
  String queueName() {
    return queueName;
  }

  void setQueueNameLocked(String chosen) {
    device.assertLocked();
    queueName = chosen;
  }

  int clientCount() {
    return clientCount.get();
  }

  /** Mirrors idxd_wq_get() and idxd_wq_put(). */
  void addClientsLocked(int more) {
    device.assertLocked();
    clientCount.addAndGet(more);
  }

  void clearClientsLocked() {
    device.assertLocked();
    clientCount.set(0);
    openerPasid = 0;
  }

  /** The node's device while there is one, else null. */
  IdxdCdev cdev() {
    return cdev;
  }

  void setCdev(IdxdCdev node) {
    cdev = node;
  }

  /** All four pages of this queue's portals while it is bound, else null. */
  MappedBar portal() {
    return portal;
  }

  void setPortal(MappedBar mapped) {
    portal = mapped;
  }

  /** The kernel's descriptors while the queue is bound with type kernel, else null. */
  KernelQueue kernelQueue() {
    return kernelQueue;
  }

  void setKernelQueue(KernelQueue queue) {
    kernelQueue = queue;
  }

  /**
   * Enables the queue. Errors in order: ENXIO the driver has it enabled already; EBUSY the device
   * does not answer; ENXIO it refuses. Mirrors idxd_wq_enable().
   */
  void enableLocked() throws ErrnoException {
    device.assertLocked();
    if (state == WqState.ENABLED) {
      throw new ErrnoException(Errno.ENXIO, this + " is enabled already");
    }
    sendEnableLocked();
    state = WqState.ENABLED;
  }

  /** The command alone, whatever the driver's state says. */
  void sendEnableLocked() throws ErrnoException {
    int status = device.commands().enableWqLocked(id);
    if (status != CommandStatus.SUCCESS && status != CommandStatus.WQ_ENABLED) {
      throw CommandStatus.refused("enabling " + this, status);
    }
  }

  /**
   * Disables the queue; nothing if the driver does not have it enabled. Errors in order: EBUSY the
   * device does not answer; ENXIO it refuses. Mirrors idxd_wq_disable().
   */
  void disableLocked() throws ErrnoException {
    device.assertLocked();
    if (state != WqState.ENABLED) {
      return;
    }
    int status = device.commands().disableWqLocked(id);
    if (status != CommandStatus.SUCCESS) {
      throw CommandStatus.refused("disabling " + this, status);
    }
    state = WqState.DISABLED;
  }

  /** The device has stopped: the queue is off, and no command said so. */
  void markDisabledLocked() {
    device.assertLocked();
    state = WqState.DISABLED;
  }

  /**
   * Gives a dedicated queue to a process: off, PASID written, on again. On an error of the last
   * step the queue stays disabled (14.3). Errors as {@link #disableLocked} and {@link
   * #enableLocked}. Mirrors idxd_wq_set_pasid().
   */
  void setPasidLocked(int pasid) throws ErrnoException {
    disableLocked();
    device.registers().setWqPasid(id, true, pasid);
    openerPasid = pasid;
    enableLocked();
  }

  /**
   * Takes a dedicated queue back from a process. The posted code clears the bits in the first
   * dword, which holds the size; the PASID is in the third (14.2). Errors as {@link
   * #setPasidLocked}. Mirrors idxd_wq_disable_pasid().
   */
  void clearPasidLocked() throws ErrnoException {
    disableLocked();
    device.registers().setWqPasid(id, false, 0);
    openerPasid = 0;
    enableLocked();
  }

  /** The PASID that an open file of this dedicated queue has put in place, or 0. */
  int openerPasid() {
    return openerPasid;
  }
}
