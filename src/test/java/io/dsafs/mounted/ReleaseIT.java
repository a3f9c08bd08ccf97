package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The release archive, put together from the jar of this build: unpacked to a directory whose name
 * has a space, not writable, started by a link in PATH, on a machine without Maven, compiler or
 * JDK.
 *
 * <p>Steps see the unpacked directory as {@code $R}, a directory of their own as {@code $T}.
 */
class ReleaseIT {
  private static final int USER = 65534;

  /** What a machine that only runs the program need not have. */
  private static final String ABSENT = "mvn javac jar jlink cc gcc c99 make apt-get";

  private static Path place;
  private static final Map<String, String> environment = new HashMap<>();

  @BeforeAll
  static void unpack_a_release() throws IOException {
    place = Files.createTempDirectory("dsafs-release").toRealPath();
    environment.put("T", place.toString());
    environment.put("R", place + "/a place/dsafs-test");
    environment.put("XDG_CACHE_HOME", place + "/cache");
    environment.put("XDG_STATE_HOME", place + "/state");
    steps(
        "chmod 755 $T",
        "tools/release test $T",
        "mkdir \"$T/a place\" $T/path",
        "tar -xzf $T/dsafs-test.tar.gz -C \"$T/a place\"",
        "chmod -R a-w \"$T/a place\"",
        "touch $T/unpacked",
        "for d in ${PATH//:/ }; do ln -st $T/path $d/* 2>/dev/null || :; done",
        "cd $T/path && rm -f " + ABSENT,
        "ln -s \"$R/bin/dsafs\" $T/path/dsafs");
    environment.put("PATH", place + "/path");
  }

  @AfterAll
  static void remove_it() {
    environment.remove("PATH");
    Shell.run(environment, "chmod -R u+w $T; rm -rf $T");
  }

  private static Shell.Result run(String... steps) {
    return Shell.run(environment, "set -e\n" + String.join("\n", steps));
  }

  /** Runs steps that must work and returns what they printed. */
  private static String steps(String... steps) {
    Shell.Result result = run(steps);
    assertThat(result.exit()).as(String.join("\n", steps) + "\n" + result.output()).isZero();
    return result.text();
  }

  @Nested
  class The_archive {
    @Test
    void has_what_is_needed_and_where_it_is_looked_for() {
      assertThat(steps("cd \"$R\"; find . -type f -o -type l").lines())
          .contains(
              "./bin/dsafs",
              "./lib/dsafs.jar",
              "./include/dsafs.h",
              "./share/man/man1/dsafs.1",
              "./share/man/man1/dsafs-mount.1",
              "./share/bash-completion/completions/dsafs",
              "./Documentation/ABI/stable/sysfs-driver-dma-idxd",
              "./tools/dsa-setup",
              "./README.md",
              "./LICENSE");
    }

    @Test
    void has_the_library_for_mapped_portals_where_its_sources_are() {
      assumeTrue(
          Files.isDirectory(Path.of("src/main/c/portal")) && Files.exists(Path.of("/usr/bin/cc")),
          "SKIPPED: no sources of the library, or no compiler");

      assertThat(Path.of(environment.get("R"), "lib/libdsafs-portal.so")).exists();
    }

    @Test
    void is_the_same_when_it_is_made_again() {
      assertThat(
              Shell.run(
                      Map.of("T", place.toString()),
                      "mkdir $T/again && tools/release test $T/again >/dev/null"
                          + " && cmp $T/dsafs-test.tar.gz $T/again/dsafs-test.tar.gz")
                  .output())
          .isEmpty();
    }

    /** From the top and from below Documentation. */
    @Test
    void has_every_file_that_its_documents_link_to() {
      assertThat(
              steps(
                  "cd \"$R\"",
                  "for f in README.md $(find Documentation -name '*.md'); do",
                  "  grep -o ']([^)#:]*)' $f | tr -d ']()' | while read -r link; do",
                  "    [ -e \"${f%/*}/$link\" ] || [ -e \"$link\" ] || echo $f: $link",
                  "  done",
                  "done"))
          .isEmpty();
    }

    @Test
    void has_man_pages_without_a_fault() {
      assumeTrue(run("command -v man").exit() == 0, "SKIPPED: no man");

      assertThat(
              steps(
                  "export LC_ALL=C.UTF-8",
                  "for p in \"$R\"/share/man/man1/*; do man --warnings -l \"$p\" 2>&1 >/dev/null; done"))
          .isEmpty();
      assertThat(steps("MANROFFOPT= man -l \"$R/share/man/man1/dsafs-mount.1\""))
          .contains("SYNOPSIS", "--device-profile", "EXAMPLES");
    }

    @Test
    void completes_commands_and_options_in_bash() {
      assertThat(
              steps(
                  ". \"$R/share/bash-completion/completions/dsafs\"",
                  // Only the shell's own completion may call it.
                  "compopt() { :; }",
                  "COMP_WORDS=(dsafs mo) COMP_CWORD=1",
                  "_complete_dsafs; echo \"${COMPREPLY[@]}\"",
                  "COMP_WORDS=(dsafs mount --dev) COMP_CWORD=2",
                  "_complete_dsafs; echo \"${COMPREPLY[@]}\""))
          .contains("mount\n", "--devices", "--device-profile");
    }
  }

  @Nested
  class The_program {
    @Test
    void knows_its_version() {
      assertThat(steps("cd /; dsafs --version")).matches("dsafs \\d[\\w.-]+");
    }

    @Test
    void mounts_from_any_directory_and_writes_nothing_beside_itself() {
      Mounted.requireFuse();

      assertThat(
              steps(
                  "mkdir $T/root; cd /",
                  "dsafs mount $T/root",
                  "\"$R\"/tools/dsa-setup $T/root --wq user:shared:16:8",
                  "dsafs copy $T/root --wq dsa0/wq0.0 --op memmove --size 4K | head -n 1",
                  "dsafs umount $T/root",
                  "find \"$T/a place\" -newer $T/unpacked"))
          .isEqualTo(
              String.join(
                  "\n",
                  "mounted " + place + "/root: swq-v1, profile P, dsa0",
                  "dsa0 enabled",
                  "wq0.0 enabled",
                  "wq0.0: 100 x memmove of 4096 bytes by enqcmd, verified",
                  "unmounted " + place + "/root"));
    }

    @Test
    void keeps_its_class_data_in_the_users_cache_and_replaces_old_ones() {
      Mounted.requireFuse();

      assertThat(
              steps(
                  "mkdir $T/once; export XDG_CACHE_HOME=$T/kept; C=$T/kept/dsafs",
                  "start() { dsafs mount $T/once >/dev/null; dsafs umount $T/once >/dev/null; }",
                  "start; first=$(ls $C); stat -c %Y.%i $C/* >$T/made",
                  "start; stat -c %Y.%i $C/* | diff $T/made -",
                  // As another jar at the same place would have left it.
                  "mv $C/$first $C/${first%-*}-1.jsa",
                  "start; [ \"$(ls $C)\" = $first ] && echo replaced"))
          .isEqualTo("replaced");
    }

    @Test
    void mounts_without_a_place_for_class_data() {
      Mounted.requireFuse();

      assertThat(
              steps(
                  "mkdir $T/none; export XDG_CACHE_HOME=/dev/null",
                  "dsafs mount $T/none",
                  "dsafs umount $T/none"))
          .contains("mounted ", "unmounted ");
    }

    @Test
    void runs_programs_with_devices_of_their_own() {
      Mounted.requireFuse();
      assumeTrue(run("unshare --mount true").exit() == 0, "SKIPPED: no mount namespace");
      assumeTrue(run("dsafs --help | grep -q '^  run '").exit() == 0, "SKIPPED: no dsafs run");

      assertThat(
              steps("cd /; dsafs run -- sh -c 'cat /sys/bus/dsa/devices/dsa0/state; exit 0' 2>&1"))
          .isEqualTo("disabled");
    }
  }

  @Nested
  class A_user_without_privileges {
    /** Runs steps as the user, who may open /dev/fuse, with a home of their own. */
    private static String asUser(String... steps) {
      Mounted.requireFuse();
      assumeTrue(
          run("[ $(id -u) = 0 ] && unshare --mount true").exit() == 0,
          "SKIPPED: becoming another user takes root and a mount namespace");
      assumeTrue(
          run("[ -u \"$(readlink -f \"$(command -v fusermount)\")\" ]").exit() == 0,
          "SKIPPED: no setuid fusermount; package fuse has it");
      Map<String, String> more = new HashMap<>(environment);
      more.put("HOME", place + "/home");
      more.put("XDG_CACHE_HOME", "");
      more.put("XDG_STATE_HOME", "");
      more.put("STEPS", "set -e; cd /; " + String.join("\n", steps));
      Shell.Result result =
          Shell.run(
              more,
              String.join(
                  "\n",
                  "mkdir -p $HOME/tree && chown -R " + USER + ":" + USER + " $HOME",
                  "exec unshare --mount --propagation private bash -c '",
                  "  mount -t tmpfs -o dev,mode=755 none /mnt && mknod /mnt/fuse c 10 229 || exit 77",
                  "  chmod 666 /mnt/fuse && mount --bind /mnt/fuse /dev/fuse || exit 77",
                  "  exec setpriv --reuid=" + USER + " --regid=" + USER + " --clear-groups \\",
                  "    bash -c \"$STEPS\"'"));
      assertThat(result.exit()).as(result.output()).isZero();
      return result.text();
    }

    @Test
    void mounts_and_uses_a_tree() {
      assertThat(
              asUser(
                  "dsafs mount $HOME/tree",
                  "\"$R\"/tools/dsa-setup $HOME/tree --wq user:dedicated:16",
                  "dsafs copy $HOME/tree --wq dsa0/wq0.0 --size 4K | head -n 1",
                  "dsafs umount $HOME/tree",
                  "ls -A $HOME/.cache/dsafs | grep -c jsa"))
          .isEqualTo(
              String.join(
                  "\n",
                  "mounted " + place + "/home/tree: swq-v1, profile P, dsa0",
                  "dsa0 enabled",
                  "wq0.0 enabled",
                  "wq0.0: 100 x memmove of 4096 bytes by movdir64b, verified",
                  "unmounted " + place + "/home/tree",
                  "1"));
    }
  }
}
