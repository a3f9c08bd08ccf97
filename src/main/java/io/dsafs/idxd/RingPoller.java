package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.TaskWork;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the rings that are in use, so that their clients need no system call, and stops looking
 * soon after they have stopped.
 *
 * <p>Two threads, while there are rings: one looks, and sleeps when no ring is in use. The other
 * replaces it when it is held up, as it is by a client whose memory answers slowly, and gives up
 * the rings of processes that have ended; it, too, is asleep almost always.
 */
final class RingPoller {
  private static final Logger LOG = LoggerFactory.getLogger(RingPoller.class);

  /** More rings than this are refused, all processes together. */
  static final int MOST_RINGS = 1024;

  /** A ring without a store for so long, and for so many looks, is left alone. */
  private static final long IDLE_NANOS = 100_000;

  private static final int IDLE_LOOKS = 32;

  /** For so long after the last store the thread does not even offer its core to others. */
  private static final long KEEN_NANOS = 20_000;

  /** A call of RING_ENTER so soon after another is a sign that more will come. */
  private static final long SOON_NANOS = 1_000_000;

  /** How long one look may take before another thread is put in place. */
  private static final long PATIENCE_NANOS = 50_000_000;

  /** How often the rings are asked whether their processes live. */
  private static final long SWEEP_NANOS = 1_000_000_000;

  /** So many signs, at most, until a ring is looked at for which that did not pay before. */
  private static final int MOST_RELUCTANCE = 8192;

  /** Looking at a ring has paid if it has found something so many times before the next pause. */
  private static final int WORTHWHILE_FINDS = 16;

  /**
   * Over so long a time it is seen whether looking pays. Shorter would be unfair: while the looking
   * thread is without a core, all clients wait in vain.
   */
  private static final long COUNTING_NANOS = 20_000_000;

  /** What a store by its own system call takes. */
  private static final long CALL_NANOS = 25_000;

  /**
   * A ring and whether looking at it pays. The counts are approximate: nothing depends on them but
   * speed.
   */
  static final class Entry {
    private final PortalRing ring;
    private volatile boolean attended;

    /** It has been looked at since then: waking up takes its time. */
    private volatile boolean seen;

    /** So many signs are needed before the ring is looked at. */
    private volatile int reluctance = 1;

    private volatile int signs;
    private volatile long enteredAt = System.nanoTime() - SOON_NANOS;

    /** Looks that found something. */
    private volatile int finds;

    /** Since when they are counted. */
    private volatile long countedFrom;

    // Of the polling thread.
    private long usedAt;
    private int idleLooks;

    private Entry(PortalRing ring) {
      this.ring = ring;
    }

    private void paid(boolean worthwhile) {
      reluctance =
          worthwhile ? Math.max(1, reluctance / 2) : Math.min(reluctance * 2, MOST_RELUCTANCE);
      count();
    }

    private void count() {
      finds = 0;
      countedFrom = System.nanoTime();
    }
  }

  /** Looks at rings. What a look leaves to do is done when the ring is free again. */
  private static final class PollerThread extends Thread implements TaskWork.Owner {
    private final TaskWork taskWork = new TaskWork();

    PollerThread(Runnable body, String name) {
      super(body, name);
      setDaemon(true);
    }

    @Override
    public TaskWork taskWork() {
      return taskWork;
    }
  }

  private static final Entry[] NONE = {};

  /** Replaced with the monitor held, never changed; likewise {@link #active}. */
  private volatile Entry[] all = NONE;

  /** Those that are looked at. */
  private volatile Entry[] active = NONE;

  private volatile PollerThread poller;
  private volatile Thread guard;

  /** Counts looks; written by the polling thread. */
  private volatile long looks;

  @GuardedBy("this")
  private int pollers;

  /** Takes a ring on; null if there are too many. */
  synchronized Entry add(PortalRing ring) {
    Entry[] before = all;
    if (before.length >= MOST_RINGS) {
      return null;
    }
    Entry entry = new Entry(ring);
    all = with(before, entry);
    if (before.length == 0) {
      startPoller(null);
      guard = new Thread(this::guard, "ring-guard");
      guard.setDaemon(true);
      guard.start();
    }
    return entry;
  }

  /** Lets a ring go that has ended. The threads end with the last one. */
  synchronized void remove(Entry entry) {
    active = without(active, entry);
    all = without(all, entry);
    if (all.length == 0) {
      Thread lastPoller = poller;
      Thread lastGuard = guard;
      poller = null;
      guard = null;
      LockSupport.unpark(lastPoller);
      LockSupport.unpark(lastGuard);
    }
  }

  /**
   * Ends all rings: what was stored is taken, and clients are told. By a thread that runs nothing
   * of it, so that no client holds it up; bounded all the same.
   */
  void endAll(long timeoutMillis) throws InterruptedException {
    Thread ending = new PollerThread(this::endAll, "ring-end");
    ending.start();
    ending.join(timeoutMillis);
  }

  private void endAll() {
    for (Entry entry : all) {
      entry.ring.end();
      remove(entry);
    }
  }

  /**
   * RING_ENTER: takes what is ready, and has the ring looked at if there seems to be more.
   *
   * <p>A client enters a ring that is looked at when it has waited in vain. On a machine with more
   * to run than cores that is the rule: looking then costs more than it saves, and is given up.
   */
  void enter(Entry entry) {
    boolean any = entry.ring.enter();
    if (entry.attended) {
      if (entry.seen) {
        missed(entry);
      }
      return;
    }
    long now = System.nanoTime();
    boolean sign = any && now - entry.enteredAt < SOON_NANOS;
    entry.enteredAt = now;
    entry.signs = sign ? entry.signs + 1 : 0;
    if (sign && entry.signs >= entry.reluctance) {
      activate(entry);
    }
  }

  private void missed(Entry entry) {
    long counted = System.nanoTime() - entry.countedFrom;
    if (counted > COUNTING_NANOS) {
      boolean worthwhile = counted < entry.finds * CALL_NANOS;
      if (worthwhile || deactivate(entry)) {
        entry.paid(worthwhile);
      }
    }
  }

  private synchronized void activate(Entry entry) {
    if (entry.attended || !Arrays.asList(all).contains(entry)) {
      return;
    }
    entry.signs = 0;
    entry.seen = false;
    entry.attended = true;
    entry.ring.attend();
    Entry[] before = active;
    active = with(before, entry);
    if (before.length == 0) {
      LockSupport.unpark(poller);
      LockSupport.unpark(guard);
    }
  }

  /**
   * False if there is something to be taken first, or somebody was quicker: a ring that has been
   * let go must not be told to rest again, for what is ready then would make it say that it is
   * looked at.
   */
  private synchronized boolean deactivate(Entry entry) {
    if (!entry.attended || !entry.ring.rest()) {
      return false;
    }
    entry.attended = false;
    active = without(active, entry);
    return true;
  }

  // The polling thread.

  /**
   * @param left what the one before, which is held up, has left to do; null if nothing
   */
  @GuardedBy("this")
  private void startPoller(TaskWork left) {
    PollerThread next = new PollerThread(this::poll, "ring-poller-" + ++pollers);
    if (left != null) {
      next.taskWork().takeOver(left);
    }
    next.start();
    poller = next;
  }

  private void poll() {
    PollerThread self = (PollerThread) Thread.currentThread();
    awaitTurn(self);
    workOff(self);
    long usedAt = System.nanoTime();
    while (poller == self) {
      Entry[] rings = active;
      if (rings.length == 0) {
        sleep();
        usedAt = System.nanoTime();
        continue;
      }
      long now = System.nanoTime();
      boolean any = false;
      for (int i = 0; i < rings.length && poller == self; i++) {
        any |= look(self, rings[i], now);
      }
      if (any) {
        usedAt = now;
      } else if (now - usedAt < KEEN_NANOS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
  }

  /** The fields are set after the thread was started, with the monitor held. */
  private void awaitTurn(Thread self) {
    synchronized (this) {
      if (poller != self && guard != self) {
        LOG.debug("{} has come too late", self.getName());
      }
    }
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // approximate
  private boolean look(PollerThread self, Entry entry, long now) {
    looks = looks + 1;
    if (!entry.seen) {
      entry.usedAt = now;
      entry.idleLooks = 0;
      entry.count();
      entry.seen = true;
    }
    boolean any;
    try {
      self.taskWork().open();
      any = entry.ring.serve();
    } catch (RuntimeException | Error e) {
      LOG.error("a ring failed and ends", e);
      boolean unused = entry.ring.abandon();
      remove(entry);
      return false;
    } finally {
      workOff(self);
    }
    if (any) {
      entry.finds++;
      entry.usedAt = now;
      entry.idleLooks = 0;
    } else if (++entry.idleLooks > IDLE_LOOKS
        && now - entry.usedAt > IDLE_NANOS
        && deactivate(entry)) {
      entry.paid(entry.finds >= WORTHWHILE_FINDS);
    }
    return any;
  }

  private static void workOff(PollerThread self) {
    try {
      self.taskWork().run();
    } catch (RuntimeException | Error e) {
      LOG.error("what a store has left to do failed", e);
    }
  }

  private void sleep() {
    if (active.length == 0 && poller == Thread.currentThread()) {
      LockSupport.park(this);
    }
  }

  // The guard.

  private void guard() {
    Thread self = Thread.currentThread();
    awaitTurn(self);
    long sweptAt = System.nanoTime();
    while (guard == self) {
      long before = looks;
      boolean awake = active.length > 0;
      LockSupport.parkNanos(this, awake ? PATIENCE_NANOS : SWEEP_NANOS);
      if (awake && looks == before) {
        tryToReplacePoller(self);
      }
      long now = System.nanoTime();
      if (now - sweptAt >= SWEEP_NANOS) {
        sweptAt = now;
        sweep();
      }
    }
  }

  private void tryToReplacePoller(Thread self) {
    try {
      replacePoller(self);
    } catch (OutOfMemoryError noThread) {
      LOG.error("the thread that looks at rings is held up and cannot be replaced", noThread);
    }
  }

  /** The one that is held up ends when it comes back. */
  private synchronized void replacePoller(Thread self) {
    if (guard == self && active.length > 0) {
      PollerThread before = poller;
      startPoller(before.taskWork());
      LockSupport.unpark(before); // it may be about to sleep
    }
  }

  private void sweep() {
    for (Entry entry : all) {
      PortalRing ring = entry.ring;
      if (!ring.alive() && ring.abandon()) {
        remove(entry);
      }
    }
  }

  // Small arrays that never change.

  private static Entry[] with(Entry[] entries, Entry entry) {
    Entry[] after = Arrays.copyOf(entries, entries.length + 1);
    after[entries.length] = entry;
    return after;
  }

  private static Entry[] without(Entry[] entries, Entry entry) {
    return Arrays.stream(entries).filter(other -> other != entry).toArray(Entry[]::new);
  }
}
