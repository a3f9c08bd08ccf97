package io.dsafs.hw.op;

import io.dsafs.spec.Status;

/** No-op: what counts is its record, interrupt or fence. Source: hardware reference section 8.1. */
final class Nothing extends Operation {
  @Override
  public Status check(Work work) {
    return null;
  }

  @Override
  public void perform(Work work) {
    work.end(Status.SUCCESS);
  }

  @Override
  public boolean writes() {
    return false;
  }
}
