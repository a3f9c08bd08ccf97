package io.dsafs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.testing.ArabicDigits;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The command line, up to where a command begins. */
@ArabicDigits
class MainTest {
  @Test
  void speaks_of_wrong_usage_in_the_digits_of_the_commands() {
    StringWriter errors = new StringWriter();
    CommandLine commandLine = Main.commandLine().setErr(new PrintWriter(errors, true));

    int code = commandLine.execute("mount", "/nonexistent", "--devices", "0");

    assertThat(code).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(errors.toString()).startsWith("dsafs: --devices must be 1 to 256");
  }
}
