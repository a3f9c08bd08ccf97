package io.dsafs.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts check themselves, and those of the specification have its sizes. */
class LayoutTest {
  @Nested
  class A_declaration {
    @Test
    void refuses_overlapping_fields() {
      Layout.Builder builder = Layout.layout("X", 32).field(0, 8, "a").field(7, 25, "b");

      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessageContaining("overlaps");
    }

    @Test
    void refuses_bits_that_are_not_declared() {
      Layout.Builder builder = Layout.layout("X", 32).field(0, 8, "a").reserved(9, 31);

      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessageContaining("bits 8 to 8 are not declared");
    }

    @Test
    void refuses_bits_beyond_the_width() {
      Layout.Builder builder = Layout.layout("X", 32).field(0, 32, "a").flag(32, "b");

      assertThatIllegalArgumentException().isThrownBy(builder::build);
    }

    @Test
    void refuses_a_field_across_two_words() {
      Layout.Builder builder = Layout.layout("X", 128).field(0, 60, "a");

      assertThatIllegalArgumentException().isThrownBy(() -> builder.field(60, 8, "b"));
    }

    @Test
    void refuses_a_reset_value_that_does_not_fit() {
      Layout.Builder builder = Layout.layout("X", 32);

      assertThatIllegalArgumentException().isThrownBy(() -> builder.field(0, 2, "a", 4));
    }

    @Test
    void refuses_a_name_twice() {
      Layout.Builder builder = Layout.layout("X", 32).field(0, 16, "a").field(16, 16, "a");

      assertThatIllegalArgumentException().isThrownBy(builder::build);
    }
  }

  @Nested
  class A_layout {
    private final Layout layout =
        Layout.layout("X", 96)
            .field(0, 4, "rw", 5)
            .readOnly()
            .flag(4, "ro")
            .locked()
            .flag(5, "rwl")
            .writeOneClears()
            .flag(6, "w1c")
            .writeOnly()
            .flag(7, "wo")
            .readWrite()
            .reserved(8, 71)
            .field(72, 8, "second", 9)
            .reserved(80, 95)
            .build();

    @ParameterizedTest
    @ValueSource(ints = {0, 31, 33, 48, -32})
    void is_a_number_of_dwords_wide(int width) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Layout.layout("X", width).build())
          .withMessage("X: width of " + width + " bits");
    }

    @Test
    void may_be_one_dword_wide() {
      assertThat(Layout.layout("X", 32).reserved(0, 31).build().words()).isEqualTo(1);
    }

    @Test
    void says_how_large_it_is() {
      assertThat(layout.name()).isEqualTo("X");
      assertThat(layout).hasToString("X");
      assertThat(layout.widthBits()).isEqualTo(96);
      assertThat(layout.sizeBytes()).isEqualTo(12);
      assertThat(layout.words()).isEqualTo(2);
      assertThat(Layout.layout("Y", 128).reserved(0, 127).build().words()).isEqualTo(2);
    }

    @Test
    void has_the_access_that_was_declared_before_a_field() {
      assertThat(layout.fields())
          .extracting(Field::access)
          .containsExactly(
              Access.READ_WRITE,
              Access.READ_ONLY,
              Access.READ_WRITE_LOCKED,
              Access.WRITE_ONE_CLEARS,
              Access.WRITE_ONLY,
              Access.RESERVED,
              Access.RESERVED,
              Access.READ_WRITE,
              Access.RESERVED);
    }

    @Test
    void may_have_a_single_reserved_bit() {
      Layout single = Layout.layout("X", 32).field(0, 31, "a").reserved(31, 31).build();

      assertThat(single.fields()).hasSize(2).last().extracting(Field::bit).isEqualTo(31);
    }

    @Test
    void splits_reserved_bits_at_the_end_of_a_word() {
      assertThat(layout.fields())
          .filteredOn(field -> field.access() == Access.RESERVED)
          .extracting(field -> field.bit() + "+" + field.widthBits())
          .containsExactly("8+56", "64+8", "80+16");
    }

    @Test
    void has_a_reset_value_for_each_word() {
      assertThat(layout.reset(0)).isEqualTo(5);
      assertThat(layout.reset(1)).isEqualTo(9 << 8);
    }

    @Test
    void finds_its_fields_by_name_and_no_others() {
      assertThat(layout.field("second").bit()).isEqualTo(72);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> layout.field("third"))
          .withMessage("X has no field third");
    }

    @Test
    void refuses_bits_that_are_missing_at_its_end() {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Layout.layout("X", 32).field(0, 31, "a").build())
          .withMessage("X: 31 bits are declared of 32");
    }

    @Test
    void shares_the_fields_of_a_layout_that_it_goes_on_with() {
      Layout longer = Layout.layout("Y", 128).sameAs(layout).field(96, 32, "more").build();

      assertThat(longer.field("second")).isSameAs(layout.field("second"));
      assertThat(longer.sizeBytes()).isEqualTo(16);
    }
  }

  @Nested
  class A_field {
    private final Field pasid = WqCfg.PASID;

    @Test
    void is_read_from_and_put_into_its_64_bit_word() {
      long word = pasid.with(-1L, 0x12345);

      assertThat(pasid.get(word)).isEqualTo(0x12345);
      assertThat(word | pasid.mask()).isEqualTo(-1L);
    }

    @Test
    void is_read_from_and_put_into_its_32_bit_word() {
      assertThat(pasid.dwordOffset()).isEqualTo(8);
      assertThat(pasid.get32(pasid.with32(-1, 0x54321))).isEqualTo(0x54321);
      assertThat(pasid.with32(0, -1)).isEqualTo(0x0fff_ff00);
    }

    @Test
    void can_be_a_whole_word() {
      assertThat(SwErr.FAULT_ADDR.get(-5L)).isEqualTo(-5L);
      assertThat(SwErr.FAULT_ADDR.word()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "VERSION, 0x00, 4",
    "GENCAP, 0x10, 8",
    "WQCAP, 0x20, 8",
    "GRPCAP, 0x30, 8",
    "ENGCAP, 0x38, 8",
    "OPCAP, 0x40, 32",
    "OFFSETS, 0x60, 16",
    "GENCFG, 0x80, 4",
    "GENCTRL, 0x88, 4",
    "GENSTS, 0x90, 4",
    "INTCAUSE, 0x98, 4",
    "CMD, 0xA0, 4",
    "CMDSTATUS, 0xA8, 4",
    "CMDCAP, 0xB0, 8",
    "SWERROR, 0xC0, 32",
    "EVLCFG, 0xE0, 16",
    "EVLSTATUS, 0xF0, 8",
    "DSACAP0, 0x180, 8",
    "DSACAP1, 0x188, 8",
    "DSACAP2, 0x190, 8"
  })
  void registers_are_where_the_specification_has_them(String name, String offset, int bytes) {
    assertThat(Bar0.REGISTERS)
        .filteredOn(register -> register.name().equals(name))
        .singleElement()
        .satisfies(
            register -> {
              assertThat(register.offset()).isEqualTo(Integer.decode(offset));
              assertThat(register.sizeBytes()).isEqualTo(bytes);
            });
  }

  static final List<Layout> DESCRIPTORS =
      List.of(
          Descriptor.DESCRIPTOR,
          Descriptor.COMPARE,
          Descriptor.FILL,
          Descriptor.CR_DELTA,
          Descriptor.AP_DELTA,
          Descriptor.DUALCAST,
          Descriptor.TRANSL_FETCH,
          Descriptor.CRC,
          Descriptor.DIF,
          IaxDescriptor.DESCRIPTOR,
          IaxDescriptor.CRC64);

  static final List<Layout> RECORDS =
      List.of(
          CompletionRecord.RECORD,
          CompletionRecord.INVALID_FLAGS,
          CompletionRecord.DELTA,
          CompletionRecord.CRC,
          CompletionRecord.DIF);

  @ParameterizedTest
  @FieldSource("DESCRIPTORS")
  void descriptors_have_64_bytes(Layout layout) {
    assertThat(layout.sizeBytes()).isEqualTo(64);
  }

  @ParameterizedTest
  @FieldSource("RECORDS")
  void completion_records_have_32_bytes(Layout layout) {
    assertThat(layout.sizeBytes()).isEqualTo(32);
  }

  /** Driver reference section 8.5. */
  @Test
  void records_of_an_IAA_have_64_bytes() {
    assertThat(IaxRecord.RECORD.sizeBytes()).isEqualTo(64);
    assertThat(IaxRecord.CRC64.sizeBytes()).isEqualTo(64);
    assertThat(IaxRecord.OUTPUT_SIZE.byteOffset()).isEqualTo(24);
    assertThat(IaxRecord.XOR_CHECKSUM.byteOffset()).isEqualTo(30);
    assertThat(IaxRecord.CRC.byteOffset()).isEqualTo(32);
  }

  /** Driver reference section 8.6. */
  @Test
  void event_log_entries_have_room_for_a_record() {
    assertThat(EventEntry.HEAD.sizeBytes()).isEqualTo(32);
    assertThat(EventEntry.RECORD_HEAD.sizeBytes()).isEqualTo(32);
    assertThat(EventEntry.INT_HANDLE.byteOffset()).isEqualTo(12);
    assertThat(EventEntry.RCI.byteOffset()).isEqualTo(14);
    assertThat(EventEntry.sizeBytes(GenCap.EVL_SUPPORT.with(0, 1))).isEqualTo(64);
    assertThat(EventEntry.sizeBytes(GenCap.EVL_SUPPORT.with(0, 2))).isEqualTo(128);
  }

  @Test
  void table_entries_have_the_sizes_of_the_specification() {
    assertThat(Stream.of(GrpCfg.GRPCFG, WqCfg.WQCFG, WqCfg.WQCFG_WITH_OPCFG))
        .extracting(Layout::sizeBytes)
        .containsExactly(64, 32, 64);
    assertThat(Stream.of(MsixPerm.MSIXPERM, MsixTable.ENTRY, Ims.ENTRY))
        .extracting(Layout::sizeBytes)
        .containsExactly(4, 16, 16);
  }

  @Test
  void descriptor_fields_are_at_their_bytes() {
    assertThat(Descriptor.OPCODE.byteOffset()).isEqualTo(7);
    assertThat(Descriptor.COMPLETION_ADDR.byteOffset()).isEqualTo(8);
    assertThat(Descriptor.XFER_SIZE.byteOffset()).isEqualTo(32);
    assertThat(Descriptor.INT_HANDLE.byteOffset()).isEqualTo(36);
    assertThat(Descriptor.CR_DELTA.field("expected_res_mask").byteOffset()).isEqualTo(56);
    assertThat(Descriptor.DIF.field("dest_app_tag_seed").byteOffset()).isEqualTo(62);
    assertThat(IaxDescriptor.OPERATION_FLAGS.byteOffset()).isEqualTo(38);
    assertThat(IaxDescriptor.SRC2_ADDR.byteOffset()).isEqualTo(40);
    assertThat(IaxDescriptor.MAX_DST_SIZE.byteOffset()).isEqualTo(48);
    assertThat(IaxDescriptor.NUM_INPUTS.byteOffset()).isEqualTo(60);
  }

  @Test
  void configuration_space_is_a_chain_of_capabilities() {
    assertThat(ConfigSpace.DWORDS).hasSize(52);
    int extended = 0x100;
    int count = 0;
    while (extended != 0) {
      int offset = extended;
      ConfigSpace.Dword header =
          ConfigSpace.DWORDS.stream()
              .filter(dword -> dword.offset() == offset)
              .findFirst()
              .orElseThrow();
      extended = header.reset() >>> 20;
      count++;
    }
    assertThat(count).isEqualTo(8);
  }
}
