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
      (int)
          (IntCause.CMD.mask()
              | IntCause.OCCUPANCY.mask()
              | IntCause.PERFMON_OVFL.mask()
              | IntCause.HALT.mask()
              | IntCause.EVL.mask());

  private final MainlineDevice device;
  private final ErrorReports errors;

  MiscInterrupt(MainlineDevice device) {
    this.device = device;
    this.errors = new ErrorReports(device);
  }

  /** The cause is acknowledged first: what comes while it is looked into raises another. */
  @Override
  public void thread() {
    int cause = device.registers().interruptCause();
    if (cause == 0) {
      return;
    }
    device.registers().acknowledgeInterrupt(cause);
    if ((cause & ERROR) != 0) {
      SoftwareError unused = errors.take();
    }
    if ((cause & REVOKED) != 0) {
      device.wqs().forEach(WqEnabling::renewHandle);
    }
    errors.warnUnexpected(cause & ~(ERROR | REVOKED | NOTED));
  }
}
