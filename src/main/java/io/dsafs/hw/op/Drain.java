package io.dsafs.hw.op;

import io.dsafs.spec.Status;

/**
 * Drain, after the waiting: its readback addresses must be translatable. Source: hardware reference
 * section 8.3.
 */
final class Drain extends Operation {
  static final int READBACK1 = 1 << 16;
  static final int READBACK2 = 1 << 17;

  @Override
  public Status check(Work work) {
    return null;
  }

  @Override
  public void perform(Work work) {
    if ((work.flags() & READBACK1) != 0 && !work.isReadable(work.source())) {
      work.endFault(Status.PFAULT_RDBA, Operand.SOURCE, false, work.source());
    } else if ((work.flags() & READBACK2) != 0 && !work.isReadable(work.destination())) {
      work.endFault(Status.PFAULT_RDBA, Operand.SOURCE2, false, work.destination());
    } else {
      work.end(Status.SUCCESS);
    }
  }

  @Override
  public boolean writes() {
    return false;
  }
}
