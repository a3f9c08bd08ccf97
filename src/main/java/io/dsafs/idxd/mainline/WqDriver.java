package io.dsafs.idxd.mainline;

import io.dsafs.core.Device;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.idxd.WqType;

/**
 * A driver that takes queues of one type: a bound queue is an enabled one. What all of them do is
 * here; the checks of a probe are in the driver's own order.
 */
abstract class WqDriver extends ObjectDriver {
  private final WqType type;

  /**
   * @param type of the queues that the driver has
   */
  WqDriver(String name, ObjectBus bus, Module module, WqType type) {
    super(name, bus, module);
    this.type = type;
  }

  @Override
  final boolean takes(Device device) {
    return device instanceof MainlineWq;
  }

  @Override
  protected final void probe(Device object) throws ErrnoException {
    MainlineWq wq = (MainlineWq) object;
    if (wq.device().state() != DeviceState.ENABLED) {
      throw new ErrnoException(Errno.ENXIO, wq.device() + " is not enabled");
    }
    check(wq);
    wq.wqLock.lock();
    try {
      setType(wq, type);
      enable(wq);
      wq.device().commands().setLastStatus(0);
    } catch (ErrnoException e) {
      setType(wq, WqType.NONE);
      throw e;
    } finally {
      wq.wqLock.unlock();
    }
    wq.log().info(wq, "wq %s enabled", wq);
  }

  /** What is checked of a queue whose device is enabled, before anything is changed. */
  abstract void check(MainlineWq wq) throws ErrnoException;

  /** Enables the queue, whose type is set, and gives it to who shall have it. */
  abstract void enable(MainlineWq wq) throws ErrnoException;

  /**
   * ENODEV: the queue's {@code driver_name} does not start with this driver's name. Mirrors
   * idxd_wq_driver_name_match().
   */
  final void checkDriverName(MainlineWq wq) throws ErrnoException {
    if (!wq.driverName().startsWith(name())) {
      wq.device().setSoftwareStatus(SoftwareStatus.WQ_NO_DRV_NAME);
      throw new ErrnoException(Errno.ENODEV, wq + " is not for the driver " + name());
    }
  }

  static void setType(MainlineWq wq, WqType type) {
    wq.device().deviceLock.lock();
    try {
      wq.assumeQueueTypeLocked(type);
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  @Override
  protected final void remove(Device object) {
    MainlineWq wq = (MainlineWq) object;
    wq.wqLock.lock();
    try {
      // Its node or channel goes first; files that are open stay.
      wq.devres().releaseAll();
      WqEnabling.disable(wq);
      setType(wq, WqType.NONE);
    } finally {
      wq.wqLock.unlock();
    }
    wq.log().info(wq, "wq %s disabled", wq);
  }
}
