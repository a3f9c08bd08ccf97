package io.dsafs.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The form of Documentation/ABI, as its README describes it and as others use it. */
class AbiDocumentTest {
  private static final Path DIRECTORY = Path.of("Documentation/ABI");

  private static AbiDocument parse(String text) {
    return AbiDocument.parse("test", text.lines().toList());
  }

  private static AbiEntry only(String text) {
    assertThat(parse(text).entries()).hasSize(1);
    return parse(text).entries().get(0);
  }

  @Nested
  class A_loose_document {
    @Test
    void may_separate_with_spaces_or_tabs_and_forget_a_colon() {
      AbiEntry entry =
          only(
              "What:   sys/a/b<m>\nDate\t\tMay 1, 2021\nKernelVersion: 5.1\nDescription: One\n\ttwo.");

      assertThat(entry.what().get(0)).hasToString("/sys/a/b<m>");
      assertThat(entry.field("Date")).contains("May 1, 2021");
      assertThat(entry.field("Description")).contains("One\ntwo.");
      assertThat(entry.type()).isEmpty();
    }

    @Test
    void may_have_several_What_lines() {
      AbiEntry entry = only("What:\t/sys/a\nWhat:\t/sys/b\n\t\t/sys/c\nDate:\tx");

      assertThat(entry.what())
          .extracting(PathPattern::toString)
          .containsExactly("/sys/a", "/sys/b", "/sys/c");
    }

    @Test
    void may_leave_out_blank_lines_between_entries() {
      assertThat(parse("A title\n\nWhat: /a\nDate: x\nWhat: /b\nDescription:\n  y").entries())
          .extracting(entry -> entry.what().get(0).toString())
          .containsExactly("/a", "/b");
    }

    @Test
    void may_escape_the_exclamation_mark_and_number_what_has_no_number() {
      PathPattern what = PathPattern.of("/sys/x/q<m>.<n>/d<x>\\!q<m>.<n>/file<y>/pid");

      assertThat(what).hasToString("/sys/x/q<m>.<n>/d!q<m>.<n>/file<y>/pid");
    }
  }

  @Nested
  class A_path {
    @Test
    void binds_placeholders_and_holds_to_them() {
      PathPattern what = PathPattern.of("/dsa<m>/wq<m>.<n>");
      Map<String, String> bindings = what.match("dsa<m>", "dsa2", Map.of()).orElseThrow();

      assertThat(what.match("wq<m>.<n>", "wq2.7", bindings)).contains(Map.of("m", "2", "n", "7"));
      assertThat(what.match("wq<m>.<n>", "wq1.7", bindings)).isEmpty();
      assertThat(what.match("dsa<m>", "dsax", Map.of())).isEmpty();
    }
  }

  @Nested
  class A_format {
    @ParameterizedTest
    @CsvSource(
        delimiter = ';',
        value = {
          "unsigned;                     12;         true",
          "unsigned;                     -12;        false",
          "unsigned(0..15);              15;         true",
          "unsigned(0..15);              16;         false",
          "signed(-1..7);                -1;         true",
          "0x-hex;                       0x1f;       true",
          "0x-hex(4);                    0x1f;       false",
          "0x-hex(4) (\" \" hex(2)){2};  0x00ff 0a 0b; true",
          "\"a\" | \"b\";                b;          true",
          "\"a\" | \"b\";                c;          false",
          "names(wq<m>.<n>);             wq0.1 wq0.2; true",
          "names(wq<m>.<n>);             wq0.1  wq0.2; false",
          "bitmap;                       0000000f,00000001; true",
          "text;                         any thing; true"
        })
    void decides_about_a_line(String format, String line, boolean fits) {
      assertThat(Format.parse(format, "test").matches(line + "\n")).isEqualTo(fits);
    }

    @Test
    void says_where_a_text_has_no_newline_or_several() {
      Format empty = Format.parse("empty | names(wq<m>.<n>)", "test");
      assertThat(empty.matches("")).isTrue();
      assertThat(empty.matches("\n")).isFalse();
      Format keys = Format.parse("keys(A B?)", "test");
      assertThat(keys.matches("A=1\n")).isTrue();
      assertThat(keys.matches("A=1\nB=\n")).isTrue();
      assertThat(keys.matches("B=1\nA=1\n")).isFalse();
      assertThat(Format.parse("lines(hex(1))", "test").matches("a\nb\n")).isTrue();
    }

    @Test
    void names_the_errors_of_a_read() {
      Format format = Format.parse("error(ENXIO) | unsigned", "test");

      assertThat(format.allowsError("ENXIO")).isTrue();
      assertThat(format.allowsError("EIO")).isFalse();
      assertThat(format.matches("3\n")).isTrue();
    }

    @Test
    void that_cannot_be_read_is_refused_with_its_place() {
      assertThatThrownBy(() -> Format.parse("number", "doc:3"))
          .hasMessage("doc:3: the format 'number' cannot be read: there is no 'number'");
    }
  }

  @Nested
  class A_condition {
    private Condition.Answer ask(String condition, String content) {
      Condition.Facts facts =
          new Condition.Facts() {
            @Override
            public Optional<String> read(String path) {
              return Optional.ofNullable(content).filter(text -> path.equals("x"));
            }

            @Override
            public Optional<Long> register(String name) {
              return Optional.of(4L);
            }
          };
      return Condition.parse(condition, "test").ask(facts, Map.of());
    }

    @ParameterizedTest
    @CsvSource({
      "x is 1, 1, YES",
      "x is 1, 2, NO",
      "x is not 1, 2, YES",
      "x at least 0x200, 0x300, YES",
      "x below 0x200, 0x300, NO",
      "x has bit 4, 0x10, YES",
      "x is 1, , UNKNOWN",
      "y is 1, 1, UNKNOWN",
      "x is 1 and y is 2, 2, NO",
      "x is 1 and optional, 1, UNKNOWN",
      "register R bit 2, , YES",
      "register R not bit 2, , NO"
    })
    void is_true_false_or_unknown(String condition, String content, Condition.Answer answer) {
      assertThat(ask(condition, content)).isEqualTo(answer);
    }
  }

  @Nested
  class The_documents {
    @Test
    void are_all_in_the_index() throws IOException {
      Set<String> indexed =
          Files.readAllLines(DIRECTORY.resolve("index")).stream()
              .filter(line -> !line.startsWith("#") && line.contains("\t"))
              .map(line -> line.split("\t")[1])
              .collect(Collectors.toSet());

      try (Stream<Path> files = Files.walk(DIRECTORY)) {
        assertThat(
                files
                    .filter(Files::isRegularFile)
                    .map(file -> DIRECTORY.relativize(file).toString())
                    .filter(file -> file.contains("/")))
            .containsExactlyInAnyOrderElementsOf(indexed);
      }
    }

    @Test
    void can_be_read_in_every_field() {
      for (String profile : AbiLibrary.profiles()) {
        for (AbiDocument document : AbiLibrary.documents(profile)) {
          assertThat(document.entries()).as(document.name()).isNotEmpty();
          for (AbiEntry entry : document.entries()) {
            List<Object> read =
                List.of(
                    entry.type(), entry.mode(), entry.format(), entry.visible(), entry.forEach());
            assertThat(read).as(entry.origin()).hasSize(5);
            assertThat(entry.type()).as(entry.origin()).isPresent();
          }
        }
      }
    }
  }
}
