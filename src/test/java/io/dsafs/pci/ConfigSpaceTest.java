package io.dsafs.pci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What enumeration finds in configuration space. Source: drivers/pci/probe.c, pci.c. */
class ConfigSpaceTest {
  private final FakeEndpoint endpoint = new FakeEndpoint();
  private final ConfigSpace config = new ConfigSpace(endpoint);

  @Nested
  class Capabilities {
    /** PCI Local Bus Specification, section 6.7: software masks the two low bits off. */
    @Test
    void are_found_though_pointers_have_reserved_bits() {
      endpoint.row(0x034, 0x43, 0);
      endpoint.row(0x040, 0x00928310, 0);
      endpoint.flr();

      assertThat(config.findCapability(ConfigSpace.CAP_EXPRESS)).isEqualTo(0x40);
      assertThat(config.findCapability(ConfigSpace.CAP_MSIX)).isEqualTo(0x80);
    }

    @Test
    void are_none_where_the_status_says_so() {
      endpoint.row(0x004, 0, 0);
      endpoint.flr();

      assertThat(config.findCapability(ConfigSpace.CAP_EXPRESS)).isZero();
    }

    @Test
    void of_the_extended_kind_are_none_in_a_space_of_zeros_or_ones() {
      endpoint.row(0x100, 0, 0);
      endpoint.flr();
      assertThat(config.findExtendedCapability(0)).isZero();

      endpoint.row(0x100, -1, 0);
      endpoint.flr();
      assertThat(config.findExtendedCapability(0xffff)).isZero();
    }
  }

  @Nested
  class Buffers {
    private final ByteBuffer buffer = ByteBuffer.allocate(32).position(3);

    @ParameterizedTest
    @CsvSource({"0, 29", "4067, 29", "4068, 28", "4093, 3", "4095, 1", "4096, 0", "9999999999, 0"})
    void are_filled_up_to_the_end_of_the_space(long offset, int count) {
      assertThat(config.read(buffer, offset)).isEqualTo(count);

      assertThat(buffer.position()).isEqualTo(3 + count);
      for (int i = 0; i < count; i++) {
        assertThat(buffer.get(3 + i) & 0xff).isEqualTo(endpoint.configRead((int) offset + i, 1));
      }
    }

    @ParameterizedTest
    @CsvSource({"4, 29", "4093, 3", "4096, 0", "9999999999, 0"})
    void are_taken_up_to_the_end_of_the_space(long offset, int count) {
      assertThat(config.write(buffer, offset)).isEqualTo(count);

      assertThat(buffer.position()).isEqualTo(3 + count);
    }

    @Test
    void are_written_in_aligned_pieces() {
      buffer.order(ByteOrder.BIG_ENDIAN);
      for (int i = 3; i < 12; i++) {
        buffer.put(i, (byte) (0xf0 + i));
      }
      buffer.limit(12);

      assertThat(config.write(buffer, 0x0d)).isEqualTo(9);

      assertThat(endpoint.configWrites)
          .containsExactly("d 1 f3", "e 2 f5f4", "10 4 f9f8f7f6", "14 2 fbfa");
      assertThat(buffer.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }
  }

  /** __pci_read_base(). */
  @Nested
  class Base_address_registers {
    @Test
    void are_sized_while_the_function_does_not_decode_and_stay_as_they_were() {
      endpoint.configWrite(0x04, 2, 0x6);
      endpoint.configWrite(0x10, 4, 0x12340000);
      endpoint.configWrites.clear();

      List<Bar> bars = Bar.findAll(config);

      assertThat(bars).containsExactly(new Bar(0, 0xc, 0x10000), new Bar(2, 0xc, 0x20000));
      assertThat(endpoint.configWrites).startsWith("4 2 4", "10 4 ffffffff").endsWith("4 2 6");
      assertThat(endpoint.dword(0x10)).isEqualTo(0x1234000c);
      assertThat(endpoint.dword(0x14)).isZero();
      assertThat(endpoint.dword(0x04) & 0xffff).isEqualTo(6);
    }

    @Test
    void may_have_32_bits_and_leave_ports_out() {
      endpoint.row(0x010, 0x0, 0xfffff000);
      endpoint.row(0x014, 0x8, 0xfff00000);
      endpoint.row(0x018, 0x1, 0xffffff00); // ports
      endpoint.row(0x01c, 0x4, 0xffffc000);
      endpoint.row(0x020, 0, 0xffffffff);
      endpoint.row(0x024, 0x0, 0xfffffff0);
      endpoint.row(0x028, 0x0, 0xffff0000); // the CardBus pointer is none
      endpoint.flr();

      assertThat(Bar.findAll(config))
          .containsExactly(
              new Bar(0, 0, 0x1000),
              new Bar(1, 8, 0x100000),
              new Bar(3, 4, 0x4000),
              new Bar(5, 0, 0x10));
    }

    @Test
    void may_be_larger_than_32_bits_count() {
      endpoint.row(0x010, 0xc, 0);
      endpoint.row(0x014, 0, 0xfffffffe);
      endpoint.flr();

      assertThat(Bar.findAll(config)).contains(new Bar(0, 0xc, 1L << 33));
    }

    /** include/linux/ioport.h. */
    @ParameterizedTest
    @CsvSource({"0x0, 0x40200", "0x8, 0x42208", "0x4, 0x140204", "0xc, 0x14220c"})
    void have_the_flags_of_their_low_bits(String lowBits, String flags) {
      Bar bar = new Bar(0, Integer.decode(lowBits), 4096);

      assertThat(bar.flags()).isEqualTo(Integer.decode(flags));
    }

    @Test
    void are_assigned_and_read_at_their_place() {
      Bar wide = new Bar(2, 0xc, 0x20000);
      wide.assign(config, 0x206f_fff0_0000L);
      assertThat(wide.read(config)).isEqualTo(0x206f_fff0_0000L);
      assertThat(endpoint.dword(0x1c)).isEqualTo(0x206f);

      endpoint.configWrites.clear();
      Bar narrow = new Bar(0, 0, 0x10000);
      narrow.assign(config, 0xfff4_0000L);
      assertThat(narrow.read(config)).isEqualTo(0xfff4_0000L);
      assertThat(endpoint.configWrites).containsExactly("10 4 fff40000");
    }
  }

  @Nested
  class Windows {
    private final AddressWindow window = new AddressWindow();

    @Test
    void have_room_for_all_registers_of_a_function_at_a_multiple_of_it() {
      Bar small = new Bar(0, 0xc, 64 << 10);
      Bar large = new Bar(2, 0xc, 2 << 20);

      assertThat(window.allocate(List.of(small, large)))
          .isEqualTo(Map.of(large, 0x206f_ffc0_0000L, small, 0x206f_ffe0_0000L));
      assertThat(window.allocate(List.of(small))).isEqualTo(Map.of(small, 0x206f_ffb0_0000L));
      assertThat(window.allocate(List.of(large))).isEqualTo(Map.of(large, 0x206f_ff80_0000L));
      assertThat(window.allocate(List.of(small))).isEqualTo(Map.of(small, 0x206f_ff70_0000L));
    }
  }

  /** What lspci shows on real machines: maps fd and 02. */
  @Nested
  class Firmware_sets_virtual_channels_up {
    @Test
    void of_which_the_second_gets_class_1() {
      Firmware.powerOn(config);

      assertThat(endpoint.dword(0x184)).isEqualTo(0x800000fd);
      assertThat(endpoint.dword(0x190)).isEqualTo(0x81000002);
      assertThat(endpoint.configWrites).containsExactly("184 4 800000fd", "190 4 81000002");
    }

    @Test
    void when_the_function_comes() {
      new PciBus(new PciFixture().model, QuirkTable.standard(), Runnable::run)
          .addFunction(PciFixture.ADDRESS, endpoint, 0);

      assertThat(endpoint.dword(0x190)).isEqualTo(0x81000002);
    }

    @Test
    void unless_there_is_one_or_none() {
      endpoint.row(0x174, 0x10, 0);
      endpoint.flr();
      Firmware.powerOn(config);
      endpoint.row(0x170, 0x22010099, 0);
      endpoint.flr();
      Firmware.powerOn(config);

      assertThat(endpoint.configWrites).isEmpty();
    }
  }

  /** pci_match_one_device(), remove_id_store(). */
  @Nested
  class Ids {
    private final PciIdentity function = new PciIdentity(0x8086, 0x0b25, 0x8086, 0x1234, 0x088000);

    @ParameterizedTest
    @CsvSource({
      "0x8086, 0x0b25, -1, -1, 0, 0, true",
      "-1, -1, -1, -1, 0, 0, true",
      "0x8086, 0x0b25, 0x8086, 0x1234, 0x088000, 0xffffff, true",
      "0x8087, 0x0b25, -1, -1, 0, 0, false",
      "0x8086, 0x0cfe, -1, -1, 0, 0, false",
      "0x8086, 0x0b25, 0x8087, -1, 0, 0, false",
      "0x8086, 0x0b25, -1, 0x1235, 0, 0, false",
      "0x8086, 0x0b25, -1, -1, 0x088001, 0xffffff, false",
      "0x8086, 0x0b25, -1, -1, 0x0880ff, 0xffff00, true",
    })
    void match_numbers_and_masked_classes(
        String vendor,
        String device,
        String subVendor,
        String subDevice,
        String deviceClass,
        String mask,
        boolean matches) {
      PciId id =
          new PciId(
              Integer.decode(vendor),
              Integer.decode(device),
              Integer.decode(subVendor),
              Integer.decode(subDevice),
              Integer.decode(deviceClass),
              Integer.decode(mask));

      assertThat(id.matches(function)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
      "0x8086, 0x0b25, -1, -1, 0, 0, true",
      "0x8086, 0x0b25, 0x8086, 0x1234, 0x088000, 0xffffff, true",
      "-1, 0x0b25, -1, -1, 0, 0, false",
      "0x8086, -1, -1, -1, 0, 0, false",
      "0x8086, 0x0b25, 0x8087, -1, 0, 0, false",
      "0x8086, 0x0b25, -1, 0x1235, 0, 0, false",
      "0x8086, 0x0b25, -1, -1, 0x088001, 0xffffff, false",
      "0x8086, 0x0b25, -1, -1, 0x0880ff, 0xffff00, true",
    })
    void are_meant_by_numbers_that_leave_open_what_they_do_not_say(
        String vendor,
        String device,
        String subVendor,
        String subDevice,
        String deviceClass,
        String mask,
        boolean meant) {
      PciId id = new PciId(0x8086, 0x0b25, 0x8086, 0x1234, 0x088000, 0xffffff);
      PciId wanted =
          new PciId(
              Integer.decode(vendor),
              Integer.decode(device),
              Integer.decode(subVendor),
              Integer.decode(subDevice),
              Integer.decode(deviceClass),
              Integer.decode(mask));

      assertThat(id.isMeantBy(wanted)).isEqualTo(meant);
    }
  }

  @Nested
  class Pieces {
    @ParameterizedTest
    @CsvSource({"0, 9, 8", "4, 9, 4", "2, 9, 2", "1, 9, 1", "8, 7, 4", "8, 3, 2", "8, 1, 1"})
    void are_as_wide_as_their_place_and_the_rest_allow(long offset, long remaining, int width) {
      assertThat(AlignedPieces.width(offset, remaining, 8)).isEqualTo(width);
    }

    @ParameterizedTest
    @CsvSource({"1, 0xf1", "2, 0xf2f1", "4, 0xf4f3f2f1"})
    void are_zero_extended_and_little_endian(int width, String value) {
      ByteBuffer buffer = ByteBuffer.allocate(8);

      AlignedPieces.put(buffer, width, Long.decode(value));

      assertThat(buffer.position()).isEqualTo(width);
      assertThat(buffer.get(0)).isEqualTo((byte) 0xf1);
      assertThat(AlignedPieces.get(buffer.flip(), width)).isEqualTo(Long.decode(value));
    }
  }
}
