package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;

/** The C programs of {@code src/test/c}, each compiled when it is first asked for. */
final class Programs {
  private Programs() {}

  /** The path of a compiled program; a warning of the compiler fails the test. */
  static Path compiled(String source) {
    Path program = Path.of("target", "test-programs", source.replace(".c", "")).toAbsolutePath();
    Shell.Result result =
        Shell.run(
            Map.of("PROGRAM", program.toString(), "SOURCE", "src/test/c/" + source),
            String.join(
                "\n",
                "[ -e \"$PROGRAM\" ] && ! find $SOURCE src/*/c/*.h src/main/c/portal -newer \"$PROGRAM\" | grep -q . && exit",
                "mkdir -p \"${PROGRAM%/*}\"",
                "exec cc -O2 -Wall -Wextra -Werror -std=gnu11 -pthread -o \"$PROGRAM\" $SOURCE"));
    assertThat(result.exit()).as(result.output()).isZero();
    return program;
  }

  /** The path of the library that programs are to preload who map portals, built if it is old. */
  static Path portalShim() {
    // By a relative path, as make takes none with a space.
    Shell.Result result =
        Shell.run(Map.of(), "exec make -s -C src/main/c/portal OUT=../../../../target");
    assertThat(result.exit()).as(result.output()).isZero();
    return Path.of("target", "libdsafs-portal.so").toAbsolutePath();
  }
}
