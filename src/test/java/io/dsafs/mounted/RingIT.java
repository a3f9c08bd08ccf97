package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Submission through shared memory, by {@code ring.c}: Documentation/ioctl.md. {@code $Q} is
 * dedicated and has an engine for itself, {@code $S} shared, with three.
 */
class RingIT {
  private static final int KILLS = 25;

  /** The daemon may collect at most so much in 5 seconds without work, in ticks of 10 ms. */
  private static final int IDLE_TICKS = 2;

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree =
        Mounted.mount("--paging", "lenient") // so that a device waits for memory
            .withProgram("RING", "ring.c")
            .withPath("Q", "dev/dsa/wq0.0")
            .withPath("S", "dev/dsa/wq0.1");
    tree.ok(
        "tools/dsa-setup $M --engines 1 --wq user:dedicated:64 \\",
        "  --group 1 --engines 3 --wq user:shared:60:56");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  /** Clients, PASIDs, work, shared memory and threads: all as before the first ring. */
  @AfterEach
  void nothing_is_left() {
    tree.await(
        daemon(
            "[ \"$(cat $D/wq0.0/clients $D/wq0.1/clients $D/dsa0/clients | xargs)\" = '0 0 0' ]"),
        "[ \"$(cat $M/sys/kernel/debug/dsafs/pasids)\" = '1 1 kernel' ]",
        "! grep -q memfd:dsafs-ring /proc/$daemon/maps",
        "! ls -l /proc/$daemon/fd | grep -q memfd",
        "! cat /proc/$daemon/task/*/comm | grep -q ring-");
    for (String queue : new String[] {"wq0", "wq1"}) {
      tree.await(
          "read -r _ _ _ _ _ occupancy submitted completed _ < <(grep ^" + queue + " \\",
          "  $M/sys/kernel/debug/dsafs/0000:6a:01.0/queues)",
          "[ $occupancy = 0 ] && [ $submitted = $completed ]");
    }
  }

  private static String daemon(String step) {
    return "daemon=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)\n" + step;
  }

  private static String ring(String arguments) {
    return tree.ok("timeout -k 1 120 $RING " + arguments);
  }

  @Nested
  class Work {
    @ParameterizedTest
    @CsvSource({"$S, enqcmd", "$Q, movdir64b"})
    void of_four_threads_arrives_to_the_byte_and_to_the_last(String queue, String way) {
      assertThat(ring("work " + queue + " " + way + " 4 100000")).isEqualTo("100000 moved");
    }

    @Test
    void that_is_posted_keeps_its_order() {
      assertThat(ring("order $Q 20000")).isEqualTo("20000 in order");
    }

    @Test
    void in_signal_handlers_that_interrupt_a_submission_is_done() {
      assertThat(ring("nested $S 3")).isEqualTo("nested many");
    }

    @Test
    void of_sixty_four_processes_at_once_is_done() {
      assertThat(ring("crowd $S 64 2000")).isEqualTo("64 processes, 128000 moves");
    }
  }

  @Nested
  class Stores_that_were_posted {
    @ParameterizedTest
    @ValueSource(strings = {"unring", "unmap", "close", "fork"})
    void arrive_though_the_ring_ends_at_once(String how) {
      assertThat(ring("last $Q " + how + " 200")).isEqualTo("6400 arrived");
    }
  }

  @Nested
  class The_ioctls {
    @Test
    void answer_with_the_documented_errnos() {
      assertThat(ring("errors $S"))
          .isEqualTo(
              String.join(
                  "\n",
                  "another version: EINVAL",
                  "no mapping: EFAULT",
                  "mapped for reading: EFAULT",
                  "no file: EBADF",
                  "closed file: EBADF",
                  "pipe: EINVAL",
                  "itself: EINVAL",
                  "file: EINVAL",
                  "not sealed: EINVAL",
                  "can shrink: EINVAL",
                  "not writable: EINVAL",
                  "too small: EINVAL",
                  "too large: EINVAL",
                  "enter without ring: EFAULT",
                  "unmap without ring: EFAULT",
                  "good: ok",
                  "a second: EBUSY",
                  "enter: ok",
                  "unmap: ok",
                  "again: ok",
                  "enqcmd: ok",
                  "reserved bits: EFAULT",
                  "no slot: EINVAL",
                  "no page: EINVAL",
                  "unmap portal: ok",
                  "enqcmd after: EFAULT",
                  "movdir64b after: EFAULT"));
    }

    @Test
    void end_a_ring_under_threads_that_use_it_and_tell_them() {
      assertThat(ring("end $S")).isEqualTo("all told");
    }
  }

  @Nested
  class A_ring {
    @Test
    void is_of_no_use_to_a_child() {
      assertThat(ring("fork $S"))
          .isEqualTo(
              String.join(
                  "\n",
                  "child enqcmd: EFAULT",
                  "child movdir64b: EFAULT",
                  "child enter: EFAULT",
                  "child unmap: EFAULT",
                  "child memory: ENOMEM",
                  "parent enqcmd: ok"));
    }

    @Test
    void ends_with_its_program_though_the_next_one_has_the_file() {
      tree.ok(
          "coproc CAT { exec $RING exec $S; }",
          "pid=$CAT_PID in=${CAT[1]}",
          daemon("limit=$((SECONDS + 20))"),
          "until [ \"$(cat /proc/$pid/comm)\" = cat ]; do [ $SECONDS -lt $limit ] || exit 1; done",
          "while grep -q memfd:dsafs-ring /proc/$daemon/maps; do [ $SECONDS -lt $limit ] || exit 2; done",
          "[ $(cat $D/wq0.1/clients) = 1 ] || exit 3",
          "eval \"exec $in>&-\"; wait $pid");
    }

    @Test
    void costs_nothing_while_it_is_not_used() {
      String ticks =
          tree.ok(
              "coproc IDLE { exec $RING idle $S; }",
              "in=${IDLE[1]} out=${IDLE[0]} pid=$IDLE_PID",
              "read -r idle <&$out && [ $idle = idle ] || exit 1",
              daemon("used() { sed 's/.*) //' /proc/$daemon/stat | awk '{ print $12 + $13 }'; }"),
              "least=999",
              // Whatever else the daemon has to do after work, such as compiling, comes to an end.
              "for i in 1 2 3 4; do",
              "  before=$(used); read -r -t 5 _ <&$out; spent=$(($(used) - before))",
              "  [ $spent -ge $least ] || least=$spent",
              "  [ $least -gt " + IDLE_TICKS + " ] || break",
              "done",
              "eval \"exec $in>&-\"; wait $pid || exit 2",
              "echo $least");

      assertThat(Integer.parseInt(ticks)).isBetween(0, IDLE_TICKS);
    }
  }

  @Nested
  class Processes_that_misbehave {
    @ParameterizedTest
    @CsvSource({"$S, enqcmd", "$Q, movdir64b"})
    void by_dying_in_the_midst_of_it_leave_nothing(String queue, String way) {
      String files = daemon("ls /proc/$daemon/fd | wc -l");
      ring("kill " + queue + " " + way + " 2");
      nothing_is_left();
      int before = Integer.parseInt(tree.ok(files));

      assertThat(ring("kill " + queue + " " + way + " " + KILLS))
          .isEqualTo("survived " + KILLS + " kills");

      nothing_is_left();
      assertThat(Integer.parseInt(tree.ok(files))).isLessThanOrEqualTo(before);
    }

    /** A failure can be had again, more or less, with its seed. */
    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void by_writing_anything_into_their_rings_disturb_nobody(int seed) {
      assertThat(ring("scribble $S 4 " + seed)).matches("survived \\d+ processes, [1-9]\\d* moves");
    }

    @Test
    void by_memory_that_does_not_answer_hold_up_nobody() {
      Shell.Result result = tree.sh("timeout -k 1 120 $RING blocked $S $Q 20000");

      assumeTrue(result.exit() != 77, "SKIPPED: needs userfaultfd");
      assertThat(result.text()).isEqualTo("held up: no");
    }
  }
}
