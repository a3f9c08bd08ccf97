package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.pci.Cmdmem;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciDevice;
import io.dsafs.spec.Portal;

/**
 * Enabling a queue by binding it and disabling it by unbinding. Mirrors the queue half of
 * idxd_config_bus_probe() and disable_wq() in sysfs.c.
 *
 * <p>What a probe acquires is on the queue's devres, so that a later failure undoes it in reverse.
 * The posted code leaves the queue enabled, mapped or its descriptors allocated (14.14, 14.16,
 * 14.17).
 */
final class WqBinding {
  private WqBinding() {}

  /**
   * Enables the queue. Errors in order: EPERM the device is not enabled; EBUSY the queue is; EINVAL
   * no group; EINVAL no name; ENXIO shared without PASID; EINVAL shared without threshold; ENOMEM
   * no descriptors; EINVAL the configuration of the whole device; ENXIO, EBUSY the enable command;
   * ENOMEM no portal; that of the channel or node.
   */
  static void probe(IdxdWq wq) throws ErrnoException {
    wq.wqLock.lock();
    try {
      check(wq);
      try {
        bringUp(wq);
      } catch (ErrnoException e) {
        wq.devres().releaseAll();
        throw e;
      }
    } finally {
      wq.wqLock.unlock();
    }
    wq.device().commands().setLastStatus(0);
    wq.log().info(wq, "wq %s enabled", wq);
  }

  private static void check(IdxdWq wq) throws ErrnoException {
    IdxdDevice device = wq.device();
    if (device.state() != DeviceState.ENABLED) {
      throw refuse(wq, Errno.EPERM, SoftwareStatus.DEV_NOT_ENABLED, "device not enabled");
    }
    if (wq.state() != WqState.DISABLED) {
      throw refuse(wq, Errno.EBUSY, SoftwareStatus.WQ_ENABLED, "already enabled");
    }
    if (wq.group() == null) {
      throw refuse(wq, Errno.EINVAL, SoftwareStatus.WQ_NO_GRP, "not attached to a group");
    }
    if (wq.queueName().isEmpty()) {
      throw refuse(wq, Errno.EINVAL, SoftwareStatus.WQ_NO_NAME, "name not set");
    }
    if (!wq.dedicated() && !device.pasidEnabled()) {
      throw refuse(wq, Errno.ENXIO, SoftwareStatus.WQ_NO_SVM, "shared without PASID");
    }
    if (!wq.dedicated() && wq.threshold() == 0) {
      throw refuse(wq, Errno.EINVAL, SoftwareStatus.WQ_NO_THRESH, "shared with threshold 0");
    }
  }

  private static ErrnoException refuse(
      IdxdWq wq, Errno errno, SoftwareStatus status, String reason) {
    wq.log().warn(wq, "wq %s: %s", wq, reason);
    wq.device().setSoftwareStatus(status);
    return new ErrnoException(errno, wq + ": " + reason);
  }

  private static void bringUp(IdxdWq wq) throws ErrnoException {
    if (wq.queueType() == WqType.KERNEL) {
      allocateDescriptors(wq);
    }
    enable(wq);
    wq.devres().add(() -> disable(wq));
    mapPortal(wq);
    clearClients(wq);
    if (isDmaengine(wq)) {
      registerChannel(wq);
    } else if (wq.queueType() == WqType.USER) {
      createNode(wq);
    }
  }

  private static boolean isDmaengine(IdxdWq wq) {
    return wq.queueType() == WqType.KERNEL && wq.queueName().equals("dmaengine");
  }

  private static void allocateDescriptors(IdxdWq wq) throws ErrnoException {
    try {
      KernelQueue queue = KernelQueue.allocateFor(wq);
      wq.setKernelQueue(queue);
      wq.devres()
          .add(
              () -> {
                wq.setKernelQueue(null);
                queue.freeResources();
              });
    } catch (ErrnoException e) {
      throw refuse(wq, e.errno(), SoftwareStatus.WQ_RES_ALLOC_ERR, "resource alloc failed");
    }
  }

  private static void enable(IdxdWq wq) throws ErrnoException {
    IdxdDevice device = wq.device();
    device.deviceLock.lock();
    try {
      try {
        device.config().runLocked();
      } catch (ErrnoException e) {
        wq.log().warn(wq, "Writing wq %d config failed: %d", wq.id(), -e.errno().number());
        throw e;
      }
      try {
        wq.enableLocked();
      } catch (ErrnoException e) {
        wq.log().warn(wq, "wq %d enabling failed: %d", wq.id(), -e.errno().number());
        throw e;
      }
    } finally {
      device.deviceLock.unlock();
    }
  }

  /** A failure is only logged; the queue then stays enabled and cannot be bound again. */
  private static void disable(IdxdWq wq) {
    wq.device().deviceLock.lock();
    try {
      wq.disableLocked();
    } catch (ErrnoException e) {
      wq.log().warn(wq, "Failed to disable wq: %s", e.getMessage());
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  /** Mirrors idxd_wq_map_portal() in device.c. */
  private static void mapPortal(IdxdWq wq) throws ErrnoException {
    PciDevice pci = wq.device().pci();
    long start = pci.resourceStart(IdxdPciDriver.WQ_BAR) + Portal.UNLIMITED.offset(wq.id());
    MappedBar portal =
        wq.dedicated()
            ? pci.ioremap(start, Portal.WQ_BYTES)
            : Cmdmem.devmCmdmemRemap(pci, start, Portal.WQ_BYTES);
    if (portal == null) {
      throw refuse(wq, Errno.ENOMEM, SoftwareStatus.WQ_PORTAL_ERR, "portal mapping failed");
    }
    boolean dedicated = wq.dedicated();
    wq.setPortal(portal);
    wq.devres()
        .add(
            () -> {
              wq.setPortal(null);
              unmapPortal(pci, portal, dedicated);
            });
  }

  /** Mirrors idxd_wq_unmap_portal() in device.c. */
  private static void unmapPortal(PciDevice pci, MappedBar portal, boolean dedicated) {
    if (dedicated) {
      pci.iounmap(portal);
    } else {
      Cmdmem.devmCmdmemUnmap(pci, portal);
    }
  }

  private static void clearClients(IdxdWq wq) {
    wq.device().deviceLock.lock();
    try {
      wq.clearClientsLocked();
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  private static void registerChannel(IdxdWq wq) throws ErrnoException {
    // After a halt the device may be unbound before its queue: its DMA device is then forgotten.
    DmaDevice dma = wq.device().dmaDevice();
    try {
      DmaChannel channel = dma.addChannel(wq);
      wq.devres().add(() -> dma.removeChannel(channel));
    } catch (ErrnoException e) {
      throw refuse(wq, e.errno(), SoftwareStatus.DMA_CHAN_ERR, "dma channel register failed");
    }
  }

  private static void createNode(IdxdWq wq) throws ErrnoException {
    try {
      IdxdCdev node = IdxdCdev.create(wq);
      wq.devres().add(node::delete);
    } catch (ErrnoException e) {
      throw refuse(wq, e.errno(), SoftwareStatus.CDEV_ERR, "cdev creation failed");
    }
  }

  /**
   * Disables the queue. Clients do not stop it; neither does a queue that is disabled already after
   * a halt, whose node and channel the posted code leaves behind (14.18).
   */
  static void remove(IdxdWq wq) {
    KernelLog log = wq.log();
    wq.wqLock.lock();
    try {
      int clients = wq.clientCount();
      if (clients != 0) {
        log.warn(wq, "Clients has claim on wq %d: %d", wq.id(), clients);
      }
      wq.devres().releaseAll();
      clearClients(wq);
    } finally {
      wq.wqLock.unlock();
    }
    log.info(wq, "wq %s disabled", wq);
  }
}
