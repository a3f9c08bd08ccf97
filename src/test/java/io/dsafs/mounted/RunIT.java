package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code dsafs run} and {@code dsafs shell}: programs that see the devices at the paths of a real
 * machine. How an unprivileged user runs them is in {@link NonRootIT}.
 */
class RunIT {
  /** Steps in the program: says who serves the tree. */
  private static final String DAEMON =
      "sed -n \"s/^pid //p\" $DSAFS_MOUNT/sys/kernel/debug/dsafs/machine";

  /** Waits until process $daemon has ended. */
  private static final String UNTIL_THE_DAEMON_HAS_ENDED =
      "while grep -qs '^State:.[^Z]' /proc/$daemon/status; do :; done";

  /** A run whose program has said who its daemon is, and sleeps; $RUN_PID is the run's. */
  private static final String START_ONE =
      String.join(
          "\n",
          "coproc RUN { exec $RUN -- sh -c '" + DAEMON + "; exec sleep 1000'; }",
          "read -r daemon <&${RUN[0]}",
          "[ -n \"$daemon\" ] || exit 1");

  private static final Map<String, String> ENVIRONMENT =
      Map.of("RUN", "fuse-mount/dsafs run", "SETUP", "tools/dsa-setup / --wq user:dedicated:16");

  @TempDir Path directory;

  @BeforeAll
  static void needs_fuse_and_a_namespace() {
    Mounted.requireFuse();
    assumeTrue(
        Shell.run(Map.of(), "unshare --mount true || unshare --map-root-user --mount true").exit()
            == 0,
        "SKIPPED: no mount namespace");
    // The first may build the library for portals, and say so.
    assertThat(sh("$RUN -- true").exit()).isZero();
  }

  private static Shell.Result sh(String... steps) {
    return Shell.run(ENVIRONMENT, String.join("\n", steps));
  }

  private static String ok(String... steps) {
    Shell.Result result = sh(steps);
    assertThat(result.exit()).as(result.output()).isZero();
    return result.text();
  }

  @Nested
  class A_program {
    @Test
    void sees_the_devices_where_they_are_on_a_machine() {
      assertThat(
              ok(
                  "$RUN --devices 2 -- sh -ec '",
                  "cd /sys/bus/dsa/devices; echo dsa*; readlink -f wq0.0; cat /sys/module/idxd/version",
                  "readlink -f /sys/bus/pci/devices/0000:6f:01.0/driver'"))
          .isEqualTo(
              "dsa0 dsa1\n/sys/devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.0\n1.00\n"
                  + "/sys/bus/pci/drivers/idxd");
    }

    @Test
    void is_alone_in_seeing_them() {
      assertThat(ok("before=$(ls /sys/bus /dev; cat /proc/mounts)", START_ONE, "kill $RUN_PID"))
          .isEmpty();
      assertThat(
              ok(
                  "before=$(ls /sys/bus /dev; grep -v fuse.dsafs /proc/mounts)",
                  START_ONE,
                  "after=$(ls /sys/bus /dev; grep -v fuse.dsafs /proc/mounts)",
                  "grep -c \" $DSAFS_MOUNT/.dsafs\" /proc/mounts; kill $RUN_PID",
                  "[ \"$before\" = \"$after\" ] && echo same"))
          .isEqualTo("0\nsame");
    }

    @Test
    void sees_the_machine_beside_them_as_it_was() {
      String look =
          "ls /sys /sys/class/net /sys/bus/pci/devices /sys/block /dev/shm;"
              + " cat /sys/class/net/lo/address; stat -L -c %t:%T /dev/null /dev/tty /dev/loop0";
      String outside = sh(look).output();

      String inside = sh("$RUN -- sh -c '" + look + "'").output();

      assertThat(inside.replace("0000:6a:01.0\n", "")).isEqualTo(outside);
      assertThat(inside).contains("0000:6a:01.0\n");
    }

    @Test
    void has_its_nodes_and_their_numbers_as_soon_as_a_queue_is_enabled() {
      assertThat(
              ok(
                  "$RUN -- bash -ec '",
                  "there() { for f in /dev/dsa /dev/dsa/wq0.0 /dev/char/254:0; do",
                  "  [ -e $f ] && printf y || printf n; done; echo; }",
                  "there; $SETUP >/dev/null; there",
                  "readlink /dev/char/254:0; exec 3<>/dev/char/254:0; exec 4<>/dev/dsa/wq0.0",
                  "' 2>&1 | sed 's/.*: //'"))
          .isEqualTo("nnn\nyyy\n../dsa/wq0.0\nDevice or resource busy");
      assertThat(
              ok(
                  "$RUN -- bash -ec '",
                  "$SETUP >/dev/null; cat /sys/dev/char/254:0/dev; ls /dev/dsa /dev/char",
                  "echo wq0.0 > /sys/bus/dsa/devices/wq0.0/driver/unbind",
                  "[ ! -e /dev/dsa ] && [ ! -e /dev/char/254:0 ] && echo gone'"))
          .isEqualTo("254:0\n/dev/char:\n254:0\n\n/dev/dsa:\nwq0.0\ngone");
    }

    /** A /dev as udev makes it, with links for numbers of the machine's own. */
    @Test
    void sees_its_numbers_beside_those_of_the_machine() {
      assumeTrue(sh("[ $(id -u) = 0 ] && unshare --mount true").exit() == 0, "SKIPPED: takes root");

      assertThat(
              ok(
                  "unshare --mount --propagation private bash -ec '",
                  "umask 0; mount -t tmpfs -o dev,mode=755 none /mnt; cd /mnt",
                  "mknod null c 1 3; mknod zero c 1 5; mknod full c 1 7; mknod tty c 5 0",
                  "mknod random c 1 8; mknod urandom c 1 9; mknod fuse c 10 229; mkdir char shm",
                  "ln -s /proc/self/fd fd; ln -s ../null char/1:3; cd \"$OLDPWD\"",
                  "mount --move /mnt /dev",
                  "exec $RUN -- bash -ec \"",
                  "  stat -L -c %t:%T /dev/char/1:3; [ ! -e /dev/char/254:0 ]; $SETUP",
                  "  exec 3<>/dev/char/254:0; cat /sys/bus/dsa/devices/wq0.0/clients",
                  "  echo wq0.0 > /sys/bus/dsa/devices/wq0.0/driver/unbind; [ ! -e /dev/char/254:0 ]",
                  "\"'"))
          .isEqualTo("1:3\ndsa0 enabled\nwq0.0 enabled\n1");
    }

    @Test
    void submits_to_its_queues() {
      String client = Programs.compiled("dsa_client.c").toString();

      assertThat(
              ok(
                  "$RUN -- sh -ec '$SETUP --wq user:shared:16:8 >/dev/null",
                  client + " /dev/dsa/wq0.0 --mode write | tail -n 1",
                  client + " /dev/char/254:1 --mode enqcmd | tail -n 1'"))
          .isEqualTo("verified 416 failed 0\nverified 461 failed 0");
    }

    @Test
    void may_be_lspci_without_options() {
      assertThat(ok("$RUN -- lspci -n -d 8086:0b25")).isEqualTo("6a:01.0 0880: 8086:0b25");
    }

    @Test
    void may_change_what_the_driver_shows() {
      assertThat(
              ok(
                  "$RUN -- sh -ec 'F=/sys/bus/pci/devices/0000:6a:01.0",
                  "echo 1 > $F/remove; [ ! -e $F ] && [ ! -e /sys/bus/dsa/devices/dsa0 ]",
                  "echo 1 > /sys/bus/pci/rescan; cat /sys/bus/dsa/devices/dsa0/state'"))
          .isEqualTo("disabled");
    }

    @Test
    void may_be_accel_config() {
      assumeTrue(
          sh("command -v accel-config").exit() == 0, "SKIPPED: accel-config is not installed");

      assertThat(
              ok(
                  "$RUN -- sh -ec '",
                  "accel-config config-engine dsa0/engine0.0 --group-id=0",
                  "accel-config config-wq dsa0/wq0.0 --group-id=0 --mode=shared --wq-size=16 \\",
                  "  --threshold=8 --priority=10 --type=user --name=app1",
                  "accel-config enable-device dsa0; accel-config enable-wq dsa0/wq0.0",
                  "accel-config list' 2>&1"))
          .contains(
              "enabled 1 device(s) out of 1", "enabled 1 wq(s) out of 1", "\"dev\":\"wq0.0\"");
    }

    @Test
    void finds_the_debug_files_below_DSAFS_MOUNT() {
      assertThat(ok("$RUN -- sh -c 'ls $DSAFS_MOUNT/sys/kernel/debug/dsafs'"))
          .isEqualTo("0000:6a:01.0\nmachine\npasids");
    }

    @Test
    void may_run_another_with_a_tree_of_its_own() {
      assertThat(
              ok(
                  "$RUN --devices 2 -- bash -ec '",
                  "F=/sys/bus/dsa/devices; echo 1 > $F/engine0.0/group_id",
                  "$RUN -- sh -c \"echo 2 > $F/engine0.0/group_id; cat $F/engine0.0/group_id; ls -d $F/dsa*\"",
                  "cat $F/engine0.0/group_id'"))
          .isEqualTo("2\n/sys/bus/dsa/devices/dsa0\n1");
    }
  }

  @Nested
  class What_the_caller_sees {
    @Test
    void is_the_programs_exit_code() {
      assertThat(sh("$RUN -- sh -c 'exit 7'")).isEqualTo(new Shell.Result(7, ""));
      assertThat(sh("$RUN -- sh -c 'kill -9 $$'").exit()).isEqualTo(128 + 9);
    }

    @ParameterizedTest
    @CsvSource({
      "nosuchprogram,    127, nosuchprogram: command not found",
      "/no/such/program, 127, /no/such/program: No such file or directory",
      "README.md,        127, README.md: command not found",
      "./README.md,      126, ./README.md: Permission denied",
      "/tmp,             126, /tmp: Permission denied"
    })
    void is_a_shells_answer_to_what_cannot_be_run(String program, int exit, String text) {
      Shell.Result result = sh("$RUN -- " + program);

      assertThat(result).isEqualTo(new Shell.Result(exit, "dsafs: " + text + "\n"));
    }

    @Test
    void is_the_programs_end_by_a_signal_to_the_launcher() {
      assertThat(
              ok(
                  "$RUN -- sleep 1000 & pid=$!",
                  "until [ \"$(cat /proc/$pid/comm)\" = sleep ]; do kill -0 $pid || exit 1; done",
                  "kill $pid; wait $pid; echo $?"))
          .isEqualTo("143");
    }

    @Test
    void is_the_programs_input_and_output_and_no_more() {
      assertThat(ok("printf 'one\\ntwo' | $RUN -- cat 2>&1 | od -An -c | tr -d ' \\n'"))
          .isEqualTo("one\\ntwo");
      assertThat(ok("$RUN -- sh -c 'echo out; echo err >&2' 2>/dev/null")).isEqualTo("out");
    }

    @Test
    void is_the_programs_arguments_and_place_as_given() throws IOException {
      Path place = Files.createDirectory(directory.resolve("a  place"));

      assertThat(
              ok(
                  "launcher=$PWD/fuse-mount/dsafs; cd '" + place + "'",
                  "$launcher run -- sh -c 'printf \"<%s>\" \"$@\"; pwd' sh 'a  b' '' -- '$x' --help"))
          .isEqualTo("<a  b><><--><$x><--help>" + place);
    }

    @Test
    void is_the_programs_environment_as_given() {
      String names =
          "root=1 jar=2 java_options='3  4' command=5 line=6 count=7 options=8 tree=9 PWD=/x";

      assertThat(
              ok(
                  "env SHLVL=3 " + names + " $RUN -- env |",
                  "grep -E '^(root|jar|java_options|command|line|count|options|tree|SHLVL|DSAFS)' | sort"))
          .isEqualTo(
              String.join(
                  "\n",
                  "DSAFS_MOUNT=/dev/.dsafs/tree",
                  "SHLVL=3",
                  "command=5",
                  "count=7",
                  "jar=2",
                  "java_options=3  4",
                  "line=6",
                  "options=8",
                  "root=1",
                  "tree=9"));
    }

    @Test
    void is_the_programs_descriptors_as_given() {
      assertThat(
              ok(
                  "exec 7<README.md",
                  "$RUN -- sh -c 'cd /proc/$$/fd; echo *; daemon=$(" + DAEMON + ")",
                  "readlink /proc/$daemon/fd/[012]",
                  "readlink /proc/$daemon/fd/* | grep README || echo no more'"))
          .isEqualTo(
              ok("exec 7<README.md; sh -c 'cd /proc/$$/fd; echo *'")
                  + "\n/dev/null\n/dev/null\n/dev/null\nno more");
    }

    @Test
    void is_the_programs_terminal() {
      assumeTrue(sh("command -v script").exit() == 0, "SKIPPED: script is not installed");

      assertThat(ok("script -qec '$RUN -- tty' /dev/null").strip()).startsWith("/dev/pts/");
    }

    /** On a machine that has nothing else to do; what others take is allowed for. */
    @Test
    void takes_no_longer_than_a_second_and_a_half() {
      long[] millis =
          IntStream.range(0, 5)
              .mapToLong(
                  i -> {
                    long start = System.nanoTime();
                    ok("$RUN -- true");
                    return (System.nanoTime() - start) / 1_000_000;
                  })
              .sorted()
              .toArray();

      OperatingSystemMXBean machine = ManagementFactory.getOperatingSystemMXBean();
      double share = machine.getSystemLoadAverage() / machine.getAvailableProcessors();
      boolean shared = System.getenv("CI") != null;
      assertThat(millis[2]).isLessThan((long) (1_500 * Math.max(shared ? 3 : 1, share)));
    }
  }

  @Nested
  class The_daemon {
    @ParameterizedTest
    @CsvSource({"TERM", "KILL", "INT"})
    void ends_with_the_program(String signal) {
      assertThat(
              ok(
                  START_ONE,
                  "exec 2>/dev/null; kill -" + signal + " $RUN_PID; wait $RUN_PID",
                  UNTIL_THE_DAEMON_HAS_ENDED))
          .isEmpty();
    }

    @Test
    void ends_with_the_program_although_others_are_left() {
      Path go = directory.resolve("go");

      assertThat(
              ok(
                  "mkfifo " + go,
                  "{ read -r daemon; "
                      + UNTIL_THE_DAEMON_HAS_ENDED
                      + "; echo > "
                      + go
                      + "; cat; } < <(",
                  "$RUN -- bash -c '" + DAEMON,
                  "{ read x < " + go + "; cat /sys/bus/dsa/devices/dsa0/state; } 2>&1 &' )"))
          .matches(".*: (Transport endpoint is not connected|Software caused connection abort)");
    }

    @Test
    void is_not_the_programs_to_wait_for() {
      assertThat(
              ok("$RUN -- sh -c 'grep -c \"^PPid:.$$\\$\" /proc/$(" + DAEMON + ")/status'", "true"))
          .isEqualTo("0");
    }

    @Test
    void that_dies_first_leaves_the_program_alone() {
      assertThat(
              sh(
                      "$RUN -- sh -c 'daemon=$(" + DAEMON + "); kill -9 $daemon",
                      UNTIL_THE_DAEMON_HAS_ENDED.replace("'", "\""),
                      "cat /sys/bus/dsa/devices/dsa0/state; exit 5'")
                  .output())
          .matches(".*: (Transport endpoint is not connected|Software caused connection abort)\n");
    }

    @Test
    void is_one_for_each_run() {
      String write =
          "cd /sys/bus/dsa/devices/engine0.0; echo %d > group_id; echo written; read x; ";

      assertThat(
              ok(
                  "coproc ONE { exec $RUN -- sh -c '" + write.formatted(1) + "cat group_id'; }",
                  "read -r done <&${ONE[0]}; exec 3<&${ONE[0]} 4>&${ONE[1]}",
                  "$RUN -- sh -c '" + write.formatted(2) + "cat group_id' </dev/null",
                  "echo >&4; cat <&3"))
          .isEqualTo("written\n2\n1");
    }

    @Test
    void logs_nothing_unforeseen() {
      assertThat(
              ok(
                  "export XDG_STATE_HOME=" + directory,
                  "$RUN -- sh -c '$SETUP >/dev/null'; cat $XDG_STATE_HOME/dsafs/run.log"))
          .isEmpty();
    }
  }

  @Nested
  class With_a_mounted_tree {
    @Test
    void a_program_sees_and_changes_that_one() {
      try (Mounted tree = Mounted.mount("--devices 2")) {
        assertThat(
                tree.ok(
                    "fuse-mount/dsafs run --mount $M -- sh -ec '",
                    "tools/dsa-setup / -d dsa1 --wq user:dedicated:16 >/dev/null; ls /dev/dsa",
                    "exec 3<>/dev/char/254:0; cat $D/wq1.0/clients; echo $DSAFS_MOUNT'"))
            .isEqualTo("wq1.0\n1\n/dev/.dsafs/tree");
        assertThat(tree.ok("cat $D/dsa1/state")).isEqualTo("enabled");
      }
    }

    @Test
    void a_program_sees_what_others_change() {
      try (Mounted tree = Mounted.mount()) {
        assertThat(
                tree.ok(
                    "coproc RUN { exec fuse-mount/dsafs run --mount $M -- sh -c '",
                    "  [ -e /dev/dsa/wq0.0 ] || echo no; read x; ls /dev/dsa'; }",
                    "read -r answer <&${RUN[0]}; echo $answer",
                    "tools/dsa-setup $M --wq user:dedicated:16 >/dev/null",
                    "echo >&${RUN[1]}; cat <&${RUN[0]}"))
            .isEqualTo("no\nwq0.0");
      }
    }

    @Test
    void that_is_not_there_exits_with_1() {
      assertThat(sh("$RUN --mount /tmp -- true"))
          .isEqualTo(
              new Shell.Result(1, "dsafs: no tree is mounted at /tmp. See what is: dsafs list\n"));
    }
  }

  @Nested
  class A_missing_program {
    private Shell.Result withoutAccelConfig(String... steps) {
      return sh(
          "export BIN=" + directory,
          "cp -s $(type -P java mvn) /usr/bin/* $BIN 2>/dev/null; rm -f $BIN/accel-config $BIN/apt-get",
          String.join("\n", steps),
          "(PATH=$BIN:/usr/sbin:/sbin; exec $RUN -- accel-config list)",
          "code=$?; rm -rf $BIN/*; exit $code");
    }

    @Test
    void is_installed_on_Debian_as_root() {
      assumeTrue(sh("[ $(id -u) = 0 ]").exit() == 0, "SKIPPED: takes root");

      assertThat(
              withoutAccelConfig(
                  "printf '%s\\n' '#!/bin/sh' '[ \"$1 $4\" = \"install accel-config\" ] || exit 1' \\",
                  "  'echo \"echo \\$1 of the new program\" > $BIN/accel-config' \\",
                  "  'chmod +x $BIN/accel-config' > $BIN/apt-get; chmod +x $BIN/apt-get"))
          .isEqualTo(
              new Shell.Result(0, "dsafs: installing accel-config\nlist of the new program\n"));
    }

    @Test
    void is_named_with_its_package_elsewhere() {
      assertThat(withoutAccelConfig())
          .isEqualTo(
              new Shell.Result(
                  127,
                  "dsafs: accel-config: command not found. Install it: apt-get install"
                      + " accel-config\n"));
    }
  }

  @Nested
  class Usage {
    @ParameterizedTest
    @CsvSource({
      "run",
      "run --",
      "run true",
      "run --devices 2 true",
      "run --devices 0 -- true",
      "run --frob -- true",
      "run --mount",
      "run --mount -- true",
      "run --mount /tmp --devices 2 -- true",
      "shell --frob",
      "shell -- true"
    })
    void that_is_wrong_exits_with_2(String arguments) {
      Shell.Result result = sh("fuse-mount/dsafs " + arguments);

      assertThat(result.exit()).as(result.output()).isEqualTo(2);
      assertThat(result.output()).startsWith("dsafs: ").contains("\nSee: dsafs ");
    }

    @Test
    void is_explained_with_examples() {
      assertThat(ok("$RUN --help")).contains("dsafs run [OPTIONS] -- PROGRAM", "Examples:");
      assertThat(ok("fuse-mount/dsafs shell --help")).contains("dsafs shell", "Examples:");
    }

    @Test
    void of_options_is_that_of_mount() {
      assertThat(ok("$RUN --topology spr-2s -- sh -c 'ls /sys/bus/dsa/devices | grep -c ^dsa'"))
          .isEqualTo("8");
    }
  }

  @Nested
  class A_shell {
    @Test
    void is_the_users() {
      assertThat(
              sh(
                  "echo 'echo $0; ls -d /sys/bus/dsa; exit 3' | SHELL=/bin/sh fuse-mount/dsafs shell"))
          .isEqualTo(new Shell.Result(3, "/bin/sh\n/sys/bus/dsa\n"));
    }
  }
}
