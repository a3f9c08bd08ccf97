package io.dsafs.idxd.swq;

import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.CompletionInterrupt;
import io.dsafs.idxd.DmaTransaction;
import io.dsafs.idxd.ErrorReports;
import io.dsafs.idxd.SoftwareError;
import io.dsafs.idxd.WqState;
import io.dsafs.pci.IrqHandler;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.IntCause;

/** Vector 0: errors, and what else the device has to say. Mirrors idxd_misc_thread() in irq.c. */
final class MiscInterrupt implements IrqHandler {
  private static final int VECTOR = 0;

  private static final int ERROR = (int) IntCause.SOFTERR.mask();

  /** Accepted, and nothing to do. */
  private static final int NOTED =
      (int) (IntCause.CMD.mask() | IntCause.OCCUPANCY.mask() | IntCause.PERFMON_OVFL.mask());

  private final SwqDevice device;
  private final ErrorReports errors;

  MiscInterrupt(SwqDevice device) {
    this.device = device;
    this.errors = new ErrorReports(device);
  }

  /** Mirrors idxd_irq_handler(). */
  @Override
  public void hard() {
    device.registers().setMasked(VECTOR, true);
  }

  /**
   * The posted code unmasks only after errors, and hears of no error after another cause (14.12).
   *
   * <p>An error that is recorded between taking one and acknowledging the cause loses its cause
   * with that; in the posted code it is then never taken, and no later one recorded.
   */
  @Override
  public void thread() {
    int cause = device.registers().interruptCause();
    boolean failed = (cause & ERROR) != 0 || device.registers().hasSoftwareError();
    SoftwareError error = failed ? errors.take() : null;
    errors.warnUnexpected(cause & ~(ERROR | NOTED));
    device.registers().acknowledgeInterrupt(cause);
    if (error != null) {
      processFault(error);
      processHalt();
    }
    device.registers().setMasked(VECTOR, false);
  }

  /**
   * Finds the descriptor whose completion record the device could not write, and completes it.
   * Mirrors process_fault().
   *
   * <p>Only records are compared: a descriptor is handed over by value and is no memory that the
   * device could name.
   */
  private void processFault(SoftwareError error) {
    long address = error.faultAddress();
    if (!error.valid() || !error.descriptorValid() || address == 0) {
      return;
    }
    for (CompletionInterrupt vector : device.completionInterrupts()) {
      device.registers().setMasked(vector.vector(), true);
      device.pci().synchronizeIrq(vector.vector());
    }
    DmaTransaction failed = takeFaulted(address);
    if (failed != null) {
      failed.queue().complete(failed);
    }
    // Also when one was found: the posted code then leaves all vectors masked (14.10).
    for (CompletionInterrupt vector : device.completionInterrupts()) {
      device.registers().setMasked(vector.vector(), false);
      // Whatever completed meanwhile has sent no message.
      int unused = vector.list().completeFinished();
    }
  }

  private DmaTransaction takeFaulted(long address) {
    device.deviceLock.lock();
    try {
      for (CompletionInterrupt vector : device.completionInterrupts()) {
        DmaTransaction found = vector.list().takeFirst(d -> d.completionAddress() == address);
        if (found != null) {
          return found;
        }
      }
      return null;
    } finally {
      device.deviceLock.unlock();
    }
  }

  private void processHalt() {
    int status = device.registers().deviceStatus();
    if (GenSts.State.of(status) != GenSts.State.HALT) {
      return;
    }
    GenSts.ResetType reset = GenSts.ResetType.of(status);
    device.deviceLock.lock();
    try {
      if (reset == GenSts.ResetType.SOFTWARE) {
        restartLocked();
      } else {
        device.markHaltedLocked();
        device
            .log()
            .err(
                device.pci(),
                "idxd halted, need %s.",
                reset == GenSts.ResetType.FLR ? "FLR" : "system reset");
      }
    } finally {
      device.deviceLock.unlock();
    }
  }

  /** Mirrors idxd_restart(). */
  private void restartLocked() {
    try {
      device.commands().resetDeviceLocked();
      // The reset has cleared these too, and without them nobody hears of the next error.
      device.setUpInterruptRegisters();
      device.config().runLocked();
      device.enableLocked();
    } catch (ErrnoException e) {
      device.log().err(device.pci(), "Device restart failed: %s", e.getMessage());
      device.markHaltedLocked();
      return;
    }
    for (SwqWq wq : device.wqs()) {
      if (wq.state() == WqState.ENABLED) {
        restartLocked(wq);
      }
    }
  }

  /**
   * Enables a queue again that the reset has disabled behind the driver's back. The posted code
   * asks its own state and sends nothing (14.13), and leaves the system PASID in a queue that a
   * process has open (14.40).
   */
  private void restartLocked(SwqWq wq) {
    try {
      if (wq.openerPasid() != 0) {
        device.registers().setWqPasid(wq.id(), true, wq.openerPasid());
      }
      wq.sendEnableLocked();
    } catch (ErrnoException e) {
      wq.markDisabledLocked();
      device.log().warn(wq, "Unable to re-enable wq: %s", e.getMessage());
    }
  }
}
