package io.dsafs.idxd.mainline;

import io.dsafs.idxd.CompletionInterrupt;
import io.dsafs.idxd.IdxdRegisters;

/** The vector of a queue of the kernel, which is never masked. Mirrors idxd_wq_thread(). */
final class QueueInterrupt extends CompletionInterrupt {
  QueueInterrupt(IdxdRegisters registers, int vector) {
    super(registers, vector);
  }

  @Override
  public void hard() {}

  @Override
  public void thread() {
    int unused = list().completeFinished();
  }
}
