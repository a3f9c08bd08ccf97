package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where the launcher has its log and its class data: where nobody else can have prepared anything.
 * Steps have a directory of their own in $T, in which $T/victim is root's.
 */
class RuntimeFilesIT {
  /** Somebody else. */
  private static final int OTHER = 65534;

  private static final String LOG_PLANTED =
      "mkdir -p $S/dsafs; ln -s $T/victim $S/dsafs/mount.log; ln -s $T/victim $S/dsafs/run.log";

  @TempDir private Path work;

  @BeforeEach
  void needs_root() {
    Mounted.requireFuse();
    assumeTrue(
        Shell.run(Map.of(), "[ $(id -u) = 0 ] && unshare --mount true").exit() == 0,
        "SKIPPED: playing two users takes root and a mount namespace");
  }

  /** Runs steps in a mount namespace in which root's home and /run/user are empty. */
  private List<String> steps(String... steps) {
    Map<String, String> environment = new HashMap<>();
    environment.put("T", work.toString());
    environment.put("XDG_STATE_HOME", "");
    environment.put("XDG_RUNTIME_DIR", "");
    environment.put("STEPS", String.join("\n", steps));
    Shell.Result result =
        Shell.run(
            environment,
            String.join(
                "\n",
                "exec unshare --mount --propagation private bash -c '",
                "  chmod 755 $T; echo secret >$T/victim; mkdir $T/m $T/tmp; export TMPDIR=$T/tmp",
                "  mount -t tmpfs -o mode=700 none ~root && exec bash -ec \"$STEPS\"'"));
    assertThat(result.exit()).as(result.output()).isZero();
    return result.text().lines().toList();
  }

  private static final String MOUNT =
      "fuse-mount/dsafs mount $T/m 2>&1; fuse-mount/dsafs umount $T/m >/dev/null; cat $T/victim";

  private String mounted() {
    return "mounted " + work + "/m: swq-v1, profile P, dsa0";
  }

  private static String elsewhere(String log, String wanted) {
    return "dsafs: the log is in "
        + log
        + ", as "
        + wanted
        + " is not yours alone to write; set XDG_STATE_HOME to a directory that is";
  }

  @Test
  void are_in_the_home_of_the_user_that_a_service_without_HOME_runs_as() {
    assertThat(steps("unset HOME; " + MOUNT, "ls ~root/.local/state/dsafs; ls -A $T/tmp"))
        .containsExactly(mounted(), "secret", "mount.log");
  }

  /** As with sudo, which may leave HOME that of the caller. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "export HOME=$T/theirs S=$T/theirs/.local/state",
        "export XDG_STATE_HOME=$T/theirs S=$T/theirs",
        "export XDG_STATE_HOME=$T/link S=$T/theirs; ln -s theirs $T/link",
        "export XDG_STATE_HOME=$T/theirs/mine S=$T/theirs/mine",
        "export XDG_STATE_HOME=$T/any S=$T/any; mkdir -m 1777 $T/any",
        "export XDG_STATE_HOME=$T/group S=$T/group; mkdir -m 775 $T/group; chgrp 65534 $T/group"
      })
  void are_not_where_another_can_write(String where) {
    List<String> lines =
        steps(
            where,
            "mkdir -p $T/theirs; " + LOG_PLANTED + "; chown -Rh " + OTHER + " $T/theirs $S/dsafs",
            "[ ! -e $T/theirs/mine ] || chown -Rh root $T/theirs/mine",
            "find $T ! -path '$T/m*' | sort >$T/tmp/before",
            MOUNT,
            "find $S -newer $T/tmp/before; ls ~root/.local/state/dsafs");

    assertThat(lines).hasSize(4).contains(mounted(), "secret", "mount.log");
    assertThat(lines.get(0))
        .startsWith("dsafs: the log is in /root/.local/state/dsafs, as " + work)
        .endsWith(" is not yours alone to write; set XDG_STATE_HOME to a directory that is");
  }

  @Test
  void are_in_a_new_directory_where_no_other_is_the_users_alone() {
    List<String> lines =
        steps("chown " + OTHER + " ~root", MOUNT, "stat -c %a $T/tmp/*; ls $T/tmp/*");

    assertThat(lines.get(0))
        .startsWith(elsewhere(work + "/tmp/tmp.", "").replaceAll(", as .*", ""));
    assertThat(lines.subList(1, lines.size()))
        .containsExactly(mounted(), "secret", "700", "mount.log");
  }

  @Test
  void of_run_are_where_those_of_mount_are() {
    List<String> lines =
        steps(
            "export HOME=$T/theirs S=$T/theirs/.local/state",
            LOG_PLANTED + "; chown -Rh " + OTHER + " $T/theirs",
            "fuse-mount/dsafs run -- cat /sys/bus/dsa/devices/dsa0/state 2>&1; cat $T/victim",
            "ls ~root/.local/state/dsafs");

    assertThat(lines)
        .containsExactly(
            elsewhere("/root/.local/state/dsafs", work + "/theirs/.local/state/dsafs"),
            "disabled",
            "secret",
            "run.log");
  }

  /** Of a release; a checkout has them beside the jar. */
  @Test
  void with_class_data_are_neither_made_nor_taken_where_another_can_write() {
    assertThat(
            steps(
                "mkdir -p $T/installed/lib; cp -R fuse-mount $T/installed",
                "cp target/dsafs.jar $T/installed/lib; D=$T/installed/fuse-mount/dsafs",
                "export XDG_CACHE_HOME=$T/cache; $D mount $T/m >/dev/null; $D umount $T/m",
                "ls $T/cache/dsafs | grep -c jsa",
                // Of the right name, and not what it should be: Java would say so, or worse.
                "for f in $T/cache/dsafs/*.jsa; do echo planted >$f; done",
                "chown -R " + OTHER + " $T/cache; rm -f $T/cache/dsafs/.lock",
                "$D mount $T/m >/dev/null; pid=$(pgrep -f \"$T/installed/lib/dsafs.jar\")",
                "tr '\\0' '\\n' </proc/$pid/cmdline | grep -c SharedArchiveFile || :",
                "$D umount $T/m; cat $T/cache/dsafs/*.jsa",
                "rm -r $T/cache; mkdir -m 1777 $T/cache",
                "$D mount $T/m >/dev/null; $D umount $T/m; ls $T/cache"))
        .containsExactly(
            "unmounted " + work + "/m",
            "1",
            "0",
            "unmounted " + work + "/m",
            "planted",
            "unmounted " + work + "/m");
  }
}
