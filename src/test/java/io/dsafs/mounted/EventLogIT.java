package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A device of version 2 whose event log, of 64 entries, is filled by a program, {@code
 * event_log.c}: mainline section 7.4. A full log stops the device until the driver moves its head.
 * wq0.0 and wq0.1 are shared, so that one is the hostile program's and one somebody else's.
 */
class EventLogIT {
  private static final String LOG = "$M/sys/kernel/debug/idxd/dsa0/event_log";

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree =
        Abi.MAINLINE
            .mount("--device-profile V2 --iax=off")
            .withProgram("EVENTS", "event_log.c")
            .withProgram("SIEGE", "siege.c")
            .withPath("Q", "dev/dsa/wq0.0")
            .withPath("S", "dev/dsa/wq0.1");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  @BeforeEach
  void a_device_with_two_queues() {
    tree.ok("tools/dsa-setup $M --wq user:shared:16:16 --wq user:shared:16:16");
  }

  @AfterEach
  void is_sound_afterwards() {
    tree.await("[ \"$(cat $D/dsa0/clients)\" = 0 ]");
    assertThat(tree.ok("$SIEGE move $Q 20; $SIEGE move $S 20")).isEqualTo("moved 20\nmoved 20");
    tree.ok("tools/dsa-setup $M disable dsa0");
  }

  private static void assertTheLogIsEmpty() {
    tree.await(
        "[[ $(head -n 1 "
            + LOG
            + ") =~ head\\ ([0-9]+)\\ tail\\ ([0-9]+) ]]"
            + " && [ ${BASH_REMATCH[1]} = ${BASH_REMATCH[2]} ]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unmapped", "read-only", "kernel"})
  void takes_any_number_of_records_that_cannot_be_written(String where) {
    assertThat(tree.ok("$EVENTS $Q " + where + " 2000 & $SIEGE move $S 200; wait"))
        .contains("done", "moved 200");
    assertTheLogIsEmpty();
  }

  @Test
  void counts_them_for_the_file() {
    assertThat(
            tree.ok(
                "$EVENTS $Q unmapped 1000000 & pid=$!; F=$D/wq0.0/dsa!wq0.0",
                "count() { cat $F/file*/$1 2>/dev/null || echo 0; }",
                "for i in {1..2000}; do [ $(count cr_fault_failures) -gt 100 ] && break; done",
                "[ $(count cr_faults) -gt 100 ] && echo counted",
                "kill -9 $pid; wait $pid 2>/dev/null; true"))
        .isEqualTo("counted");
  }

  @Test
  void is_emptied_when_the_programs_die() {
    tree.ok(
        "for i in {1..20}; do",
        "  $EVENTS $Q unmapped 1000000 & one=$!; $EVENTS $Q read-only 1000000 & two=$!",
        "  $SIEGE move $S 20; kill -9 $one $two; wait $one $two; $SIEGE move $S 20",
        "done 2>/dev/null");
    assertTheLogIsEmpty();
  }

  @Test
  void does_not_hold_up_who_takes_queue_or_device_away() {
    tree.ok(
        "for i in 1 2 3 4 5; do",
        "  $EVENTS $Q unmapped 1000000 & pid=$!",
        "  for j in {1..2000}; do [ $(cat $D/wq0.0/clients) != 1 ] || break; done",
        "  if [ $i = 1 ]; then echo wq0.0 > ${B%/*}/user/unbind; fi",
        "  tools/dsa-setup $M disable dsa0 || exit 1",
        "  kill -9 $pid; wait $pid",
        "  tools/dsa-setup $M --wq user:shared:16:16 --wq user:shared:16:16 || exit 2",
        "done 2>/dev/null");
    // What outlived its queue has been counted down once too often, until the queue is bound anew.
    tree.ok("tools/dsa-setup $M disable dsa0");
    tree.ok("tools/dsa-setup $M --wq user:shared:16:16 --wq user:shared:16:16");
  }

  @Test
  void halted_meanwhile_is_reset_and_goes_on() {
    tree.ok(
        "$EVENTS $Q unmapped 1000000 & pid=$!",
        "for i in {1..2000}; do [ $(cat $D/wq0.0/clients) != 1 ] || break; done",
        "I=$M/sys/kernel/debug/dsafs/0000:6a:01.0/inject; echo 1 > $I/halt",
        "until [ $(cat $I/halt) = off ] && [ $(cat $D/dsa0/state) = enabled ] && [ -e $S ]; do [ $((i++)) -lt 5000 ] || exit 9; done",
        "kill -9 $pid; wait $pid 2>/dev/null; true");
    tree.ok("tools/dsa-setup $M disable dsa0");
    tree.ok("tools/dsa-setup $M --wq user:shared:16:16 --wq user:shared:16:16");
  }

  /** Neither the device, nor another queue, nor any interrupt waits for that page. */
  @Test
  void does_not_wait_for_a_page_that_never_comes() {
    String told =
        tree.ok(
            "coproc HOLDER { exec $EVENTS $Q held; }; pid=$HOLDER_PID",
            "read -r held <&${HOLDER[0]}; echo $held; [ $held = held ] || exit 0",
            "$SIEGE move $S 200; $EVENTS $S unmapped 500; $SIEGE move $Q 20; cat "
                + LOG
                + " >/dev/null",
            "tools/dsa-setup $M disable dsa0",
            "tools/dsa-setup $M --wq user:shared:16:16 --wq user:shared:16:16",
            "$SIEGE move $S 20",
            "kill -9 $pid; wait $pid 2>/dev/null; true");

    assumeTrue(!told.startsWith("no"), "SKIPPED: no userfaultfd here");
    assertThat(told.lines())
        .startsWith("held", "moved 200", "done", "moved 20")
        .endsWith("wq0.1 enabled", "moved 20");
    tree.ok("tools/dsa-setup $M disable dsa0");
    tree.ok("tools/dsa-setup $M --wq user:shared:16:16 --wq user:shared:16:16");
  }
}
