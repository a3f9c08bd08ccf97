package io.dsafs.mounted;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

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

  /** Where daemons log that have no log of their own. */
  private static final Path STATE_HOME = Path.of("target", "test-state").toAbsolutePath();

  private Shell() {}

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
