package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nonsense, written by {@code hostile.c} to every file of a tree with two devices, of which one is
 * configured and enabled. Each call must succeed or give an errno that sysfs gives, the daemon must
 * live and have nothing unforeseen in its log, which {@link Mounted#close} sees to. The numbers are
 * seeds.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class HostileInputIT {
  private static final String SET_UP =
      "tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8";

  /**
   * What writes to the files of functions and modules can do, undone: nothing of it is lasting. A
   * probe without {@code sva} gives no device the PASIDs that a shared queue needs. All are unbound
   * before the first is bound, since a function gets the lowest number that is free: bound in any
   * order by what was written, and one by one after that, each would keep the number it has, and
   * dsa0 may be an IAA's.
   */
  private static final String RECOVER =
      String.join(
          "\n",
          "P=$M/sys/bus/pci",
          "recover() {",
          "  local parameters=$M/sys/module/idxd/parameters",
          "  [ ! -e $parameters/sva ] || echo Y > $parameters/sva",
          "  for f in $P/devices/*; do",
          "    echo > $f/driver_override; echo 1 > $f/msi_bus",
          "    echo ${f##*/} > $P/drivers/idxd/unbind",
          "  done 2>/dev/null",
          "  for f in $P/devices/*; do echo ${f##*/} > $P/drivers/idxd/bind; done 2>/dev/null",
          "}");

  @Parameter private Abi abi;

  private Mounted mount() {
    Mounted tree =
        abi.mount("--devices 2")
            .withProgram("HOSTILE", "hostile.c")
            .withProgram("CLIENT", "dsa_client.c");
    tree.ok(SET_UP);
    return tree;
  }

  private static void assertUsable(Mounted tree) {
    tree.ok(
        "[ -d /proc/$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine) ]",
        "find $M/sys $M/dev -type f -readable ! -name 'resource?' -exec cat {} + >/dev/null 2>&1",
        RECOVER,
        "recover",
        SET_UP,
        "$CLIENT $M/dev/dsa/wq0.0 --mode movdir64b && $CLIENT $M/dev/dsa/wq0.1 --mode enqcmd");
  }

  @Test
  void that_is_refused_changes_nothing() {
    try (Mounted tree = mount()) {
      Shell.Result result = tree.sh("$HOSTILE $M 1 quiet " + abi.times(20000, 8000));

      assertThat(result.exit()).as(result.output()).isZero();
      Matcher counts =
          Pattern.compile("accepted (\\d+) unverified (\\d+) looks (\\d+)").matcher(result.text());
      assertThat(counts.find()).isTrue();
      assertThat(Integer.parseInt(counts.group(1))).as("accepted").isLessThan(200);
      assertThat(Integer.parseInt(counts.group(2))).as("unverified").isLessThan(2000);
      assertThat(tree.ok("cat $D/dsa0/state $D/wq0.0/state $D/wq0.1/state"))
          .isEqualTo("enabled\nenabled\nenabled");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void from_four_processes_at_once_is_survived(int seed) {
    try (Mounted tree = mount()) {
      // Meanwhile somebody sets the device up again and again.
      Shell.Result result =
          tree.sh(
              RECOVER,
              "coproc RUN { exec $HOSTILE $M " + seed + " wild " + abi.times(40000, 16000) + "; }",
              "pid=$RUN_PID; exec 5<&${RUN[0]}; read -r found <&5",
              "while kill -0 $pid; do",
              "  recover; " + SET_UP + "; tools/dsa-setup $M disable dsa0",
              "done >/dev/null 2>&1",
              "wait $pid");

      assertThat(result.exit()).as(result.output()).isZero();
      assertUsable(tree);
    }
  }

  @Test
  void as_descriptors_and_ioctls_is_survived() {
    try (Mounted tree = mount()) {
      Shell.Result result = tree.sh("$HOSTILE $M 3 ioctls " + abi.times(40000, 16000));

      assertThat(result.exit()).as(result.output()).isZero();
      assertThat(tree.ok("cat $D/dsa0/state")).isEqualTo("enabled");
      assertUsable(tree);
    }
  }

  /** A function whose base addresses are overwritten is lost to its driver, but no more. */
  @Test
  void in_configuration_space_is_survived() {
    try (Mounted tree = mount()) {
      Shell.Result result = tree.sh("$HOSTILE $M 4 config " + abi.times(4000, 1500));

      assertThat(result.exit()).as(result.output()).isZero();
      tree.ok("ls -lR $M/sys $M/dev >/dev/null; cat $D/dsa[12]/state || ls $M/sys/bus/pci/devices");
    }
  }
}
