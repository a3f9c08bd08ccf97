package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The char device of the profile mainline under programs of its own: sections 2.5, 3.9, 5 and 7.4
 * of its reference, and the checks of section 11 that need a kernel below.
 */
class MainlineCdevIT {
  private static final String FILES = "$D/wq0.0/dsa\\!wq0.0";

  /** The end of a program is told to the filesystem after the fact. */
  private static final String NOBODY = "[ -z \"$(ls -d " + FILES + "/file* 2>/dev/null)\" ]";

  private static Mounted tree;

  /** wq0.0 is shared, wq0.1 dedicated. */
  @BeforeAll
  static void mount() {
    tree = Mounted.mount("--abi mainline").withProgram("CDEV", "cdev.c");
    tree.ok("tools/dsa-setup $M --wq user:shared:16:8 --wq user:dedicated:16");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  private static String cdev(String arguments) {
    return tree.ok("$CDEV $M/dev/dsa/" + arguments);
  }

  /** Runs steps while a program is at its point of waiting; its first line is in {@code $line}. */
  private static String during(Mounted mounted, String queueAndCase, String... steps) {
    // The shell forgets P as soon as the program ends.
    return mounted.ok(
        "coproc P { $CDEV $M/dev/dsa/" + queueAndCase + "; }",
        "pid=$P_PID; exec {from}<&${P[0]} {to}>&${P[1]}",
        "eval \"exec ${P[0]}<&- ${P[1]}>&-\"",
        "read -r -u $from line",
        String.join("\n", steps),
        "exec {to}>&-",
        "cat <&$from",
        "wait $pid || :");
  }

  @Test
  void check_104_to_107_109_110_writes() {
    assertThat(cdev("wq0.0 writes"))
        .isEqualTo(
            "one 64 status 1, 63 0, 0 0, 130 128, second misaligned 64, misaligned EINVAL,"
                + " batch EINVAL, unreadable EFAULT");
  }

  @Test
  void check_112_a_forked_child_may_nothing() {
    assertThat(cdev("wq0.0 foreign")).isEqualTo("write EPERM, 63 EPERM, map EPERM, poll POLLNVAL");
  }

  @Test
  void check_101_mapping_takes_a_capability_and_writing_does_not() {
    assertThat(cdev("wq0.0 rawio")).isEqualTo("with ok, without EPERM, write 64");
  }

  @Test
  void check_102_114_what_the_file_can_and_cannot() {
    assertThat(cdev("wq0.0 maps"))
        .isEqualTo("8192 EINVAL, at 4096 ok, read EINVAL, seek ESPIPE, ioctl ENOTTY");
  }

  @Test
  void check_098_a_dedicated_queue_opens_once() {
    assertThat(cdev("wq0.1 twice")).isEqualTo("second EBUSY, after close ok");
  }

  @Test
  void check_099_100_an_open_file_is_a_directory() {
    tree.await(NOBODY);
    String seen =
        during(
            tree,
            "wq0.0 hold",
            "echo $((line == $(cat " + FILES + "/file*/pid)))",
            "cat " + FILES + "/file*/cr_faults " + FILES + "/file*/cr_fault_failures",
            "cat " + FILES + "/file*/uevent $D/wq0.0/clients");

    assertThat(seen).isEqualTo("1\n0\n0\nDEVTYPE=idxd_file\nMODALIAS=idxd:t0\n1");
    tree.await(NOBODY);
  }

  @Test
  void killed_holders_leave_nothing() {
    tree.ok(
        "for i in {1..20}; do",
        "  coproc P { $CDEV $M/dev/dsa/wq0.$((i % 2)) hold; }",
        "  read -r -u ${P[0]} pid",
        "  kill -9 $pid; wait $P_PID 2>/dev/null || :",
        "done");

    tree.await(
        "[ \"$(cat $D/wq0.0/clients $D/wq0.1/clients | tr '\\n' ' ')\" = '0 0 ' ]",
        "[ -z \"$(ls -d $D/wq0.?/dsa*/file* 2>/dev/null)\" ]",
        "! grep -q cdev $M/sys/kernel/debug/dsafs/pasids");
  }

  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class On_a_device_of_its_own {
    @Test
    void a_file_that_outlives_its_queue_writes_nothing() {
      try (Mounted own = ownTree("--abi mainline")) {
        String answer =
            during(own, "wq0.0 stale", "echo wq0.0 > $M/sys/bus/dsa/drivers/user/unbind");

        assertThat(answer).isEqualTo("write ENXIO");
        own.await("[ \"$(cat $D/wq0.0/clients)\" = -1 ]");
      }
    }

    /** The page of the record is not there and page requests are off: the driver brings it in. */
    @Test
    void a_record_fault_is_serviced_by_the_driver() {
      try (Mounted two = ownTree("--abi mainline --device-profile V2 --iax off")) {
        String inject = "$M/sys/kernel/debug/dsafs/0000:6a:01.0/inject/record_fault";
        String seen =
            two.ok(
                "echo 1 > " + inject,
                "coproc P { $CDEV $M/dev/dsa/wq0.0 record; }",
                "read -r -u ${P[0]} line; echo \"$line\"",
                "cat " + FILES + "/file0/cr_faults " + FILES + "/file0/cr_fault_failures",
                "head -n 1 $M/sys/kernel/debug/idxd/dsa0/event_log",
                "exec {P[1]}>&-; wait $P_PID");

        assertThat(seen)
            .isEqualTo("write 64 status 1\n1\n0\nEvent Log head 1 tail 1 interrupt pending 0");
      }
    }

    @Test
    void an_FLR_keeps_what_is_configured() {
      try (Mounted own = ownTree("--abi mainline")) {
        own.ok("echo 1 > $M/sys/bus/pci/devices/0000:6a:01.0/reset");

        assertThat(own.ok("cat $D/dsa0/state $D/wq0.0/state $D/wq0.0/threshold"))
            .isEqualTo("enabled\nenabled\n8");
        assertThat(own.ok("$CDEV $M/dev/dsa/wq0.0 writes")).startsWith("one 64 status 1");
      }
    }

    @Test
    void a_halt_that_an_FLR_ends_is_over_by_itself() {
      try (Mounted own = ownTree("--abi mainline")) {
        own.ok("echo 1 > $M/sys/kernel/debug/dsafs/0000:6a:01.0/inject/halt");

        own.await("[ \"$(grep -c 'wq wq0.0 enabled' $M/dev/kmsg)\" = 2 ]");
        assertThat(own.ok("cat $D/dsa0/state")).isEqualTo("enabled");
        own.await("$CDEV $M/dev/dsa/wq0.0 writes | grep -q '^one 64 status 1'");
      }
    }

    private Mounted ownTree(String options) {
      Mounted own = Mounted.mount(options).withProgram("CDEV", "cdev.c");
      own.ok("tools/dsa-setup $M --wq user:shared:16:8");
      return own;
    }
  }
}
