package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients whose completion records lie on pages that nobody provides, and clients that go on while
 * the daemon is told to end: {@code unanswered.c}, {@code until_refused.c}.
 */
class UnansweredPageIT {
  /** More than there are engines. */
  private static final int CLIENTS = 6;

  @BeforeAll
  static void needs_fuse_and_root() {
    Mounted.requireFuse();
    assumeTrue(
        Shell.run(Map.of(), "id -u").text().equals("0"),
        "SKIPPED: a page without an answer takes root here");
  }

  private static String hold(String way, String page) {
    return "coproc HELD { exec $UNANSWERED $M/dev/dsa/wq0.0 "
        + way
        + " "
        + page
        + " "
        + CLIENTS
        + "; }\nread -r line <&${HELD[0]}; echo \"$line\"";
  }

  @ParameterizedTest
  @CsvSource({"write,fuse", "enqcmd,fuse", "write,userfault", "enqcmd,userfault"})
  void holds_up_engines_and_nobody_who_does_something_else(String way, String page) {
    try (Mounted mounted = Mounted.mount("--devices 2")) {
      mounted.withProgram("UNANSWERED", "unanswered.c");
      mounted.ok("tools/dsa-setup $M --wq user:shared:32:32 --wq user:dedicated:16");
      mounted.ok("tools/dsa-setup $M --device dsa1 --wq user:shared:32:32");

      String seen =
          mounted.ok(
              hold(way, page),
              // A no-op without a record; it is taken though no engine is free.
              "for i in 1 2 3 4; do timeout 10 dd if=/dev/zero of=$M/dev/dsa/wq0.0 bs=64 count=1"
                  + " conv=notrunc status=none || echo write $?; done",
              "timeout 10 bash -c ': <>$M/dev/dsa/wq0.1' || echo open $?",
              "timeout 10 cat $D/dsa0/state || echo read $?",
              "timeout 10 fuse-mount/dsafs copy $M --wq dsa1/wq1.0 --count 1 >/dev/null"
                  + " || echo copy $?",
              "kill -USR1 $HELD_PID; read -r line <&${HELD[0]}; echo \"$line\"",
              // What the dead had under way is not waited for long: the engines go on.
              "timeout 30 fuse-mount/dsafs copy $M --wq dsa0/wq0.0 --count 1 >/dev/null"
                  + " || echo copy again $?",
              "timeout 10 bash -c ': <>$M/dev/dsa/wq0.1' || echo open again $?",
              "kill $HELD_PID; wait $HELD_PID || true");

      assertThat(seen).isEqualTo("submitted " + CLIENTS + "\nenabled\nkilled " + CLIENTS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fuse", "userfault"})
  void does_not_keep_the_daemon_from_its_end(String page) {
    Path place = Mounted.newMountPoint();

    Shell.Result end =
        Shell.run(
            environment(place),
            String.join(
                "\n",
                "fuse-mount/dsafs mount $M >/dev/null || exit",
                "pid=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
                "tools/dsa-setup $M --wq user:shared:32:32 >/dev/null",
                hold("write", page),
                "kill $pid",
                "timeout 10 bash -c \"while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done\"",
                "echo ended $?",
                "grep -c \" $M \" /proc/mounts",
                "kill $HELD_PID; wait $HELD_PID"));

    assertThat(end.text()).isEqualTo("submitted " + CLIENTS + "\nended 0\n0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "enqcmd", "ring"})
  void what_was_accepted_before_SIGTERM_is_done(String way) {
    Path place = Mounted.newMountPoint();

    Shell.Result end =
        Shell.run(
            environment(place),
            String.join(
                "\n",
                "fuse-mount/dsafs mount $M >/dev/null || exit",
                "pid=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
                "tools/dsa-setup $M --wq user:shared:32:32 >/dev/null",
                "coproc CLIENT { exec $UNTIL_REFUSED $M/dev/dsa/wq0.0 " + way + "; }",
                "exec 3<&${CLIENT[0]}; read -r line <&3",
                "kill $pid",
                "timeout 10 bash -c \"while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done\"",
                "read -r line <&3; echo \"$line\"",
                "grep -c \" $M \" /proc/mounts"));

    assertThat(end.text()).matches("lost 0, refused with E\\w+\\s0");
  }

  private static Map<String, String> environment(Path place) {
    Map<String, String> environment = new HashMap<>();
    environment.put("M", place.toString());
    environment.put("UNANSWERED", Programs.compiled("unanswered.c").toString());
    environment.put("UNTIL_REFUSED", Programs.compiled("until_refused.c").toString());
    return environment;
  }
}
