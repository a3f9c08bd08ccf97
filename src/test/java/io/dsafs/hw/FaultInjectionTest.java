package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Errors on demand, the device alone. Source: Documentation/ABI/testing/dsafs-debug, inject. */
class FaultInjectionTest {
  private static final long DATA = 0x10000;
  private static final long RECORD = 0x30000;
  private static final int RECORD_FLAGS = Flag.CRAV.mask() | Flag.RCR.mask();

  private final Bench bench = Bench.stepped();
  private final FaultInjection faults = bench.device.faults();

  FaultInjectionTest() {
    bench.process.map(DATA, 0x10000, true);
    bench.process.map(RECORD, 0x1000, true);
  }

  private static ByteBuffer noop() {
    return Bench.descriptor(0, RECORD_FLAGS, RECORD, 0, 0);
  }

  private ByteBuffer run(ByteBuffer descriptor) {
    bench.process.poke(RECORD, new byte[32]);
    bench.post(0, descriptor);
    bench.device.runAll();
    byte[] record = new byte[32];
    bench.process.peek(RECORD, record);
    return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Nested
  class Engines {
    @Test
    void are_all_named_by_a_bit_each() {
      assertThat(faults.engines()).isEqualTo(0xf);
      assertThat(Bench.stepped(DeviceProfile.sapphireRapidsIaa()).device.faults().engines())
          .isEqualTo(0xff);
    }

    @Test
    void that_are_stalled_take_nothing_until_they_are_not() {
      bench.configured().group(0, 1, 3);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);
      bench.post(0, noop());

      faults.stallEngines(0x33);
      assertThat(faults.stalledEngines()).isEqualTo(3);
      assertThat(bench.device.step()).isFalse();
      faults.stallEngines(1);

      assertThat(faults.stalledEngines()).isEqualTo(1);
      assertThat(bench.device.step()).isTrue();
    }
  }

  @Nested
  class A_halt {
    @ParameterizedTest
    @EnumSource(GenSts.ResetType.class)
    void says_what_it_needs_and_records_why(GenSts.ResetType needed) {
      bench.set(GenCtrl.GENCTRL, GenCtrl.HALT_INT_EN, 1);
      assertThat(faults.halted()).isNull();

      assertThat(faults.halt(needed)).isTrue();

      assertThat(faults.halted()).isEqualTo(needed);
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(GenSts.State.HALT.code());
      assertThat(bench.get(GenSts.GENSTS, GenSts.RESET_TYPE)).isEqualTo(needed.code());
      assertThat(bench.swerrorCode()).isEqualTo(0x51);
      assertThat(bench.interrupts).containsExactly(0);
      assertThat(bench.get(IntCause.INTCAUSE, IntCause.HALT)).isOne();
    }

    @Test
    void happens_once() {
      assertThat(faults.halt(GenSts.ResetType.SOFTWARE)).isTrue();

      assertThat(faults.halt(GenSts.ResetType.COLD)).isFalse();

      assertThat(faults.halted()).isEqualTo(GenSts.ResetType.SOFTWARE);
      assertThat(bench.get(SwErr.SWERROR, SwErr.OVERFLOW)).isZero();
    }

    @Test
    void of_any_kind_is_over_when_power_has_been_off() {
      assertThat(faults.halt(GenSts.ResetType.COLD)).isTrue();
      bench.device.configWrite(ConfigSpace.BAR0, 4, 0x1234_0000);

      faults.powerCycle();

      assertThat(faults.halted()).isNull();
      assertThat(bench.device.configRead(ConfigSpace.BAR0, 4)).isEqualTo(0xc);
    }
  }

  @Nested
  class A_software_error {
    @Test
    void is_what_it_was_given_but_for_the_bits_of_the_register() {
      bench.set(GenCtrl.GENCTRL, GenCtrl.SOFTERR_INT_EN, 1);

      faults.raiseSoftwareError(0x1234_5678_9abc_def3L, 0x77L, 0xfee1_2000L);

      assertThat(faults.softwareError())
          .containsExactly(0x1234_5678_9abc_def1L & swerrorMask(), 0x77L, 0xfee1_2000L, 0L);
      assertThat(bench.interrupts).containsExactly(0);
    }

    /** The bits of the first word that are declared: 31:24 are not, nor 63:60. */
    private static long swerrorMask() {
      return 0x0fff_ffff_00ff_ffffL;
    }

    @Test
    void is_an_overflow_where_one_is_kept() {
      faults.raiseSoftwareError(SwErr.ERROR.with(0, 0x10), 0, 0);
      faults.raiseSoftwareError(SwErr.ERROR.with(0, 0x12), 0, 0);

      assertThat(faults.softwareError()[0]).isEqualTo(0x1003);
    }
  }

  @Nested
  class A_command {
    private int status() {
      return (int) bench.read(CmdStatus.CMDSTATUS);
    }

    private boolean active() {
      return CmdStatus.ACTIVE.isSet(status());
    }

    @Test
    void that_is_held_does_nothing_until_it_may_run() {
      bench.configured();
      faults.holdCommand();
      assertThat(faults.holdsCommands()).isTrue();
      bench.command(Command.ENABLE_DEVICE.word(0) | 1 << 31);
      assertThat(active()).isTrue();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
      assertThat(bench.interrupts).isEmpty();

      faults.letCommandsRun();

      assertThat(status()).isZero();
      assertThat(faults.holdsCommands()).isFalse();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isOne();
      assertThat(bench.interrupts).containsExactly(0);
    }

    @Test
    void that_is_held_can_be_answered_instead() {
      bench.configured();
      faults.holdCommand();
      bench.command(Command.ENABLE_DEVICE.word(0) | 1 << 31);

      faults.answerCommand(0x42);

      assertThat(status()).isEqualTo(0x42);
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
      assertThat(bench.interrupts).containsExactly(0);
      assertThat(faults.commandAnswer()).isEmpty();
      assertThat(bench.command(Command.ENABLE_DEVICE.word(0))).isZero();
    }

    @Test
    void that_comes_next_is_answered_and_the_one_after_it_runs() {
      bench.configured();
      assertThat(faults.commandAnswer()).isEmpty();
      faults.answerCommand(0x14);
      assertThat(faults.commandAnswer()).hasValue(0x14);

      assertThat(bench.command(Command.ENABLE_DEVICE.word(0))).isEqualTo(0x14);
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
      assertThat(bench.command(Command.ENABLE_DEVICE.word(0))).isZero();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isOne();
    }

    @Test
    void is_either_answered_or_held() {
      faults.answerCommand(0x14);
      faults.holdCommand();
      assertThat(faults.commandAnswer()).isEmpty();

      faults.answerCommand(0x15);
      assertThat(faults.holdsCommands()).isFalse();

      faults.letCommandsRun();
      assertThat(faults.commandAnswer()).isEmpty();
      assertThat(bench.command(Command.DRAIN_ALL.word(0))).isZero();
    }

    @Test
    void that_is_held_ends_with_a_halt_and_vanishes_with_a_reset() {
      faults.holdCommand();
      bench.command(Command.DRAIN_ALL.word(0));
      assertThat(faults.halt(GenSts.ResetType.SOFTWARE)).isTrue();
      assertThat(status()).isEqualTo(5);

      bench.command(Command.RESET_DEVICE.word(0));
      assertThat(active()).isTrue();
      faults.powerCycle();
      bench.boot();

      assertThat(status()).isZero();
      faults.letCommandsRun();
      assertThat(status()).isZero();
    }
  }

  @Nested
  class Pages {
    private ByteBuffer move(int size) {
      return Bench.descriptor(
              Opcode.MEMMOVE.code(), RECORD_FLAGS, RECORD, DATA + 0xc00, DATA + 0x8000)
          .putInt(32, size);
    }

    @ParameterizedTest
    @CsvSource({
      // first and last byte of the fault; bytes completed, which page
      "0x10000, 0x10000, 0x0, 0x10000",
      "0x11fff, 0x11fff, 0x400, 0x11000",
      "0x12000, 0x12fff, 0x1400, 0x12000",
      "0x11000, 0x12000, 0x400, 0x11000"
    })
    void that_fault_stop_a_move_where_they_begin(
        String first, String last, String completed, String page) {
      bench.enabled();
      faults.addPageFault(Long.decode(first), Long.decode(last));

      ByteBuffer record = run(move(0x3000));

      assertThat(record.get(0)).isEqualTo((byte) 3);
      assertThat(record.getInt(4)).isEqualTo(Integer.decode(completed));
      assertThat(record.getLong(8)).isEqualTo(Long.decode(page));
    }

    @ParameterizedTest
    @CsvSource({"0x0, 0xffff", "0x14000, 0x17fff", "0x1b000, 0x2ffff", "0x31000, -1"})
    void that_fault_elsewhere_stop_nothing(String first, String last) {
      bench.enabled();
      faults.addPageFault(Long.decode(first), Long.decode(last));

      assertThat(run(move(0x3000)).get(0)).isOne();
    }

    @Test
    void fault_when_they_are_written_with_the_mark_of_a_write() {
      bench.enabled();
      faults.addPageFault(DATA + 0x9000, DATA + 0x9000);

      ByteBuffer record = run(move(0x3000));

      assertThat(record.get(0)).isEqualTo((byte) 0x83);
      assertThat(record.getInt(4)).isEqualTo(0x1000);
      assertThat(record.getLong(8)).isEqualTo(DATA + 0x9000);
    }

    @Test
    void of_one_PASID_fault_for_it_alone() {
      bench.enabled();
      faults.addPageFault(DATA, DATA + 0xffff, 2);
      assertThat(run(move(64)).get(0)).isOne();

      faults.addPageFault(DATA, DATA, 1);
      assertThat(run(move(64)).get(0)).isEqualTo((byte) 3);
    }

    @Test
    void of_any_PASID_fault_for_a_queue_without_one() {
      bench.kernel.map(DATA, 0x10000, true);
      bench.kernel.map(RECORD, 0x1000, true);
      bench.configured().setWq(0, WqCfg.PASID_EN, 0);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);

      faults.addPageFault(DATA, DATA, 0);
      run(move(64));
      assertThat(bench.kernel.peek(RECORD)).isOne();

      faults.addPageFault(DATA, DATA);
      run(move(64));
      assertThat(bench.kernel.peek(RECORD)).isEqualTo((byte) 3);
    }

    @Test
    void of_the_record_leave_an_error() {
      bench.enabled();
      faults.addPageFault(RECORD, RECORD);

      assertThat(run(move(64)).get(0)).isZero();
      assertThat(bench.swerrorCode()).isEqualTo(0x1a);
    }

    @Test
    void are_listed_and_forgotten() {
      faults.addPageFault(0x1234, 0x2345);
      faults.addPageFault(-1, -1, 7);
      assertThat(faults.describePageFaults())
          .isEqualTo("0x1000-0x2fff\n0xfffffffffffff000-0xffffffffffffffff pasid=7\n");

      faults.clearPageFaults();

      assertThat(faults.describePageFaults()).isEmpty();
    }
  }

  @Nested
  class Records {
    @Test
    void fail_as_often_as_was_asked() {
      bench.enabled();
      faults.failRecords(2);

      assertThat(run(noop()).get(0)).isZero();
      assertThat(faults.failingRecords()).isOne();
      assertThat(run(noop()).get(0)).isZero();
      assertThat(faults.failingRecords()).isZero();
      assertThat(run(noop()).get(0)).isOne();
    }

    @Test
    void do_not_fail_once_that_is_taken_back() {
      bench.enabled();
      faults.failRecords(5);

      faults.failRecords(0);

      assertThat(run(noop()).get(0)).isOne();
    }
  }

  /** Source: PCI Express specification, section 7.7.2 (MSI-X). */
  @Nested
  class Vectors {
    private int capabilities() {
      return bench.device.configRead(0x40, 4) >>> 8 & 0xff;
    }

    private int tableSize() {
      return bench.device.configRead(ConfigSpace.MSIX_CONTROL, 4) >>> 16 & 0x7ff;
    }

    @Test
    void are_nine() {
      assertThat(faults.mostVectors()).isEqualTo(9);
      assertThat(faults.vectors()).isEqualTo(9);
      assertThat(capabilities()).isEqualTo(0x80);
      assertThat(tableSize()).isEqualTo(8);
    }

    @Test
    void can_be_fewer_through_all_resets() {
      faults.offerVectors(3);
      faults.powerCycle();

      assertThat(faults.vectors()).isEqualTo(3);
      assertThat(faults.mostVectors()).isEqualTo(9);
      assertThat(tableSize()).isEqualTo(2);
      faults.offerVectors(9);
      assertThat(tableSize()).isEqualTo(8);
    }

    @Test
    void can_be_none_so_that_there_is_no_capability() {
      faults.offerVectors(0);
      bench.device.configWrite(ConfigSpace.DEVICE_CONTROL, 2, ConfigSpace.FUNCTION_LEVEL_RESET);

      assertThat(faults.vectors()).isZero();
      assertThat(capabilities()).isEqualTo(0x90);
      assertThat(bench.device.configRead(0x40, 4)).isEqualTo(0x0092_9010);

      faults.offerVectors(9);
      assertThat(capabilities()).isEqualTo(0x80);
    }
  }
}
