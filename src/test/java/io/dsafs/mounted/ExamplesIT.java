package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in {@code Documentation/examples} does what it is an example of. */
class ExamplesIT {
  private static final Path EXAMPLES = Path.of("Documentation/examples").toAbsolutePath();

  @TempDir Path directory;

  private Shell.Result run(Map<String, String> more, String... steps) {
    Map<String, String> environment = new LinkedHashMap<>(more);
    environment.put("T", directory.toString());
    environment.put("E", EXAMPLES.toString());
    return Shell.run(environment, String.join("\n", steps));
  }

  @Nested
  class The_program {
    @Test
    void moves_data_through_either_kind_of_queue() {
      try (Mounted tree = Mounted.mount()) {
        assertThat(
                tree.ok(
                    "set -e; out=$(mktemp -d); trap 'rm -rf $out' EXIT",
                    "cc -O2 -Wall -Wextra -Werror -o $out/my-test Documentation/examples/my-test.c",
                    "tools/dsa-setup $M --wq user:shared:16:8 --wq user:dedicated:16 >/dev/null",
                    "$out/my-test $M/dev/dsa/wq0.0",
                    "$out/my-test $M/dev/dsa/wq0.1",
                    "! $out/my-test $M/dev/dsa/wq0.2"))
            .startsWith("copied\ncopied\n")
            .endsWith("No such file or directory");
      }
    }
  }

  @Nested
  class The_systemd_unit {
    @Test
    void is_a_valid_unit() {
      assumeTrue(
          run(Map.of(), "command -v systemd-analyze").exit() == 0, "SKIPPED: no systemd-analyze");

      // It names a release; its commands are also in this checkout.
      Shell.Result result =
          run(
              Map.of(),
              "sed \"s,/opt/dsafs/bin,$PWD/fuse-mount,; s,/opt/dsafs/,$PWD/,\" $E/dsafs.service"
                  + " >$T/dsafs.service",
              "systemd-analyze verify $T/dsafs.service");

      assertThat(result).isEqualTo(new Shell.Result(0, ""));
    }

    @Test
    void has_commands_that_mount_set_up_and_unmount() throws IOException {
      Mounted.requireFuse();
      List<String> steps = new ArrayList<>(List.of("set -e; mkdir $T/place"));
      for (String line : Files.readAllLines(EXAMPLES.resolve("dsafs.service"))) {
        if (line.startsWith("Exec")) {
          steps.add(
              line.substring(line.indexOf('=') + 1)
                  .replace("/opt/dsafs/bin/", "fuse-mount/")
                  .replace("/opt/dsafs/", "")
                  .replace("/run/dsafs", "$T/place"));
        }
      }
      assertThat(steps).hasSize(4);

      assertThat(run(Map.of(), steps.toArray(String[]::new)).text().lines())
          .containsExactly(
              "mounted " + directory + "/place: swq-v1, profile P, dsa0",
              "dsa0 enabled",
              "wq0.0 enabled",
              "unmounted " + directory + "/place");
    }
  }

  @Nested
  class The_job {
    private static final String NAME = "- name: ";
    private static final String RUN = "run: ";

    /** The steps that run something, by name. */
    private Map<String, String> steps() throws IOException {
      Map<String, String> steps = new LinkedHashMap<>();
      String name = "";
      int indent = 0;
      for (String line : Files.readAllLines(EXAMPLES.resolve("ci.yml"))) {
        String text = line.strip();
        int column = line.length() - line.stripLeading().length();
        if (text.startsWith("- ")) {
          name = text.startsWith(NAME) ? text.substring(NAME.length()) : "";
          indent = 0;
        } else if (text.startsWith(RUN)) {
          indent = column;
          steps.put(name, text.equals(RUN + "|") ? "" : text.substring(RUN.length()));
        } else if (indent > 0 && column > indent) {
          steps.merge(name, line.substring(indent + 2), (all, next) -> all + "\n" + next);
        }
      }
      return steps;
    }

    @Test
    void has_steps_that_a_shell_understands() throws IOException {
      assertThat(steps().keySet())
          .containsExactly(
              "Install a Java runtime, libfuse2 and a compiler", "Unpack dsafs", "Build", "Test");
      for (String step : steps().values()) {
        assertThat(run(Map.of("STEP", step), "bash -n -c \"$STEP\""))
            .isEqualTo(new Shell.Result(0, ""));
      }
    }

    /** All but the first, in a directory with a release and the program, as after a checkout. */
    @Test
    void tests_the_program() throws IOException {
      Mounted.requireFuse();
      assumeTrue(
          run(Map.of(), "[ $(id -u) = 0 ] && unshare --mount true").exit() == 0,
          "SKIPPED: needs root and a mount namespace");
      assumeTrue(
          run(Map.of(), "fuse-mount/dsafs mount --help | grep -q mainline").exit() == 0
              && run(Map.of(), "fuse-mount/dsafs --help | grep -q '^  run '").exit() == 0,
          "SKIPPED: no dsafs run --abi mainline");
      List<String> script =
          new ArrayList<>(
              List.of(
                  "set -e",
                  "tools/release test $T >/dev/null",
                  "cp $E/my-test.c $T/",
                  "cd $T",
                  "export XDG_CACHE_HOME=$T/cache",
                  "sudo() { \"$@\"; }"));
      steps().forEach((name, step) -> script.add(name.startsWith("Install") ? "" : step));

      assertThat(run(Map.of(), script.toArray(String[]::new)))
          .isEqualTo(new Shell.Result(0, "dsa0 enabled\nwq0.0 enabled\ncopied\n"));
    }
  }
}
