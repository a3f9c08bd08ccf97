package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A tree mounted by the launcher for one test or one class.
 *
 * <p>Steps see the mount point as {@code $M}, {@code $M/sys/bus/dsa/devices} as {@code $D} and
 * {@code $M/sys/bus/dsa/drivers/dsa} as {@code $B}; {@code $SYSCALL} is the compiled syscall.c.
 *
 * <p>The daemon's log is this mount's own; something unforeseen in it fails the test at the end.
 */
final class Mounted implements AutoCloseable {
  /** A stack trace, or what is logged in front of one. */
  private static final Pattern UNFORESEEN =
      Pattern.compile("unexpectedly|^\\s+at [\\w.$/]+\\(|Exception|Error:", Pattern.MULTILINE);

  private static final int AWAIT_SECONDS = 20;

  private final Path mountPoint;
  private final Path stateHome;
  private final Map<String, String> environment = new HashMap<>();

  private Mounted(Path mountPoint) {
    this.mountPoint = mountPoint;
    stateHome = mountPoint.resolveSibling("state");
    environment.put("XDG_STATE_HOME", stateHome.toString());
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

  /**
   * An empty directory to mount at, in no way prepared; removed at the end if it is still empty.
   */
  static Path newMountPoint() {
    try {
      // In a directory of its own, where others can look but put nothing beside it.
      Path own = Files.createTempDirectory("dsafs-test").toRealPath();
      Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwxr-xr-x"));
      own.toFile().deleteOnExit();
      Path directory = Files.createDirectory(own.resolve("dsa"));
      directory.toFile().deleteOnExit();
      return directory;
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

  /** Gives steps a path below the mount point in a variable. */
  Mounted withPath(String variable, String below) {
    environment.put(variable, mountPoint + "/" + below);
    return this;
  }

  /** Compiles a program of {@code src/test/c} and gives steps its path in a variable. */
  Mounted withProgram(String variable, String source) {
    environment.put(variable, Programs.compiled(source).toString());
    return this;
  }

  /** Gives steps the path of the portal shim in {@code $SHIM}. */
  Mounted withPortalShim() {
    environment.put("SHIM", Programs.portalShim().toString());
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

  /** Repeats steps until they succeed; fails if they do not within some seconds. */
  void await(String... steps) {
    String condition = String.join("\n", steps);
    Map<String, String> more = new HashMap<>(environment);
    more.put("CONDITION", condition);
    Shell.Result result =
        Shell.run(
            more, "timeout " + AWAIT_SECONDS + " bash -c 'until eval \"$CONDITION\"; do :; done'");
    assertThat(result.exit()).as("until " + condition + "\n" + result.output()).isZero();
  }

  /** What the daemon has logged about itself; the driver's log is {@code $M/dev/kmsg}. */
  String log() {
    Path file = stateHome.resolve("dsafs/mount.log");
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Unmounts; the test fails if something is left, or something unforeseen is in the log. */
  @Override
  public void close() {
    Shell.Result result = sh("fuse-mount/dsafs umount $M && rmdir $M");
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(log()).doesNotContainPattern(UNFORESEEN);
    sh("rm -rf $XDG_STATE_HOME");
  }
}
