package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;

/**
 * Steps of enabling devices and queues that all versions take, each in its own order. What a step
 * acquires is on the devres of its object.
 */
public final class BindingSteps {
  private BindingSteps() {}

  /** A refusal with its line in the log and its software status. */
  public static ErrnoException refuse(
      IdxdWq wq, Errno errno, SoftwareStatus status, String reason) {
    wq.log().warn(wq, "wq %s: %s", wq, reason);
    wq.device().setSoftwareStatus(status);
    return new ErrnoException(errno, wq + ": " + reason);
  }

  /** Writes the configuration of a whole device; a failure is logged and passed on. */
  public static void configureLocked(IdxdDevice device) throws ErrnoException {
    try {
      device.config().runLocked();
    } catch (ErrnoException e) {
      device.log().warn(device, "Device config failed: %d", -e.errno().number());
      throw e;
    }
  }

  /** Enables a configured device; a failure is logged and passed on. */
  public static void enableLocked(IdxdDevice device) throws ErrnoException {
    try {
      device.enableLocked();
    } catch (ErrnoException e) {
      device.log().warn(device, "Device enable failed: %d", -e.errno().number());
      throw e;
    }
  }

  /** Gives a device its DMA device. Errors: those of {@link DmaEngine#register}. */
  public static void registerDma(IdxdDevice device) throws ErrnoException {
    try {
      device.setDmaDevice(device.globals().dmaEngine().register(device));
    } catch (ErrnoException e) {
      device.setSoftwareStatus(SoftwareStatus.DEV_DMA_ERR);
      throw e;
    }
    device.devres().add(() -> unregisterDma(device));
  }

  private static void unregisterDma(IdxdDevice device) {
    device.globals().dmaEngine().unregister(device.dmaDevice());
    device.setDmaDevice(null);
  }

  /** Unbinds the queues of a device that are still on. */
  public static void releaseQueues(IdxdDevice device) {
    for (IdxdWq wq : device.wqs()) {
      if (isOn(wq)) {
        device.log().warn(device, "Active wq %d on disable %s.", wq.id(), device);
        boolean unused = device.globals().model().releaseDriver(wq);
      }
    }
  }

  /** Whoever gives a process a queue, and has it off meanwhile, holds the lock until it is on. */
  private static boolean isOn(IdxdWq wq) {
    wq.device().deviceLock.lock();
    try {
      return wq.state() != WqState.DISABLED;
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  /** Writes the configuration of the whole device and enables a queue; failures are passed on. */
  public static void enable(IdxdWq wq) throws ErrnoException {
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

  /** Nobody has the queue. */
  public static void clearClients(IdxdWq wq) {
    wq.device().deviceLock.lock();
    try {
      wq.clearClientsLocked();
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  /** Gives kernel clients the queue. */
  public static void registerChannel(IdxdWq wq) throws ErrnoException {
    // After a halt the device may be unbound before its queue: its DMA device is then forgotten.
    DmaDevice dma = wq.device().dmaDevice();
    try {
      DmaChannel channel = dma.addChannel(wq);
      wq.devres().add(() -> dma.removeChannel(channel));
    } catch (ErrnoException e) {
      throw refuse(wq, e.errno(), SoftwareStatus.DMA_CHAN_ERR, "dma channel register failed");
    }
  }

  /** Gives processes the queue's node. */
  public static void createNode(IdxdWq wq, IdxdCdev.Maker maker) throws ErrnoException {
    try {
      IdxdCdev node = IdxdCdev.create(wq, maker);
      wq.devres().add(node::delete);
    } catch (ErrnoException e) {
      throw refuse(wq, e.errno(), SoftwareStatus.CDEV_ERR, "cdev creation failed");
    }
  }

  /** Says that clients are still there. */
  public static void warnOfClients(IdxdWq wq) {
    int clients = wq.clientCount();
    if (clients != 0) {
      wq.log().warn(wq, "Clients has claim on wq %d: %d", wq.id(), clients);
    }
  }
}
