package io.dsafs.dmatest;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.core.ModuleParameters.bool;
import static io.dsafs.core.ModuleParameters.integer;
import static io.dsafs.core.ModuleParameters.showBool;
import static io.dsafs.core.ModuleParameters.uint;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.Attribute;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.KernelLog.Level;
import io.dsafs.core.KernelVersion;
import io.dsafs.core.Module;
import io.dsafs.core.ModuleParameters;
import io.dsafs.idxd.DmaChannel;
import io.dsafs.idxd.DmaEngine;
import io.dsafs.mem.KernelMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The module {@code dmatest}: copies through the channels of kernel queues and verifies what was
 * copied. It is controlled by its parameters. Mirrors drivers/dma/dmatest.c of Linux 5.7.
 *
 * <p>Two things differ, since they would harm nobody but the tree's users: a bad channel with none
 * configured is refused as later kernels do (5.7 reads a list that is empty), and the lock that the
 * kernel holds while any parameter of a module is read or written is not held here, so that a run
 * can be stopped while somebody waits for its end.
 */
public final class Dmatest {
  private static final String NAME = "dmatest";

  /** The release whose module this is. */
  private static final KernelVersion REPLICATED = since(5, 7);

  private static final int CHANNEL_BYTES = 20;
  private static final int DEVICE_BYTES = 32;

  /** All threads together; where a kernel runs out of them we would run out of the process. */
  private static final int MOST_THREADS = 256;

  /** In the order of their declarations. */
  static final List<Attribute<Dmatest>> TABLE =
      List.of(
          uint(
              "test_buf_size",
              0644,
              d -> d.values.testBufSize,
              (d, value) -> d.values.testBufSize = value,
              REPLICATED),
          attr("device", 0644, d -> d.values.device + "\n", Dmatest::storeDevice, REPLICATED),
          uint(
              "threads_per_chan",
              0644,
              d -> d.values.threadsPerChan,
              (d, value) -> d.values.threadsPerChan = value,
              REPLICATED),
          uint(
              "max_channels",
              0644,
              d -> d.values.maxChannels,
              (d, value) -> d.values.maxChannels = value,
              REPLICATED),
          uint(
              "iterations",
              0644,
              d -> d.values.iterations,
              (d, value) -> d.values.iterations = value,
              REPLICATED),
          uint(
              "dmatest", 0644, d -> d.values.mode, (d, value) -> d.values.mode = value, REPLICATED),
          uint(
              "xor_sources",
              0644,
              d -> d.values.xorSources,
              (d, value) -> d.values.xorSources = value,
              REPLICATED),
          uint(
              "pq_sources",
              0644,
              d -> d.values.pqSources,
              (d, value) -> d.values.pqSources = value,
              REPLICATED),
          uint(
              "timeout",
              0644,
              d -> d.values.timeout,
              (d, value) -> d.values.timeout = value,
              REPLICATED),
          bool(
              "noverify",
              0644,
              d -> d.values.noverify,
              (d, value) -> d.values.noverify = value,
              REPLICATED),
          bool(
              "norandom",
              0644,
              d -> d.values.norandom,
              (d, value) -> d.values.norandom = value,
              REPLICATED),
          bool(
              "verbose",
              0644,
              d -> d.values.verbose,
              (d, value) -> d.values.verbose = value,
              REPLICATED),
          integer(
              "alignment",
              0644,
              d -> d.values.alignment,
              (d, value) -> d.values.alignment = value,
              REPLICATED),
          uint(
              "transfer_size",
              0644,
              d -> d.values.transferSize,
              (d, value) -> d.values.transferSize = value,
              REPLICATED),
          bool(
              "polled",
              0644,
              d -> d.values.polled,
              (d, value) -> d.values.polled = value,
              REPLICATED),
          attr("run", 0644, Dmatest::showRun, Dmatest::storeRun, REPLICATED),
          attr("channel", 0644, Dmatest::showChannel, Dmatest::storeChannel, REPLICATED),
          readOnly("test_list", Dmatest::showTestList, REPLICATED),
          readOnly("wait", Dmatest::showWait, REPLICATED));

  private final DeviceModel model;
  private final Supplier<DmaEngine> engine;
  private final TestMemory memory;
  private final Module module = Module.withParameters(NAME, null, this, TABLE);
  private final Parameters values = new Parameters();

  /** Held while the list changes; it is read without. */
  private final ReentrantLock lock = new ReentrantLock();

  /** The channels under test, in the order in which they were added. */
  private final List<TestChannel> channels = new CopyOnWriteArrayList<>();

  /** Told of each thread that ends. */
  private final Object threadWait = new Object();

  private volatile TestParameters testParameters = values.forTests("");

  @GuardedBy("lock")
  private String channelName = "";

  /**
   * @param engine where channels are; it may answer null while no driver is loaded
   * @param kernelMemory where test buffers are
   */
  public Dmatest(DeviceModel model, Supplier<DmaEngine> engine, KernelMemory kernelMemory) {
    this.model = model;
    this.engine = engine;
    this.memory = new TestMemory(kernelMemory);
  }

  public void load() {
    model.addModule(module);
  }

  /** Ends all tests, also those that wait for a device that does not answer. */
  public void unload() {
    boolean unused = module.unload(); // nobody holds it
    lock.lock();
    try {
      for (TestChannel channel : channels) {
        channel.threads().forEach(TestThread::requestStop);
        channel.threads().forEach(TestThread::interrupt);
      }
      stopLocked();
    } finally {
      lock.unlock();
    }
    model.removeModule(module);
  }

  KernelLog log() {
    return model.log();
  }

  TestMemory memory() {
    return memory;
  }

  TestParameters testParameters() {
    return testParameters;
  }

  boolean verbose() {
    return values.verbose;
  }

  void threadEnded() {
    synchronized (threadWait) {
      threadWait.notifyAll();
    }
  }

  private void info(String text) {
    TestLog.print(log(), Level.INFO, text);
  }

  private boolean running() {
    return channels.stream().anyMatch(TestChannel::running);
  }

  private boolean pending() {
    return channels.stream().anyMatch(TestChannel::pending);
  }

  /** ENOSPC: longer than 31 bytes, the newline included. */
  private void storeDevice(String text) throws ErrnoException {
    values.device = ModuleParameters.parseString(log(), "device", text, DEVICE_BYTES);
  }

  /** Whether a test runs; when the last has ended, its channels are given back. */
  private String showRun() {
    lock.lock();
    try {
      boolean running = running();
      if (!running && !pending()) {
        stopLocked();
      }
      return showBool(running);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Yes starts what is pending; if nothing is, all channels that the parameters allow are added
   * first. No stops everything and waits until it has stopped. EINVAL: neither. Mirrors
   * dmatest_run_set().
   */
  private void storeRun(String text) throws ErrnoException {
    boolean run = ModuleParameters.parseBool(text);
    lock.lock();
    try {
      if (!run) {
        stopLocked();
        return;
      }
      if (!pending()) {
        info("No channels configured, continue with any");
        if (!running()) {
          stopLocked();
        }
        addLocked();
        values.device = KernelStrings.trimEnd(values.device);
      }
      startLocked();
    } finally {
      lock.unlock();
    }
  }

  /** The channel that was added last; none when all tests have ended. */
  private String showChannel() {
    lock.lock();
    try {
      if (!running() && !pending()) {
        stopLocked();
        channelName = "";
      }
      return channelName + "\n";
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds a channel with its threads, or all that are free for an empty name. Errors in order:
   * ENOSPC longer than 19 bytes, the newline included; EBUSY added already and not started; EINVAL
   * no such free channel, while others are added; EBUSY the same, with none added. After an error
   * from EBUSY on the file holds the channel that was added last.
   */
  private void storeChannel(String text) throws ErrnoException {
    lock.lock();
    try {
      channelName = ModuleParameters.parseString(log(), "channel", text, CHANNEL_BYTES);
      if (!running() && !pending()) {
        stopLocked();
      }
      String wanted = KernelStrings.trim(text);
      if (pending() && channels.stream().anyMatch(c -> c.channel().name().equals(wanted))) {
        throw refuseLocked(Errno.EBUSY, wanted + " is added already");
      }
      addLocked();
      if (channels.isEmpty()) {
        throw refuseLocked(Errno.EBUSY, "no channel " + wanted);
      }
      if (!wanted.isEmpty() && !lastLocked().equals(wanted)) {
        throw refuseLocked(Errno.EINVAL, "no channel " + wanted);
      }
      // The module trims this string in place, even where it refuses the channel; here a refused
      // write changes no file.
      values.device = KernelStrings.trimEnd(values.device);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private ErrnoException refuseLocked(Errno errno, String reason) {
    channelName = lastLocked();
    return new ErrnoException(errno, reason);
  }

  /** The name of the channel that was added last, empty if there is none. */
  @GuardedBy("lock")
  private String lastLocked() {
    return channels.isEmpty() ? "" : channels.get(channels.size() - 1).channel().name();
  }

  /** The list goes to the log; the file is empty. */
  private String showTestList() {
    for (TestChannel channel : channels) {
      info(channel.threads().size() + " threads using " + channel.channel());
    }
    return "";
  }

  /** Waits until no test runs, unless they run for ever. EINTR: interrupted. */
  private String showWait() throws ErrnoException {
    if (testParameters.iterations() != 0) {
      try {
        synchronized (threadWait) {
          while (running()) {
            threadWait.wait();
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ErrnoException(Errno.EINTR, "interrupted");
      }
    }
    // Reading is what sets it.
    return showBool(true);
  }

  /** Takes the values of the files, then the channels that they name. */
  @GuardedBy("lock")
  private void addLocked() {
    channelName = KernelStrings.trimEnd(channelName);
    TestParameters parameters = values.forTests(KernelStrings.trim(channelName));
    testParameters = parameters;
    String device = KernelStrings.trim(parameters.device());
    DmaEngine channelsOfAll = engine.get();
    DmaChannel channel;
    do {
      channel =
          channelsOfAll == null
              ? null
              : channelsOfAll.request(
                  c ->
                      c.canCopy()
                          && matches(parameters.channel(), c.name())
                          && matches(device, c.parent().name()));
      if (channel != null) {
        addLocked(channel, parameters);
      }
    } while (channel != null
        && (parameters.maxChannels() == 0
            || Integer.compareUnsigned(channels.size(), parameters.maxChannels()) < 0));
  }

  private static boolean matches(String wanted, String name) {
    return wanted.isEmpty() || wanted.equals(name);
  }

  @GuardedBy("lock")
  private void addLocked(DmaChannel channel, TestParameters parameters) {
    List<TestThread> threads = new ArrayList<>();
    if (values.mode == 0) {
      int others = channels.stream().mapToInt(c -> c.threads().size()).sum();
      while (Integer.compareUnsigned(threads.size(), parameters.threadsPerChan()) < 0) {
        if (others + threads.size() == MOST_THREADS) {
          String name = channel + "-copy" + threads.size();
          TestLog.print(log(), Level.WARNING, "Failed to create thread " + name);
          break;
        }
        threads.add(new TestThread(this, channel, threads.size()));
      }
    }
    info("Added " + threads.size() + " threads using " + channel);
    channels.add(new TestChannel(channel, List.copyOf(threads)));
  }

  /** The lines come before those of the threads. Mirrors run_pending_tests(). */
  @GuardedBy("lock")
  private void startLocked() {
    for (TestChannel channel : channels) {
      info("Started " + channel.threads().size() + " threads using " + channel.channel());
    }
    channels.forEach(channel -> channel.threads().forEach(TestThread::start));
  }

  /** Ends all tests, waiting for them, and gives the channels back. */
  @GuardedBy("lock")
  private void stopLocked() {
    List<TestChannel> all = List.copyOf(channels);
    channels.clear();
    all.forEach(channel -> channel.threads().forEach(TestThread::requestStop));
    for (TestChannel channel : all) {
      channel.threads().forEach(TestThread::awaitEnd);
      channel.channel().release();
      if (log().keeps(Level.DEBUG)) {
        TestLog.print(log(), Level.DEBUG, "dropped channel " + channel.channel());
      }
    }
    threadEnded();
  }
}
