package io.dsafs.fuse;

import io.dsafs.core.TaskWork;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jnr.ffi.Runtime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that receive requests and carry them out, and then do what these have left behind.
 *
 * <p>There are as many as cores: more would only wake each other up. A call may wait, though: for a
 * drain, for a close on its way, for pages of a client that this very mount has to bring in. So a
 * guard looks whether all threads have been held up for a while, adds one, and lets surplus threads
 * end when the hold-up is over. A thread that has answered and is held up in what it does then, as
 * it may be for ever, is counted out at once: another takes its place and does what it has left.
 * The guard sleeps without a time limit while requests come and go.
 *
 * <p>What is thrown ends a request, never the loop: memory that is short now may not be short for
 * the next one.
 */
final class RequestLoop {
  private static final Logger LOG = LoggerFactory.getLogger(RequestLoop.class);

  /** How long all threads must be busy before one is added. */
  private static final long PATIENCE_NANOS = 20_000_000;

  /** The guard goes to sleep after so many looks that found a thread waiting for requests. */
  private static final int CALM_LOOKS = 50;

  private static final int MOST_THREADS = 256;

  /** Where requests come from, and what answers them. */
  interface Requests {
    /**
     * Waits for a request, to be in the thread's buffer.
     *
     * @return its length; 0 if there is none after all; -1 when the filesystem has been unmounted
     */
    int receive(FuseThread thread);

    /** Carries the thread's request out and answers it. */
    void serve(FuseThread thread, int length);
  }

  private final Requests requests;
  private final Runtime runtime;
  private final int bufferBytes;
  private final int normalThreads;

  /** Those that are counted on. */
  private final AtomicInteger threads = new AtomicInteger();

  private final List<FuseThread> all = new CopyOnWriteArrayList<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicInteger receiving = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread guard = new Thread(this::guard, "fuse-guard");
  private volatile boolean guardAwake;

  /** Set by each request that is received, cleared by the guard. */
  private volatile boolean moving;

  private volatile boolean stopped;

  /**
   * @param bufferBytes the size of a thread's buffers: the largest write or read and its header
   * @param normalThreads how many threads there are while none is held up
   */
  RequestLoop(Requests requests, Runtime runtime, int bufferBytes, int normalThreads) {
    this.requests = requests;
    this.runtime = runtime;
    this.bufferBytes = bufferBytes;
    this.normalThreads = normalThreads;
  }

  void start() {
    guard.setDaemon(true);
    guard.start();
    for (int i = 0; i < normalThreads; i++) {
      addThread(null);
    }
  }

  /** Waits until the filesystem has been unmounted. */
  void await() throws InterruptedException {
    ended.await();
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  /**
   * Waits until every request that hands work to a device, and is under way now, has been answered.
   *
   * @return false if one has not within that time
   */
  boolean awaitSubmissions(long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + timeoutMillis * 1_000_000;
    for (FuseThread thread : all) {
      int submission = thread.submission();
      while (FuseThread.isUnderWay(submission) && thread.submission() == submission) {
        if (System.nanoTime() > deadline) {
          return false;
        }
        Thread.sleep(1);
      }
    }
    return true;
  }

  /**
   * @param left what another thread, which is held up, has left to do; null if nothing
   */
  private void addThread(TaskWork left) {
    FuseThread thread =
        new FuseThread(runtime, bufferBytes, () -> run(left), "fuse-" + numbers.incrementAndGet());
    all.add(thread);
    threads.incrementAndGet();
    try {
      thread.start();
    } catch (OutOfMemoryError noThread) {
      threads.decrementAndGet();
      all.remove(thread);
      throw noThread;
    }
  }

  private void run(TaskWork left) {
    FuseThread self = FuseThread.current();
    try {
      boolean more = left == null || takeOver(self, left);
      while (more && !stopped) {
        int length = receive(self);
        if (length < 0) {
          stop();
        } else {
          more = serve(self, length) && !isSurplus();
        }
      }
    } catch (RuntimeException | Error e) {
      LOG.error("requests cannot be received any more", e);
      stop();
    } finally {
      all.remove(self);
    }
  }

  private boolean takeOver(FuseThread self, TaskWork left) {
    self.taskWork().takeOver(left);
    return workOff(self);
  }

  private int receive(FuseThread self) {
    receiving.incrementAndGet();
    int stillReceiving;
    int length;
    try {
      length = requests.receive(self);
    } catch (OutOfMemoryError e) {
      Failures.log(e);
      length = 0;
    } finally {
      stillReceiving = receiving.decrementAndGet();
    }
    if (!moving) {
      moving = true; // written once a look, not once a request
    }
    if (length >= 0 && stillReceiving == 0) {
      wakeGuard();
    }
    return length;
  }

  /** False if the thread was held up after it had answered, and is not counted on any more. */
  private boolean serve(FuseThread self, int length) {
    try {
      if (length > 0) {
        requests.serve(self, length);
      }
    } catch (RuntimeException | Error e) {
      Failures.log(e);
    }
    return self.taskWork().count() == 0 || workOff(self);
  }

  private boolean workOff(FuseThread self) {
    if (self.taskWork().count() > 1) {
      wakeGuard(); // held up in the first, the thread must not keep the others waiting
    }
    int turn = self.beginWork();
    try {
      self.taskWork().run();
    } catch (RuntimeException | Error e) {
      Failures.log(e);
    }
    return self.endWork(turn);
  }

  private void wakeGuard() {
    if (!guardAwake) {
      guardAwake = true;
      LockSupport.unpark(guard);
    }
  }

  /** True, once for each surplus thread, when enough others wait for requests. */
  private boolean isSurplus() {
    int now = threads.get();
    return now > normalThreads
        && receiving.get() >= normalThreads
        && threads.compareAndSet(now, now - 1);
  }

  private void stop() {
    stopped = true;
    ended.countDown();
    LockSupport.unpark(guard);
  }

  private void guard() {
    int calm = 0;
    while (!stopped) {
      if (!guardAwake) {
        LockSupport.park(this);
        calm = 0;
        continue;
      }
      moving = false;
      LockSupport.parkNanos(this, PATIENCE_NANOS);
      try {
        boolean replaced = replaceHeldUp();
        if (receiving.get() > 0 && !replaced) {
          if (++calm > CALM_LOOKS) {
            guardAwake = false;
          }
        } else {
          calm = 0;
          // Busy with one request after the other is not held up.
          if (!replaced && !moving && threads.get() < MOST_THREADS) {
            addThread(null);
          }
        }
      } catch (RuntimeException | Error e) {
        Failures.log(e); // the next look may find memory for a thread
      }
    }
  }

  /** Counts out who has been held up since the last look in what it does after its answer. */
  private boolean replaceHeldUp() {
    boolean any = false;
    for (FuseThread thread : all) {
      if (thread.isHeldUp()) {
        addThread(thread.taskWork());
        if (thread.countOut()) {
          all.remove(thread);
          threads.decrementAndGet();
        }
        any = true;
      }
    }
    return any;
  }
}
