package io.dsafs.hw;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs engines by themselves: short work on the thread that submitted it, because waking another
 * costs more than the work; long work, and what is left after a bounded number of descriptors, on a
 * thread of the engine.
 */
final class LiveDriver implements EngineDriver {
  /** How many descriptors a submitting thread runs before it hands the engine over. */
  private static final int INLINE_DESCRIPTORS = 32;

  private static final long CLOSE_TIMEOUT_MILLIS = 5000;

  private final String deviceName;
  private final Scheduler scheduler;

  @GuardedBy("this")
  private final EngineThread[] threads;

  private volatile boolean closed;

  LiveDriver(String deviceName, Scheduler scheduler, int engines) {
    this.deviceName = deviceName;
    this.scheduler = scheduler;
    threads = new EngineThread[engines];
  }

  /** Runs its engine each time it is handed over, until there is no work. */
  private final class EngineThread extends Thread {
    private final Engine engine;
    private volatile boolean handed;

    EngineThread(Engine engine) {
      super(deviceName + "-engine" + engine.index());
      this.engine = engine;
      setDaemon(true);
    }

    @Override
    public void run() {
      while (!closed) {
        if (!handed) {
          LockSupport.park(this);
          continue;
        }
        handed = false;
        boolean more;
        do {
          more = scheduler.runAndReload(engine);
        } while (more);
      }
    }
  }

  @Override
  public boolean isAutomatic() {
    return true;
  }

  @Override
  public void start(Engine engine, boolean mayRunHere) {
    int budget = mayRunHere ? INLINE_DESCRIPTORS : 0;
    while (engine.isQuick() && budget > 0) {
      budget--;
      if (!scheduler.runAndReload(engine)) {
        return;
      }
    }
    EngineThread thread = threadOf(engine);
    thread.handed = true;
    LockSupport.unpark(thread);
  }

  private synchronized EngineThread threadOf(Engine engine) {
    EngineThread thread = threads[engine.index()];
    if (thread == null) {
      thread = new EngineThread(engine);
      threads[engine.index()] = thread;
      thread.start();
    }
    return thread;
  }

  @Override
  public void close() {
    closed = true;
    EngineThread[] all;
    synchronized (this) {
      all = threads.clone();
    }
    for (EngineThread thread : all) {
      if (thread != null && thread != Thread.currentThread()) {
        LockSupport.unpark(thread);
        try {
          thread.join(CLOSE_TIMEOUT_MILLIS);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }
}
