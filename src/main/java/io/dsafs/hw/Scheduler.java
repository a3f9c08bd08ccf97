package io.dsafs.hw;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Brings descriptors from queues to engines and knows what is under way.
 *
 * <p>Methods named {@code ...Locked} are called with the device lock held, all others without. No
 * wake-up is lost: an engine that ends a descriptor takes the next one under the same hold of the
 * lock, so that there is never both an idle engine and work for it, except while stalled.
 */
final class Scheduler {
  /** A descriptor up to this size is short. */
  private static final long QUICK_BYTES = 64 * 1024;

  private final Object lock;
  private final DeviceState device;
  private final OccupancyInterrupts occupancy;
  private Engine[] engines = {};
  private EngineDriver driver = EngineDriver.MANUAL;
  private Runnable progress = () -> {};
  private Consumer<RuntimeException> failure = error -> {};
  private long stalled;
  private boolean closed;
  private int waiters;
  private int nextEngine;

  Scheduler(Object lock, DeviceState device, OccupancyInterrupts occupancy) {
    this.lock = lock;
    this.device = device;
    this.occupancy = occupancy;
  }

  /**
   * Wires what needs the scheduler itself.
   *
   * @param onProgress called with the lock held whenever a descriptor has ended
   * @param onFailure called without the lock when an engine met something unforeseen
   */
  void wire(
      Engine[] all, EngineDriver with, Runnable onProgress, Consumer<RuntimeException> onFailure) {
    engines = all.clone();
    driver = with;
    progress = onProgress;
    failure = onFailure;
  }

  /** Whether engines run by themselves, so that it makes sense to wait for software. */
  boolean isAutomatic() {
    return driver.isAutomatic();
  }

  // Taking work.

  /**
   * After a descriptor was accepted: an engine that has taken one and is to be started, or null.
   */
  Engine claimLocked(Group group) {
    if (group == null || !driver.isAutomatic()) {
      return null;
    }
    Engine idle = group.idleEngine();
    return idle != null && loadLocked(idle) ? idle : null;
  }

  /** Starts what {@link #claimLocked} answered; may run it on this thread. */
  void start(Engine engine) {
    driver.start(engine, true);
  }

  private boolean loadLocked(Engine engine) {
    if (closed || !(device.isEnabled() || device.isDraining()) || !engine.load()) {
      return false;
    }
    boolean quick =
        !engine.isBatch()
            && engine.size() <= QUICK_BYTES
            && !(engine.isDrain() && isEarlierInFlightLocked(engine));
    engine.setQuick(quick);
    occupancy.checkLocked(engine.submission().queue);
    return true;
  }

  /** Runs an engine that has been loaded; answers whether it has been loaded again. */
  boolean runAndReload(Engine engine) {
    execute(engine);
    boolean more;
    synchronized (lock) {
      retireLocked(engine);
      more = loadLocked(engine);
    }
    occupancy.flush();
    return more;
  }

  private void execute(Engine engine) {
    try {
      if (engine.isDrain()) {
        awaitEarlier(engine);
      }
      engine.run();
    } catch (RuntimeException unforeseen) {
      failure.accept(unforeseen);
    }
  }

  private void retireLocked(Engine engine) {
    engine.retire();
    progressLocked();
  }

  /** Something ended or was abandoned: whoever waits looks again. */
  void progressLocked() {
    progress.run();
    if (waiters > 0) {
      lock.notifyAll();
    }
  }

  private void awaitEarlier(Engine engine) {
    synchronized (lock) {
      if (isEarlierInFlightLocked(engine)) {
        waitLocked(() -> engine.isVoid() || !isEarlierInFlightLocked(engine));
      }
    }
  }

  /**
   * Waits on the thread of an engine, letting go of the lock, until something holds or the device
   * is closed.
   */
  void waitLocked(BooleanSupplier condition) {
    waiters++;
    try {
      while (!closed && !condition.getAsBoolean()) {
        lock.wait();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      waiters--;
    }
  }

  /** Whether a drain would have to wait: earlier descriptors of its queue, or PASID, run. */
  private boolean isEarlierInFlightLocked(Engine drain) {
    Submission mine = drain.submission();
    for (Engine engine : engines) {
      if (engine == drain || !engine.isBusy()) {
        continue;
      }
      Submission other = engine.submission();
      boolean sameName = mine.settings.dedicated() || other.pasid == mine.pasid;
      if (other.queue == mine.queue && other.sequence < mine.sequence && sameName) {
        return true;
      }
    }
    return false;
  }

  // What is under way.

  /** Whether all descriptors of a queue up to a number have ended. */
  boolean isDrainedLocked(WorkQueue queue, long upTo) {
    if (queue.holds(upTo)) {
      return false;
    }
    for (Engine engine : engines) {
      if (engine.isBusy()
          && engine.submission().queue == queue
          && engine.submission().sequence <= upTo) {
        return false;
      }
    }
    return true;
  }

  /** Whether all descriptors of a PASID in a queue up to a number have ended. */
  boolean isPasidDrainedLocked(int pasid, WorkQueue queue, long upTo) {
    if (queue.holdsPasid(pasid, upTo)) {
      return false;
    }
    for (Engine engine : engines) {
      if (engine.isBusy()
          && engine.submission().queue == queue
          && engine.submission().hasPasid
          && engine.submission().pasid == pasid
          && engine.submission().sequence <= upTo) {
        return false;
      }
    }
    return true;
  }

  boolean isAnyBusyLocked() {
    for (Engine engine : engines) {
      if (engine.isBusy()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Waits, letting go of the lock, until something holds.
   *
   * @return whether it holds
   */
  boolean awaitLocked(BooleanSupplier condition, long timeoutMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    waiters++;
    try {
      while (!condition.getAsBoolean()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        TimeUnit.NANOSECONDS.timedWait(lock, left);
      }
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      waiters--;
    }
  }

  // Stepping and stalling.

  /** Lets one engine run one descriptor on this thread; answers whether one did. */
  boolean step() {
    Engine engine = null;
    synchronized (lock) {
      for (int i = 0; i < engines.length && engine == null; i++) {
        Engine candidate = engines[(nextEngine + i) % engines.length];
        if (loadLocked(candidate)) {
          engine = candidate;
          nextEngine = (candidate.index() + 1) % engines.length;
        }
      }
    }
    if (engine == null) {
      return false;
    }
    execute(engine);
    boolean more;
    synchronized (lock) {
      retireLocked(engine);
      more = driver.isAutomatic() && loadLocked(engine);
    }
    occupancy.flush();
    if (more) {
      driver.start(engine, false);
    }
    return true;
  }

  /** Which engines are stalled, a bit for each. */
  long stalledLocked() {
    return stalled;
  }

  /** Whether nothing ends by itself any more: an engine is stalled, and none runs. */
  boolean isStuckLocked() {
    return stalled != 0 && !isAnyBusyLocked();
  }

  /**
   * From now on these engines take nothing, and all others do.
   *
   * @param bitmap a bit for each engine; others are ignored
   */
  void stall(long bitmap) {
    synchronized (lock) {
      stalled = 0;
      for (Engine engine : engines) {
        long bit = bitmap & 1L << engine.index();
        engine.setStalled(bit != 0);
        stalled |= bit;
      }
      if (waiters > 0) {
        lock.notifyAll();
      }
    }
    if (!driver.isAutomatic()) {
      return;
    }
    for (Engine engine : engines) {
      boolean loaded;
      synchronized (lock) {
        loaded = loadLocked(engine);
      }
      if (loaded) {
        driver.start(engine, false);
      }
    }
    occupancy.flush();
  }

  /** Ends everything: engines finish what they run and take nothing more. */
  void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    driver.close();
  }
}
