package io.dsafs.pci;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.Executor;

/**
 * An interrupt vector with its handler: the hard part at once, then the thread part.
 *
 * <p>A message that arrives while the thread part runs makes it run once more, as the kernel's
 * interrupt thread does. Source: kernel/irq/manage.c.
 */
final class IrqVector {
  private final int irq;
  private final String name;
  private final IrqHandler handler;
  private final Executor executor;

  @GuardedBy("this")
  private boolean live = true;

  /** A message waits until {@link #resume}. */
  @GuardedBy("this")
  private boolean suspended;

  /** One has come meanwhile. */
  @GuardedBy("this")
  private boolean missed;

  /** The thread part is wanted and nobody has begun it. */
  @GuardedBy("this")
  private boolean woken;

  /** Who runs the thread part, or null. */
  @GuardedBy("this")
  private Thread runner;

  /** Hard parts that are running. */
  @GuardedBy("this")
  private int hardRunning;

  /**
   * @param irq the machine's number of the vector
   * @param name as /proc/interrupts shows it
   */
  IrqVector(int irq, String name, IrqHandler handler, Executor executor) {
    this.irq = irq;
    this.name = name;
    this.handler = handler;
    this.executor = executor;
  }

  int irq() {
    return irq;
  }

  String name() {
    return name;
  }

  /** The message has arrived. */
  void fire() {
    synchronized (this) {
      missed = missed || suspended;
      if (!live || suspended) {
        return;
      }
      hardRunning++;
    }
    boolean handled = false;
    boolean wake;
    try {
      handler.hard();
      handled = true;
    } finally {
      synchronized (this) {
        hardRunning--;
        // What is noted as woken is woken below, which a failure does not come to.
        wake = handled && live && !woken;
        woken = woken || wake;
        notifyAll();
      }
    }
    if (wake) {
      executor.execute(this::runThread);
    }
  }

  /** Runs the thread part as long as it is wanted, unless another thread is at it. */
  private void runThread() {
    if (!begin()) {
      return;
    }
    do {
      try {
        handler.thread();
      } catch (RuntimeException | Error e) {
        end();
        throw e;
      }
    } while (again());
  }

  private synchronized boolean begin() {
    if (!woken || runner != null) {
      return false;
    }
    woken = false;
    runner = Thread.currentThread();
    return true;
  }

  private synchronized boolean again() {
    if (woken) {
      woken = false;
      return true;
    }
    end();
    return false;
  }

  private synchronized void end() {
    runner = null;
    notifyAll();
  }

  /**
   * Waits until the handler's parts that are running or due have ended. Mirrors synchronize_irq().
   *
   * <p>A thread part that is due but not begun is run here: the caller may be on the only interrupt
   * thread. Called by a handler on its own vector, this does not wait for that handler.
   */
  void synchronize() {
    boolean interrupted = false;
    while (true) {
      runThread();
      synchronized (this) {
        if (hardRunning == 0 && ((runner == null && !woken) || isOwn())) {
          break;
        }
        if (hardRunning == 0 && runner == null) {
          continue;
        }
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @GuardedBy("this")
  private boolean isOwn() {
    return runner == Thread.currentThread();
  }

  /**
   * The handler hears of no message until {@link #resume}; returns when it has ended. Mirrors
   * disable_irq().
   */
  void suspend() {
    synchronized (this) {
      suspended = true;
    }
    synchronize();
  }

  /** The handler hears of messages again, at once if one has come. Mirrors enable_irq(). */
  void resume() {
    boolean due;
    synchronized (this) {
      due = suspended && missed;
      suspended = false;
      missed = false;
    }
    if (due) {
      fire();
    }
  }

  /** No message reaches the handler from now on; returns when it has ended. Mirrors free_irq(). */
  void free() {
    synchronized (this) {
      live = false;
    }
    synchronize();
  }
}
