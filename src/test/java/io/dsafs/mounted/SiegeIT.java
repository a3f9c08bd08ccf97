package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs that die with work in flight, and programs that submit anything at all, by {@code
 * siege.c}; a program that behaves has its moves done and checked meanwhile, and finds the rest of
 * its memory untouched. wq0.0 is dedicated, wq0.1 shared. That the daemon's log has no trace in it
 * is seen to by {@link Mounted#close}.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class SiegeIT {
  private static final int RESIDENT_GROWTH_KIB = 32 << 10;

  private static Mounted tree;

  @Parameter private Abi abi;

  @BeforeParameterizedClassInvocation
  static void mount(Abi abi) {
    tree = abi.mount().withProgram("SIEGE", "siege.c").withProgram("CLIENT", "dsa_client.c");
    tree.ok("tools/dsa-setup $M --wq user:dedicated:64 --wq user:shared:64:60");
  }

  @AfterParameterizedClassInvocation
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  /** Files that the daemon has open, and its resident memory in KiB. */
  private record Holdings(int files, int resident) {
    static Holdings now() {
      String[] told =
          tree.ok(
                  "daemon=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
                  "ls /proc/$daemon/fd | wc -l",
                  "awk '/^VmRSS/ { print $2 }' /proc/$daemon/status")
              .split("\n");
      return new Holdings(Integer.parseInt(told[0]), Integer.parseInt(told[1]));
    }
  }

  private void assertNothingIsLeft() {
    tree.await(
        "[ \"$(cat $D/wq0.0/clients $D/wq0.1/clients $D/dsa0/clients | xargs)\" = '0 0 0' ]");
    for (String queue : new String[] {"wq0", "wq1"}) {
      assertThat(
              tree.ok(
                  "read -r _ _ _ _ _ occupancy submitted completed _ < <(grep ^" + queue + " \\",
                  "  $M/sys/kernel/debug/dsafs/0000:6a:01.0/queues)",
                  "echo $occupancy $((submitted - completed))"))
          .isEqualTo("0 0");
    }
    assertThat(tree.ok("cat $M/sys/kernel/debug/dsafs/pasids"))
        .isEqualTo("1 " + abi.times(1, 2) + " kernel");
    tree.ok(
        "$CLIENT $M/dev/dsa/wq0.0 --mode movdir64b --op all --sizes 1..64K",
        "$CLIENT $M/dev/dsa/wq0.1 --mode enqcmd --op all --sizes 1..64K");
  }

  @Test
  void kills_with_a_thousand_descriptors_in_flight_leave_nothing() {
    int kills = abi.times(200, 40);
    // What is made at the first use and kept is no leak.
    tree.ok("$SIEGE kill $M/dev/dsa/wq0.0 $M/dev/dsa/wq0.1 20");
    assertNothingIsLeft();
    Holdings before = Holdings.now();

    String told = tree.ok("$SIEGE kill $M/dev/dsa/wq0.0 $M/dev/dsa/wq0.1 " + kills);

    assertThat(told).startsWith("survived " + kills + " kills");
    assertNothingIsLeft();
    Holdings after = Holdings.now();
    assertThat(after.files()).isLessThanOrEqualTo(before.files());
    assertThat(after.resident()).isLessThan(before.resident() + RESIDENT_GROWTH_KIB);
  }

  /** A failure can be had again, more or less, with its seed. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void sixty_four_programs_with_random_descriptors_disturb_nobody(int seed) {
    String told = tree.ok("$SIEGE random $M/dev/dsa/wq0.1 64 " + abi.times(5, 3) + " " + seed);

    Matcher counts =
        Pattern.compile("survived (\\d+) processes, (\\d+) moves, (\\d+) descriptors")
            .matcher(told);
    assertThat(counts.matches()).as(told).isTrue();
    assertThat(Integer.parseInt(counts.group(1))).isGreaterThanOrEqualTo(64);
    assertThat(Integer.parseInt(counts.group(2))).isPositive();
    assertThat(Integer.parseInt(counts.group(3))).isPositive();
    assertNothingIsLeft();
  }
}
