package io.dsafs.pci;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.IdAllocator;
import io.dsafs.hw.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A function's MSI-X capability: the table in its BAR, and which handler a message belongs to.
 *
 * <p>Source: drivers/pci/msi.c; PCI Express Base Specification, section 7.7.2.
 */
final class Msix implements Endpoint.InterruptSink {
  /** More than one function may have, by the width of the size field. */
  private static final int MOST_VECTORS = 2048;

  private static final int MESSAGE_CONTROL = 2;
  private static final int TABLE = 4;
  private static final int CONTROL_ENABLE = 1 << 15;
  private static final int CONTROL_MASK_ALL = 1 << 14;
  private static final int CONTROL_SIZE = 0x7ff;

  private static final int ENTRY_BYTES = 16;
  private static final int ENTRY_ADDRESS_LOW = 0;
  private static final int ENTRY_ADDRESS_HIGH = 4;
  private static final int ENTRY_DATA = 8;
  private static final int ENTRY_CONTROL = 12;
  private static final int ENTRY_MASKED = 1;

  /**
   * A message in remappable format: bits 19:5 are the handle, here the machine's interrupt number.
   * Source: Intel VT-d specification, section 5.1.2.2.
   */
  private static final int REMAPPABLE_MESSAGE = 0xfee00010;

  private static final int HANDLE_SHIFT = 5;

  private final ConfigSpace config;
  private final Endpoint endpoint;
  private final IdAllocator irqNumbers;
  private final Executor irqThread;

  /** The machine's interrupt number of each allocated vector; empty while MSI-X is off. */
  @GuardedBy("this")
  private final List<Integer> irqs = new ArrayList<>();

  /** Where the capability was found by the last allocation; 0 before. */
  private volatile int capability;

  /** The handlers, read by whoever sends a message. */
  private final AtomicReferenceArray<IrqVector> handlers = new AtomicReferenceArray<>(MOST_VECTORS);

  Msix(ConfigSpace config, Endpoint endpoint, IdAllocator irqNumbers, Executor irqThread) {
    this.config = config;
    this.endpoint = endpoint;
    this.irqNumbers = irqNumbers;
    this.irqThread = irqThread;
  }

  /** How many vectors the function has, or -1 without the capability. */
  int vectorCount() {
    // Looked for anew: a function can change what it offers while no driver uses it.
    int at = config.findCapability(ConfigSpace.CAP_MSIX);
    return at == 0 ? -1 : (config.read16(at + MESSAGE_CONTROL) & CONTROL_SIZE) + 1;
  }

  /** The machine's interrupt numbers of the allocated vectors. */
  synchronized List<Integer> irqs() {
    return List.copyOf(irqs);
  }

  /**
   * Takes exactly that many vectors and switches MSI-X on; each vector stays masked until it has a
   * handler. Mirrors pci_enable_msix_range().
   *
   * <p>EINVAL: vectors are allocated already; no capability; count below 1. ENOSPC: the function
   * has fewer, or the machine has no numbers left.
   */
  synchronized void allocate(int count) throws ErrnoException {
    int available = vectorCount();
    if (!irqs.isEmpty() || available < 0 || count < 1) {
      throw new ErrnoException(Errno.EINVAL, "no MSI-X, or in use, or no vector wanted");
    }
    if (count > available) {
      throw new ErrnoException(Errno.ENOSPC, "only " + available + " vectors, not " + count);
    }
    capability = config.findCapability(ConfigSpace.CAP_MSIX);
    for (int vector = 0; vector < count; vector++) {
      int irq = irqNumbers.allocate();
      if (irq < 0) {
        releaseNumbersLocked();
        throw new ErrnoException(Errno.ENOSPC, "no interrupt number is left");
      }
      irqs.add(irq);
    }
    program();
  }

  /** Writes the table and switches MSI-X on: after an allocation, and after a reset. */
  private synchronized void program() {
    config.change16(capability + MESSAGE_CONTROL, 0, CONTROL_MASK_ALL | CONTROL_ENABLE);
    for (int vector = 0; vector < irqs.size(); vector++) {
      writeEntry(vector, ENTRY_CONTROL, handlers.get(vector) == null ? ENTRY_MASKED : 0);
      writeEntry(vector, ENTRY_ADDRESS_LOW, address(irqs.get(vector)));
      writeEntry(vector, ENTRY_ADDRESS_HIGH, 0);
      writeEntry(vector, ENTRY_DATA, vector);
    }
    config.change16(capability + MESSAGE_CONTROL, CONTROL_MASK_ALL, 0);
  }

  /** Programs the function anew if vectors are allocated. Mirrors pci_restore_msi_state(). */
  synchronized void restore() {
    if (!irqs.isEmpty()) {
      program();
    }
  }

  /** Frees all vectors and switches MSI-X off. Mirrors pci_disable_msix(). */
  void free() {
    for (int vector = 0; vector < handlers.length(); vector++) {
      freeIrq(vector);
    }
    synchronized (this) {
      if (!irqs.isEmpty()) {
        config.change16(capability + MESSAGE_CONTROL, CONTROL_ENABLE, 0);
        releaseNumbersLocked();
      }
    }
  }

  @GuardedBy("this")
  private void releaseNumbersLocked() {
    irqs.forEach(irqNumbers::release);
    irqs.clear();
  }

  /**
   * Puts a handler behind a vector and unmasks it.
   *
   * <p>EINVAL: the vector is not allocated. EBUSY: it has a handler.
   */
  synchronized void requestIrq(int vector, String name, IrqHandler handler) throws ErrnoException {
    if (vector < 0 || vector >= irqs.size()) {
      throw new ErrnoException(Errno.EINVAL, "vector " + vector + " is not allocated");
    }
    IrqVector added = new IrqVector(irqs.get(vector), name, handler, irqThread);
    if (!handlers.compareAndSet(vector, null, added)) {
      throw new ErrnoException(Errno.EBUSY, "vector " + vector + " has a handler");
    }
    writeEntry(vector, ENTRY_CONTROL, 0);
  }

  /** Masks a vector and takes its handler away, when it has ended; nothing without one. */
  void freeIrq(int vector) {
    IrqVector removed = handlers.getAndSet(vector, null);
    if (removed != null) {
      writeEntry(vector, ENTRY_CONTROL, ENTRY_MASKED);
      removed.free();
    }
  }

  /** Waits until the vector's handler is idle; nothing without one. */
  void synchronizeIrq(int vector) {
    IrqVector target = handlers.get(vector);
    if (target != null) {
      target.synchronize();
    }
  }

  /** No handler runs when this returns, nor until {@link #resume}; messages wait. */
  void suspend() {
    requested().forEach(IrqVector::suspend);
  }

  void resume() {
    requested().forEach(IrqVector::resume);
  }

  /** The vectors with handlers, in order, as /proc/interrupts lists them. */
  List<IrqVector> requested() {
    List<IrqVector> requested = new ArrayList<>();
    for (int vector = 0; vector < handlers.length(); vector++) {
      IrqVector next = handlers.get(vector);
      if (next != null) {
        requested.add(next);
      }
    }
    return requested;
  }

  @Override
  public void message(long address, int data) {
    if (data < 0 || data >= MOST_VECTORS) {
      return;
    }
    IrqVector target = handlers.get(data);
    // A message that no vector was given, as from a stray write, reaches nobody.
    if (target != null && address == (address(target.irq()) & 0xffffffffL)) {
      target.fire();
    }
  }

  private static int address(int irq) {
    return REMAPPABLE_MESSAGE | irq << HANDLE_SHIFT;
  }

  private void writeEntry(int vector, int field, int value) {
    int table = config.read32(capability + TABLE);
    long entry = (table & ~7) + (long) vector * ENTRY_BYTES;
    endpoint.write(table & 7, entry + field, Integer.BYTES, value & 0xffffffffL);
  }
}
