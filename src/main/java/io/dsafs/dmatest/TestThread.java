package io.dsafs.dmatest;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog.Level;
import io.dsafs.idxd.DmaChannel;
import io.dsafs.idxd.DmaResult;
import io.dsafs.idxd.DmaTransaction;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that copies through a channel, one test after the other, and looks whether all that was
 * to be copied was, and nothing else. Mirrors dmatest_func().
 */
final class TestThread {
  private static final Logger LOG = LoggerFactory.getLogger(TestThread.class);

  /** How long a name the kernel keeps. Source: TASK_COMM_LEN, less the NUL. */
  private static final int LONGEST_NAME = 15;

  /** The pause after a test that could not begin. */
  private static final int PAUSE_MILLIS = 100;

  /** How long a polled test may take. Source: dma_sync_wait(). */
  private static final int SYNC_WAIT_MILLIS = 5000;

  /** The module keeps the exponent in a byte, and the CPU shifts by its lower five bits. */
  private static final int ALIGNMENT_MASK = 31;

  /** What a copy came to, before its data is looked at. */
  private enum Outcome {
    COMPLETE(null, false),
    PREP_ERROR("prep error", true),
    SUBMIT_ERROR("submit error", true),
    TIMED_OUT("test timed out", false),
    BUSY("completion busy status", false);

    private final String text;
    private final boolean pause;

    Outcome(String text, boolean pause) {
      this.text = text;
      this.pause = pause;
    }
  }

  private final Dmatest module;
  private final DmaChannel channel;
  private final TestLog lines;
  private final Thread thread;
  private final SplittableRandom random = new SplittableRandom();
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile boolean pending = true;
  private volatile boolean done;

  private Completion completion;
  private int tests;
  private int failures;
  private long bytes;

  /** Time spent with anything but copying. */
  private long checkNanos;

  TestThread(Dmatest module, DmaChannel channel, int number) {
    this.module = module;
    this.channel = channel;
    String name = channel.name() + "-copy" + Integer.toUnsignedString(number);
    name = name.substring(0, Math.min(name.length(), LONGEST_NAME));
    this.lines = new TestLog(module.log(), name);
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
    this.completion = new Completion();
  }

  /** Whether it waits to be started. */
  boolean pending() {
    return pending;
  }

  /** Whether it tests. */
  boolean running() {
    return !pending && !done;
  }

  /**
   * Starts it, once. It counts as running when this returns; the module's thread does so only when
   * it gets the CPU, and who waits for its end at once may find that nothing runs.
   */
  void start() {
    if (pending) {
      pending = false;
      thread.start();
    }
  }

  /** Asks it to end after the test that it is at. */
  void requestStop() {
    stop.countDown();
  }

  /** Makes it give up waiting for what the device does not finish; it should have been asked. */
  void interrupt() {
    thread.interrupt();
  }

  /** Waits until it has ended, if it has been started. */
  void awaitEnd() {
    boolean interrupted = false;
    while (!pending && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    int errno = 0;
    long micros = 0;
    try {
      micros = test();
    } catch (ErrnoException e) {
      errno = -e.errno().number();
    } catch (RuntimeException | Error e) {
      LOG.error("a test thread ends unexpectedly", e);
    } finally {
      lines.summary(tests, failures, bytes, micros, errno);
      done = true;
      module.threadEnded();
    }
  }

  /**
   * Tests until it is enough. ENOMEM: no memory for the buffers, or one unit of the alignment does
   * not fit.
   *
   * @return the time that went into copying, in microseconds
   */
  private long test() throws ErrnoException {
    TestParameters first = module.testParameters();
    int size = first.bufSizeBytes();
    int alignment = Math.max(first.alignment(), 0) & ALIGNMENT_MASK;
    if (Integer.compareUnsigned(1 << alignment, size) > 0) {
      String buffer = Integer.toUnsignedString(size) + "-byte buffer";
      lines.error(buffer + " too small for " + (1 << alignment) + "-byte alignment");
      throw new ErrnoException(Errno.ENOMEM, "no room for one unit");
    }
    try (TestBuffer source = module.memory().allocate(size);
        TestBuffer destination = module.memory().allocate(size)) {
      long start = System.nanoTime();
      TestParameters now = module.testParameters();
      while (stop.getCount() > 0 && !now.isEnough(tests)) {
        tests++;
        if (Integer.compareUnsigned(now.transferSizeBytes(), size) >= 0) {
          lines.error(
              Integer.toUnsignedString(now.transferSizeBytes())
                  + "-byte transfer size must be lower than "
                  + size
                  + "-buffer size");
          break;
        }
        Transfer transfer = Transfer.choose(tests, now, size, alignment, random);
        bytes += transfer.lengthBytes();
        if (!passes(transfer, now, source, destination)) {
          failures++;
        }
        now = module.testParameters();
      }
      return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start - checkNanos);
    }
  }

  /** Fills, copies, compares and says what came of it. */
  private boolean passes(
      Transfer transfer, TestParameters now, TestBuffer source, TestBuffer destination) {
    if (!now.noverify()) {
      fill(transfer, source, destination);
    }
    Outcome outcome = copy(transfer, now, source, destination);
    if (outcome != Outcome.COMPLETE) {
      lines.result(Level.INFO, outcome.text, transfer, 0);
      if (outcome.pause) {
        pause();
      }
      return false;
    }
    int errors = now.noverify() ? 0 : verify(transfer, source, destination);
    if (errors != 0) {
      lines.result(Level.INFO, "data error", transfer, errors);
      return false;
    }
    lines.result(module.verbose() ? Level.INFO : Level.DEBUG, "test passed", transfer, 0);
    return true;
  }

  private void fill(Transfer transfer, TestBuffer source, TestBuffer destination) {
    long start = System.nanoTime();
    int length = transfer.lengthBytes();
    source.fill(Pattern.SOURCE, Pattern.COPIED, transfer.sourceOffset(), length);
    destination.fill(
        Pattern.DESTINATION, Pattern.OVERWRITTEN, transfer.destinationOffset(), length);
    checkNanos += System.nanoTime() - start;
  }

  /** Compares every byte of both buffers and answers how many are wrong. */
  private int verify(Transfer transfer, TestBuffer source, TestBuffer destination) {
    long start = System.nanoTime();
    int length = transfer.lengthBytes();
    int from = transfer.sourceOffset();
    int to = transfer.destinationOffset();
    int size = source.sizeBytes();
    int errors = verify(source, true, Pattern.SOURCE, 0, from, 0);
    errors += verify(source, true, Pattern.COPIED, from, from + length, from);
    errors += verify(source, true, Pattern.SOURCE, from + length, size, from + length);
    errors += verify(destination, false, Pattern.DESTINATION, 0, to, 0);
    errors += verify(destination, false, Pattern.COPIED, to, to + length, from);
    errors += verify(destination, false, Pattern.DESTINATION, to + length, size, to + length);
    checkNanos += System.nanoTime() - start;
    return errors;
  }

  private int verify(
      TestBuffer buffer, boolean isSource, Pattern pattern, int start, int end, int counter) {
    TestLog.Mismatches mismatches = lines.new Mismatches(isSource, pattern);
    int errors = buffer.verify(pattern, start, end, counter, mismatches);
    mismatches.end();
    return errors;
  }

  /** How a copy ended does not matter to the module: its data will show. */
  private Outcome copy(
      Transfer transfer, TestParameters now, TestBuffer source, TestBuffer destination) {
    DmaTransaction transaction =
        channel.prepMemcpy(
            destination.address() + transfer.destinationOffset(),
            source.address() + transfer.sourceOffset(),
            transfer.lengthBytes(),
            !now.polled());
    if (transaction == null) {
      return Outcome.PREP_ERROR;
    }
    completion.reset();
    if (!now.polled()) {
      transaction.setCallback(completion);
    }
    int cookie;
    try {
      cookie = channel.submit(transaction);
    } catch (ErrnoException e) {
      return Outcome.SUBMIT_ERROR;
    }
    channel.issuePending();
    boolean ended = now.polled() ? syncWait(cookie) : completion.await(now.timeoutMillis());
    if (!ended) {
      // Should it end after all, then nobody waits for that any more.
      completion = new Completion();
      return Outcome.TIMED_OUT;
    }
    return channel.isComplete(cookie) ? Outcome.COMPLETE : Outcome.BUSY;
  }

  /** Asks until the copy has ended. Mirrors dma_sync_wait(). */
  private boolean syncWait(int cookie) {
    long start = System.nanoTime();
    while (!channel.isComplete(cookie)) {
      if (Thread.currentThread().isInterrupted()
          || System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(SYNC_WAIT_MILLIS)) {
        module.log().err(channel.parent(), "dma_sync_wait: timeout!");
        return false;
      }
      Thread.yield();
    }
    return true;
  }

  private void pause() {
    try {
      boolean unused = stop.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Hears of the end of a copy and wakes the thread. Mirrors dmatest_callback(). */
  private final class Completion implements Consumer<DmaResult> {
    private volatile boolean told;

    /** For the next test. */
    void reset() {
      told = false;
    }

    @Override
    public void accept(DmaResult result) {
      if (done) {
        lines.warning("Kernel memory may be corrupted!!");
        return;
      }
      told = true;
      LockSupport.unpark(thread);
    }

    /**
     * Waits for the end; false if it does not come in time.
     *
     * @param timeoutMillis negative for no limit
     */
    boolean await(int timeoutMillis) {
      long start = System.nanoTime();
      long limit = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
      while (!told && !Thread.currentThread().isInterrupted()) {
        if (timeoutMillis < 0) {
          LockSupport.park(this);
          continue;
        }
        long left = limit - (System.nanoTime() - start);
        if (left <= 0) {
          break;
        }
        LockSupport.parkNanos(this, left);
      }
      return told;
    }
  }
}
