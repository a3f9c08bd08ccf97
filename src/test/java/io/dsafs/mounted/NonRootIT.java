package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Mounting and using a tree as a user without privileges, number 65534, who can or cannot open
 * /dev/fuse. Which of both is arranged in a mount namespace, so that the machine's own device is
 * left alone; that takes root.
 */
class NonRootIT {
  private static final int USER = 65534;

  private Path home;

  @BeforeEach
  void make_a_home() throws IOException {
    Mounted.requireFuse();
    assumeTrue(
        Shell.run(Map.of(), "[ $(id -u) = 0 ] && unshare --mount true").exit() == 0,
        "SKIPPED: becoming another user takes root and a mount namespace");
    assumeTrue(
        Shell.run(Map.of(), "[ -u \"$(command -v fusermount)\" ]").exit() == 0,
        "SKIPPED: no setuid fusermount; package fuse has it");
    home = Mounted.newMountPoint();
    Files.createDirectory(home.resolve("tree"));
    Shell.run(Map.of("HOME", home.toString()), "chown -R " + USER + ":" + USER + " $HOME");
  }

  @AfterEach
  void remove_the_home() {
    if (home != null) {
      Shell.run(Map.of("HOME", home.toString()), "rm -rf $HOME");
    }
  }

  /**
   * Runs steps as the user, with the tree's place as {@code $M}.
   *
   * @param fuseMode permissions of /dev/fuse, octal
   */
  private Shell.Result asUser(String fuseMode, String... steps) {
    Map<String, String> environment =
        Map.of(
            "HOME", home.toString(),
            "XDG_STATE_HOME", home.toString(),
            "M", home.resolve("tree").toString(),
            "D", home.resolve("tree/sys/bus/dsa/devices").toString(),
            "CLIENT", Programs.compiled("dsa_client.c").toString(),
            "SYSCALL", Programs.compiled("syscall.c").toString(),
            "STEPS", String.join("\n", steps));
    return Shell.run(
        environment,
        String.join(
            "\n",
            "exec unshare --mount --propagation private bash -c '",
            "  mount -t tmpfs -o dev,mode=755 none /mnt && mknod /mnt/fuse c 10 229 || exit 77",
            "  chmod " + fuseMode + " /mnt/fuse && mount --bind /mnt/fuse /dev/fuse || exit 77",
            "  exec setpriv --reuid=" + USER + " --regid=" + USER + " --clear-groups \\",
            "    bash -c \"$STEPS\"'"));
  }

  @Nested
  class A_user_who_may_open_the_fuse_device {
    @Test
    void mounts_owns_configures_and_uses_the_tree() {
      Shell.Result result =
          asUser(
              "666",
              "set -e",
              "fuse-mount/dsafs mount $M >/dev/null",
              "trap 'fuse-mount/dsafs umount $M >/dev/null; cat $HOME/dsafs/mount.log' EXIT",
              "$SYSCALL stat $D/wq0.0/size",
              "$SYSCALL stat $D/wq0.0/",
              "tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8",
              "$SYSCALL stat $M/dev/dsa/wq0.0",
              "$CLIENT $M/dev/dsa/wq0.0 --mode write | tail -n 1",
              "$CLIENT $M/dev/dsa/wq0.1 --mode enqcmd | tail -n 1",
              "echo 1 | $SYSCALL write $D/wq0.0/state",
              "fuse-mount/dsafs list | grep -c $M");

      assertThat(result.exit()).as(result.output()).isZero();
      assertThat(result.text().lines())
          .containsExactly(
              "100644 65534 65534 4096 1",
              "40755 65534 65534 0 3",
              "dsa0 enabled",
              "wq0.0 enabled",
              "wq0.1 enabled",
              "100600 65534 65534 0 1",
              "verified 416 failed 0",
              "verified 461 failed 0",
              "EACCES",
              "1");
    }

    private Shell.Result asUserWithNamespaces(String... steps) {
      Shell.Result result =
          asUser(
              "666",
              "set -e",
              "unshare --user --map-root-user --mount true || { echo no namespace; exit 0; }",
              String.join("\n", steps));
      assumeTrue(!result.output().contains("no namespace"), "SKIPPED: no user namespaces");
      assertThat(result.exit()).as(result.output()).isZero();
      return result;
    }

    /** As root of a user namespace, in which files belong to root. */
    @Test
    void runs_programs_with_a_tree_of_their_own() {
      Shell.Result result =
          asUserWithNamespaces(
              "fuse-mount/dsafs run -- bash -ec '",
              "  id -u; $SYSCALL stat /sys/bus/dsa/devices/wq0.0/size",
              "  tools/dsa-setup / --wq user:dedicated:16 --wq user:shared:16:8",
              "  $SYSCALL stat /dev/dsa/wq0.0; readlink /dev/char/254:1",
              "  $CLIENT /dev/dsa/wq0.0 --mode write | tail -n 1",
              "  $CLIENT /dev/char/254:1 --mode enqcmd | tail -n 1",
              "  exit 3' || echo exit $?",
              "fuse-mount/dsafs list | grep $HOME || echo nothing left");

      assertThat(result.text().lines())
          .containsExactly(
              "0",
              "100644 0 0 4096 1",
              "dsa0 enabled",
              "wq0.0 enabled",
              "wq0.1 enabled",
              "20600 0 0 0 1",
              "../dsa/wq0.1",
              "verified 416 failed 0",
              "verified 461 failed 0",
              "exit 3",
              "nothing left");
    }

    @Test
    void runs_programs_that_see_a_mounted_tree() {
      Shell.Result result =
          asUserWithNamespaces(
              "fuse-mount/dsafs mount $M >/dev/null",
              "trap 'fuse-mount/dsafs umount $M >/dev/null' EXIT",
              "fuse-mount/dsafs run --mount $M -- \\",
              "  sh -c 'echo 3 > /sys/bus/dsa/devices/engine0.0/group_id'",
              "cat $D/engine0.0/group_id");

      assertThat(result.text()).isEqualTo("3");
    }

    @Test
    void is_told_of_a_place_that_is_not_theirs() {
      Shell.Result result = asUser("666", "fuse-mount/dsafs mount /opt/dsafs-test-place");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo(
              "dsafs: the mount point /opt/dsafs-test-place does not exist and cannot be made."
                  + " Make it first: mkdir -p /opt/dsafs-test-place");
    }
  }

  @Nested
  class A_user_who_may_not {
    @Test
    void is_told_what_to_do() {
      assertRefused("fuse-mount/dsafs mount $M");
    }

    @Test
    void is_told_the_same_by_run() {
      assumeTrue(
          asUser("600", "unshare --user --map-root-user --mount true").exit() == 0,
          "SKIPPED: no user namespaces");
      assertRefused("fuse-mount/dsafs run -- true");
    }

    private void assertRefused(String command) {
      Shell.Result result = asUser("600", command);

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo(
              "dsafs: no permission to use /dev/fuse. Run as root, or let your user open it:"
                  + " chmod 666 /dev/fuse");
    }
  }
}
