package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that are opened and not closed: what they make the daemon keep is bounded, and others go
 * on. Documentation/ABI/README, how values are read.
 */
class HeldFilesIT {
  private static final String DEBUG = "$M/sys/kernel/debug/dsafs/0000:6a:01.0/";

  /** The daemon without anything held, and what everybody may make it keep at most. */
  private static final int MOST_RESIDENT_MEGABYTES = 420;

  private static final String HOLD =
      String.join(
          "\n",
          "hold() { # USER COUNT BYTES PATH",
          "  coproc HELD { exec setpriv --reuid $1 --regid $1 --clear-groups $HOLD \"${@:2}\"; }",
          "  read -r line <&${HELD[0]}; echo \"$line\"",
          "}",
          "resident() { awk '/^VmRSS/ { print int($2 / 1024) }' /proc/$(sed -n 's/^pid //p'"
              + " $M/sys/kernel/debug/dsafs/machine)/status; }");

  @BeforeEach
  void needs_root() {
    Mounted.requireFuse();
    assumeTrue(Shell.run(Map.of(), "[ $(id -u) = 0 ]").exit() == 0, "SKIPPED: no root");
  }

  private static Mounted mount() {
    return Mounted.mount().withProgram("HOLD", "hold_files.c");
  }

  /** A text that has been read in part is kept; a directory has its listing kept by libfuse. */
  @ParameterizedTest
  @CsvSource({
    "0, registers, 100",
    "65534, registers, 100",
    "65534, ../machine, 1",
    "65534, ../../../../bus/dsa/devices, 0"
  })
  void of_one_user_are_bounded_and_others_are_served(int user, String file, int bytes) {
    try (Mounted tree = mount()) {
      String[] lines =
          tree.ok(
                  HOLD,
                  "hold " + user + " 40000 " + bytes + " " + DEBUG + file,
                  "setpriv --reuid 65533 --regid 65533 --clear-groups cat $D/dsa0/state",
                  "setpriv --reuid 65533 --regid 65533 --clear-groups head -c 100 "
                      + DEBUG
                      + "registers | wc -c",
                  "resident")
              .split("\n");

      assertThat(lines[0]).matches("\\d+ (EMFILE|ENFILE|ENOMEM)");
      assertThat(lines[1]).isEqualTo("disabled");
      assertThat(lines[2]).isEqualTo("100");
      assertThat(Integer.parseInt(lines[3])).isLessThan(MOST_RESIDENT_MEGABYTES);
    }
  }

  /** What is read to its end is not kept, so that ten thousand of them are no matter. */
  @Test
  void that_have_been_read_are_as_many_as_ten_thousand() {
    try (Mounted tree = mount()) {
      assertThat(tree.ok(HOLD, "hold 65534 10000 65536 " + DEBUG + "registers"))
          .isEqualTo("10000 all");
      assertThat(tree.ok(HOLD, "hold 65534 10000 65536 $D/dsa0/state")).isEqualTo("10000 all");
    }
  }

  @Test
  void make_room_when_they_are_closed() {
    try (Mounted tree = mount()) {
      String lines =
          tree.ok(
              HOLD,
              "hold 65534 40000 100 " + DEBUG + "registers",
              "exec {HELD[1]}>&-; wait",
              "hold 65534 10 100 " + DEBUG + "registers");

      assertThat(lines).endsWith("10 all");
    }
  }
}
