package io.dsafs.idxd;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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

  /** Two calls of RING_ENTER within this time are taken for the begin of more. */
  private static final long SOON_NANOS = 1_000_000;

  /** How long one look may take before another thread is put in place. */
  private static final long PATIENCE_NANOS = 50_000_000;

  /** How often the rings are asked whether their processes live. */
  private static final long SWEEP_NANOS = 1_000_000_000;

  /** A ring and when it was used. */
  static final class Entry {
    private final PortalRing ring;
    private volatile long enteredAt = System.nanoTime() - SOON_NANOS;

    // Of the polling thread; approximate while it is being replaced.
    private long usedAt;
    private int idleLooks;

    private Entry(PortalRing ring) {
      this.ring = ring;
    }
  }

  private static final Entry[] NONE = {};

  /** Replaced with the monitor held, never changed; likewise {@link #active}. */
  private volatile Entry[] all = NONE;

  /** Those that are looked at. */
  private volatile Entry[] active = NONE;

  private volatile Thread poller;
  private volatile Thread guard;
  private volatile boolean sleeping;
  private volatile boolean guardSleeping;

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
      startPoller();
      guard = start(this::guard, "ring-guard");
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

  /** RING_ENTER: takes what is ready, and has the ring looked at if there seems to be more. */
  void enter(Entry entry) {
    long now = System.nanoTime();
    boolean soon = now - entry.enteredAt < SOON_NANOS;
    entry.enteredAt = now;
    boolean any = entry.ring.enter();
    if (any && soon) {
      activate(entry);
    }
  }

  private void activate(Entry entry) {
    synchronized (this) {
      if (contains(active, entry) || !contains(all, entry)) {
        return;
      }
      entry.usedAt = System.nanoTime();
      entry.idleLooks = 0;
      active = with(active, entry);
      entry.ring.attend();
    }
    if (sleeping) {
      LockSupport.unpark(poller);
    }
    if (guardSleeping) {
      LockSupport.unpark(guard);
    }
  }

  private synchronized void deactivate(Entry entry) {
    active = without(active, entry);
  }

  // The polling thread.

  @GuardedBy("this")
  private void startPoller() {
    poller = start(this::poll, "ring-poller-" + ++pollers);
  }

  private static Thread start(Runnable body, String name) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void poll() {
    Thread self = Thread.currentThread();
    awaitTurn(self);
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
        any |= look(rings[i], now);
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

  /** The field is set after the thread was started, with the monitor held. */
  private void awaitTurn(Thread self) {
    synchronized (this) {
      if (poller != self) {
        LOG.debug("{} has come too late", self.getName());
      }
    }
  }

  private boolean look(Entry entry, long now) {
    looks = looks + 1;
    boolean any;
    try {
      any = entry.ring.serve();
    } catch (RuntimeException | Error e) {
      LOG.error("a ring failed and ends", e);
      boolean unused = entry.ring.abandon();
      deactivate(entry);
      return false;
    }
    if (any) {
      entry.usedAt = now;
      entry.idleLooks = 0;
    } else if (++entry.idleLooks > IDLE_LOOKS
        && now - entry.usedAt > IDLE_NANOS
        && entry.ring.rest()) {
      deactivate(entry);
    }
    return any;
  }

  private void sleep() {
    sleeping = true;
    if (active.length == 0 && poller == Thread.currentThread()) {
      LockSupport.park(this);
    }
    sleeping = false;
  }

  // The guard.

  private void guard() {
    Thread self = Thread.currentThread();
    awaitTurn(self);
    long sweptAt = System.nanoTime();
    while (guard == self) {
      long before = looks;
      boolean awake = active.length > 0;
      guardSleeping = !awake;
      LockSupport.parkNanos(this, awake || active.length > 0 ? PATIENCE_NANOS : SWEEP_NANOS);
      guardSleeping = false;
      if (awake && looks == before) {
        replacePoller(self);
      }
      long now = System.nanoTime();
      if (now - sweptAt >= SWEEP_NANOS) {
        sweptAt = now;
        sweep();
      }
    }
  }

  /** The one that is held up ends when it comes back. */
  private synchronized void replacePoller(Thread self) {
    if (guard == self && active.length > 0) {
      startPoller();
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

  private static boolean contains(Entry[] entries, Entry entry) {
    return Arrays.asList(entries).contains(entry);
  }

  private static Entry[] with(Entry[] entries, Entry entry) {
    Entry[] after = Arrays.copyOf(entries, entries.length + 1);
    after[entries.length] = entry;
    return after;
  }

  private static Entry[] without(Entry[] entries, Entry entry) {
    return Arrays.stream(entries).filter(other -> other != entry).toArray(Entry[]::new);
  }
}
