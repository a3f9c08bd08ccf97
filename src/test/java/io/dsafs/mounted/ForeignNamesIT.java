package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The names and the language of the machine are none of the program's business. */
class ForeignNamesIT {
  /**
   * Where numbers have other digits, given to Java by force: the launcher lets no locale through.
   */
  private static final String ARABIC =
      "-Duser.language=ar -Duser.country=EG -Duser.extensions=u-nu-arab";

  /** A life of a tree; $E says where other mounts are to be. */
  private static final String LIFE =
      String.join(
          "\n",
          "set -e; D=$PWD/fuse-mount/dsafs",
          "$D mount \"$M\"",
          "$D list | grep -A1 \"^$M\" | sed 's/pid [0-9]*/pid N/'",
          "tools/dsa-setup \"$M\" --wq user:shared:16:8",
          "$D copy \"$M\" --wq dsa0/wq0.0 --count 10 --size 4K | head -n 1",
          "$D top \"$M\" --once | grep -o 'wq0.0  app1'",
          "head -n 3 \"$M\"/sys/kernel/debug/dsafs/*/queues | tail -n 1",
          "$D umount \"$M\"; rmdir \"$M\"");

  private static String expected(String place) {
    return String.join(
        "\n",
        "mounted " + place + ": swq-v1, profile P, dsa0",
        place + "\tswq-v1\tpid N",
        "  dsa0\t0000:6a:01.0\tdisabled\tqueues enabled: 0",
        "dsa0 enabled",
        "wq0.0 enabled",
        "wq0.0: 10 x memmove of 4096 bytes by enqcmd, verified",
        "wq0.0  app1",
        "wq1 shared disabled 0 0 0 0 0 0 0",
        "unmounted " + place);
  }

  @BeforeAll
  static void needs_fuse() {
    Mounted.requireFuse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"C", "C.UTF-8", "ar_EG.UTF-8", "none.such"})
  void a_mount_point_may_have_any_name_in_UTF_8_in_every_locale(String locale) {
    Path place = Mounted.newMountPoint();

    Shell.Result result =
        Shell.run(
            Map.of("P", place.toString(), "LC_ALL", locale),
            "printf -v M \"$P/d\\xc3\\xa9j\\xc3\\xa0 vu\"; mkdir \"$M\"; " + LIFE);

    // Output is read a character for each byte. A shell warns of a locale that is not installed.
    assertThat(result.text().replaceAll("(?m)^.*warning: setlocale: .*\n", ""))
        .isEqualTo(expected(place + "/d\u00c3\u00a9j\u00c3\u00a0 vu"));
  }

  @Test
  void numbers_have_the_digits_of_files_whatever_the_language() {
    Path place = Mounted.newMountPoint();

    Shell.Result result =
        Shell.run(Map.of("M", place.toString(), "JAVA_TOOL_OPTIONS", ARABIC), LIFE);

    assertThat(result.output().replaceAll("Picked up JAVA_TOOL_OPTIONS: .*\n", ""))
        .isEqualTo(expected(place.toString()) + "\n");
  }

  @Test
  void programs_keep_the_locale_of_the_user() {
    Map<String, String> locale = new HashMap<>(Map.of("LC_ALL", "ar_EG.UTF-8", "LANG", "xx"));
    assumeTrue(
        Shell.run(Map.of(), "unshare --mount true").exit() == 0, "SKIPPED: no mount namespace");

    Shell.Result result =
        Shell.run(locale, "fuse-mount/dsafs run -- sh -c 'echo $LC_ALL $LANG' 2>/dev/null");

    assertThat(result.text().replaceAll("(?s).*\n", "")).isEqualTo("ar_EG.UTF-8 xx");
  }

  /** Mount points elsewhere, of any bytes, concern nobody. */
  @ParameterizedTest
  @CsvSource({"C, \\xc3\\xa9", "C, \\xff", "C.UTF-8, \\xe9", "C.UTF-8, a\\nb\\040c\\\\134"})
  void other_mount_points_may_have_any_name(String locale, String name) {
    Path place = Mounted.newMountPoint();

    Shell.Result result =
        Shell.run(
            Map.of("M", place.toString(), "LC_ALL", locale, "LIFE", LIFE, "NAME", name),
            String.join(
                "\n",
                "unshare --mount true 2>/dev/null || { echo no namespace; exit; }",
                "exec unshare --mount --propagation private bash -c '",
                "  T=$(mktemp -d); printf -v other \"$T/$NAME\"; mkdir \"$other\"",
                "  mount -t tmpfs -o size=64k x \"$other\" || exit",
                "  bash -c \"$LIFE\"; mkdir $M; fuse-mount/dsafs mount $M >/dev/null",
                "  pid=$(sed -n \"s/^pid //p\" $M/sys/kernel/debug/dsafs/machine)",
                "  kill $pid; while grep -qs \"^State:.[^Z]\" /proc/$pid/status; do :; done",
                "  grep -c \" $M \" /proc/mounts; umount \"$other\"; rm -d \"$other\" $T'"));

    assumeTrue(!result.output().contains("no namespace"), "SKIPPED: no mount namespace");
    assertThat(result.text()).isEqualTo(expected(place.toString()) + "\n0");
  }

  @Test
  void a_mount_point_whose_name_is_not_UTF_8_is_refused_and_one_that_has_become_so_is_told_of() {
    Path place = Mounted.newMountPoint();

    Shell.Result result =
        Shell.run(
            Map.of("M", place.toString()),
            String.join(
                "\n",
                "mkdir $M/$'\\xff' $M/way $M/way/tree; D=fuse-mount/dsafs",
                "$D mount $M/$'\\xff' 2>&1 | sed 's/[^ -~]*//g'",
                "rmdir $M/$'\\xff'; $D mount $M/way/tree >/dev/null; mv $M/way $M/$'a\\xff'",
                "$D list | grep $M; mv $M/a* $M/way",
                "$D umount $M/way/tree; rm -d $M/way/tree $M/way"));

    assertThat(result.text().lines())
        .containsExactly(
            "dsafs: the name of the mount point "
                + place
                + "/ is not UTF-8. Name another directory.",
            place + "/a\\377/tree\tis not looked at: the name is not UTF-8",
            "unmounted " + place + "/way/tree");
  }

  /** The kernel's string_escape_mem(): one line for each client, and no other looks like it. */
  @Test
  void clients_may_have_any_name_and_are_shown_in_a_line_each() {
    try (Mounted tree = Mounted.mount()) {
      tree.ok("tools/dsa-setup $M --wq user:shared:16:8");
      String clients = "$M/sys/kernel/debug/dsafs/0000:6a:01.0/clients";

      String shown =
          tree.ok(
              "for name in '\\xff\\xfe' 'gr\\xc3\\xbc' 'x) S 1 1' 'a\\\\012'; do (",
              "  self=$BASHPID; printf \"$name\" >/proc/$self/comm; exec 9<>$M/dev/dsa/wq0.0",
              "  grep \"pid $self \" " + clients + " | sed 's/.*pid [0-9]* //'",
              "); done");

      assertThat(shown.lines())
          .containsExactly("(\\377\\376)", "(gr\\303\\274)", "(x) S 1 1)", "(a\\\\012)");
    }
  }
}
