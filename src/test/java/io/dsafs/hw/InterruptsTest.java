package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Portal;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages, masks, permissions and causes. Section 2.9 of the hardware reference. */
class InterruptsTest {
  /** Hardware reference sections 2.5 and 2.9. */
  @Nested
  class Handles_that_are_revoked {
    @Test
    void are_invalid_until_they_are_asked_for_again() {
      Bench two = Bench.stepped(DeviceProfile.versionTwo());
      two.device.write(0, Bench.MSIXPERM + 8, 4, 1 << 12 | 8);
      two.set(GenCfg.GENCFG, GenCfg.USER_INT_EN, 1);
      two.command(Command.REQUEST_INT_HANDLE.word(1));
      two.enabled();
      assertThat(two.device.faults().requestedHandles()).isOne();

      assertThat(two.device.faults().revokeInterruptHandles()).isTrue();

      assertThat(two.device.read(0, IntCause.INTCAUSE.offset(), 4)).isEqualTo(0x80000000L);
      assertThat(two.interrupts).containsExactly(0);
      two.post(0, withInterrupt());
      two.device.runAll();
      assertThat(two.swerrorCode()).isEqualTo(0x19);
      two.command(Command.REQUEST_INT_HANDLE.word(1));
      two.post(0, withInterrupt());
      two.device.runAll();
      assertThat(two.interrupts).containsExactly(0, 1);
    }

    private static ByteBuffer withInterrupt() {
      return Bench.descriptor(Opcode.NOOP.code(), Flag.RCI.mask(), 0, 0, 0).putShort(36, (short) 1);
    }

    @Test
    void are_those_of_a_command_only() {
      assertThat(Bench.stepped().device.faults().revokeInterruptHandles()).isFalse();
    }
  }

  private static final int IMS = 0x4000;
  private static final long BOUND_TO_1 = 1 << 12 | 1 << 3;
  private static final long IGNORE = 1 << 2;

  private final Bench bench = Bench.stepped();

  private void error() {
    bench.device.injectSwError(SwErr.ERROR.with(0, 0x10), 0, 0);
  }

  private void acknowledge() {
    bench.device.write(0, SwErr.SWERROR.offset(), 4, 3);
  }

  /** A no-op that asks for an interrupt through an entry. */
  private ByteBuffer noop(int handle) {
    return Bench.descriptor(0, Flag.RCI.mask(), 0, 0, 0).putShort(36, (short) handle);
  }

  private void permit(int entry, long permission) {
    bench.device.write(0, Bench.MSIXPERM + 8 * entry, 4, permission);
  }

  private void mask(int entry, int masked) {
    bench.device.write(0, Bench.MSIX + 16 * entry + 12, 4, masked);
  }

  /** A kernel queue without PASID, whose interrupts need no user interrupt enable. */
  private void kernelQueue() {
    bench.configured().setWq(0, WqCfg.PASID_EN, 0);
    bench.run(Command.ENABLE_DEVICE, 0);
    bench.run(Command.ENABLE_WQ, 0);
  }

  @Nested
  class A_software_error {
    @Test
    void interrupts_only_if_enabled() {
      error();
      assertThat(bench.interrupts).isEmpty();
      acknowledge();

      bench.set(GenCtrl.GENCTRL, GenCtrl.SOFTERR_INT_EN, 1);
      error();

      assertThat(bench.interrupts).containsExactly(0);
      assertThat(bench.get(IntCause.INTCAUSE, IntCause.SOFTERR)).isOne();
    }

    @Test
    void tells_the_queue_and_in_whose_name_it_worked() {
      bench.configureWq(3, true, 16, 0);
      bench.setWq(3, WqCfg.PASID, 2);
      bench.setWq(3, WqCfg.PRIV, 1);
      bench.group(0, 8, 1);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 3);

      bench.post(3, Bench.descriptor(0x7f, 0, 0, 0, 0));
      bench.device.runAll();

      assertThat(bench.get(SwErr.SWERROR, SwErr.WQ_IDX)).isEqualTo(3);
      assertThat(bench.get(SwErr.SWERROR, SwErr.OPERATION)).isEqualTo(0x7f);
      assertThat(bench.get(SwErr.SWERROR, SwErr.PASID)).isEqualTo(2);
      assertThat(bench.get(SwErr.SWERROR, SwErr.PRIV)).isOne();
      long[] words = bench.device.faults().softwareError();
      for (int i = 0; i < 4; i++) {
        assertThat(words[i]).isEqualTo(bench.device.read(0, SwErr.SWERROR.offset() + 8 * i, 8));
      }
    }

    @Test
    void is_not_overwritten_by_a_second_one() {
      error();
      bench.device.injectSwError(SwErr.ERROR.with(0, 0x12), 0, 0);

      assertThat(bench.swerrorCode()).isEqualTo(0x10);
      assertThat(bench.get(SwErr.SWERROR, SwErr.OVERFLOW)).isOne();
      acknowledge();
      assertThat(bench.device.read(0, SwErr.SWERROR.offset(), 4)).isEqualTo(0x1000);
    }
  }

  @Test
  void a_halt_interrupts_if_enabled() {
    bench.set(GenCtrl.GENCTRL, GenCtrl.HALT_INT_EN, 1);

    bench.device.halt(GenSts.ResetType.FLR);

    assertThat(bench.interrupts).containsExactly(0);
    assertThat(bench.read(IntCause.INTCAUSE)).isEqualTo(1 << 4);
  }

  @Test
  void causes_are_cleared_by_ones() {
    bench.command(Command.DRAIN_ALL.word(0) | 1 << 31);
    assertThat(bench.read(IntCause.INTCAUSE)).isEqualTo(2);

    bench.device.write(0, IntCause.INTCAUSE.offset(), 4, 2);

    assertThat(bench.read(IntCause.INTCAUSE)).isZero();
  }

  @Nested
  class A_masked_entry {
    @Test
    void keeps_its_message_until_it_is_unmasked() {
      kernelQueue();
      mask(3, 1);
      bench.post(0, noop(3));
      bench.device.runAll();
      assertThat(bench.interrupts).isEmpty();
      assertThat(bench.device.read(0, 0x3000, 8)).isEqualTo(1 << 3);

      mask(3, 0);

      assertThat(bench.interrupts).containsExactly(3);
      assertThat(bench.device.read(0, 0x3000, 8)).isZero();
    }

    @Test
    void may_be_masked_by_the_whole_function() {
      kernelQueue();
      bench.setConfig(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_FUNCTION_MASK, true);
      bench.post(0, noop(3));
      bench.post(0, noop(4));
      bench.device.runAll();
      assertThat(bench.interrupts).isEmpty();

      bench.setConfig(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_FUNCTION_MASK, false);

      assertThat(bench.interrupts).containsExactly(3, 4);
    }
  }

  @Nested
  class A_descriptor {
    @Test
    void interrupts_nobody_through_an_entry_with_ignore() {
      kernelQueue();
      permit(3, IGNORE);
      bench.post(0, noop(3));
      bench.device.runAll();
      assertThat(bench.interrupts).isEmpty();

      permit(3, 0);

      assertThat(bench.interrupts).isEmpty();
      assertThat(bench.device.read(0, 0x3000, 8)).isZero();
    }

    @Test
    void without_pasid_may_not_use_an_entry_with_one() {
      kernelQueue();
      permit(3, BOUND_TO_1);

      bench.post(0, noop(3));
      bench.device.runAll();

      assertThat(bench.interrupts).isEmpty();
      assertThat(bench.swerrorCode()).isEqualTo(0x19);
    }

    @Test
    void that_fails_another_check_still_interrupts() {
      kernelQueue();

      bench.post(0, noop(3).put(40, (byte) 1));
      bench.device.runAll();

      assertThat(bench.swerrorCode()).isEqualTo(0x12);
      assertThat(bench.interrupts).containsExactly(3);
    }

    /** Nobody asked for these by a descriptor that could be told. Section 5.8. */
    @ParameterizedTest
    @CsvSource({
      // record address, handle, a reserved byte
      "0x1010, 3, 0, 0x1b",
      "0x1000, 3, 0, 0x1a",
      "0, 4, 0, 0x19",
      "0, 4, 1, 0x12"
    })
    void that_cannot_be_told_or_names_a_wrong_entry_does_not_interrupt(
        String record, int handle, byte reserved, String error) {
      kernelQueue();
      permit(4, BOUND_TO_1);
      long address = Long.decode(record);
      int flags = Flag.RCI.mask() | (address == 0 ? 0 : Flag.CRAV.mask());
      ByteBuffer descriptor = Bench.descriptor(0, flags, address, 0, 0);

      bench.post(0, descriptor.putShort(36, (short) handle).put(40, reserved));
      bench.device.runAll();

      assertThat(bench.swerrorCode()).isEqualTo(Integer.decode(error));
      assertThat(bench.interrupts).isEmpty();
    }

    @Test
    void uses_the_message_storage_from_its_portals() {
      kernelQueue();
      bench.device.write(0, IMS + 16 * 100, 8, 0xfee0_1000L);
      bench.device.write(0, IMS + 16 * 100 + 8, 4, 77);
      bench.device.write(0, IMS + 16 * 100 + 12, 4, 0);

      bench.device.postedWrite64(2, Portal.UNLIMITED_IMS.offset(0), noop(100), 0);
      bench.device.runAll();

      assertThat(bench.interrupts).containsExactly(77);
    }
  }

  /** Source: DSA specification, section 9.2 (IMS): bit 1 of the last dword is set by the device. */
  @Test
  void a_masked_entry_of_message_storage_keeps_its_message() {
    kernelQueue();
    int entry = IMS + 16 * 9;
    bench.device.write(0, entry + 8, 4, 55);
    bench.device.postedWrite64(2, Portal.UNLIMITED_IMS.offset(0), noop(9), 0);
    bench.device.runAll();
    assertThat(bench.interrupts).isEmpty();
    assertThat(bench.device.read(0, entry + 12, 4)).isEqualTo(3);

    bench.device.write(0, entry + 12, 4, 0);

    assertThat(bench.interrupts).containsExactly(55);
    assertThat(bench.device.read(0, entry + 12, 4)).isZero();
  }

  @Test
  void messages_go_to_the_address_of_their_entry() {
    List<Long> addresses = new ArrayList<>();
    bench.device.connect((address, data) -> addresses.add(address));
    kernelQueue();
    bench.device.write(0, Bench.MSIX + 16 * 3, 8, 0x1_fee0_1237L);
    bench.device.write(0, IMS + 16 * 9, 8, 0xfee4_5678L);
    bench.device.write(0, IMS + 16 * 9 + 12, 4, 0);

    bench.post(0, noop(3));
    bench.device.postedWrite64(2, Portal.UNLIMITED_IMS.offset(0), noop(9), 0);
    bench.device.runAll();

    assertThat(addresses).containsExactly(0x1_fee0_1234L, 0xfee4_5678L);
  }

  @Test
  void nothing_is_pending_and_no_handle_valid_after_a_reset() {
    Bench two = Bench.stepped(DeviceProfile.versionTwo());
    two.command(Command.REQUEST_INT_HANDLE.word(1));
    two.command(Command.REQUEST_INT_HANDLE.word(1 << 16 | 5));
    assertThat(two.device.faults().requestedHandles()).isEqualTo(2);
    two.set(GenCtrl.GENCTRL, GenCtrl.SOFTERR_INT_EN, 1);
    two.device.write(0, Bench.MSIX + 12, 4, 1);
    two.device.injectSwError(SwErr.ERROR.with(0, 0x10), 0, 0);
    assertThat(two.device.read(0, 0x3000, 8)).isOne();

    two.run(Command.RESET_DEVICE, 0);

    assertThat(two.device.faults().requestedHandles()).isZero();
    assertThat(two.device.read(0, 0x3000, 8)).isZero();
  }

  @Test
  void a_handle_that_is_released_is_valid_no_more() {
    Bench two = Bench.stepped(DeviceProfile.versionTwo());
    two.command(Command.REQUEST_INT_HANDLE.word(1));
    two.command(Command.REQUEST_INT_HANDLE.word(2));

    two.run(Command.RELEASE_INT_HANDLE, 1);

    assertThat(two.device.faults().requestedHandles()).isOne();
    assertThat(two.command(Command.RELEASE_INT_HANDLE.word(9)) & 0xff).isEqualTo(0x41);
    assertThat(two.command(Command.REQUEST_INT_HANDLE.word(1 << 16 | 2048)) & 0xff).isEqualTo(0x41);
  }

  @Test
  void portals_of_message_storage_take_nothing_where_there_is_none() {
    DeviceProfile one = DeviceProfile.standard();
    Bench none = Bench.stepped(one.withGencap(GenCap.MAX_IMS_MULT.with(one.gencap(), 0)));
    none.configureWq(0, true, 16, 0);
    none.configureWq(1, false, 16, 16);
    none.group(0, 3, 1);
    none.run(Command.ENABLE_DEVICE, 0);
    none.run(Command.ENABLE_WQ, 0);
    none.run(Command.ENABLE_WQ, 1);

    none.device.postedWrite64(2, Portal.UNLIMITED_IMS.offset(0), Bench.noop(), 0);
    long shared = Portal.LIMITED_IMS.offset(1);

    assertThat(none.device.deferrableWrite64(2, shared, Bench.noop(), 0)).isFalse();
    assertThat(none.device.occupancy(0)).isZero();
    assertThat(none.enqueue(1, Bench.noop())).isTrue();
  }

  /** More messages at once than the device usually has to keep, and some before. */
  @Test
  void all_that_is_pending_is_sent_in_order_when_the_function_is_unmasked() {
    int vectors = 32;
    DeviceProfile.ConfigDword control =
        new DeviceProfile.ConfigDword(
            ConfigSpace.MSIX_CONTROL, (vectors - 1) << 16 | 0x9011, 0xc000_0000, 0);
    Bench many =
        Bench.stepped(DeviceProfile.standard().toBuilder().config(List.of(control)).build());
    List<Integer> all = new ArrayList<>();
    for (int vector = 0; vector < vectors; vector++) {
      many.device.write(0, Bench.MSIX + 16 * vector, 8, 0xfee0_0000L);
      many.device.write(0, Bench.MSIX + 16 * vector + 8, 4, vector);
      many.device.write(0, Bench.MSIX + 16 * vector + 12, 4, 0);
      all.add(vector);
    }
    many.configureWq(0, true, 64, 0);
    many.group(0, 1, 1);
    many.setWq(0, WqCfg.PASID_EN, 0);
    many.run(Command.ENABLE_DEVICE, 0);
    many.run(Command.ENABLE_WQ, 0);
    for (int i = 0; i < 5; i++) {
      many.post(0, noop(7));
    }
    many.device.runAll();
    assertThat(many.interrupts).containsExactly(7, 7, 7, 7, 7);
    many.interrupts.clear();

    many.setConfig(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_FUNCTION_MASK, true);
    for (int vector = vectors - 1; vector >= 0; vector--) {
      many.post(0, noop(vector));
    }
    many.device.runAll();
    assertThat(many.interrupts).isEmpty();
    many.setConfig(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_FUNCTION_MASK, false);

    assertThat(many.interrupts).isEqualTo(all);
    assertThat(many.device.read(0, 0x3000, 8)).isZero();
  }

  @Test
  void message_storage_takes_only_addresses_of_interrupts() {
    bench.device.write(0, IMS, 4, 0xfed0_0000L);
    assertThat(bench.device.read(0, IMS, 8)).isEqualTo(0xfee0_0000L);

    bench.device.write(0, IMS, 8, 0xfee1_2345L);
    assertThat(bench.device.read(0, IMS, 8)).isEqualTo(0xfee1_2344L);
  }

  @Test
  void nothing_is_sent_while_messages_are_disabled() {
    kernelQueue();
    bench.setConfig(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_ENABLE, false);

    bench.post(0, noop(3));
    bench.device.runAll();
    bench.setConfig(ConfigSpace.MSIX_CONTROL, ConfigSpace.MSIX_ENABLE, true);

    assertThat(bench.interrupts).isEmpty();
  }

  @Nested
  class The_occupancy_interrupt {
    @Test
    void is_sent_once_when_the_occupancy_falls_to_the_limit() {
      bench.configured().setWq(0, WqCfg.OCCUPANCY_INTH, 5);
      bench.setWq(0, WqCfg.OCCUPANCY_LIMIT, 1);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);
      for (int i = 0; i < 4; i++) {
        bench.post(0, Bench.noop());
      }
      bench.setWq(0, WqCfg.OCCUPANCY_INT_EN, 1);

      bench.device.step();
      bench.device.step();
      assertThat(bench.interrupts).isEmpty();
      bench.device.step();
      bench.device.step();

      assertThat(bench.interrupts).containsExactly(5);
      assertThat(bench.wq(0, WqCfg.OCCUPANCY_INT)).isOne();
    }

    @Test
    void is_sent_at_once_when_the_queue_is_enabled_below_the_limit() {
      bench.configured().setWq(0, WqCfg.OCCUPANCY_INT_EN, 1);
      bench.run(Command.ENABLE_DEVICE, 0);
      assertThat(bench.interrupts).isEmpty();

      bench.run(Command.ENABLE_WQ, 0);

      assertThat(bench.interrupts).containsExactly(0);
      assertThat(bench.get(IntCause.INTCAUSE, IntCause.OCCUPANCY)).isOne();
    }

    @Test
    void is_sent_again_when_software_has_cleared_the_mark() {
      bench.configured().setWq(0, WqCfg.OCCUPANCY_INTH, 5);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);

      bench.setWq(0, WqCfg.OCCUPANCY_INT_EN, 1);
      assertThat(bench.interrupts).containsExactly(5);
      bench.setWq(0, WqCfg.OCCUPANCY_INT, 1);

      assertThat(bench.interrupts).containsExactly(5, 5);
    }

    /** Enable WQ looks at the handle only if the interrupt is enabled then. */
    @ParameterizedTest
    @CsvSource({"0, 9", "1, 2048"})
    void is_not_sent_through_an_entry_that_there_is_not(int table, int handle) {
      bench.configured().setWq(0, WqCfg.OCCUPANCY_TABLE_SEL, table);
      bench.setWq(0, WqCfg.OCCUPANCY_INTH, handle);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);

      bench.setWq(0, WqCfg.OCCUPANCY_INT_EN, 1);

      assertThat(bench.wq(0, WqCfg.OCCUPANCY_INT)).isZero();
      assertThat(bench.interrupts).isEmpty();
    }
  }
}
