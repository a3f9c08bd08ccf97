package io.dsafs.idxd.mainline;

import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.WqState;
import io.dsafs.idxd.WqType;
import io.dsafs.spec.GenSts;
import java.util.concurrent.Executor;

/**
 * What becomes of a device that has halted: GENSTS says what it takes to get it going again.
 * Mirrors idxd_halt() and idxd_device_reinit() in irq.c.
 *
 * <p>Source: mainline section 3.9.
 */
final class HaltRecovery {
  private final MainlineDevice device;
  private final Executor worker;

  /**
   * @param worker for what takes the locks of bindings
   */
  HaltRecovery(MainlineDevice device, Executor worker) {
    this.device = device;
    this.worker = worker;
  }

  /** The device has said that it halted. */
  void handle() {
    int status = device.registers().deviceStatus();
    if (GenSts.State.of(status) != GenSts.State.HALT) {
      return;
    }
    markHalted();
    switch (GenSts.ResetType.of(status)) {
      case SOFTWARE -> worker.execute(this::restart);
      case FLR -> {
        device.log().err(device.pci(), "idxd halted, doing FLR. After FLR, configs are restored");
        device.setErrorInterrupts(false);
        worker.execute(this::resetFunction);
      }
      default -> {
        device.log().err(device.pci(), "idxd halted, need system reset");
        stop();
      }
    }
  }

  private void markHalted() {
    device.deviceLock.lock();
    try {
      device.setStateLocked(DeviceState.HALTED);
    } finally {
      device.deviceLock.unlock();
    }
  }

  /**
   * Kernel clients hear that their work is lost, with no lock held; then the device is as after a
   * reset.
   */
  private void stop() {
    for (MainlineWq wq : device.wqs()) {
      if (wq.queueType() == WqType.KERNEL && wq.state() == WqState.ENABLED) {
        device.completionInterrupts().get(wq.id()).list().abortAll();
      }
    }
    device.deviceLock.lock();
    try {
      device.wqs().forEach(WqEnabling::unmapPortal);
      device.clearStateLocked();
    } finally {
      device.deviceLock.unlock();
    }
  }

  /**
   * Enables the device and its queues again. One that software has configured has been emptied by
   * its own reset, so that there is nothing to enable: it ends disabled.
   */
  private void restart() {
    device.deviceLock.lock();
    try {
      boolean[] enabled = new boolean[device.wqs().size()];
      device.wqs().forEach(wq -> enabled[wq.id()] = wq.state() == WqState.ENABLED);
      device.restartLocked();
      if (device.capabilities().configurable()) {
        device.config().runLocked();
      }
      device.enableLocked();
      for (MainlineWq wq : device.wqs()) {
        if (enabled[wq.id()]) {
          restartLocked(wq);
        }
      }
    } catch (ErrnoException e) {
      device.log().err(device.pci(), "Device restart failed: %s", e.getMessage());
      device.setStateLocked(DeviceState.DISABLED);
    } finally {
      device.deviceLock.unlock();
    }
  }

  private void restartLocked(MainlineWq wq) {
    wq.markDisabledLocked();
    try {
      wq.enableLocked();
    } catch (ErrnoException e) {
      device.log().warn(wq, "Unable to re-enable wq: %s", e.getMessage());
    }
  }

  /** The driver saves and restores the configuration around it. */
  private void resetFunction() {
    try {
      device.pci().reset();
    } catch (ErrnoException e) {
      device.log().err(device.pci(), "FLR failed: %s", e.getMessage());
    }
  }
}
