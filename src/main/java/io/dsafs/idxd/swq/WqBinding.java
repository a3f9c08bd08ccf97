package io.dsafs.idxd.swq;

import static io.dsafs.idxd.BindingSteps.clearClients;
import static io.dsafs.idxd.BindingSteps.createNode;
import static io.dsafs.idxd.BindingSteps.enable;
import static io.dsafs.idxd.BindingSteps.refuse;
import static io.dsafs.idxd.BindingSteps.registerChannel;
import static io.dsafs.idxd.BindingSteps.warnOfClients;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.IdxdPciDriver;
import io.dsafs.idxd.KernelQueue;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.idxd.WqState;
import io.dsafs.idxd.WqType;
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
  static void probe(SwqWq wq) throws ErrnoException {
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

  private static void check(SwqWq wq) throws ErrnoException {
    SwqDevice device = wq.device();
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
    if (!wq.dedicated() && !device.userPasidEnabled()) {
      throw refuse(wq, Errno.ENXIO, SoftwareStatus.WQ_NO_SVM, "shared without PASID");
    }
    if (!wq.dedicated() && wq.threshold() == 0) {
      throw refuse(wq, Errno.EINVAL, SoftwareStatus.WQ_NO_THRESH, "shared with threshold 0");
    }
  }

  private static void bringUp(SwqWq wq) throws ErrnoException {
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
      createNode(wq, number -> new SwqCdev(wq, number));
    }
  }

  private static boolean isDmaengine(SwqWq wq) {
    return wq.queueType() == WqType.KERNEL && wq.queueName().equals("dmaengine");
  }

  private static void allocateDescriptors(SwqWq wq) throws ErrnoException {
    try {
      KernelQueue queue = KernelQueue.allocateFor(wq, new SwqSubmission(wq));
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

  /** A failure is only logged; the queue then stays enabled and cannot be bound again. */
  private static void disable(SwqWq wq) {
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
  private static void mapPortal(SwqWq wq) throws ErrnoException {
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

  /**
   * Disables the queue. Clients do not stop it; neither does a queue that is disabled already after
   * a halt, whose node and channel the posted code leaves behind (14.18).
   */
  static void remove(SwqWq wq) {
    KernelLog log = wq.log();
    wq.wqLock.lock();
    try {
      warnOfClients(wq);
      wq.devres().releaseAll();
      clearClients(wq);
    } finally {
      wq.wqLock.unlock();
    }
    log.info(wq, "wq %s disabled", wq);
  }
}
