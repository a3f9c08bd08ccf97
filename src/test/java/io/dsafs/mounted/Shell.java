package io.dsafs.mounted;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs shell steps in the project's directory. */
final class Shell {
  /** What a command came to: its exit code and what it printed on both streams together. */
  record Result(int exit, String output) {
    /** The output without the last newline. */
    String text() {
      return output.stripTrailing();
    }
  }

  private static final long TIMEOUT_MINUTES = 5;

  /** Where daemons log that have no log of their own; the checkout may be another user's. */
  private static final Path STATE_HOME = newStateHome();

  private Shell() {}

  private static Path newStateHome() {
    try {
      Path directory = Files.createTempDirectory("dsafs-test-state");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      System.err.println("left behind: " + directory);
    }
  }

  static Result run(Map<String, String> environment, String script) {
    try {
      Path output = Files.createTempFile("dsafs", ".out");
      try {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", script);
        builder.environment().put("XDG_STATE_HOME", STATE_HOME.toString());
        builder.environment().putAll(environment);
        Process process =
            builder
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
          process.destroyForcibly();
          throw new AssertionError("still running after " + TIMEOUT_MINUTES + " min: " + script);
        }
        return new Result(
            process.exitValue(), Files.readString(output, StandardCharsets.ISO_8859_1));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
