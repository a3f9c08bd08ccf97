package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.EngCap;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.Offsets;
import io.dsafs.spec.OpCap;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.Version;
import io.dsafs.spec.WqCap;
import io.dsafs.spec.WqCfg;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** BAR0 and configuration space as software sees them. Sections 1 and 2 of the reference. */
class RegistersTest {
  private final Bench bench = Bench.stepped();
  private final DsaDevice device = bench.device;

  @Nested
  class Capabilities {
    @Test
    void are_those_of_a_first_generation_part() {
      assertThat(bench.read(Version.VERSION)).isEqualTo(0x100);
      assertThat(bench.read(GenCap.GENCAP)).isEqualTo(0x40915f0107L);
      assertThat(bench.read(WqCap.WQCAP)).isEqualTo(0x003b_0000_0008_0080L);
      assertThat(bench.read(GrpCap.GRPCAP)).isEqualTo(0x36004);
      assertThat(bench.read(EngCap.ENGCAP)).isEqualTo(4);
      assertThat(bench.read(OpCap.OPCAP)).isEqualTo(0x1003f03ffL);
      assertThat(device.read(0, Offsets.OFFSETS.offset(), 8)).isEqualTo(0x0040_0003_0005_0004L);
      assertThat(device.read(0, Offsets.OFFSETS.offset() + 8, 8)).isEqualTo(0x10);
    }

    @Test
    void cannot_be_written() {
      device.write(0, 0x10, 8, 0);

      assertThat(bench.read(GenCap.GENCAP)).isEqualTo(0x40915f0107L);
    }

    @Test
    void say_where_message_storage_is_only_if_there_is_any() {
      DeviceProfile one = DeviceProfile.standard();
      Bench none = Bench.stepped(one.withGencap(GenCap.MAX_IMS_MULT.with(one.gencap(), 0)));

      assertThat(none.device.read(0, Offsets.OFFSETS.offset(), 8))
          .isEqualTo(0x0000_0003_0005_0004L);
      assertThat(none.device.read(0, 0x4000, 8)).isZero();
    }

    @Test
    void lack_the_command_capabilities_of_later_parts() {
      assertThat(device.read(0, 0xb0, 8)).isZero();
      assertThat(Bench.stepped(DeviceProfile.everything()).device.read(0, 0xb0, 8))
          .isEqualTo(0x7ffe);
    }
  }

  @Nested
  class Accesses {
    @Test
    void may_be_1_2_4_or_8_bytes_wide() {
      assertThat(device.read(0, 0x10, 1)).isEqualTo(0x07);
      assertThat(device.read(0, 0x12, 2)).isEqualTo(0x915f);
      assertThat(device.read(0, 0x14, 4)).isEqualTo(0x40);
    }

    @Test
    void read_ones_when_misaligned_or_of_another_width() {
      assertThat(device.read(0, 0x11, 2)).isEqualTo(0xffff);
      assertThat(device.read(0, 0x10, 3)).isEqualTo(0xff_ffff);
      assertThat(device.read(0, 0x1_0000, 4)).isEqualTo(0xffff_ffffL);
    }

    @Test
    void read_zero_where_nothing_is_assigned() {
      assertThat(device.read(0, 0x08, 8)).isZero();
      assertThat(device.read(0, 0x1000, 4)).isZero();
    }

    @Test
    void of_8_bytes_cover_two_registers() {
      device.write(0, 0x80, 8, 0x7_0000_0010L);

      assertThat(bench.get(GenCfg.GENCFG, GenCfg.TOKEN_LIMIT)).isEqualTo(0x10);
      assertThat(device.read(0, 0x84, 4)).isZero();
    }

    /** MSIXPERM keeps bits 31:12, 3 and 2; the fourth entry is at 0x318. */
    @ParameterizedTest
    @CsvSource({
      "0x318, 1, 0x08, 0xfffff008",
      "0x319, 1, 0x00, 0xffff000c",
      "0x31a, 1, 0x00, 0xff00f00c",
      "0x31b, 1, 0x12, 0x12fff00c",
      "0x318, 2, 0x3000, 0xffff3000",
      "0x31a, 2, 0x1234, 0x1234f00c"
    })
    void of_some_bytes_leave_the_others(String offset, int width, String value, String after) {
      device.write(0, 0x318, 4, 0xffff_ffffL);

      device.write(0, Long.decode(offset), width, Long.decode(value));

      assertThat(device.read(0, 0x318, 4)).isEqualTo(Long.decode(after));
    }

    /** The code of a command is in the third byte of CMD. */
    @Test
    void of_other_bytes_set_nothing_off() {
      device.write(0, 0xa0, 1, 0xff);
      assertThat(device.read(0, 0xa8, 4)).isZero();

      device.write(0, 0xa2, 1, 0);
      assertThat(device.read(0, 0xa8, 4)).isEqualTo(1);
    }

    @Test
    void are_not_answered_without_memory_enable() {
      bench.setConfig(ConfigSpace.COMMAND, ConfigSpace.MEMORY_ENABLE, false);

      assertThat(device.read(0, 0, 4)).isEqualTo(0xffff_ffffL);
    }

    @Test
    void are_not_answered_in_d3_and_nothing_is_lost() {
      bench.set(GenCtrl.GENCTRL, GenCtrl.SOFTERR_INT_EN, 1);
      device.configWrite(ConfigSpace.POWER, 2, 0xb);
      assertThat(device.read(0, 0, 4)).isEqualTo(0xffff_ffffL);

      device.configWrite(ConfigSpace.POWER, 2, 0x8);

      assertThat(bench.read(GenCtrl.GENCTRL)).isEqualTo(1);
    }
  }

  @Nested
  class Configuration {
    @Test
    void of_groups_is_frozen_while_the_device_is_enabled() {
      bench.enabled();

      bench.setGroup(0, GrpCfg.ENGINES, 0xf);
      bench.set(GenCfg.GENCFG, GenCfg.TOKEN_LIMIT, 1);

      assertThat(device.read(0, Bench.GRPCFG + 32, 8)).isEqualTo(1);
      assertThat(bench.get(GenCfg.GENCFG, GenCfg.TOKEN_LIMIT)).isEqualTo(96);
    }

    @Test
    void of_a_queue_is_frozen_while_it_is_enabled_except_its_threshold() {
      bench.enabled();

      bench.setWq(0, WqCfg.PASID, 7);
      bench.setWq(0, WqCfg.THRESHOLD, 5);
      bench.setWq(1, WqCfg.PASID, 7);

      assertThat(bench.wq(0, WqCfg.PASID)).isEqualTo(1);
      assertThat(bench.wq(0, WqCfg.THRESHOLD)).isEqualTo(5);
      assertThat(bench.wq(1, WqCfg.PASID)).isEqualTo(7);
    }

    @Test
    void survives_a_write_of_state_bits() {
      bench.enabled();

      device.write(0, Bench.WQCFG + 24, 4, 0);

      assertThat(bench.wq(0, WqCfg.STATE)).isEqualTo(1);
    }

    @Test
    void occupancy_limit_can_be_written_until_its_interrupt_is_enabled() {
      device.write(0, Bench.WQCFG + 20, 4, 0x1_0005);
      device.write(0, Bench.WQCFG + 20, 4, 0x1_0007);

      assertThat(bench.wq(0, WqCfg.OCCUPANCY_LIMIT)).isEqualTo(5);
    }

    @Test
    void of_a_read_only_part_is_fixed_and_can_be_enabled() {
      Bench fixed = Bench.stepped(DeviceProfile.readOnly());
      fixed.setWq(0, WqCfg.SIZE, 3);
      fixed.setWq(1, WqCfg.PASID_EN, 1);
      fixed.setWq(0, WqCfg.PASID_EN, 1);
      fixed.setWq(0, WqCfg.PRIORITY, 1);

      assertThat(fixed.wq(0, WqCfg.SIZE)).isEqualTo(16);
      assertThat(fixed.wq(0, WqCfg.PRIORITY)).isEqualTo(10);
      assertThat(fixed.wq(0, WqCfg.PASID_EN)).isZero();
      assertThat(fixed.wq(1, WqCfg.PASID_EN)).isEqualTo(1);
      fixed.run(Command.ENABLE_DEVICE, 0);
      fixed.run(Command.ENABLE_WQ, 0);
      fixed.run(Command.ENABLE_WQ, 1);
    }
  }

  @Nested
  class Configuration_space {
    @Test
    void shows_the_sizes_of_the_bars() {
      for (int offset = ConfigSpace.BAR0; offset <= ConfigSpace.BAR2 + 4; offset += 4) {
        device.configWrite(offset, 4, -1);
      }

      assertThat(device.configRead(ConfigSpace.BAR0, 4)).isEqualTo(0xffff000c);
      assertThat(device.configRead(ConfigSpace.BAR0 + 4, 4)).isEqualTo(-1);
      assertThat(device.configRead(ConfigSpace.BAR2, 4)).isEqualTo(0xfffe000c);
      assertThat(device.configRead(0x20, 4)).isZero();
    }

    @Test
    void is_read_in_bytes_and_words() {
      assertThat(device.configRead(0, 2)).isEqualTo(0x8086);
      assertThat(device.configRead(2, 2)).isEqualTo(0x0b25);
      assertThat(device.configRead(0xb, 1)).isEqualTo(0x08);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 0xffff", "2, 4, -1", "4096, 4, -1", "-4, 4, -1", "0, 3, 0xffffff"})
    void reads_ones_where_it_cannot_be_read(int offset, int width, String value) {
      assertThat(device.configRead(offset, width)).isEqualTo(Integer.decode(value));
    }

    @Test
    void is_not_written_where_it_cannot_be() {
      device.configWrite(ConfigSpace.PRI_ALLOCATION + 1, 2, 0xffff);
      device.configWrite(ConfigSpace.PRI_ALLOCATION, 3, 0xffff);
      device.configWrite(4096, 4, -1);

      assertThat(device.configRead(ConfigSpace.PRI_ALLOCATION, 4)).isZero();
    }

    @Test
    void is_written_in_bytes_and_words() {
      device.configWrite(ConfigSpace.PRI_ALLOCATION, 4, 0x1122_3344);
      device.configWrite(ConfigSpace.PRI_ALLOCATION + 1, 1, 0xabcd);
      device.configWrite(ConfigSpace.PRI_ALLOCATION + 2, 2, 0x5566);

      assertThat(device.configRead(ConfigSpace.PRI_ALLOCATION, 4)).isEqualTo(0x5566_cd44);
      assertThat(device.configRead(ConfigSpace.PRI_ALLOCATION + 3, 1)).isEqualTo(0x55);
    }

    @Test
    void ignores_power_states_it_does_not_have() {
      device.configWrite(ConfigSpace.POWER, 1, 0x9);

      assertThat(device.configRead(ConfigSpace.POWER, 4)).isEqualTo(0x8);
    }

    @ParameterizedTest
    @ValueSource(ints = {ConfigSpace.ATS_CONTROL, ConfigSpace.PASID_CONTROL})
    void must_not_change_while_the_device_is_enabled(int offset) {
      bench.enabled();

      device.configWrite(offset, 4, 0);

      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(GenSts.State.HALT.code());
      assertThat(bench.get(GenSts.GENSTS, GenSts.RESET_TYPE)).isEqualTo(1);
      assertThat(bench.swerrorCode()).isEqualTo(0x51);
      assertThat(bench.get(SwErr.SWERROR, SwErr.DESC_VALID)).isZero();
    }

    @Test
    void resets_the_function_when_asked() {
      bench.enabled().post(0, Bench.noop());
      bench.device.injectSwError(SwErr.ERROR.with(0, 0x10), 0, 0);
      device.configWrite(ConfigSpace.BAR0, 4, 0x12340000);

      device.configWrite(ConfigSpace.DEVICE_CONTROL, 2, ConfigSpace.FUNCTION_LEVEL_RESET);

      assertThat(device.configRead(ConfigSpace.BAR0, 4)).isEqualTo(0xc);
      assertThat(device.configRead(ConfigSpace.COMMAND, 2)).isZero();
      assertThat(device.occupancy(0)).isZero();
      bench.boot();
      assertThat(bench.swerrorCode()).isZero();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
      assertThat(bench.wq(0, WqCfg.SIZE)).isZero();
    }
  }

  @Nested
  class A_halted_device {
    @Test
    void answers_commands_with_error_5() {
      bench.enabled();
      device.halt(GenSts.ResetType.FLR);

      assertThat(bench.command(Command.DISABLE_DEVICE.word(0))).isEqualTo(5);
      assertThat(bench.command(Command.RESET_DEVICE.word(0))).isEqualTo(5);
    }

    @Test
    void is_left_by_the_reset_command_if_that_is_enough() {
      bench.enabled();
      device.halt(GenSts.ResetType.SOFTWARE);

      assertThat(bench.command(Command.RESET_DEVICE.word(0))).isZero();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
    }

    @Test
    void is_not_left_by_a_weaker_reset() {
      device.halt(GenSts.ResetType.WARM);

      device.configWrite(ConfigSpace.DEVICE_CONTROL, 2, ConfigSpace.FUNCTION_LEVEL_RESET);
      bench.boot();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(GenSts.State.HALT.code());

      device.powerCycle();
      bench.boot();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
    }

    @Test
    void runs_nothing_more() {
      bench.enabled().post(0, Bench.noop());

      device.halt(GenSts.ResetType.SOFTWARE);

      assertThat(device.step()).isFalse();
    }

    @Test
    void ends_the_command_that_was_active() {
      bench.enabled().post(0, Bench.noop());
      bench.command(Command.DRAIN_ALL.word(0));

      device.halt(GenSts.ResetType.FLR);

      assertThat(device.read(0, 0xa8, 4)).isEqualTo(5);
    }
  }

  @Nested
  class The_listing {
    @Test
    void names_every_register_and_its_fields() {
      String text = device.describeRegisters();

      assertThat(text)
          .contains("GENCAP 0x0010 0x00000040915f0107\n")
          .contains("  max_xfer_shift RO 0x1f\n")
          .contains("WQCFG[7] 0x05e0")
          .contains("MSIXPERM[8] 0x0340")
          .doesNotContain("IMS[")
          .doesNotContain("rsvd");
    }

    @Test
    void names_entries_of_message_storage_that_were_written() {
      device.write(0, 0x4000 + 16 * 7 + 8, 4, 5);

      assertThat(device.describeRegisters())
          .contains("IMS[7] 0x4070 0x00000000fee00000 0x0000000100000005\n")
          .doesNotContain("IMS[6]")
          .doesNotContain("IMS[8]");
    }

    @Test
    void writes_a_register_as_wide_as_it_is() {
      assertThat(device.describeRegisters())
          .contains("GENCTRL 0x0088 0x00000000\n")
          .contains("SWERROR 0x00c0 " + "0x0000000000000000 ".repeat(3) + "0x0000000000000000\n");
    }

    @Test
    void of_queues_has_a_line_for_each() {
      bench.enabled().post(0, Bench.noop());

      assertThat(device.describeQueues().lines().toList())
          .startsWith(
              "wq mode state size threshold occupancy submitted completed dropped rejected",
              "wq0 dedicated enabled 16 0 1 1 0 0 0",
              "wq1 shared disabled 0 0 0 0 0 0 0")
          .hasSize(9);
    }
  }
}
