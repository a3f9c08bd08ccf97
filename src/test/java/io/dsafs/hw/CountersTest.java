package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.Command;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Documentation/ABI/testing/dsafs-debug, the entry of counters. */
class CountersTest {
  private static final int SIZE = 16;
  private static final int THRESHOLD = 8;
  private static final int SHARED = 1;

  private static String lineOf(DsaDevice device, String subject) {
    return device
        .describeCounters()
        .lines()
        .filter(line -> line.startsWith(subject + " "))
        .findFirst()
        .orElseThrow();
  }

  /** The counters of a queue, after a look at what must hold between them. */
  private static Map<String, Long> counters(DsaDevice device, int wq) {
    String[] words = lineOf(device, "wq" + wq).split(" ", -1);
    Map<String, Long> counters = new HashMap<>();
    for (int i = 1; i < words.length; i += 2) {
      counters.put(words[i], Long.parseLong(words[i + 1]));
    }
    assertThat(counters.get("submitted"))
        .isEqualTo(counters.get("accepted") + counters.get("retried") + counters.get("dropped"));
    assertThat(counters.get("accepted"))
        .isEqualTo(
            counters.get("completed") + counters.get("abandoned") + counters.get("in_flight"));
    return counters;
  }

  private static String line(
      int submitted, int accepted, int retried, int dropped, int done, int failed, int abandoned) {
    return String.format(
        Locale.ROOT,
        " submitted %d accepted %d retried %d dropped %d completed %d failed %d abandoned %d",
        submitted,
        accepted,
        retried,
        dropped,
        done,
        failed,
        abandoned);
  }

  @Nested
  class Of_a_stepped_device {
    private final Bench bench = Bench.stepped();

    private Bench withBothKinds() {
      bench.configureWq(0, true, SIZE, 0);
      bench.configureWq(SHARED, false, SIZE, THRESHOLD);
      bench.group(0, 3, 1);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);
      bench.run(Command.ENABLE_WQ, SHARED);
      return bench;
    }

    private void assertQueue(int wq, String counts, int inFlight) {
      Map<String, Long> unused = counters(bench.device, wq);
      assertThat(lineOf(bench.device, "wq" + wq))
          .isEqualTo("wq" + wq + counts + " occupancy " + inFlight + " in_flight " + inFlight);
    }

    @Test
    void are_a_line_for_the_device_and_one_for_each_queue() {
      assertThat(bench.device.describeCounters().lines().toList())
          .startsWith(
              "device state disabled errors 0 last_error 0x00",
              "wq0" + line(0, 0, 0, 0, 0, 0, 0) + " occupancy 0 in_flight 0")
          .hasSize(1 + bench.profile.queueCount());
    }

    @Test
    void tell_descriptors_taken_from_those_that_are_to_be_retried() {
      withBothKinds();

      for (int i = 0; i < 11; i++) {
        bench.enqueue(SHARED, Bench.noop());
      }
      assertQueue(SHARED, line(11, 8, 3, 0, 0, 0, 0), 8);

      bench.device.runAll();
      assertQueue(SHARED, line(11, 8, 3, 0, 8, 0, 0), 0);
      assertQueue(0, line(0, 0, 0, 0, 0, 0, 0), 0);
    }

    @Test
    void tell_what_a_full_dedicated_queue_dropped_and_the_error_it_raised() {
      withBothKinds();

      for (int i = 0; i < SIZE + 2; i++) {
        bench.post(0, Bench.noop());
      }

      assertQueue(0, line(18, 16, 0, 2, 0, 0, 0), 16);
      // The second found SWERROR taken.
      assertThat(lineOf(bench.device, "device"))
          .isEqualTo("device state enabled errors 2 last_error 0x53");
    }

    @Test
    void take_writes_of_the_wrong_kind_for_retried_and_dropped() {
      withBothKinds();

      bench.post(SHARED, Bench.noop());
      bench.enqueue(0, Bench.noop());

      assertQueue(SHARED, line(1, 0, 0, 1, 0, 0, 0), 0);
      assertQueue(0, line(1, 0, 1, 0, 0, 0, 0), 0);
    }

    @Test
    void tell_descriptors_that_failed_from_those_that_did_not() {
      withBothKinds();
      long memory = bench.process.allocate(4096);
      int flags = Flag.CRAV.mask() | Flag.RCR.mask();
      bench.post(0, Bench.noop());
      bench.post(0, Bench.descriptor(0x3f, 0, 0, 0, 0));
      // A result that is not the expected one is no failure.
      bench.post(
          0,
          Bench.descriptor(Opcode.COMPVAL.code(), flags | Flag.CR.mask(), memory, memory + 64, 0x1)
              .putInt(32, 8));

      bench.device.runAll();

      assertThat(bench.process.peek(memory)).isEqualTo((byte) Status.SUCCESS_PRED.code());
      assertQueue(0, line(3, 3, 0, 0, 3, 1, 0), 0);
      assertThat(lineOf(bench.device, "device"))
          .isEqualTo("device state enabled errors 1 last_error 0x10");
    }

    @Test
    void tell_what_was_abandoned_and_outlive_resets() {
      withBothKinds();
      for (int i = 0; i < 3; i++) {
        bench.post(0, Bench.noop());
      }
      bench.enqueue(SHARED, Bench.noop());
      bench.device.step();

      bench.run(Command.ABORT_WQ, 1);
      assertQueue(0, line(3, 3, 0, 0, 1, 0, 2), 0);
      bench.run(Command.ABORT_PASID, 1);
      assertQueue(SHARED, line(1, 1, 0, 0, 0, 0, 1), 0);

      bench.run(Command.RESET_DEVICE, 0);
      assertQueue(0, line(3, 3, 0, 0, 1, 0, 2), 0);
      bench.device.powerCycle();
      assertQueue(0, line(3, 3, 0, 0, 1, 0, 2), 0);
    }

    @Test
    void hold_over_a_halt() {
      withBothKinds();
      bench.post(0, Bench.noop());

      bench.device.halt(GenSts.ResetType.FLR);

      assertQueue(0, line(1, 1, 0, 0, 0, 0, 0), 1);
      assertThat(lineOf(bench.device, "device")).startsWith("device state halt ");
    }
  }

  @Nested
  class Of_a_live_device {
    private static final int WRITERS = 3;
    private static final int WRITES = 5000;

    private final Bench bench = Bench.live();

    @AfterEach
    void close() {
      bench.close();
    }

    @Test
    void add_up_while_several_submit_and_another_looks() throws InterruptedException {
      bench.configureWq(SHARED, false, SIZE, THRESHOLD);
      bench.group(0, 2, 1);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, SHARED);
      List<Thread> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(
            new Thread(
                () -> {
                  for (int write = 0; write < WRITES; write++) {
                    bench.enqueue(SHARED, Bench.noop());
                  }
                }));
      }

      writers.forEach(Thread::start);
      while (writers.stream().anyMatch(Thread::isAlive)) {
        Map<String, Long> unused = counters(bench.device, SHARED);
      }
      for (Thread writer : writers) {
        writer.join();
      }

      assertThat(bench.device.drainAll(10_000)).isTrue();
      Map<String, Long> last = counters(bench.device, SHARED);
      assertThat(last)
          .containsEntry("submitted", (long) WRITERS * WRITES)
          .containsEntry("in_flight", 0L)
          .containsEntry("failed", 0L);
      assertThat(last.get("completed")).isEqualTo(last.get("accepted")).isPositive();
    }
  }
}
