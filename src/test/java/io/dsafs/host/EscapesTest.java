package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names that anybody can choose. */
class EscapesTest {
  @ParameterizedTest
  @CsvSource({"plain, plain", "a b) S 1 1, a b) S 1 1", "a\\b, a\\\\b", "~, ~"})
  void what_is_printable_stays_but_for_a_backslash(String name, String shown) {
    assertThat(Escapes.printable(name)).isEqualTo(shown);
  }

  @Test
  void what_is_not_stands_in_octal() {
    assertThat(Escapes.printable("a\nb\t\u007f\u0000")).isEqualTo("a\\012b\\011\\177\\000");
    assertThat(Escapes.printable("caf\u00e9\u00ff\u009b")).isEqualTo("caf\\351\\377\\233");
  }

  /** Each shows as one thing only: no name can look like the escape of another. */
  @Test
  void names_stay_apart() {
    assertThat(Escapes.printable("\\012"))
        .isEqualTo("\\\\012")
        .isNotEqualTo(Escapes.printable("\n"));
  }

  @Test
  void a_line_of_text_keeps_its_letters() {
    assertThat(Escapes.line("/tmp/\u00e9\u4e2d x\ny\u009b"))
        .isEqualTo("/tmp/\u00e9\u4e2d x\\012y\\233");
  }
}
