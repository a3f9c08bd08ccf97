package io.dsafs.fuse;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that receive requests and carry them out.
 *
 * <p>There are as many as cores: more would only wake each other up. A call may wait, though: for a
 * drain, for a close on its way, for pages of a client that this very mount has to bring in. So a
 * guard looks whether all threads have been held up for a while, adds one, and lets surplus threads
 * end when the hold-up is over. The guard sleeps without a time limit while requests come and go.
 */
final class RequestLoop {
  private static final Logger LOG = LoggerFactory.getLogger(RequestLoop.class);

  /** How long all threads must be busy before one is added. */
  private static final long PATIENCE_NANOS = 20_000_000;

  /** The guard goes to sleep after so many looks that found a thread waiting for requests. */
  private static final int CALM_LOOKS = 50;

  private static final int MOST_THREADS = 256;

  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

  private final LibFuse2 libFuse;
  private final Runtime runtime;
  private final Pointer session;
  private final Pointer channel;
  private final int receiveBytes;
  private final int normalThreads =
      Math.max(2, java.lang.Runtime.getRuntime().availableProcessors());
  private final AtomicInteger threads = new AtomicInteger();
  private final AtomicInteger receiving = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread guard = new Thread(this::guard, "fuse-guard");
  private volatile boolean guardAwake;
  private volatile boolean stopped;

  /**
   * @param receiveBytes the size of a thread's buffer: the largest write and its header
   */
  RequestLoop(
      LibFuse2 libFuse, Runtime runtime, Pointer session, Pointer channel, int receiveBytes) {
    this.libFuse = libFuse;
    this.runtime = runtime;
    this.session = session;
    this.channel = channel;
    this.receiveBytes = receiveBytes;
  }

  void start() {
    guard.setDaemon(true);
    guard.start();
    for (int i = 0; i < normalThreads; i++) {
      addThread();
    }
  }

  /** Waits until the filesystem has been unmounted. */
  void await() throws InterruptedException {
    ended.await();
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  private void addThread() {
    int number = threads.incrementAndGet();
    new FuseThread(runtime, receiveBytes, this::run, "fuse-" + number).start();
  }

  private void run() {
    FuseThread self = FuseThread.current();
    Pointer channelPointer = self.pointerTo(channel);
    while (!stopped) {
      receiving.incrementAndGet();
      int length = libFuse.fuse_chan_recv(channelPointer, self.request(), receiveBytes);
      int stillReceiving = receiving.decrementAndGet();
      if (length > 0) {
        if (stillReceiving == 0 && !guardAwake) {
          guardAwake = true;
          LockSupport.unpark(guard);
        }
        libFuse.fuse_session_process(session, self.request(), length, channel);
      } else if (length != -EINTR && length != -EAGAIN) {
        stop(length);
      }
      if (isSurplus()) {
        return;
      }
    }
    threads.decrementAndGet();
  }

  /** True, once for each surplus thread, when enough others wait for requests. */
  private boolean isSurplus() {
    int now = threads.get();
    return now > normalThreads
        && receiving.get() >= normalThreads
        && threads.compareAndSet(now, now - 1);
  }

  private void stop(int result) {
    if (result < 0) {
      LOG.error("receiving requests failed with error {}", -result);
    }
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
      LockSupport.parkNanos(this, PATIENCE_NANOS);
      if (receiving.get() > 0) {
        if (++calm > CALM_LOOKS) {
          guardAwake = false;
        }
      } else {
        calm = 0;
        if (threads.get() < MOST_THREADS) {
          addThread();
        }
      }
    }
  }
}
