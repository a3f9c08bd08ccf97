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

  private final LibFuse2 libFuse;
  private final Runtime runtime;
  private final Pointer session;
  private final Pointer libFuseChannel;
  private final FuseChannel channel;
  private final DirectRequests direct;
  private final int bufferBytes;
  private final int normalThreads =
      Math.max(2, java.lang.Runtime.getRuntime().availableProcessors());
  private final AtomicInteger threads = new AtomicInteger();
  private final AtomicInteger receiving = new AtomicInteger();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread guard = new Thread(this::guard, "fuse-guard");
  private volatile boolean guardAwake;

  /** Set by each request that is received, cleared by the guard. */
  private volatile boolean moving;

  private volatile boolean stopped;

  /**
   * @param session libfuse's, for the requests that it is to handle
   * @param libFuseChannel where libfuse sends its replies
   * @param bufferBytes the size of a thread's buffers: the largest write or read and its header
   */
  RequestLoop(
      LibFuse2 libFuse,
      Pointer session,
      Pointer libFuseChannel,
      FuseChannel channel,
      DirectRequests direct,
      int bufferBytes) {
    this.libFuse = libFuse;
    this.runtime = LibFuse2.runtime(libFuse);
    this.session = session;
    this.libFuseChannel = libFuseChannel;
    this.channel = channel;
    this.direct = direct;
    this.bufferBytes = bufferBytes;
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
    new FuseThread(runtime, bufferBytes, this::run, "fuse-" + number).start();
  }

  private void run() {
    FuseThread self = FuseThread.current();
    try {
      while (!stopped) {
        receiving.incrementAndGet();
        int length = channel.receive(self.requestPointer(), bufferBytes);
        int stillReceiving = receiving.decrementAndGet();
        if (!moving) {
          moving = true; // written once a look, not once a request
        }
        if (length < 0) {
          break;
        }
        if (stillReceiving == 0) {
          wakeGuard();
        }
        if (length > 0 && !direct.serve(self)) {
          libFuse.fuse_session_process(session, self.requestPointer(), length, libFuseChannel);
        }
        if (isSurplus()) {
          return;
        }
      }
    } catch (RuntimeException | Error e) {
      LOG.error("a request thread ends", e);
    }
    stop();
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
      if (receiving.get() > 0) {
        if (++calm > CALM_LOOKS) {
          guardAwake = false;
        }
      } else {
        calm = 0;
        // Busy with one request after the other is not held up.
        if (!moving && threads.get() < MOST_THREADS) {
          addThread();
        }
      }
    }
  }
}
