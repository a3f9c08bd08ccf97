package io.dsafs.core;

import static io.dsafs.core.KernelVersion.since;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.KernelLog.Level;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How text becomes a parameter of a module. Source: kernel/params.c, lib/kstrtox.c. */
class ModuleParametersTest {
  @FunctionalInterface
  private interface Call {
    Object run() throws ErrnoException;
  }

  private static String answer(Call call) {
    try {
      return String.valueOf(call.run());
    } catch (ErrnoException e) {
      return e.errno().name();
    }
  }

  private static String unescape(String text) {
    return text.replace("\\n", "\n");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "10000\\n, 10000",
    "+7, 7",
    "0x1F, 31",
    "0X1f\\n, 31",
    "017, 15",
    "4294967295, -1",
    "4294967296, ERANGE",
    "18446744073709551615, ERANGE",
    "18446744073709551616, ERANGE",
    "99999999999999999999x, ERANGE",
    "18446744073709551615x, EINVAL",
    "0x0, 0",
    "'', EINVAL",
    "\\n, EINVAL",
    "-1, EINVAL",
    "+, EINVAL",
    "++1, EINVAL",
    "08, EINVAL",
    "0x, EINVAL",
    "12 , 12",
    "'12 ', EINVAL",
    "' 12', EINVAL",
    "12\\n\\n, EINVAL",
    "1k, EINVAL",
    "-, EINVAL",
  })
  void unsigned_numbers_are_read_in_the_base_they_choose(String text, String expected) {
    assertThat(answer(() -> ModuleParameters.parseUint(unescape(text)))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "-1\\n, -1",
    "-0x10, -16",
    "2147483647, 2147483647",
    "2147483648, ERANGE",
    "-2147483648, -2147483648",
    "-2147483649, ERANGE",
    "--1, EINVAL",
    "-, EINVAL",
  })
  void signed_numbers_may_have_a_minus(String text, String expected) {
    assertThat(answer(() -> ModuleParameters.parseInt(unescape(text)))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "10\\n, 10",
    "+010, 10",
    "4294967295, -1",
    "4294967296, ERANGE",
    "0x10, EINVAL",
    "-1, EINVAL",
    "'', EINVAL",
  })
  void some_unsigned_numbers_are_always_decimal(String text, String expected) {
    assertThat(answer(() -> ModuleParameters.parseDecimalUint(unescape(text)))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1\\n, true",
    "y, true",
    "Yes, true",
    "on\\n, true",
    "ON, true",
    "0\\n, false",
    "no, false",
    "N, false",
    "off, false",
    "Of, false",
    "o, EINVAL",
    "ox, EINVAL",
    "'', EINVAL",
    "2, EINVAL",
    "true, EINVAL",
    "' 1', EINVAL",
  })
  void truth_is_in_the_first_letters(String text, String expected) {
    assertThat(answer(() -> ModuleParameters.parseBool(unescape(text)))).isEqualTo(expected);
  }

  @Test
  void refuses_a_string_that_does_not_fit_with_ENOSPC_and_a_line() {
    KernelLog log = new KernelLog(Level.INFO, () -> 0);

    assertThat(answer(() -> ModuleParameters.parseString(log, "device", "abc\n", 5)))
        .isEqualTo("abc\n");
    assertThat(answer(() -> ModuleParameters.parseString(log, "device", "abcd\n", 5)))
        .isEqualTo("ENOSPC");
    assertThat(new String(log.contents(), StandardCharsets.US_ASCII))
        .isEqualTo("3,0,0,-;device: string doesn't fit in 4 chars.\n");
  }

  /** param_set_uint(), param_set_int(), param_set_bool() and what they show. */
  @Nested
  class Rows {
    private int number;
    private boolean truth;

    private String storeAndShow(Attribute<Rows> row, String text) {
      return answer(
          () -> {
            row.store().store(this, text);
            return row.show().show(this);
          });
    }

    @Test
    void of_unsigned_numbers_show_them_in_decimal() {
      Attribute<Rows> row =
          ModuleParameters.uint("u", 0644, r -> r.number, (r, v) -> r.number = v, since(5, 6));

      assertThat(storeAndShow(row, "0xffffffff\n")).isEqualTo("4294967295\n");
      assertThat(storeAndShow(row, "-1\n")).isEqualTo("EINVAL");
      assertThat(number).isEqualTo(-1);
    }

    @Test
    void of_signed_numbers_show_their_sign() {
      Attribute<Rows> row =
          ModuleParameters.integer("i", 0644, r -> r.number, (r, v) -> r.number = v, since(5, 6));

      assertThat(storeAndShow(row, "-0x10\n")).isEqualTo("-16\n");
      assertThat(storeAndShow(row, "2147483648\n")).isEqualTo("ERANGE");
      assertThat(number).isEqualTo(-16);
    }

    @Test
    void of_truth_show_a_letter() {
      Attribute<Rows> row =
          ModuleParameters.bool("b", 0644, r -> r.truth, (r, v) -> r.truth = v, since(5, 6));

      assertThat(storeAndShow(row, "on\n")).isEqualTo("Y\n");
      assertThat(storeAndShow(row, "maybe\n")).isEqualTo("EINVAL");
      assertThat(truth).isTrue();
      assertThat(storeAndShow(row, "0\n")).isEqualTo("N\n");
    }
  }
}
