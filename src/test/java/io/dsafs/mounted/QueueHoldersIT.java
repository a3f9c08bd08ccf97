package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Who has a queue open, from open(2) to the end of the last process that shares the file: swq-v1
 * section 6. wq0.0 ({@code $Q}) is dedicated, wq0.1 ({@code $S}) shared.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class QueueHoldersIT {
  private static final String CLIENTS = "cat $D/wq0.0/clients $D/wq0.1/clients $D/dsa0/clients";

  /** 64 bytes of 0: an operation that does nothing and tells nobody. */
  private static final String NOOP = "printf '\\0%.0s' {1..64}";

  /** Unbinds a queue; and binds it again, set up again where the unbinding has cleared it. */
  private static final String BIND_AGAIN =
      "unbind() { echo $1 > $B/unbind; }; bind() { local w=$D/$1; if [ -e $w/driver_name ]; then"
          + " echo dedicated > $w/mode; echo 10 > $w/priority; echo user > $w/type;"
          + " echo again > $w/name; fi; echo $1 > $B/bind; }";

  private static Mounted tree;

  @Parameter private Abi abi;

  @BeforeParameterizedClassInvocation
  static void mount(Abi abi) {
    tree =
        abi.mount()
            .withProgram("CLIENT", "dsa_client.c")
            .withPath("Q", "dev/dsa/wq0.0")
            .withPath("S", "dev/dsa/wq0.1");
    tree.ok("tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8");
  }

  @AfterParameterizedClassInvocation
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  /** Closing is told to the filesystem after close(2) has returned. */
  @BeforeEach
  @AfterEach
  void nobody_holds_a_queue() {
    tree.await("[ \"$(" + CLIENTS + " | tr '\\n' ' ')\" = '0 0 0 ' ]");
  }

  @Nested
  class A_dedicated_queue {
    @Test
    void is_open_once_at_a_time_and_the_second_is_told_quickly() {
      Pattern refusal = Pattern.compile("second open: EBUSY in (\\d+) ms");
      int quickest = Integer.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        Matcher told = refusal.matcher(tree.ok("$CLIENT $Q --open-twice"));
        assertThat(told.find()).isTrue();
        quickest = Math.min(quickest, Integer.parseInt(told.group(1)));
      }
      assertThat(quickest).isLessThan(200);
    }

    @Test
    void can_be_opened_again_as_soon_as_it_is_closed() {
      assertThat(tree.ok("$CLIENT $Q --reopen 10000")).contains("reopen 10000 busy 0");
    }

    @Test
    void is_free_at_once_when_its_holder_is_killed() {
      assertThat(
              tree.ok(
                  "for i in $(seq 50); do",
                  "  coproc HOLDER { exec $CLIENT $Q --hold; }",
                  "  pid=$HOLDER_PID",
                  "  read -r held <&${HOLDER[0]} && [ $held = held ] || exit 1",
                  "  [ $($SYSCALL open rw $Q) = EBUSY ] || exit 2",
                  "  kill -9 $pid; wait $pid 2>/dev/null",
                  "  $SYSCALL open rw $Q",
                  "done 2>/dev/null | sort | uniq -c"))
          .endsWith("50 ok");
    }

    @Test
    void counts_descriptions_not_descriptors() {
      assertThat(
              tree.ok(
                  "exec 3<>$Q 4>&3", // dup
                  CLIENTS,
                  "(exec 4>&-; " + CLIENTS + ")", // fork, and a close in the child
                  "exec 3>&-; " + CLIENTS,
                  "$SYSCALL open rw $Q"))
          .isEqualTo("1\n0\n1\n1\n0\n1\n1\n0\n1\nEBUSY");
    }
  }

  @Nested
  class A_shared_queue {
    @Test
    void counts_each_open() {
      assertThat(
              tree.ok(
                  "exec 3<>$S 4<>$S; (exec 5<>$S; " + CLIENTS + ")",
                  "exec 3>&-; while [ $(cat $D/wq0.1/clients) != 1 ]; do :; done; " + CLIENTS))
          .isEqualTo("0\n3\n3\n0\n1\n1");
    }

    @Test
    void can_be_opened_and_closed_over_and_over() {
      assertThat(tree.ok("$CLIENT $S --reopen 10000")).contains("busy 0");
    }
  }

  @Nested
  class A_holder_killed_with_work_under_way {
    @ParameterizedTest
    @CsvSource({"wq0.0, write", "wq0.0, movdir64b", "wq0.1, write", "wq0.1, enqcmd"})
    void leaves_the_queue_usable(String queue, String way) {
      tree.ok(
          "daemon=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
          "for i in 1 2 3 4 5; do",
          "  coproc HOLDER { exec $CLIENT $M/dev/dsa/" + queue + " --mode " + way + " --busy; }",
          "  pid=$HOLDER_PID",
          "  read -r busy <&${HOLDER[0]} && [ $busy = busy ] || exit 1",
          "  kill -9 $pid; wait $pid 2>/dev/null",
          "  $CLIENT $M/dev/dsa/" + queue + " --mode " + way + " --op move --sizes 1..4K || exit 2",
          "done",
          "[ -d /proc/$daemon ]");
    }
  }

  @Nested
  class A_file_that_outlives_its_queue {
    /** Mainline counts down for such a file, too, from where the next binding has begun anew. */
    private String settle(int clients) {
      return abi == Abi.SWQ_V1
          ? "true"
          : "for i in {1..3000}; do [ $(cat $D/wq0.0/clients) != " + clients + " ] || break; done";
    }

    /** swq-v1 6.6, 14.19; mainline 4.2. */
    @Test
    void does_no_harm_to_the_next_holder_when_it_is_closed() {
      assertThat(
              tree.ok(
                  BIND_AGAIN,
                  "exec 3<>$Q",
                  "unbind wq0.0; cat $D/wq0.0/state $D/wq0.0/clients",
                  "bind wq0.0; cat $D/wq0.0/state $D/wq0.0/clients",
                  "exec 4<>$Q; cat $D/wq0.0/clients",
                  "exec 3>&-; " + settle(0),
                  "cat $D/wq0.0/clients; $SYSCALL open rw $Q",
                  "exec 4>&-; " + settle(-1),
                  "$CLIENT $Q --mode movdir64b --op move --sizes 1..64K | tail -n 1",
                  settle(-1) + "; unbind wq0.0; bind wq0.0"))
          .isEqualTo(
              "disabled\n0\nenabled\n0\n1\n"
                  + (abi == Abi.SWQ_V1 ? "1\nEBUSY" : "0\nok")
                  + "\nverified 46 failed 0");
    }

    @Test
    void takes_no_work_even_when_the_queue_is_back() {
      assertThat(
              tree.ok(
                  BIND_AGAIN,
                  "exec 3<>$Q; " + NOOP + " >&3 && echo taken",
                  "unbind wq0.0; " + NOOP + " 2>&1 >&3",
                  "bind wq0.0; " + NOOP + " 2>&1 >&3",
                  "exec 3>&-; " + settle(-1) + "; unbind wq0.0; bind wq0.0"))
          .matches("taken(\n.*write error: No such device or address){2}");
    }
  }

  /** Documentation/ABI/testing/dsafs-debug: only the address space that opened it may write. */
  @Nested
  class A_file_in_other_hands {
    @ParameterizedTest
    @CsvSource({"wq0.0", "wq0.1"})
    void cannot_be_written_after_exec(String queue) {
      assertThat(
              tree.ok(
                  "exec 3<>$M/dev/dsa/" + queue,
                  "exec $SYSCALL write fd:3 < <(head -c 64 /dev/zero)"))
          .isEqualTo("EPERM");
    }

    @ParameterizedTest
    @CsvSource({"wq0.0", "wq0.1"})
    void cannot_be_written_by_a_child(String queue) {
      assertThat(
              tree.ok(
                  "exec 3<>$M/dev/dsa/" + queue,
                  NOOP + " | $SYSCALL write fd:3; " + NOOP + " >&3 && echo still mine"))
          .isEqualTo("EPERM\nstill mine");
    }
  }
}
