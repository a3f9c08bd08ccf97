package io.dsafs.survey;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts between quotes, and the small things that a survey is made of. */
class QuotingTest {
  @Test
  void shows_what_cannot_be_seen() {
    assertThat(Quoting.quote("96\n")).isEqualTo("\"96\\n\"");
    assertThat(Quoting.quote("a\tb \"c\" \\")).isEqualTo("\"a\\tb \\\"c\\\" \\\\\"");
    assertThat(Quoting.quote("\0\u001f ~\u007f")).isEqualTo("\"\\x00\\x1f ~\\x7f\"");
    assertThat(Quoting.quote("ä")).isEqualTo("\"ä\"");
  }

  @Test
  void reads_what_a_check_says() {
    assertThat(Quoting.unquote("\"a\\n\\t\\0\\x41\\\"\\\\z\"")).isEqualTo("a\n\t\0A\"\\z");
    assertThat(Quoting.unquote("\"\"")).isEmpty();
    assertThat(Quoting.unquote("\"\\x7fb\"")).isEqualTo("\u007fb");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "plain", "a\nb\tc", "\"quoted\"", "back\\slash", "\u0001\u007f", "\\n"})
  void reads_what_it_shows(String text) {
    assertThat(Quoting.unquote(Quoting.quote(text))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"22, EINVAL", "1, EPERM", "524, ENOTSUPP", "999, errno 999"})
  void names_errors(int number, String name) {
    assertThat(Errors.name(number)).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "040755, DIRECTORY, 0755, true",
    "0100200, FILE, 0200, false",
    "0120777, LINK, 0777, true",
    "020600, NODE, 0600, true",
    "0104004, FILE, 4004, true",
  })
  void takes_modes_apart(String mode, FileFacts.Kind kind, String octal, boolean readable) {
    FileFacts facts = FileFacts.of(Integer.parseInt(mode, 8), 7);

    assertThat(facts.kind()).isEqualTo(kind);
    assertThat(facts.octal()).isEqualTo(octal);
    assertThat(facts.hasReadBit()).isEqualTo(readable);
    assertThat(facts.sizeBytes()).isEqualTo(7);
    assertThat(FileFacts.Kind.of(kind.label())).isEqualTo(kind);
  }

  @Test
  void reports_what_passed_failed_and_was_left_out_in_order() {
    Report report = new Report();
    report.add("document", "a", List.of());
    report.add("document", "b", List.of("wrong"));
    report.skip("checks", "c", "why");
    report.add("checks", "d", List.of());

    assertThat(report.results())
        .extracting(r -> r.group() + " " + r.name() + " " + r.status().label() + " " + r.details())
        .containsExactly(
            "document a pass []",
            "document b fail [wrong]",
            "checks c skip [why]",
            "checks d pass []");
    assertThat(report.count(Report.Status.PASS)).isEqualTo(2);
    assertThat(report.count(Report.Status.FAIL)).isEqualTo(1);
    assertThat(report.count(Report.Status.SKIP)).isEqualTo(1);
  }
}
