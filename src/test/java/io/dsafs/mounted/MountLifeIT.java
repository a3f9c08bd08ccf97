package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From {@code dsafs mount} to {@code dsafs umount}, and everything that can be in the way. */
class MountLifeIT {
  @BeforeAll
  static void needs_fuse() {
    Mounted.requireFuse();
  }

  private static Shell.Result dsafs(String arguments) {
    return Shell.run(Map.of(), "fuse-mount/dsafs " + arguments);
  }

  @Nested
  class A_mount {
    @Test
    void answers_when_the_command_returns_and_says_what_was_mounted() {
      Path place = Mounted.newMountPoint();

      Shell.Result mounted = dsafs("mount " + place);

      assertThat(mounted.exit()).isZero();
      assertThat(mounted.output()).contains("mounted " + place).contains("swq-v1", "dsa0");
      assertThat(place.resolve("sys/bus/dsa/devices/dsa0/state")).hasContent("disabled\n");
      assertThat(dsafs("umount " + place).exit()).isZero();
      assertThat(place).isEmptyDirectory();
    }

    @Test
    void is_listed_with_its_devices() {
      try (Mounted mounted = Mounted.mount("--devices 3")) {
        String list = dsafs("list").output();

        assertThat(list).contains(mounted.mountPoint() + "\tswq-v1\tpid ");
        assertThat(list).contains("  dsa0\t0000:6a:01.0\tdisabled\tqueues enabled: 0\n");
        assertThat(list).contains("  dsa2\t0000:74:01.0\tdisabled\tqueues enabled: 0\n");
      }
    }

    @Test
    void is_made_at_a_directory_that_is_missing_if_its_parent_is_there() throws IOException {
      Path place = Mounted.newMountPoint().resolve("new");

      Shell.Result mounted = dsafs("mount " + place);

      assertThat(mounted.exit()).as(mounted.output()).isZero();
      assertThat(mounted.output()).contains("made the mount point " + place);
      assertThat(dsafs("umount " + place).exit()).isZero();
      Files.delete(place);
    }

    @Test
    void ends_with_its_daemon_on_SIGTERM_and_leaves_nothing_behind() {
      Path place = Mounted.newMountPoint();
      assertThat(dsafs("mount " + place).exit()).isZero();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString()),
              "pid=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine); kill $pid;"
                  + " while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done; grep -c \" $M \" /proc/mounts");

      assertThat(end.text()).isEqualTo("0");
    }

    /** The mount goes with the directory; its name is not what it was mounted at. */
    @Test
    void ends_on_SIGTERM_although_a_directory_on_the_way_was_renamed() {
      Path place = Mounted.newMountPoint();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString()),
              String.join(
                  "\n",
                  "set -e; mkdir -p $M/way/tree; fuse-mount/dsafs mount $M/way/tree >/dev/null",
                  "pid=$(sed -n 's/^pid //p' $M/way/tree/sys/kernel/debug/dsafs/machine)",
                  "mv $M/way $M/$'other \\xff'",
                  "kill $pid; while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done",
                  "grep -c $M /proc/mounts || rm -d $M/*/tree $M/*"));

      assertThat(end.text()).isEqualTo("0");
      assertThat(place).isEmptyDirectory();
    }

    @Test
    void takes_the_mounts_with_it_that_were_bound_to_it() {
      Path place = Mounted.newMountPoint();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString()),
              String.join(
                  "\n",
                  "[ $(id -u) = 0 ] || { echo no root; exit; }",
                  "set -e; mkdir $M/tree $M/bound; fuse-mount/dsafs mount $M/tree >/dev/null",
                  "mount --bind $M/tree/sys $M/bound; ls $M/bound",
                  "pid=$(sed -n 's/^pid //p' $M/tree/sys/kernel/debug/dsafs/machine)",
                  "kill $pid; while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done",
                  "grep -c $M /proc/mounts || rm -d $M/*"));

      assumeFalse(end.output().contains("no root"), "SKIPPED: a bind takes root");
      assertThat(end.text().lines()).endsWith("module", "0").startsWith("bus");
      assertThat(place).isEmptyDirectory();
    }

    /** What covers the mount is another's. */
    @Test
    void leaves_a_mount_that_covers_it_alone() {
      Path place = Mounted.newMountPoint();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString()),
              String.join(
                  "\n",
                  "unshare --mount true 2>/dev/null || { echo no namespace; exit; }",
                  "exec unshare --mount --propagation private bash -c '",
                  "  fuse-mount/dsafs mount $M >/dev/null",
                  "  pid=$(sed -n \"s/^pid //p\" $M/sys/kernel/debug/dsafs/machine)",
                  "  mount -t tmpfs cover $M && touch $M/mine",
                  "  kill $pid; while grep -qs \"^State:.[^Z]\" /proc/$pid/status; do :; done",
                  "  ls $M; umount $M; umount -l $M'"));

      assumeFalse(end.output().contains("no namespace"), "SKIPPED: no mount namespace");
      assertThat(end.text()).isEqualTo("mine");
    }

    @Test
    void ends_on_SIGTERM_although_clients_have_used_up_its_descriptors(@TempDir Path work) {
      Path place = Mounted.newMountPoint();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString(), "T", work.toString()),
              String.join(
                  "\n",
                  "ulimit -n 150; fuse-mount/dsafs mount $M >/dev/null || exit",
                  "tools/dsa-setup $M --wq user:shared:16:8 >/dev/null",
                  "pid=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
                  "mkfifo $T/fifo; touch $T/answers; for ((i = 0; i < 200; i++)); do",
                  "  { { echo open >>$T/answers; read -rt 60 <>$T/fifo; } 9<>$M/dev/dsa/wq0.0 ||",
                  "    echo none left >>$T/answers; } 2>/dev/null &",
                  "  clients+=($!)",
                  "done",
                  "until [ $(wc -l <$T/answers) -ge 200 ]; do sleep .1; done",
                  "grep -m 1 none $T/answers",
                  "kill $pid; while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done",
                  "kill ${clients[*]} 2>/dev/null; rm $T/*; grep -c \" $M \" /proc/mounts"));

      assertThat(end.text()).isEqualTo("none left\n0");
    }

    @Test
    void ends_with_a_plain_umount() {
      Path place = Mounted.newMountPoint();
      assertThat(dsafs("mount " + place).exit()).isZero();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString()),
              "pid=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine); umount $M;"
                  + " while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done; grep -c \" $M \" /proc/mounts");

      assertThat(end.text()).isEqualTo("0");
    }

    /** Each mount namespace that is made meanwhile has a copy, which keeps the mount alive. */
    @Test
    void ends_although_another_namespace_has_a_copy() {
      Path place = Mounted.newMountPoint();
      assertThat(dsafs("mount " + place).exit()).isZero();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString()),
              String.join(
                  "\n",
                  "coproc COPY { exec unshare --mount --propagation private bash -c 'echo in; read'; }",
                  "read -r in <&${COPY[0]} || echo no namespace",
                  "fuse-mount/dsafs umount $M; code=$?",
                  "echo >&${COPY[1]}",
                  "exit $code"));

      assumeFalse(end.output().contains("no namespace"), "SKIPPED: no mount namespace");
      assertThat(end.exit()).as(end.output()).isZero();
      assertThat(end.text()).isEqualTo("unmounted " + place);
      assertThat(place).isEmptyDirectory();
    }

    /** A build puts a new jar in place of the old one: the pom. */
    @Test
    void outlives_a_new_jar_in_place_of_its_own() {
      try (Mounted old = Mounted.mount("--abi mainline --device-profile V2")) {
        old.ok("cd target && cp -p dsafs.jar next.jar && mv next.jar dsafs.jar");
        try (Mounted other = Mounted.mount()) {
          assertThat(other.ok("cat $D/dsa0/state")).isEqualTo("disabled");
        }

        // Classes that were not used so far.
        old.ok("tools/dsa-setup $M --wq user:shared:16:8");
        old.ok("cat $M/sys/kernel/debug/idxd/dsa0/event_log $M/sys/kernel/debug/dsafs/*/counters");
        old.ok("dd if=/dev/zero of=$M/dev/dsa/wq0.0 bs=64 count=1 conv=notrunc status=none");
        old.ok("echo 1 > $M/sys/kernel/debug/dsafs/0000:6a:01.0/inject/halt");
        old.await("[ \"$(grep -c 'wq wq0.0 enabled' $M/dev/kmsg)\" = 2 ]");
        assertThat(old.ok("fuse-mount/dsafs check $M --format tap | grep -c '^not ok' || true"))
            .isEqualTo("0");
      }
    }

    /** The jar plugin writes over its file, which must not be the one that mounts run from. */
    @Test
    void has_a_jar_that_no_plugin_of_the_build_writes_over() throws IOException {
      assertThat(Path.of("target/dsafs-classes.jar")).exists();
      assertThat(Files.getAttribute(Path.of("target/dsafs-classes.jar"), "unix:ino"))
          .isNotEqualTo(Files.getAttribute(Path.of("target/dsafs.jar"), "unix:ino"));
    }

    @Test
    void stays_in_the_foreground_on_request() {
      Path place = Mounted.newMountPoint();

      Shell.Result end =
          Shell.run(
              Map.of("M", place.toString()),
              "fuse-mount/dsafs mount --foreground $M & job=$!;"
                  + " until [ -e $M/sys/bus/dsa ]; do kill -0 $job || exit 9; done;"
                  + " umount $M; wait $job");

      assertThat(end.exit()).as(end.output()).isZero();
    }

    @Test
    void of_a_CPU_without_ENQCMD_has_no_dsa_bus_and_says_so() {
      try (Mounted mounted = Mounted.mount("--no-enqcmd")) {
        assertThat(mounted.sh("ls $M/sys/bus").text()).isEqualTo("pci");
        assertThat(mounted.ok("cat $M/dev/kmsg")).contains("ENQCMD");
        assertThat(mounted.ok("ls $M/sys/bus/pci/devices")).isEqualTo("0000:6a:01.0");
      }
    }
  }

  @Nested
  class A_mount_that_cannot_be {
    @Test
    void is_refused_where_a_tree_is_mounted() {
      try (Mounted mounted = Mounted.mount()) {
        Shell.Result second = dsafs("mount " + mounted.mountPoint());

        assertThat(second.exit()).isEqualTo(1);
        assertThat(second.text())
            .isEqualTo(
                "dsafs: a dsafs is already mounted at "
                    + mounted.mountPoint()
                    + ". Use it, or unmount it first: dsafs umount "
                    + mounted.mountPoint());
      }
    }

    @Test
    void is_refused_to_all_but_one_of_several_at_once() {
      Path place = Mounted.newMountPoint();

      Shell.Result result =
          Shell.run(
              Map.of("M", place.toString()),
              String.join(
                  "\n",
                  "for i in 1 2 3; do fuse-mount/dsafs mount $M 2>&1 & done | sort",
                  "grep -c \" $M \" /proc/mounts; fuse-mount/dsafs umount $M"));

      String refusal =
          "dsafs: a dsafs is already mounted at "
              + place
              + ". Use it, or unmount it first: dsafs umount "
              + place;
      assertThat(result.text().lines())
          .containsExactly(
              refusal,
              refusal,
              "mounted " + place + ": swq-v1, profile P, dsa0",
              "1",
              "unmounted " + place);
      assertThat(place).isEmptyDirectory();
    }

    /** Several find the stale mount; one of them must not take away what another has mounted. */
    @Test
    void is_refused_to_all_but_one_where_a_stale_mount_is() {
      Path place = Mounted.newMountPoint();

      Shell.Result result =
          Shell.run(
              Map.of("M", place.toString()),
              String.join(
                  "\n",
                  "fuse-mount/dsafs mount $M >/dev/null",
                  "kill -9 $(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine)",
                  "for i in 1 2 3; do fuse-mount/dsafs mount $M 2>/dev/null & done | grep -c mounted",
                  "cat $M/sys/bus/dsa/devices/dsa0/state",
                  "grep -c \" $M \" /proc/mounts; fuse-mount/dsafs umount $M >/dev/null"));

      assertThat(result.text().lines()).containsExactly("1", "disabled", "1");
      assertThat(place).isEmptyDirectory();
    }

    @Test
    void is_refused_at_a_place_whose_parent_is_missing() {
      Shell.Result result = dsafs("mount /nonexistent/place");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .startsWith("dsafs: the mount point /nonexistent/place does not exist");
    }

    @Test
    void is_refused_at_a_file_and_at_a_directory_in_use() throws IOException {
      Path place = Mounted.newMountPoint();
      Path file = Files.createFile(place.resolve("file"));

      assertThat(dsafs("mount " + file).text()).contains("is not a directory");
      assertThat(dsafs("mount " + place).text()).contains("is not empty");
    }

    @Test
    void recovers_the_stale_mount_of_a_killed_daemon_by_itself() {
      Path place = Mounted.newMountPoint();
      assertThat(dsafs("mount " + place).exit()).isZero();
      Shell.run(
          Map.of("M", place.toString()),
          "pid=$(sed -n 's/^pid //p' $M/sys/kernel/debug/dsafs/machine); kill -9 $pid;"
              + " while grep -qs '^State:.[^Z]' /proc/$pid/status; do :; done");

      assertThat(dsafs("list").output()).contains(place + "\tstale");
      Shell.Result again = dsafs("mount " + place);

      assertThat(again.exit()).as(again.output()).isZero();
      assertThat(again.output()).contains("removed the stale mount");
      assertThat(place.resolve("sys/bus/dsa/devices/dsa0/state")).hasContent("disabled\n");
      assertThat(dsafs("umount " + place).exit()).isZero();
    }
  }

  @Nested
  class Usage {
    @Test
    void that_is_wrong_exits_with_2() {
      assertThat(dsafs("mount").exit()).isEqualTo(2);
      assertThat(dsafs("frobnicate").exit()).isEqualTo(2);
      assertThat(dsafs("mount /tmp/x --devices 0").exit()).isEqualTo(2);
      assertThat(dsafs("mount /tmp/x --abi 7.0").exit()).isEqualTo(2);
    }

    @Test
    void is_explained_with_examples() {
      assertThat(dsafs("--help").output()).contains("Examples:", "dsafs mount /tmp/dsa");
      assertThat(dsafs("mount --help").output()).contains("--device-profile", "Examples:");
    }

    @Test
    void of_umount_names_what_is_not_mounted() {
      Shell.Result result = dsafs("umount /tmp");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo("dsafs: no dsafs is mounted at /tmp. See what is: dsafs list");
    }
  }
}
