package io.dsafs.idxd.mainline;

import static io.dsafs.idxd.BindingSteps.refuse;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.BindingSteps;
import io.dsafs.idxd.CompletionInterrupt;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.IdxdPciDriver;
import io.dsafs.idxd.KernelQueue;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.idxd.WqState;
import io.dsafs.idxd.WqType;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciDevice;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Portal;

/**
 * Enabling and disabling a queue, for the drivers of queues; with the wq lock held. Mirrors
 * idxd_drv_enable_wq() and idxd_drv_disable_wq() in device.c.
 */
final class WqEnabling {
  private WqEnabling() {}

  /**
   * Enables a queue whose type is set. Errors in order: ENXIO the device is not enabled; EBUSY the
   * queue is; ENXIO no group; ENXIO no name; ENXIO shared without ENQCMD or PASID; ENXIO shared
   * without threshold; EINVAL, EOPNOTSUPP the configuration of the whole device; ENXIO the device
   * refuses; ENOMEM no portal; for a queue of the kernel: those of its interrupt, ENOMEM no
   * descriptors.
   *
   * <p>After an error the queue is disabled and keeps its configuration.
   */
  static void enable(MainlineWq wq) throws ErrnoException {
    check(wq);
    configureAndEnable(wq);
    try {
      mapPortal(wq);
      BindingSteps.clearClients(wq);
      if (wq.queueType() == WqType.KERNEL) {
        requestInterrupt(wq);
        allocateDescriptors(wq);
      }
    } catch (ErrnoException e) {
      unmapPortal(wq);
      freeInterrupt(wq);
      turnOff(wq);
      throw e;
    }
  }

  private static void check(MainlineWq wq) throws ErrnoException {
    if (wq.device().state() != DeviceState.ENABLED) {
      throw refuse(wq, Errno.ENXIO, SoftwareStatus.DEV_NOT_ENABLED, "device not enabled");
    }
    if (wq.state() != WqState.DISABLED) {
      throw refuse(wq, Errno.EBUSY, SoftwareStatus.WQ_ENABLED, "already enabled");
    }
    if (wq.group() == null) {
      throw refuse(wq, Errno.ENXIO, SoftwareStatus.WQ_NO_GRP, "not attached to a group");
    }
    if (wq.queueName().isEmpty()) {
      throw refuse(wq, Errno.ENXIO, SoftwareStatus.WQ_NO_NAME, "name not set");
    }
    if (!wq.dedicated() && !wq.sharedPossible()) {
      throw refuse(wq, Errno.ENXIO, SoftwareStatus.WQ_NO_SVM, "shared without PASID");
    }
    if (!wq.dedicated() && wq.threshold() == 0) {
      throw refuse(wq, Errno.ENXIO, SoftwareStatus.WQ_NO_THRESH, "shared with threshold 0");
    }
  }

  /**
   * A dedicated queue of processes gets its PASID when it is opened, a shared one with each use.
   */
  private static void configureAndEnable(MainlineWq wq) throws ErrnoException {
    MainlineDevice device = wq.device();
    device.deviceLock.lock();
    try {
      if (!device.capabilities().configurable()) {
        wq.enableLocked();
        return;
      }
      if (wq.pasidPossible() && (wq.queueType() == WqType.KERNEL || !wq.dedicated())) {
        wq.writePasidLocked(true, wq.dedicated() ? device.systemPasid().pasid() : 0);
      }
      BindingSteps.enable(wq);
    } finally {
      device.deviceLock.unlock();
    }
  }

  /** Mirrors idxd_wq_map_portal(). */
  private static void mapPortal(MainlineWq wq) throws ErrnoException {
    PciDevice pci = wq.device().pci();
    long start = pci.resourceStart(IdxdPciDriver.WQ_BAR) + Portal.LIMITED.offset(wq.id());
    MappedBar portal = pci.ioremap(start, Portal.PAGE_BYTES);
    if (portal == null) {
      throw refuse(wq, Errno.ENOMEM, SoftwareStatus.WQ_PORTAL_ERR, "portal mapping failed");
    }
    wq.setPortal(portal);
  }

  static void unmapPortal(MainlineWq wq) {
    MappedBar portal = wq.portal();
    if (portal != null) {
      wq.setPortal(null);
      wq.device().pci().iounmap(portal);
    }
  }

  /** The vector of a queue: 0 is the device's. */
  private static int vector(MainlineWq wq) {
    return wq.id() + 1;
  }

  private static CompletionInterrupt handler(MainlineWq wq) {
    return wq.device().completionInterrupts().get(wq.id());
  }

  /** Mirrors idxd_wq_request_irq() in device.c. */
  private static void requestInterrupt(MainlineWq wq) throws ErrnoException {
    MainlineDevice device = wq.device();
    try {
      if (vector(wq) > device.completionInterrupts().size()) {
        throw new ErrnoException(Errno.ENOSPC, "no vector for " + wq);
      }
      device.pci().requestIrq(vector(wq), "idxd-portal", handler(wq));
      device.registers().writeMsixPermission(vector(wq), device.systemPasid().pasid());
      if (device.interruptHandles()) {
        requestHandleOrFree(wq);
      } else {
        wq.setInterruptHandle(vector(wq));
      }
    } catch (ErrnoException e) {
      throw refuse(wq, e.errno(), SoftwareStatus.WQ_IRQ_ERR, "interrupt setup failed");
    }
  }

  /** As {@link #requestHandle}; without a handle the vector is free again. */
  private static void requestHandleOrFree(MainlineWq wq) throws ErrnoException {
    try {
      wq.setInterruptHandle(requestHandle(wq));
    } catch (ErrnoException e) {
      freeVector(wq);
      throw e;
    }
  }

  /** ENXIO: the device gives none. Mirrors idxd_device_request_int_handle(). */
  private static int requestHandle(MainlineWq wq) throws ErrnoException {
    MainlineDevice device = wq.device();
    device.deviceLock.lock();
    try {
      int status = device.commands().requestInterruptHandleLocked(vector(wq));
      if (CmdStatus.ERR.get32(status) != 0) {
        throw new ErrnoException(Errno.ENXIO, "no interrupt handle");
      }
      return CmdStatus.RESULT.get32(status);
    } finally {
      device.deviceLock.unlock();
    }
  }

  /**
   * The device has taken all handles away: asks for another, and flushes what was submitted with
   * the old one. Without a queue of the kernel there is nothing to do. Mirrors
   * idxd_int_handle_revoke() in irq.c.
   */
  static void renewHandle(MainlineWq wq) {
    KernelQueue queue = wq.kernelQueue();
    if (queue == null || wq.interruptHandle() == 0) {
      return;
    }
    try {
      wq.setInterruptHandle(requestHandle(wq));
    } catch (ErrnoException e) {
      wq.log().err(wq, "Failed to get int handle: %s", e.getMessage());
      return;
    }
    queue.flush();
  }

  /** Mirrors idxd_wq_free_irq() in device.c. */
  private static void freeInterrupt(MainlineWq wq) {
    if (wq.interruptHandle() == 0) {
      return;
    }
    wq.device().pci().synchronizeIrq(vector(wq));
    freeVector(wq);
    releaseHandle(wq);
    wq.setInterruptHandle(0);
  }

  private static void freeVector(MainlineWq wq) {
    wq.device().pci().freeIrq(vector(wq));
    wq.device().registers().writeMsixPermission(vector(wq), 0);
  }

  private static void releaseHandle(MainlineWq wq) {
    MainlineDevice device = wq.device();
    if (!device.interruptHandles()) {
      return;
    }
    device.deviceLock.lock();
    try {
      device.commands().releaseInterruptHandleLocked(wq.interruptHandle());
    } catch (ErrnoException e) {
      device.log().warn(device, "Interrupt handle not released: %s", e.getMessage());
    } finally {
      device.deviceLock.unlock();
    }
  }

  private static void allocateDescriptors(MainlineWq wq) throws ErrnoException {
    try {
      wq.setKernelQueue(KernelQueue.allocateFor(wq, new MainlineSubmission(wq)));
    } catch (ErrnoException e) {
      throw refuse(wq, e.errno(), SoftwareStatus.WQ_RES_ALLOC_ERR, "resource alloc failed");
    }
  }

  private static void turnOff(MainlineWq wq) {
    wq.device().deviceLock.lock();
    int status = wq.device().commands().lastStatus();
    try {
      wq.disableLocked();
    } catch (ErrnoException e) {
      wq.log().warn(wq, "Failed to disable wq: %s", e.getMessage());
    } finally {
      // The reason why, not how the way back went.
      wq.device().commands().setLastStatus(status);
      wq.device().deviceLock.unlock();
    }
  }

  /**
   * Disables the queue and forgets its configuration but size, group and driver name. Clients do
   * not stop it.
   */
  static void disable(MainlineWq wq) {
    BindingSteps.warnOfClients(wq);
    unmapPortal(wq);
    drain(wq);
    freeInterrupt(wq);
    reset(wq);
    KernelQueue queue = wq.kernelQueue();
    if (queue != null) {
      wq.setKernelQueue(null);
      queue.freeResources();
    }
    BindingSteps.clearClients(wq);
  }

  private static void drain(MainlineWq wq) {
    wq.device().deviceLock.lock();
    try {
      wq.device().commands().awaitEndsLocked(wq::drainLocked);
    } catch (ErrnoException e) {
      wq.log().warn(wq, "Failed to drain wq: %s", e.getMessage());
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  private static void reset(MainlineWq wq) {
    wq.device().deviceLock.lock();
    try {
      wq.device().commands().awaitEndsLocked(wq::resetLocked);
    } catch (ErrnoException e) {
      wq.log().warn(wq, "Failed to reset wq: %s", e.getMessage());
    } finally {
      wq.device().deviceLock.unlock();
    }
  }
}
