package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs that map a portal and use ENQCMD and MOVDIR64B on it, unmodified, with the portal shim
 * preloaded: Documentation/portal-shim.md. wq0.0 is dedicated, 16 entries, wq0.1 shared, 16
 * entries, threshold 8.
 */
class PortalIT {
  private static final String SETUP =
      "tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8";

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree =
        Mounted.mount()
            .withPortalShim()
            .withProgram("CLIENT", "portal_client.c")
            .withProgram("HABITS", "portal_habits.c")
            .withProgram("RULES", "portal_rules.c");
    tree.ok(SETUP);
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  /** Documentation/ABI/testing/dsafs-debug. */
  @AfterEach
  void everything_submitted_has_completed_and_nobody_is_left() {
    for (String queue : new String[] {"wq0", "wq1"}) {
      tree.await(
          "read -r _ _ _ _ _ occupancy submitted completed _ < <(" + line(queue) + ")",
          "[ $submitted = $completed ] && [ $occupancy = 0 ]");
    }
    tree.await("[ \"$(cat $D/wq0.0/clients $D/wq0.1/clients | tr -d '\\n')\" = 00 ]");
  }

  private static String line(String queue) {
    return "grep '^" + queue + " ' $M/sys/kernel/debug/dsafs/0000:6a:01.0/queues";
  }

  private static long completed(String queue) {
    return Long.parseLong(tree.ok(line(queue)).split(" ")[7]);
  }

  /** Runs a program that finds the devices where programs look for them, and portals to map. */
  private static String run(String command) {
    return tree.ok("fuse-mount/dsafs run --mount $M -- " + command);
  }

  @Nested
  class Every_form_of_the_instructions {
    @ParameterizedTest
    @CsvSource({"wq0.1, wq1, enqcmd", "wq0.0, wq0, movdir64b"})
    void submits_from_four_threads_at_once(String queue, String line, String instruction) {
      long before = completed(line);

      String told = run("$CLIENT /dev/dsa/" + queue + " " + instruction + " 4 25000");

      assertThat(told).matches("moved 100000 by \\d+ forms");
      assertThat(completed(line) - before).isEqualTo(100_000);
    }
  }

  /** The table of the clients' reference, section 1: each maps and submits in its own way. */
  @Nested
  class The_habits_of {
    @ParameterizedTest
    @CsvSource({
      "dsa_test, /dev/dsa/wq0.1, enqcmd",
      "dsa_test-dedicated, /dev/dsa/wq0.0, movdir64b",
      "dml, /dev/dsa/wq0.1, enqcmd",
      "dto, /dev/dsa/wq0.1, enqcmd",
      "dto-umwait, /dev/dsa/wq0.1, enqcmd",
      "dpdk, /dev/dsa/wq0.0, movdir64b",
      "qemu, /dev/dsa/wq0.1, enqcmd",
      "dsa_perf, /dev/dsa/wq0.1, enqcmd",
      "dsa_perf-dedicated, /dev/dsa/wq0.0, movdir64b",
    })
    void a_program_work(String program, String node, String instruction) {
      assertThat(run("$HABITS " + program + " " + node + " 200"))
          .isEqualTo("200 by " + instruction);
    }

    @Test
    void qpl_work_through_the_folder_of_another_kind_of_device() {
      String told = run("bash -c 'ln -sfn dsa /dev/iax; $HABITS qpl /dev/iax/wq0.1 200'");

      assertThat(told).isEqualTo("200 by enqcmd");
    }

    @Test
    void spdk_work_through_a_link_by_number() {
      String told =
          run(
              "bash -c 'number=$(cat /sys/bus/dsa/devices/dsa!wq0.0/dev); mkdir -p /dev/char;"
                  + " [ -e /dev/char/$number ] || ln -s ../dsa/wq0.0 /dev/char/$number;"
                  + " $HABITS spdk /dev/char/$number 200'");

      assertThat(told).isEqualTo("200 by movdir64b");
    }

    @Test
    void dto_fall_back_to_write_without_the_shim() {
      assertThat(tree.ok("$HABITS dto $M/dev/dsa/wq0.1 200")).isEqualTo("200 by write");
    }
  }

  /** The cases of portal_rules.c. */
  @Nested
  class A_rule_holds {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "stat_shows_a_character_device",
          "mmap_refuses_as_the_driver_does",
          "other_files_map_as_ever",
          "mapping_outlives_the_descriptor",
          "file_can_be_mapped_many_times",
          "closing_everything_leaves_the_mapping",
          "unmapped_page_faults",
          "page_can_be_covered_moved_and_protected",
          "protection_is_the_programs",
          "private_mapping_reaches_nobody",
          "child_of_fork_faults",
          "child_of_fork_has_none_of_it",
          "source_that_is_not_there_faults",
          "protection_faults_are_general",
          "flags_are_as_specified",
          "memory_takes_what_it_does",
          "plain_stores_are_ignored",
          "waiting_ends",
          "own_crashes_are_seen",
          "crash_without_a_handler_kills",
          "handlers_and_masks_read_back",
          "blocked_signals_do_not_hinder",
          "handler_may_return",
          "handler_runs_on_its_stack",
          "handler_can_be_for_once",
          "crash_in_a_handler_kills",
          "threads_protect_at_once",
          "threads_map_and_unmap_at_once",
          "other_signals_come_through",
          "handlers_may_jump",
        })
    void of_a_mapped_portal(String rule) {
      assertThat(rule(rule)).isEqualTo(rule + " ok");
    }

    @Test
    void of_an_instruction_that_is_not_known_and_is_reported() {
      assertThat(rule("unknown_access_is_the_programs"))
          .matches("dsafs-portal: .* not known here: f0 83( [0-9a-f]{2})+\n.* ok");
    }

    private String rule(String rule) {
      return run("$RULES " + rule + " /dev/dsa/wq0.1 /sys/bus/dsa/devices/wq0.1");
    }
  }

  @Nested
  class A_queue_that_goes_away {
    private static final String RULE =
        "$RULES disabled_queue_asks_for_a_retry $M/dev/dsa/wq0.1 $D/wq0.1";

    @Test
    void asks_for_a_retry_when_it_is_disabled() {
      String told =
          tree.ok(
              "export DISABLE='printf wq0.1 >$B/unbind'",
              "LD_PRELOAD=$SHIM " + RULE,
              "printf wq0.1 >$B/bind");

      assertThat(told).endsWith(" ok");
    }

    @Test
    void asks_for_a_retry_when_the_daemon_has_died() {
      Shell.Result result =
          tree.sh(
              "M=$(mktemp -d) D=$M/sys/bus/dsa/devices",
              "trap 'umount -l $M; rmdir $M' EXIT",
              "fuse-mount/dsafs mount $M >/dev/null && " + SETUP + " >/dev/null || exit 1",
              "pid=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
              "export DISABLE=\"kill -9 $pid; while grep -qs '^State:.[^Z]' /proc/$pid/status; do :;"
                  + " done\"",
              "LD_PRELOAD=$SHIM " + RULE);

      assertThat(result.exit()).as(result.output()).isZero();
      assertThat(result.text()).endsWith(" ok");
    }
  }
}
