package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A tree mounted by the launcher for one test or one class.
 *
 * <p>Steps see the mount point as {@code $M}, {@code $M/sys/bus/dsa/devices} as {@code $D} and
 * {@code $M/sys/bus/dsa/drivers/dsa} as {@code $B}; {@code $SYSCALL} is the compiled syscall.c.
 */
final class Mounted implements AutoCloseable {
  private final Path mountPoint;
  private final Map<String, String> environment = new HashMap<>();

  private Mounted(Path mountPoint) {
    this.mountPoint = mountPoint;
    environment.put("M", mountPoint.toString());
    environment.put("D", mountPoint + "/sys/bus/dsa/devices");
    environment.put("B", mountPoint + "/sys/bus/dsa/drivers/dsa");
  }

  /** Skips the test aloud where nothing can be mounted. */
  static void requireFuse() {
    assumeTrue(
        Files.isWritable(Path.of("/dev/fuse")),
        "SKIPPED: /dev/fuse is missing or not accessible; tests over a real mount need it");
  }

  /** An empty directory to mount at, in no way prepared. */
  static Path newMountPoint() {
    try {
      return Files.createTempDirectory("dsafs-test").toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Mounted mount(String... options) {
    requireFuse();
    Mounted mounted = new Mounted(newMountPoint());
    Shell.Result result = mounted.sh("fuse-mount/dsafs mount $M " + String.join(" ", options));
    assertThat(result.exit()).as(result.output()).isZero();
    return mounted.withProgram("SYSCALL", "syscall.c");
  }

  Path mountPoint() {
    return mountPoint;
  }

  /** Compiles a program of {@code src/test/c} and gives steps its path in a variable. */
  Mounted withProgram(String variable, String source) {
    Path program = Path.of("target", "test-programs", source.replace(".c", "")).toAbsolutePath();
    Shell.Result result =
        sh(
            "mkdir -p "
                + program.getParent()
                + " && cc -O2 -Wall -Wextra -Werror -std=gnu11 -pthread -o "
                + program
                + " src/test/c/"
                + source);
    assertThat(result.exit()).as(result.output()).isZero();
    environment.put(variable, program.toString());
    return this;
  }

  /** Runs steps and returns what they came to. */
  Shell.Result sh(String... steps) {
    return Shell.run(environment, String.join("\n", steps));
  }

  /** Runs steps that must work and returns what they printed, without the last newline. */
  String ok(String... steps) {
    Shell.Result result = sh(steps);
    assertThat(result.exit()).as(String.join("\n", steps) + "\n" + result.output()).isZero();
    return result.text();
  }

  /**
   * Writes text to an attribute in one write(2).
   *
   * @param text as printf's %b takes it
   * @return {@code ok}, a short count, or the error's name
   */
  String write(String path, String text) {
    return ok("printf '%b' '" + text + "' | $SYSCALL write " + path);
  }

  /** One system call of {@code syscall.c}: {@code ok}, a result, or the error's name. */
  String call(String arguments) {
    return ok("$SYSCALL " + arguments);
  }

  /** Unmounts; the test fails if something is left. */
  @Override
  public void close() {
    Shell.Result result = sh("fuse-mount/dsafs umount $M && rmdir $M");
    assertThat(result.exit()).as(result.output()).isZero();
  }
}
