package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.regex.Pattern;
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
 * Whose memory the device works on: swq-v1 section 8, hardware reference section 3.2. wq0.0 is
 * shared, wq0.1 dedicated.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class AddressSpacesIT {
  private static Mounted tree;

  @Parameter private Abi abi;

  @BeforeParameterizedClassInvocation
  static void mount(Abi abi) {
    tree = abi.mount().withProgram("PAGES", "pages.c");
    tree.ok("tools/dsa-setup $M --wq user:shared:16:8 --wq user:dedicated:16");
  }

  @AfterParameterizedClassInvocation
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  private static void requireNamespaces() {
    assumeTrue(
        tree.sh("unshare --pid --fork --mount-proc true").exit() == 0,
        "SKIPPED: no right to make pid namespaces");
  }

  @Nested
  class A_thread {
    /** It is named by its number, and the main thread's memory is gone with that. */
    @ParameterizedTest
    @CsvSource({"wq0.0 enqcmd", "wq0.0 write", "wq0.1 movdir64b", "wq0.1 write"})
    void can_go_on_when_the_main_thread_has_ended(String way) {
      assertThat(tree.ok("$PAGES $M/dev/dsa/" + way + " orphaned-thread"))
          .isEqualTo("0x01 0 moved");
    }
  }

  @Nested
  class A_daemon_without_file_descriptors {
    @Test
    void says_so_to_who_opens_and_once_in_its_log_and_recovers() {
      String told =
          tree.ok(
              "daemon=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
              "usual=$(prlimit --pid $daemon --nofile --noheadings --output SOFT)",
              "trap 'prlimit --pid $daemon --nofile=${usual// }:' EXIT",
              "free=0; while [ -e /proc/$daemon/fd/$free ]; do free=$((free + 1)); done",
              "prlimit --pid $daemon --nofile=$free:",
              "$SYSCALL open rw $M/dev/dsa/wq0.0; $SYSCALL open rw $M/dev/dsa/wq0.0",
              "prlimit --pid $daemon --nofile=${usual// }:",
              "$SYSCALL open rw $M/dev/dsa/wq0.0");

      assertThat(told).isEqualTo("ENFILE\nENFILE\nok");
      assertThat(tree.log().lines().filter(line -> line.contains("no file descriptor is left")))
          .hasSize(1);
    }
  }

  @Nested
  class A_program_in_a_pid_namespace_below {
    @ParameterizedTest
    @CsvSource({"wq0.0 enqcmd", "wq0.0 write", "wq0.1 movdir64b", "wq0.1 write"})
    void is_served(String way) {
      requireNamespaces();

      assertThat(tree.ok("unshare --pid --fork --mount-proc $PAGES $M/dev/dsa/" + way + " none"))
          .isEqualTo("0x01 0 moved");
    }
  }

  @Nested
  class A_daemon_in_a_pid_namespace_of_its_own {
    /** Mounts in the background, in namespaces of its own, with these steps while it is there. */
    private String inNamespace(String unshare, String... steps) {
      requireNamespaces();
      return tree.ok(
          "place=$(mktemp -d) log=$XDG_STATE_HOME/inner.log",
          "coproc DAEMON { exec unshare --pid --fork --kill-child " + unshare + " \\",
          "  fuse-mount/dsafs mount $place --abi " + abi + " --foreground 2>$log; }",
          "trap 'disown; kill -9 $daemon; umount -l $place 2>/dev/null; rmdir $place' EXIT",
          "read -r mounted <&${DAEMON[0]} || exit 1",
          "daemon=$(tr -d ' ' </proc/$DAEMON_PID/task/$DAEMON_PID/children)",
          "inner=/proc/$daemon/root$place",
          "tools/dsa-setup $inner --wq user:shared:16:8 >/dev/null || exit 2",
          String.join("\n", steps),
          "grep -o 'PASID.*' $inner/dev/kmsg",
          "grep -o 'WARN.*' $log",
          "exit 0");
    }

    @Test
    void refuses_programs_outside_and_says_why() {
      String told = inNamespace("--mount-proc", "$SYSCALL open rw $inner/dev/dsa/wq0.0");

      assertThat(told)
          .matches(
              Pattern.compile(
                  "EINVAL\nPASID allocation for thread 0 failed: .* cannot be reached: -22\n"
                      + "WARN .*outside this daemon's pid namespace cannot be reached.*"));
    }

    @Test
    void serves_those_inside() {
      assertThat(
              inNamespace(
                  "--mount-proc",
                  "nsenter --target $daemon --pid $PAGES $inner/dev/dsa/wq0.0 write none"))
          .isEqualTo("0x01 0 moved");
    }

    /** Its numbers and those of /proc would name different processes. */
    @Test
    void refuses_all_if_proc_is_not_its_own() {
      String told =
          inNamespace("", "nsenter --target $daemon --pid $SYSCALL open rw $inner/dev/dsa/wq0.0");

      assertThat(told).startsWith("EINVAL\n").contains("/proc is that of another pid namespace");
    }
  }
}
