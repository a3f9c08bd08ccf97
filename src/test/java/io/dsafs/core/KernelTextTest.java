package io.dsafs.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the kernel reads what is written to an attribute. Source: lib/kstrtox.c, lib/string.c. */
class KernelTextTest {
  @FunctionalInterface
  private interface Call {
    Object run() throws ErrnoException;
  }

  /** What the call gives, or the name of its error. */
  private static String answer(Call call) {
    try {
      return String.valueOf(call.run());
    } catch (ErrnoException e) {
      return e.errno().name();
    }
  }

  private static String unescape(String text) {
    return text.replace("\\n", "\n").replace("\\0", "\0");
  }

  @Nested
  class Numbers {
    @ParameterizedTest
    @CsvSource({
      "0, 0",
      "7\\n, 7",
      "+7, 7",
      "007, 7",
      "9223372036854775807, 9223372036854775807",
      "9223372036854775808, 9223372036854775808",
      "18446744073709551609, 18446744073709551609",
      "18446744073709551610, 18446744073709551610",
      "18446744073709551615\\n, 18446744073709551615",
      "18446744073709551616, EINVAL",
      "18446744073709551620, EINVAL",
      "184467440737095516150, EINVAL",
      "99999999999999999999, EINVAL",
      "'', EINVAL",
      "\\n, EINVAL",
      "+, EINVAL",
      "+\\n, EINVAL",
      "++7, EINVAL",
      "-7, EINVAL",
      "-0, EINVAL",
      "7\\n\\n, EINVAL",
      "\\n7, EINVAL",
      "'7 ', EINVAL",
      "' 7', EINVAL",
      "0x7, EINVAL",
      "7a, EINVAL",
      "٣, EINVAL",
    })
    void unsigned_ones_have_64_bits_and_are_decimal(String text, String expected) {
      assertThat(answer(() -> Long.toUnsignedString(KernelText.parseUnsigned(unescape(text)))))
          .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
      "0, 0",
      "-0, 0",
      "+5\\n, 5",
      "-5\\n, -5",
      "9223372036854775807, 9223372036854775807",
      "9223372036854775808, EINVAL",
      "18446744073709551615, EINVAL",
      "-9223372036854775808, -9223372036854775808",
      "-9223372036854775809, EINVAL",
      "-18446744073709551615, EINVAL",
      "-, EINVAL",
      "--5, EINVAL",
      "-+5, EINVAL",
      "'', EINVAL",
    })
    void signed_ones_have_63_bits_and_a_sign(String text, String expected) {
      assertThat(answer(() -> KernelText.parseSigned(unescape(text)))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
      "0, 0",
      "10, 10",
      "010, 8",
      "0x10, 16",
      "0Xff\\n, 255",
      "+0xA, 10",
      "+010, 8",
      "07, 7",
      "0xffffffffffffffff, 18446744073709551615",
      "0x10000000000000000, EINVAL",
      "01777777777777777777777, 18446744073709551615",
      "02000000000000000000000, EINVAL",
      "18446744073709551616, EINVAL",
      "08, EINVAL",
      "0x, EINVAL",
      "0x\\n, EINVAL",
      "0xg, EINVAL",
      "ff, EINVAL",
      "-1, EINVAL",
      "'', EINVAL",
    })
    void unsigned_ones_may_choose_their_base(String text, String expected) {
      assertThat(
              answer(() -> Long.toUnsignedString(KernelText.parseUnsignedAnyBase(unescape(text)))))
          .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
      "-0x10, -16",
      "-010\\n, -8",
      "-10, -10",
      "+0x10, 16",
      "0x7fffffffffffffff, 9223372036854775807",
      "0x8000000000000000, EINVAL",
      "-0x8000000000000000, -9223372036854775808",
      "-0x8000000000000001, EINVAL",
      "-0xffffffffffffffff, EINVAL",
      "-, EINVAL",
      "-+1, EINVAL",
    })
    void signed_ones_may_choose_their_base(String text, String expected) {
      assertThat(answer(() -> KernelText.parseSignedAnyBase(unescape(text)))).isEqualTo(expected);
    }
  }

  /** kstrtobool(). */
  @ParameterizedTest
  @CsvSource({
    "y, true",
    "Yes\\n, true",
    "t, true",
    "TRUE, true",
    "e, true",
    "Enable, true",
    "1, true",
    "12, true",
    "on\\n, true",
    "oN, true",
    "n, false",
    "No\\n, false",
    "f, false",
    "False, false",
    "d, false",
    "Disable, false",
    "0, false",
    "off\\n, false",
    "OF, false",
    "o, EINVAL",
    "o\\n, EINVAL",
    "ox, EINVAL",
    "2, EINVAL",
    "-1, EINVAL",
    "' 1', EINVAL",
    "\\n, EINVAL",
    "'', EINVAL",
  })
  void truth_is_in_the_first_letters(String text, String expected) {
    assertThat(answer(() -> KernelText.parseBool(unescape(text)))).isEqualTo(expected);
  }

  /** strim(); the letters between stand for what is not white space. */
  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "' ', ''",
    "\\n\\n, ''",
    "word, word",
    "'  word', word",
    "'word \\n', word",
    "' \\nword word\\n ', word word",
    "'x', x",
    "' x', x",
    "'x ', x",
  })
  void trimming_takes_white_space_off_both_ends(String text, String expected) {
    assertThat(KernelText.trim(unescape(text))).isEqualTo(expected);
  }

  /** lib/ctype.c: _S is set for 9 to 13, 32 and 160. */
  @Test
  void white_space_is_what_the_kernel_calls_so() {
    assertThat(IntStream.rangeClosed(0, 255).boxed())
        .filteredOn(c -> KernelText.isSpace((char) c.intValue()))
        .containsExactly(9, 10, 11, 12, 13, 32, 160);
  }

  /** sysfs_streq(). */
  @ParameterizedTest
  @CsvSource({
    "auto, true",
    "auto\\n, true",
    "auto\\n\\n, false",
    "'auto ', false",
    "autos, false",
    "aut\\n, false",
    "aut, false",
    "Auto, false",
    "\\n, false",
    "'', false",
    "buto\\n, false",
  })
  void a_word_may_end_with_one_newline(String text, boolean expected) {
    assertThat(KernelText.equalsWord(unescape(text), "auto")).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ab", "ab\\0", "ab\\0cd", "ab\\0\\0"})
  void text_ends_at_its_first_NUL(String text) {
    assertThat(KernelText.untilNul(unescape(text))).isEqualTo("ab");
  }

  @Test
  void text_that_begins_with_NUL_is_empty() {
    assertThat(KernelText.untilNul("\0ab")).isEmpty();
  }
}
