package io.dsafs.pci;

/** What a driver puts behind an interrupt vector. Mirrors request_threaded_irq(). */
public interface IrqHandler {
  /** The part that runs at once, on the sender's thread: quick, may not block. Often nothing. */
  default void hard() {}

  /** The part that follows on the interrupt thread; never twice at once for one vector. */
  void thread();
}
