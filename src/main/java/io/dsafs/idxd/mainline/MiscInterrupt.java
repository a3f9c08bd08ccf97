package io.dsafs.idxd.mainline;

import io.dsafs.idxd.ErrorReports;
import io.dsafs.idxd.SoftwareError;
import io.dsafs.pci.IrqHandler;
import io.dsafs.spec.IntCause;

/** Vector 0: errors, and what else the device has to say. Mirrors idxd_misc_thread() in irq.c. */
final class MiscInterrupt implements IrqHandler {
  private static final int ERROR = (int) IntCause.SOFTERR.mask();

  private static final int REVOKED = (int) IntCause.INT_HANDLE_REVOKED.mask();

  /** Accepted, and nothing to do. */
  private static final int NOTED =
      (int) (IntCause.CMD.mask() | IntCause.OCCUPANCY.mask() | IntCause.PERFMON_OVFL.mask());

  private static final int HALT = (int) IntCause.HALT.mask();

  private static final int EVENTS = (int) IntCause.EVL.mask();

  private final MainlineDevice device;
  private final ErrorReports errors;
  private final HaltRecovery halts;

  MiscInterrupt(MainlineDevice device) {
    this.device = device;
    this.errors = new ErrorReports(device);
    this.halts = new HaltRecovery(device, device.globals().workers());
  }

  /**
   * The cause is acknowledged first: what comes while it is looked into raises another. Of a halt
   * nothing else matters.
   */
  @Override
  public void thread() {
    int cause = device.registers().interruptCause();
    if (cause == 0) {
      return;
    }
    device.registers().acknowledgeInterrupt(cause);
    if ((cause & HALT) != 0) {
      halts.handle();
      return;
    }
    if ((cause & ERROR) != 0) {
      SoftwareError unused = errors.take();
    }
    if ((cause & REVOKED) != 0) {
      device.wqs().forEach(WqEnabling::renewHandle);
    }
    if ((cause & EVENTS) != 0) {
      // Writing to a process may take as long as its memory does; no interrupt waits for that.
      device.globals().workers().execute(device.eventService()::service);
    }
    errors.warnUnexpected(cause & ~(ERROR | REVOKED | NOTED | EVENTS));
  }
}
