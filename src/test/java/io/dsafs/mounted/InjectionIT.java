package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Errors on demand by shell: Documentation/ABI/testing/dsafs-debug. {@code $I} is the directory of
 * the files; wq0.0 ({@code $Q}) is dedicated, wq0.1 ({@code $S}) shared with threshold 8.
 */
class InjectionIT {
  private static final String ADDRESS = "0000:6a:01.0";
  private static final String REBIND =
      "echo " + ADDRESS + " > $P/unbind; echo " + ADDRESS + " > $P/bind";
  private static final String SETUP =
      "tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8 >/dev/null";
  private static final String NOTHING_WRONG =
      "echo 0 > $I/stall; echo off > $I/command; echo off > $I/page_fault;"
          + " echo none > $I/iommu_bind; echo 9 > $I/msix; [ $(cat $I/halt) = off ] ||"
          + " { echo off > $I/halt; echo 1 > $F/remove; echo 1 > $M/sys/bus/pci/rescan; }";

  /** 64 bytes of 0: an operation that does nothing and tells nobody. */
  private static final String NOOP = "printf '\\0%.0s' {1..64}";

  /** Repeats a step until it succeeds, not for ever. */
  private static final String UNTIL =
      "until_() { for ((i = 0; i < 3000; i++)); do eval \"$1\" && return; done; echo \"never: $1\";"
          + " cat $D/dsa0/state $D/dsa0/errors ${I%/*}/queues; tail $M/dev/kmsg; exit 9; }";

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree =
        Mounted.mount()
            .withProgram("CLIENT", "dsa_client.c")
            .withPath("I", "sys/kernel/debug/dsafs/" + ADDRESS + "/inject")
            .withPath("P", "sys/bus/pci/drivers/idxd")
            .withPath("F", "sys/bus/pci/devices/" + ADDRESS)
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
    tree.ok(REBIND, SETUP);
  }

  @AfterEach
  void is_sound_again_afterwards() {
    tree.ok(NOTHING_WRONG, REBIND, SETUP);
    for (String queue : new String[] {"$Q --mode movdir64b", "$S --mode enqcmd"}) {
      assertThat(tree.ok("$CLIENT " + queue + " --op move,crc --sizes 1..64K | tail -n 1"))
          .endsWith("failed 0");
    }
  }

  private static String ok(String... steps) {
    return tree.ok(UNTIL, String.join("\n", steps));
  }

  private static String log(String text) {
    return tree.ok("grep -c '" + text + "' $M/dev/kmsg; true");
  }

  @Nested
  class The_files {
    @Test
    void are_for_the_owner_and_say_what_is_set() {
      assertThat(tree.ok("stat -c '%a %n' $I/* | sed 's,/.*/,,'"))
          .isEqualTo(
              "600 command\n600 halt\n600 int_handles\n600 iommu_bind\n600 msix\n600 page_fault\n"
                  + "600 record_fault\n600 stall\n600 swerror");
      assertThat(tree.ok("cd $I; grep . command halt iommu_bind msix page_fault stall"))
          .isEqualTo("command:off\nhalt:off\niommu_bind:none\nmsix:9\nstall:0");
    }

    @ParameterizedTest
    @CsvSource({"command", "halt", "iommu_bind", "msix", "page_fault", "stall", "swerror"})
    void refuse_nonsense_with_EINVAL(String file) {
      assertThat(tree.write("$I/" + file, "nonsense\\n")).isEqualTo("EINVAL");
      assertThat(tree.write("$I/" + file, "\\377\\376")).isEqualTo("EINVAL");
    }
  }

  @Nested
  class Stalled_engines {
    @Test
    void let_a_queue_fill_and_lose_nothing_when_they_are_released() {
      String queue = "grep '^wq1 ' ${I%/*}/queues";

      assertThat(
              ok(
                  "echo 1 > $I/stall; exec 3<>$S",
                  "for i in $(seq 8); do " + NOOP + " >&3 || exit 1; done",
                  NOOP + " 2>&1 >&3",
                  queue + " | cut -d ' ' -f 6",
                  "echo 0 > $I/stall",
                  "until_ \"" + queue + " | grep -q ' 16 8 0 '\"",
                  "read -r _ _ _ _ _ _ in out _ < <(" + queue + "); echo $((in - out))"))
          .matches(".*: Resource temporarily unavailable\n8\n0");
    }

    @Test
    void do_not_hold_up_who_is_killed() {
      assertThat(
              ok(
                  "coproc HOLDER { exec $CLIENT $S --mode enqcmd --busy; }",
                  "pid=$HOLDER_PID; read -r busy <&${HOLDER[0]}",
                  "echo 1 > $I/stall; kill -9 $pid; wait $pid 2>/dev/null",
                  "until_ '[ $(cat $D/wq0.1/clients) = 0 ]'; cat ${I%/*}/clients; echo gone"))
          .isEqualTo("gone");
    }
  }

  @Nested
  class A_halt {
    @Test
    void reads_halted_and_wakes_who_polls() {
      assertThat(
              ok(
                  "coproc POLLER { exec $SYSCALL poll $S; }; exec 7<&${POLLER[0]}; read -r polling <&7",
                  "echo 1 > $I/halt; cat <&7",
                  "until_ '[ $(cat $D/dsa0/state) = halted ]'",
                  "cat $D/wq0.0/state $D/wq0.1/state $I/halt; cut -d ' ' -f 1 $D/dsa0/errors"))
          .isEqualTo("IN \ndisabled\ndisabled\n1\n0x0000000000005101");
      assertThat(log("idxd halted, need FLR")).isNotEqualTo("0");
      assertThat(tree.write("$I/halt", "1")).isEqualTo("EBUSY");

      // The reset ends the halt, and a new binding ends what the driver thinks of it.
      assertThat(tree.ok("echo 1 > $F/reset; cat $I/halt $D/dsa0/state")).isEqualTo("off\nhalted");
    }

    @Test
    void that_software_can_leave_is_over_at_once_and_the_open_file_works() {
      assertThat(
              ok(
                  "exec 3<>$Q; echo 0 > $I/halt",
                  "until_ 'grep -q ^0x0000000000005101 $D/dsa0/errors'",
                  "until_ 'grep -q ^wq0.dedicated.enabled ${I%/*}/queues'",
                  "cat $D/dsa0/state $D/wq0.0/state $I/halt; " + NOOP + " >&3 && echo taken"))
          .isEqualTo("enabled\nenabled\noff\ntaken");
    }
  }

  @Nested
  class A_command {
    @Test
    void without_an_answer_times_out_soon() {
      tree.ok("echo wq0.1 > $B/unbind; echo never > $I/command");

      assertThat(tree.ok("time=$EPOCHREALTIME; $SYSCALL write $B/bind < <(printf wq0.1)"))
          .isEqualTo("ENODEV");
      assertThat(log("Command timed out: ENABLE_WQ")).isNotEqualTo("0");
      assertThat(tree.ok("cat $D/wq0.1/state; echo off > $I/command; cat $I/command"))
          .isEqualTo("disabled\noff");
    }

    @Test
    void with_a_given_answer_is_told_in_cmd_status() {
      tree.ok("echo wq0.1 > $B/unbind; echo 0x24 > $I/command");

      assertThat(tree.write("$B/bind", "wq0.1")).isEqualTo("ENODEV");
      assertThat(tree.ok("cat $D/dsa0/cmd_status")).isEqualTo("0x24");
      assertThat(tree.write("$B/bind", "wq0.1")).isEqualTo("ok");
    }
  }

  @Nested
  class A_page_fault {
    @Test
    void concerns_only_whom_it_names() {
      assertThat(
              ok(
                  "coproc VICTIM { exec $CLIENT $S --mode enqcmd --busy; }",
                  "pid=$VICTIM_PID; read -r busy <&${VICTIM[0]}",
                  "line=$(cat ${I%/*}/clients)",
                  "[ \"$line\" = \"${line/pid $pid (dsa_client)/}\" ] && echo \"$line\"",
                  "set -- $line; pasid=$3",
                  "echo 0x0-0xffffffffffff pasid=$pasid > $I/page_fault; cat $I/page_fault",
                  "until_ 'grep -q 1a $D/dsa0/errors'",
                  "$CLIENT $Q --mode movdir64b --op move --sizes 1..4K | tail -n 1",
                  "kill -9 $pid; wait $pid 2>/dev/null; true"))
          .matches("0x0-0xffffffffffff pasid=\\d+\nverified \\d+ failed 0");
    }
  }

  @Nested
  class A_refused_PASID {
    @ParameterizedTest
    @CsvSource({
      "inval,EINVAL",
      "nospc,ENOSPC",
      "nomem,ENOMEM",
      "notsupp,EOPNOTSUPP",
      "nosys,EOPNOTSUPP"
    })
    void is_told_by_the_open_until_it_ends(String reason, String errno) {
      tree.ok("echo " + reason + " 2 > $I/iommu_bind");

      assertThat(tree.call("open rw $S")).isEqualTo(errno);
      assertThat(tree.call("open rw $Q")).isEqualTo(errno);
      assertThat(tree.call("open rw $S")).isEqualTo("ok");
    }

    @Test
    void takes_the_shared_queues_from_a_device_that_is_bound_then() {
      tree.ok("echo nosys > $I/iommu_bind", REBIND);

      assertThat(tree.ok("cat $D/dsa0/pasid_enabled")).isEqualTo("0");
      assertThat(tree.write("$D/wq0.0/mode", "shared")).isEqualTo("EINVAL");
    }
  }

  @Nested
  class A_function_without_vectors {
    @Test
    void is_refused_by_the_driver() {
      tree.ok("echo 0 > $I/msix; echo " + ADDRESS + " > $P/unbind");

      assertThat(tree.write("$P/bind", ADDRESS)).isEqualTo("ENODEV");
      assertThat(log("Not MSI-X interrupt capable")).isNotEqualTo("0");
      assertThat(tree.ok("lspci -O sysfs.path=$M/sys/bus/pci -vv -s 6a:01.0 2>/dev/null"))
          .doesNotContain("MSI-X")
          .contains("Capabilities: [90] Power Management");
      tree.ok("echo 9 > $I/msix; echo " + ADDRESS + " > $P/bind");
    }
  }

  @Nested
  class A_software_error {
    @Test
    void reaches_errors_and_the_queue_it_names() {
      assertThat(
              ok(
                  "coproc POLLER { exec $SYSCALL poll $S; }; exec 7<&${POLLER[0]}; read -r polling <&7",
                  "echo error=0x13 wq_idx_valid=1 wq_idx=1 desc_valid=1 operation=3 > $I/swerror",
                  "cat <&7; cat $D/dsa0/errors"))
          .isEqualTo(
              "IN \n0x000000030001130d 0x0000000000000000 0x0000000000000000 0x0000000000000000");
    }
  }
}
