package io.dsafs.idxd;

import io.dsafs.pci.IrqHandler;

/** A vector that tells of completions. Mirrors idxd_wq_thread() in irq.c. */
public class CompletionInterrupt implements IrqHandler {
  private static final int MAX_RETRIES = 10;

  private final IdxdRegisters registers;
  private final int vector;
  private final CompletionList list = new CompletionList();

  /**
   * @param vector from 1 on; also the interrupt handle of descriptors
   */
  public CompletionInterrupt(IdxdRegisters registers, int vector) {
    this.registers = registers;
    this.vector = vector;
  }

  public CompletionList list() {
    return list;
  }

  public int vector() {
    return vector;
  }

  /** Mirrors idxd_irq_handler(). */
  @Override
  public void hard() {
    registers.setMasked(vector, true);
  }

  /**
   * Completes what has finished, looking again a few times while something remains. Whether it did
   * anything is nobody's business here: a message cannot be shared (14.11).
   */
  @Override
  public void thread() {
    int retries = 0;
    do {
      int unused = list.completeFinished();
      retries++;
    } while (!list.isEmpty() && retries < MAX_RETRIES);
    registers.setMasked(vector, false);
    // A completion between the last look and here has sent no message, as the vector was masked.
    int unused = list.completeFinished();
  }
}
