package io.dsafs.survey;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The lists of checks: Documentation/check.md. */
class CheckListTest {
  private static List<String> numbers(CheckList list) {
    return list.checks().stream().map(CheckList.Check::number).distinct().toList();
  }

  /** Section 15 of the reference of swq-v1, section 11 of that of mainline. */
  @ParameterizedTest
  @CsvSource({"swq-v1, 118", "mainline, 120"})
  void have_every_number_of_the_reference_in_order(String profile, int last) {
    assertThat(numbers(CheckList.of(profile)))
        .isEqualTo(IntStream.rangeClosed(1, last).mapToObj(String::valueOf).toList());
  }

  @ParameterizedTest
  @CsvSource({"swq-v1", "mainline"})
  void have_steps_or_a_reason_for_each_check_and_know_their_fixtures(String profile) {
    CheckList list = CheckList.of(profile);

    for (CheckList.Check check : list.checks()) {
      assertThat(check.steps().isEmpty()).as(check.text()).isEqualTo(check.untold() != null);
      assertThat(list.fixtures().keySet()).as(check.text()).containsAll(check.fixtures());
    }
  }

  @Test
  void read_conditions_and_reasons_of_a_check() {
    CheckList list =
        CheckList.parse(
            "mainline",
            List.of(
                "fixture S dsa0",
                "default S",
                "check 1 a / b / c",
                "if /a",
                "unless /b",
                "read x",
                "check 2 d",
                "skip why"));

    CheckList.Check first = list.checks().get(0);
    assertThat(first.fixtures()).containsExactly("S");
    assertThat(first.files()).containsExactly("/a");
    assertThat(first.without()).containsExactly("/b");
    assertThat(list.checks().get(1).untold()).isEqualTo("why");
  }

  @Test
  void have_texts_that_are_joined_and_repeated() {
    CheckStep step = CheckStep.parse("put one \"\\0\"*7+\"\\x01\"+\"a b\" -> 64", 1);

    assertThat(step.operands()).containsExactly("one", "\"\\0\"*7+\"\\x01\"+\"a b\"");
    assertThat(step.expected()).containsExactly("64");
  }
}
