package io.dsafs.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A field is where it says, and takes no bit of its neighbours. */
class FieldTest {
  private static Field field(int bit, int width) {
    return new Field("f", bit, width, Access.READ_WRITE, 0);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 1, 0",
    "0, 0, 0",
    "0, -1, 0",
    "0, 65, 0",
    "1, 64, 0",
    "60, 5, 0",
    "127, 2, 0",
    "0, 1, 2",
    "0, 63, -1",
    "3, 4, 16",
  })
  void is_refused_outside_of_a_word_or_with_a_reset_value_that_does_not_fit(
      int bit, int width, long reset) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Field("f", bit, width, Access.READ_WRITE, reset))
        .withMessageStartingWith("f: ");
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 1", "63, 1, 1", "0, 64, -1", "64, 64, -1", "60, 4, 15", "3, 4, 15"})
  void may_reach_to_the_end_of_its_word(int bit, int width, long reset) {
    assertThat(new Field("f", bit, width, Access.READ_WRITE, reset).reset()).isEqualTo(reset);
  }

  @Test
  void has_a_name() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Field("", 7, 1, Access.READ_WRITE, 0))
        .withMessageContaining("bit 7");
  }

  @ParameterizedTest
  @CsvSource({
    // bit, width, word, shift, dword, its offset, byte, largest value
    "0, 1, 0, 0, 0, 0, 0, 1",
    "31, 1, 0, 31, 0, 0, 3, 1",
    "32, 8, 0, 32, 1, 4, 4, 255",
    "72, 20, 1, 8, 2, 8, 9, 1048575",
    "125, 3, 1, 61, 3, 12, 15, 7",
    "128, 64, 2, 0, 4, 16, 16, -1",
  })
  void knows_its_place(
      int bit,
      int width,
      int word,
      int shift,
      int dword,
      int dwordOffset,
      int byteOffset,
      long max) {
    Field field = field(bit, width);

    assertThat(field.word()).isEqualTo(word);
    assertThat(field.shift()).isEqualTo(shift);
    assertThat(field.dword()).isEqualTo(dword);
    assertThat(field.dwordOffset()).isEqualTo(dwordOffset);
    assertThat(field.byteOffset()).isEqualTo(byteOffset);
    assertThat(field.valueMask()).isEqualTo(max);
    assertThat(field.mask()).isEqualTo(max << shift);
  }

  @Nested
  class Values {
    private static final long PATTERN = 0x0123_4567_89ab_cdefL;

    @Test
    void are_cut_out_of_their_word() {
      assertThat(field(0, 4).get(PATTERN)).isEqualTo(0xf);
      assertThat(field(4, 8).get(PATTERN)).isEqualTo(0xde);
      assertThat(field(60, 4).get(PATTERN)).isZero();
      assertThat(field(64 + 56, 8).get(PATTERN)).isEqualTo(0x01);
      assertThat(field(0, 64).get(PATTERN)).isEqualTo(PATTERN);
      assertThat(field(4, 8).getInt(PATTERN)).isEqualTo(0xde);
    }

    @Test
    void are_put_into_their_word_without_touching_the_rest() {
      assertThat(field(8, 8).with(PATTERN, 0x5a)).isEqualTo(0x0123_4567_89ab_5aefL);
      assertThat(field(8, 8).with(PATTERN, 0xfff5a)).isEqualTo(0x0123_4567_89ab_5aefL);
      assertThat(field(0, 64).with(PATTERN, 5)).isEqualTo(5);
    }

    @Test
    void are_put_into_and_cut_out_of_their_dword() {
      Field upper = field(32 + 8, 8);

      assertThat(upper.get32(0x89ab_cdef)).isEqualTo(0xcd);
      assertThat(upper.with32(0x89ab_cdef, 0x5a)).isEqualTo(0x89ab_5aef);
      assertThat(upper.with32(0x89ab_cdef, 0xfff5a)).isEqualTo(0x89ab_5aef);
      assertThat(field(32, 32).get32(0x89ab_cdef)).isEqualTo(0x89ab_cdef);
      assertThat(field(64, 64).with32(0x89ab_cdef, 7)).isEqualTo(7);
    }

    @Test
    void are_found_in_the_words_of_a_layout() {
      assertThat(field(64 + 4, 8).in(new long[] {0, PATTERN, -1})).isEqualTo(0xde);
    }

    @Test
    void are_set_if_any_bit_is() {
      assertThat(field(4, 8).isSet(0x10)).isTrue();
      assertThat(field(4, 8).isSet(0x800)).isTrue();
      assertThat(field(4, 8).isSet(0xf00f)).isFalse();
    }
  }

  @Nested
  class Registers {
    private final Layout narrow = Layout.layout("NARROW", 32).field(0, 32, "f").build();
    private final Layout wide =
        Layout.layout("WIDE", 128).field(0, 64, "f").field(64, 64, "g").build();

    @ParameterizedTest
    @CsvSource({"2, 4", "6, 4", "4, 16", "12, 16"})
    void are_refused_where_they_are_not_aligned(int offset, int bytes) {
      Layout layout = bytes == 4 ? narrow : wide;

      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Register(offset, layout))
          .withMessageContaining(layout.name());
    }

    @Test
    void have_the_names_sizes_and_words_of_their_layout() {
      Register register = new Register(8, wide);

      assertThat(register.name()).isEqualTo("WIDE");
      assertThat(register.sizeBytes()).isEqualTo(16);
      assertThat(register.field("g").bit()).isEqualTo(64);
      assertThat(register.wordOffset(0)).isEqualTo(8);
      assertThat(register.wordOffset(1)).isEqualTo(16);
      assertThat(new Register(4, narrow).sizeBytes()).isEqualTo(4);
    }
  }
}
