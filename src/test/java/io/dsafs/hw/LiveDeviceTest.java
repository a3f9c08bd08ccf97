package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A device that runs by itself, with many threads submitting. */
@Timeout(60)
class LiveDeviceTest {
  private static final int RECORD_FLAGS = Flag.CRAV.mask() | Flag.RCR.mask();
  private static final long WAIT_MILLIS = 30_000;

  private final Bench bench = Bench.live();
  private final KernelMemory memory = bench.process;

  @BeforeEach
  void enable() {
    bench.configureWq(0, false, 16, 16);
    bench.configureWq(1, true, 16, 0);
    bench.group(0, 0x3, 0xf);
    bench.run(Command.ENABLE_DEVICE, 0);
    bench.run(Command.ENABLE_WQ, 0);
    bench.run(Command.ENABLE_WQ, 1);
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private ByteBuffer move(long record, long source, long destination, int size) {
    return Bench.descriptor(Opcode.MEMMOVE.code(), RECORD_FLAGS, record, source, destination)
        .putInt(32, size);
  }

  private void awaitRecord(long record) {
    while (memory.peek(record) == 0) {
      Thread.onSpinWait();
    }
  }

  private String line(int wq) {
    return bench.device.describeQueues().lines().skip(1L + wq).findFirst().orElseThrow();
  }

  /** The counters of a queue: submitted, completed, dropped, rejected. */
  private long[] counters(int wq) {
    String[] columns = line(wq).split(" ", -1);
    long[] counters = new long[4];
    for (int i = 0; i < counters.length; i++) {
      counters[i] = Long.parseLong(columns[6 + i]);
    }
    return counters;
  }

  @Test
  void short_work_is_done_when_the_submission_returns() {
    long record = memory.allocate(4096);
    long source = memory.allocate(4096);
    long destination = memory.allocate(4096);
    memory.poke(source, new byte[] {1, 2, 3, 4});

    assertThat(bench.enqueue(0, move(record, source, destination, 4))).isTrue();

    assertThat(memory.peek(record)).isEqualTo((byte) 1);
    byte[] moved = new byte[4];
    memory.peek(destination, moved);
    assertThat(moved).containsExactly(1, 2, 3, 4);
  }

  @Test
  void long_work_is_done_in_the_background() {
    long record = memory.allocate(4096);
    long source = memory.allocate(8 << 20);
    long destination = memory.allocate(8 << 20);
    memory.poke(source + (8 << 20) - 1, new byte[] {42});

    assertThat(bench.enqueue(0, move(record, source, destination, 8 << 20))).isTrue();
    awaitRecord(record);

    assertThat(memory.peek(destination + (8 << 20) - 1)).isEqualTo((byte) 42);
  }

  @Test
  void a_drain_behind_long_work_does_not_hold_the_submitter_and_ends_after_it() {
    long records = memory.allocate(4096);
    long source = memory.allocate(16 << 20);
    long destination = memory.allocate(16 << 20);
    for (int i = 0; i < 3; i++) {
      bench.post(1, move(records + 32L * i, source, destination, 16 << 20));
    }

    bench.post(1, Bench.descriptor(Opcode.DRAIN.code(), RECORD_FLAGS, records + 96, 0, 0));
    awaitRecord(records + 96);

    for (int i = 0; i < 3; i++) {
      assertThat(memory.peek(records + 32L * i)).isEqualTo((byte) 1);
    }
  }

  @Test
  void four_threads_on_a_shared_queue_lose_nothing() throws InterruptedException {
    int threads = 4;
    int descriptors = 20_000;
    AtomicLong accepted = new AtomicLong();
    AtomicLong retried = new AtomicLong();
    List<Thread> all = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(1);
    for (int t = 0; t < threads; t++) {
      long record = memory.allocate(4096);
      long source = memory.allocate(256 << 10);
      long destination = memory.allocate(256 << 10);
      int salt = t;
      Thread thread =
          new Thread(
              () -> {
                awaitUninterrupted(start);
                for (int i = 0; i < descriptors; i++) {
                  // Now and then one that is too long to be run by the submitter.
                  int size = (i + salt) % 500 == 0 ? 200 << 10 : 64;
                  ByteBuffer work = move(record, source, destination, size);
                  while (!bench.enqueue(0, work)) {
                    retried.incrementAndGet();
                    Thread.onSpinWait();
                  }
                  accepted.incrementAndGet();
                }
              });
      all.add(thread);
      thread.start();
    }
    start.countDown();
    for (Thread thread : all) {
      thread.join();
    }

    assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();

    long[] counters = counters(0);
    assertThat(accepted.get()).isEqualTo((long) threads * descriptors);
    assertThat(counters[0]).as("submitted").isEqualTo(accepted.get());
    assertThat(counters[1]).as("completed").isEqualTo(accepted.get());
    assertThat(counters[2]).as("dropped").isZero();
    assertThat(counters[3]).as("rejected").isEqualTo(retried.get());
    assertThat(bench.swerrorCode()).isZero();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Nested
  class While_stalled {
    @BeforeEach
    void stall() {
      bench.device.stall();
    }

    @Test
    void a_shared_queue_fills_and_answers_retry() {
      for (int i = 0; i < 16; i++) {
        assertThat(bench.enqueue(0, Bench.noop())).isTrue();
      }

      assertThat(bench.enqueue(0, Bench.noop())).isFalse();
      assertThat(bench.device.occupancy(0)).isEqualTo(16);
    }

    @Test
    void a_drain_command_stays_active_and_ends_after_the_release() {
      bench.post(1, Bench.noop());
      assertThat(CmdStatus.ACTIVE.isSet(bench.command(Command.DRAIN_PASID.word(1)))).isTrue();

      bench.device.release();

      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(bench.read(CmdStatus.CMDSTATUS)).isZero();
    }

    @Test
    void release_lets_everything_run() {
      for (int i = 0; i < 16; i++) {
        bench.enqueue(0, Bench.noop());
        bench.post(1, Bench.noop());
      }

      bench.device.release();

      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(counters(0)[1] + counters(1)[1]).isEqualTo(32);
    }

    @Test
    void disabling_a_queue_takes_effect_at_once_and_ends_with_its_work() {
      bench.post(1, Bench.noop());

      int status = bench.command(Command.DISABLE_WQ.word(2));

      assertThat(CmdStatus.ACTIVE.isSet(status)).isTrue();
      assertThat(bench.wq(1, WqCfg.STATE)).isEqualTo(WqCfg.State.BUSY.code());
      bench.device.release();
      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(bench.wq(1, WqCfg.STATE)).isEqualTo(WqCfg.State.DISABLED.code());
    }
  }

  @Test
  void enabling_and_disabling_under_load_loses_nothing() throws InterruptedException {
    Thread submitter =
        new Thread(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                bench.enqueue(0, Bench.noop());
              }
            });
    submitter.start();
    for (int i = 0; i < 200; i++) {
      bench.command(Command.DISABLE_WQ.word(1));
      while (CmdStatus.ACTIVE.isSet(bench.read(CmdStatus.CMDSTATUS))) {
        Thread.onSpinWait();
      }
      assertThat(bench.device.occupancy(0)).isZero();
      bench.run(Command.ENABLE_WQ, 0);
    }
    submitter.interrupt();
    submitter.join();

    assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
    long[] counters = counters(0);
    assertThat(counters[1]).isEqualTo(counters[0]);
    assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(GenSts.State.ENABLED.code());
  }
}
