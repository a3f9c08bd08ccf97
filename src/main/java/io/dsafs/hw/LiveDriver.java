package io.dsafs.hw;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs engines by themselves: short work on the thread that submitted it, when that has answered,
 * because waking another costs more than the work; long work, and what is left after a bounded
 * number of descriptors, on a thread of the engine.
 */
final class LiveDriver implements EngineDriver {
  /** How many descriptors a submitting thread runs before it hands the engine over. */
  private static final int INLINE_DESCRIPTORS = 32;

  /** So long a thread that fills a queue may wait for an engine that it has claimed itself. */
  private static final long OWN_WORK_NANOS = 100_000_000;

  /** All threads together. What they run has been waited for before. */
  private static final long CLOSE_TIMEOUT_MILLIS = 1000;

  private final String deviceName;
  private final Scheduler scheduler;
  private final AfterAnswer afterAnswer;
  private final Claim[] claims;

  @GuardedBy("this")
  private final EngineThread[] threads;

  private volatile boolean closed;

  /**
   * @param engines all of the device
   */
  LiveDriver(String deviceName, Scheduler scheduler, Engine[] engines, AfterAnswer afterAnswer) {
    this.deviceName = deviceName;
    this.scheduler = scheduler;
    this.afterAnswer = afterAnswer;
    threads = new EngineThread[engines.length];
    claims = new Claim[engines.length];
    for (Engine engine : engines) {
      claims[engine.index()] = new Claim(engine);
    }
  }

  /**
   * An engine for the thread that has claimed it, which runs it when it has answered; unless the
   * engine's own thread comes first.
   */
  private final class Claim implements Runnable {
    private final Engine engine;
    private volatile Thread claimant;

    /** Until when the claimant may wait for the engine, once it does; of the claimant. */
    private long patientUntil;

    Claim(Engine engine) {
      this.engine = engine;
    }

    @Override
    public void run() {
      claimant = null; // what the engine takes from now on is not of this claim
      runHere(engine);
    }
  }

  /** Runs its engine each time it is handed over, until there is no work. */
  private final class EngineThread extends Thread {
    private final Engine engine;
    private volatile boolean handed;
    private volatile boolean replaced;

    EngineThread(Engine engine) {
      super(deviceName + "-engine" + engine.index());
      this.engine = engine;
      setDaemon(true);
    }

    @Override
    public void run() {
      while (!closed && !replaced) {
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
    Claim claim = claims[engine.index()];
    if (!mayRunHere || !engine.isQuick()) {
      claim.claimant = null;
      handOver(engine);
      return;
    }
    AfterAnswer.Turn turn = afterAnswer.offer(claim);
    claim.claimant = turn == AfterAnswer.Turn.LATER ? Thread.currentThread() : null;
    claim.patientUntil = 0;
    switch (turn) {
      case NOW -> runHere(engine);
      case ELSEWHERE -> handOver(engine);
      case LATER -> {}
    }
  }

  private void runHere(Engine engine) {
    int budget = INLINE_DESCRIPTORS;
    while (engine.isQuick() && budget > 0) {
      budget--;
      if (!scheduler.runAndReload(engine)) {
        return;
      }
    }
    handOver(engine);
  }

  private void handOver(Engine engine) {
    try {
      EngineThread thread = threadOf(engine);
      thread.handed = true;
      LockSupport.unpark(thread);
    } catch (OutOfMemoryError noThread) {
      scheduler.cannotRun(engine, noThread);
    }
  }

  private synchronized EngineThread threadOf(Engine engine) {
    EngineThread thread = threads[engine.index()];
    if (thread == null) {
      thread = new EngineThread(engine);
      thread.start();
      threads[engine.index()] = thread;
    }
    return thread;
  }

  @Override
  public long patienceNanosLocked(Engine engine) {
    Claim claim = claims[engine.index()];
    if (claim.claimant != Thread.currentThread()) {
      return 0;
    }
    if (claim.patientUntil == 0) {
      claim.patientUntil = System.nanoTime() + OWN_WORK_NANOS;
      handOver(engine);
    }
    return claim.patientUntil - System.nanoTime();
  }

  @Override
  public synchronized void giveUpLocked(Engine engine) {
    EngineThread thread = threads[engine.index()];
    if (thread != null) {
      thread.replaced = true;
      threads[engine.index()] = null;
      LockSupport.unpark(thread);
    }
  }

  @Override
  public void close() {
    closed = true;
    EngineThread[] all;
    synchronized (this) {
      all = threads.clone();
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_TIMEOUT_MILLIS);
    for (EngineThread thread : all) {
      if (thread != null && thread != Thread.currentThread()) {
        LockSupport.unpark(thread);
        joinUntil(thread, deadline);
      }
    }
  }

  private static void joinUntil(Thread thread, long deadline) {
    try {
      TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, deadline - System.nanoTime()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
