package io.dsafs.hw;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings descriptors from queues to engines and knows what is under way.
 *
 * <p>Methods named {@code ...Locked} are called with the device lock held, all others without. No
 * wake-up is lost: an engine that ends a descriptor takes the next one under the same hold of the
 * lock, so that there is never both an idle engine and work for it, except while stalled.
 */
final class Scheduler {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  /** A descriptor up to this size is short. */
  private static final long QUICK_BYTES = 64 * 1024;

  /** How often an engine that waits for software gives a sign of life. */
  private static final long BEAT_NANOS = 250_000_000;

  /** So many threads may be held up in executions that were given up; then engines are, too. */
  private static final int MOST_GIVEN_UP = 64;

  private final Object lock;
  private final DeviceState device;
  private final OccupancyInterrupts occupancy;
  private Engine[] engines = {};
  private EngineDriver driver = EngineDriver.MANUAL;
  private Runnable progress = () -> {};
  private Consumer<Throwable> failure = error -> {};
  private long stalled;
  private boolean closed;
  private int waiters;
  private int nextEngine;
  private int givenUp;

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
  void wire(Engine[] all, EngineDriver with, Runnable onProgress, Consumer<Throwable> onFailure) {
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

  /**
   * A queue is full. Waits for room, if it is full because the calling thread has claimed an engine
   * that it has not run yet; bounded, as that engine may be held up.
   *
   * @return whether there is room
   */
  boolean awaitRoomLocked(Group group, BooleanSupplier room) {
    long patience = 0;
    for (Engine engine : group.engines()) {
      if (engine.isBusy()) {
        patience = Math.max(patience, driver.patienceNanosLocked(engine));
      }
    }
    return patience > 0 && awaitNanosLocked(room, patience);
  }

  private boolean loadLocked(Engine engine) {
    if (closed || !(device.isEnabled() || device.isDraining()) || !engine.load()) {
      return false;
    }
    Execution loaded = engine.execution();
    try {
      boolean quick =
          !loaded.isBatch()
              && loaded.size() <= QUICK_BYTES
              && !(loaded.isDrain() && isEarlierInFlightLocked(engine));
      engine.setQuick(quick);
      occupancy.checkLocked(loaded.submission().queue);
    } catch (RuntimeException | Error unforeseen) {
      loaded.failLater(unforeseen);
    }
    return true;
  }

  /**
   * Runs an engine that has been loaded; answers whether it has been loaded again. Whatever is
   * thrown, the engine is not busy any more.
   */
  boolean runAndReload(Engine engine) {
    Execution execution = engine.execution();
    if (!execution.begin()) {
      return false; // another thread was quicker
    }
    execute(engine, execution);
    boolean more = false;
    try {
      synchronized (lock) {
        if (retireLocked(engine, execution)) {
          more = loadLocked(engine);
        }
      }
      occupancy.flush();
    } catch (RuntimeException | Error unforeseen) {
      failure.accept(unforeseen);
    }
    return more;
  }

  private void execute(Engine engine, Execution execution) {
    try {
      if (execution.isDrain()) {
        awaitEarlier(engine, execution);
      }
      execution.run();
    } catch (RuntimeException | Error unforeseen) {
      failure.accept(unforeseen);
    }
  }

  /** False if the execution has been given up: the engine is not this thread's any more. */
  private boolean retireLocked(Engine engine, Execution execution) {
    if (engine.execution() != execution) {
      givenUp--;
      return false;
    }
    engine.retire();
    progressLocked();
    return true;
  }

  /** An engine has been loaded, and there is no thread to run it. */
  void cannotRun(Engine engine, Throwable why) {
    failure.accept(why);
    synchronized (lock) {
      Execution execution = engine.execution();
      if (execution.begin()) {
        boolean unused = retireLocked(engine, execution);
      }
    }
  }

  /**
   * Somebody waits for what is under way. An engine without a sign of life, as it is held up by
   * memory that nobody provides, is given up: its descriptor and those in the queue in the same
   * name are void, and it goes on with others. A device whose requests for a page are not answered
   * would stay held up, and with it everybody who waits for a command.
   *
   * @param patienceNanos after so long without a sign of life; well above {@link #BEAT_NANOS}
   */
  void giveUpHeldUpLocked(long patienceNanos) {
    if (!driver.isAutomatic()) {
      return;
    }
    long now = System.nanoTime();
    for (Engine engine : engines) {
      if (engine.isHeldUp(now, patienceNanos)) {
        giveUpLocked(engine);
      }
    }
  }

  private void giveUpLocked(Engine engine) {
    if (engine.execution().isReady()) {
      driver.start(engine, false); // its thread is held up elsewhere
      return;
    }
    if (givenUp == MOST_GIVEN_UP) {
      return;
    }
    Submission of = engine.submission();
    WorkQueue queue = of.queue;
    int pasid = of.pasid;
    boolean named = of.hasPasid;
    engine.giveUp();
    driver.giveUpLocked(engine);
    givenUp++;
    if (named) {
      queue.abandonPasid(pasid);
      LOG.warn("engine {} was held up by the memory of PASID {}: given up", engine.index(), pasid);
    } else {
      LOG.warn("engine {} was held up by memory: given up", engine.index());
    }
    progressLocked();
    if (loadLocked(engine)) {
      driver.start(engine, false);
    }
  }

  /** Something ended or was abandoned: whoever waits looks again. */
  void progressLocked() {
    progress.run();
    if (waiters > 0) {
      lock.notifyAll();
    }
  }

  private void awaitEarlier(Engine engine, Execution drain) {
    synchronized (lock) {
      if (isEarlierInFlightLocked(engine)) {
        waitLocked(() -> drain.isVoid() || !isEarlierInFlightLocked(engine));
      }
    }
  }

  /**
   * Waits on the thread of an engine, letting go of the lock, until something holds or the device
   * is closed. An interrupt ends no wait: what has begun ends in its own time.
   *
   * @param condition asked now and then, too, which is the engine's sign of life
   */
  void waitLocked(BooleanSupplier condition) {
    boolean interrupted = false;
    waiters++;
    try {
      while (!closed && !condition.getAsBoolean()) {
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, BEAT_NANOS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      waiters--;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
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

  /** How many engines are busy with a descriptor of a queue. */
  int runningLocked(WorkQueue queue) {
    int running = 0;
    for (Engine engine : engines) {
      if (engine.isBusy() && engine.submission().queue == queue) {
        running++;
      }
    }
    return running;
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
   * Waits, letting go of the lock, until something holds; an interrupt does not end it.
   *
   * @return whether it holds
   */
  boolean awaitLocked(BooleanSupplier condition, long timeoutMillis) {
    return awaitNanosLocked(condition, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
  }

  private boolean awaitNanosLocked(BooleanSupplier condition, long timeoutNanos) {
    long deadline = System.nanoTime() + timeoutNanos;
    boolean interrupted = false;
    waiters++;
    try {
      while (!condition.getAsBoolean()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(lock, left);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      return true;
    } finally {
      waiters--;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
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
    Execution execution = engine.execution();
    if (execution.begin()) {
      execute(engine, execution);
      boolean more;
      synchronized (lock) {
        more = retireLocked(engine, execution) && driver.isAutomatic() && loadLocked(engine);
      }
      occupancy.flush();
      if (more) {
        driver.start(engine, false);
      }
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
