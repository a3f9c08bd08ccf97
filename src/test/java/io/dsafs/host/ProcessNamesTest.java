package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a live process, this one, is called, and what is read of it whatever that is. */
class ProcessNamesTest {
  private static final Path OWN = Path.of("/proc/self/comm");

  private final int pid = (int) ProcessHandle.current().pid();
  private final byte[] before = Files.readAllBytes(OWN);

  ProcessNamesTest() throws IOException {}

  @AfterEach
  void take_the_old_name() throws IOException {
    Files.write(OWN, before);
  }

  @ParameterizedTest
  @CsvSource({
    "plain, plain",
    "'\u00ff\u00fe', \\377\\376",
    "'gr\u00c3\u00bcn', gr\\303\\274n",
    "'a\nb', a\\012b",
    "'a\n', a\\012",
    "x) Z 1 1, x) Z 1 1",
    "'a\nTgid:\t1', a\\012Tgid:\\0111",
    "' a ', ' a '",
    "a\\012b, a\\\\012b"
  })
  void are_any_bytes_and_shown_in_one_line(String name, String shown) throws IOException {
    Files.write(OWN, name.getBytes(StandardCharsets.ISO_8859_1));

    assertThat(ProcessNames.of(pid)).isEqualTo(shown);
    assertThat(Processes.status(pid, "Tgid")).isEqualTo(Integer.toString(pid));
    assertThat(Processes.isRunning(pid)).isTrue();
  }

  @Test
  void are_unknown_of_a_process_that_has_gone() {
    assertThat(ProcessNames.of(Integer.MAX_VALUE)).isEqualTo("?");
  }
}
