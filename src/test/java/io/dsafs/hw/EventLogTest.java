package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Evl;
import io.dsafs.spec.Field;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hardware reference section 2.8, driver reference sections 7.4, 8.1 and 8.6. */
class EventLogTest {
  private static final int ENTRIES = 64;
  private static final int RECORD = Flag.CRAV.mask() | Flag.RCR.mask();

  /** Mapped in the process. */
  private static final long DATA = 0x10000;

  /** Not mapped in the process, but for its offset in the page. */
  private static final long ABSENT = 0x7f00_0000_0040L;

  private Bench bench;
  private long log;

  @AfterEach
  void close() {
    if (bench != null) {
      bench.close();
    }
  }

  private void program(DeviceProfile profile, boolean live) {
    bench = live ? Bench.live(profile) : Bench.stepped(profile);
    log = bench.kernel.allocate(ENTRIES * EventEntry.sizeBytes(profile.gencap()));
    bench.process.map(DATA, 0x10000, true);
    bench.device.write(0, Evl.EVLCFG.offset(), 8, log);
    bench.device.write(0, Evl.EVLCFG.offset() + 8, 8, ENTRIES);
    bench.set(GenCfg.GENCFG, GenCfg.EVL_EN, 1);
    bench.set(GenCtrl.GENCTRL, GenCtrl.EVL_INT_EN, 1);
    bench.set(GenCtrl.GENCTRL, GenCtrl.SOFTERR_INT_EN, 1);
  }

  private void enabled(DeviceProfile profile) {
    program(profile, false);
    bench.enabled();
  }

  private void enabled() {
    enabled(DeviceProfile.versionTwo());
  }

  private int tail() {
    return (int) bench.get(Evl.EVLSTATUS, Evl.TAIL);
  }

  private void moveHead(int to) {
    bench.device.write(0, Evl.EVLSTATUS.offset(), 4, to);
  }

  private void clearPending() {
    bench.device.write(0, Evl.EVLSTATUS.offset() + 4, 4, 1L << (Evl.INT_PENDING.bit() - 32));
  }

  private ByteBuffer entry(int index) {
    int size = EventEntry.sizeBytes(bench.profile.gencap());
    byte[] bytes = new byte[size];
    bench.kernel.peek(log + (long) index * size, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long get(int index, Field field) {
    return field.get(entry(index).getLong(8 * field.word()));
  }

  private void run(ByteBuffer descriptor) {
    bench.post(0, descriptor);
    bench.device.runAll();
  }

  private static ByteBuffer move(int flags, long record) {
    ByteBuffer descriptor =
        Bench.descriptor(Opcode.MEMMOVE.code(), flags, record, DATA, DATA + 0x1000);
    return descriptor.putInt(32, 64);
  }

  private static ByteBuffer unknownOperation() {
    return Bench.descriptor(0x7f, 0, 0, 0, 0);
  }

  private byte[] data(long address, int length) {
    byte[] bytes = new byte[length];
    bench.process.peek(address, bytes);
    return bytes;
  }

  @Nested
  class Enabling_the_device {
    private int error() {
      bench.configured();
      return (int) CmdStatus.ERR.get(bench.command(Command.ENABLE_DEVICE.word(0)));
    }

    @Test
    void starts_an_empty_log() {
      program(DeviceProfile.versionTwo(), false);
      moveHead(5);

      assertThat(error()).isZero();
      assertThat(bench.read(Evl.EVLSTATUS)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"63, 0x19", "64, 0", "65535, 0"})
    void wants_64_entries(int entries, String error) {
      program(DeviceProfile.versionTwo(), false);
      bench.device.write(0, Evl.EVLCFG.offset() + 8, 8, entries);

      assertThat(error()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({"0xfffffffffffff000, 64, 0", "0xfffffffffffff000, 65, 0x19"})
    void wants_a_log_that_ends_with_the_address_space(String base, int entries, String error) {
      program(DeviceProfile.versionTwo(), false);
      bench.device.write(0, Evl.EVLCFG.offset(), 8, Long.parseUnsignedLong(base.substring(2), 16));
      bench.device.write(0, Evl.EVLCFG.offset() + 8, 8, entries);

      assertThat(error()).isEqualTo(Integer.decode(error));
    }

    @Test
    void refuses_a_PASID_that_PCI_does_not_have() {
      program(DeviceProfile.versionTwo(), false);
      bench.device.write(0, Evl.EVLCFG.offset(), 8, log | 1);
      bench.setConfig(ConfigSpace.PASID_CONTROL, 0x50000, false);

      assertThat(error()).isEqualTo(0x1b);
    }

    @Test
    void freezes_its_place() {
      enabled();

      bench.device.write(0, Evl.EVLCFG.offset(), 8, 0x1000);

      assertThat(bench.device.read(0, Evl.EVLCFG.offset(), 8)).isEqualTo(log);
    }

    @Test
    void of_a_part_without_a_log_is_not_concerned() {
      bench = Bench.stepped();
      bench.set(GenCfg.GENCFG, GenCfg.EVL_EN, 1);

      assertThat(bench.get(GenCfg.GENCFG, GenCfg.EVL_EN)).isZero();
      assertThat(error()).isZero();
    }
  }

  @Nested
  class Enabling_a_queue_without_page_requests {
    private int error(DeviceProfile profile, boolean logging, boolean blocking) {
      program(profile, false);
      bench.set(GenCfg.GENCFG, GenCfg.EVL_EN, logging ? 1 : 0);
      bench.enablePageRequests();
      bench.configured();
      bench.setWq(0, WqCfg.PRS_DISABLE, 1);
      bench.setWq(0, WqCfg.BOF, blocking ? 1 : 0);
      bench.run(Command.ENABLE_DEVICE, 0);
      return (int) CmdStatus.ERR.get(bench.command(Command.ENABLE_WQ.word(0)));
    }

    @Test
    void needs_the_log() {
      assertThat(error(DeviceProfile.versionTwo(), true, false)).isZero();
      assertThat(error(DeviceProfile.versionTwo(), false, false)).isEqualTo(0x2e);
    }

    @Test
    void does_not_go_with_block_on_fault() {
      assertThat(error(DeviceProfile.versionTwo(), true, true)).isEqualTo(0x2e);
    }

    @Test
    void needs_the_capability() {
      DeviceProfile without =
          DeviceProfile.versionTwo().toBuilder().wqcap(0x007f_0000_0108_0080L).build();

      assertThat(error(without, true, false)).isEqualTo(0x2e);
    }
  }

  @Nested
  class An_error_without_a_record {
    @Test
    void is_an_entry_and_no_software_error() {
      enabled();

      run(unknownOperation());

      assertThat(bench.swerrorCode()).isZero();
      assertThat(tail()).isEqualTo(1);
      // descriptor and queue valid, code 0x10, queue 0, operation 0x7f, PASID 1
      assertThat(entry(0).getLong(0)).isEqualTo(0x0000_017f_0000_100cL);
      for (int at = 8; at < 64; at += 8) {
        assertThat(entry(0).getLong(at)).isZero();
      }
    }

    @Test
    void tells_which_flags_are_invalid() {
      enabled();

      run(Bench.descriptor(Opcode.NOOP.code(), Flag.FENCE.mask() | Flag.BOF.mask(), 0, 0, 0));

      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x11);
      assertThat(get(0, EventEntry.ERR_INFO_VALID)).isOne();
      assertThat(get(0, EventEntry.INVALID_FLAGS)).isEqualTo(3);
    }

    @Test
    void interrupts_once_until_software_clears_the_mark() {
      enabled();

      run(unknownOperation());
      run(unknownOperation());
      assertThat(bench.interrupts).containsExactly(0);
      assertThat(bench.get(IntCause.INTCAUSE, IntCause.EVL)).isOne();
      assertThat(bench.get(Evl.EVLSTATUS, Evl.INT_PENDING)).isOne();

      clearPending();
      run(unknownOperation());
      assertThat(bench.interrupts).containsExactly(0, 0);
    }

    @Test
    void does_not_interrupt_unasked() {
      program(DeviceProfile.versionTwo(), false);
      bench.set(GenCtrl.GENCTRL, GenCtrl.EVL_INT_EN, 0);
      bench.enabled();

      run(unknownOperation());

      assertThat(tail()).isEqualTo(1);
      assertThat(bench.interrupts).isEmpty();
    }

    @Test
    void is_a_software_error_with_the_log_off() {
      program(DeviceProfile.versionTwo(), false);
      bench.set(GenCfg.GENCFG, GenCfg.EVL_EN, 0);
      bench.enabled();

      run(unknownOperation());

      assertThat(bench.swerrorCode()).isEqualTo(0x10);
      assertThat(tail()).isZero();
    }

    @Test
    void is_a_software_error_of_the_device_that_was_reset() {
      enabled();
      bench.run(Command.RESET_DEVICE, 0);
      bench.enabled();

      run(unknownOperation());

      assertThat(bench.swerrorCode()).isEqualTo(0x10);
    }
  }

  @Nested
  class A_queue_that_is_full {
    @Test
    void is_a_software_error_all_the_same() {
      enabled();

      for (int i = 0; i < 17; i++) {
        bench.post(0, Bench.noop());
      }

      assertThat(bench.swerrorCode()).isEqualTo(0x53);
      assertThat(tail()).isZero();
    }
  }

  @Nested
  class A_command_while_another_is_active {
    @Test
    void is_an_entry_of_no_descriptor() {
      enabled();
      bench.post(0, Bench.noop());
      bench.command(Command.DRAIN_ALL.word(0));

      bench.command(Command.DRAIN_ALL.word(0));

      assertThat(entry(0).getLong(0)).isEqualTo(0x5200);
      assertThat(bench.swerrorCode()).isZero();
    }
  }

  @Nested
  class A_record_that_cannot_be_written {
    @Test
    void is_in_an_entry_and_the_operation_is_done() {
      enabled();
      bench.process.poke(DATA, new byte[] {1, 2, 3});

      run(move(RECORD, ABSENT));

      assertThat(data(DATA + 0x1000, 3)).containsExactly(1, 2, 3);
      // as a write fault: descriptor, queue and information valid
      assertThat(entry(0).getLong(0)).isEqualTo(0x0000_0103_0000_1aacL);
      assertThat(get(0, EventEntry.RCR)).isOne();
      assertThat(get(0, EventEntry.RCI)).isZero();
      assertThat(get(0, EventEntry.OPERAND_ID)).isEqualTo(5);
      assertThat(get(0, EventEntry.FAULT_ADDR)).isEqualTo(ABSENT);
      assertThat(entry(0).getLong(32)).isOne();
      assertThat(entry(0).getLong(40)).isZero();
      assertThat(bench.swerrorCode()).isZero();
    }

    @Test
    void is_a_software_error_without_the_log() {
      bench = Bench.stepped(DeviceProfile.versionTwo());
      bench.process.map(DATA, 0x10000, true);
      bench.process.poke(DATA, new byte[] {1, 2, 3});
      bench.enabled();

      run(move(RECORD, ABSENT));

      assertThat(bench.swerrorCode()).isEqualTo(0x1a);
      assertThat(data(DATA + 0x1000, 3)).containsExactly(0, 0, 0);
    }

    @Test
    void leaves_the_interrupt_to_software() {
      program(DeviceProfile.versionTwo(), false);
      bench.set(GenCfg.GENCFG, GenCfg.USER_INT_EN, 1);
      bench.device.write(0, Bench.MSIXPERM + 8 * 2, 4, 1 << 12 | 8);
      bench.command(Command.REQUEST_INT_HANDLE.word(2));
      bench.enabled();

      run(move(RECORD | Flag.RCI.mask(), ABSENT).putShort(36, (short) 2));

      assertThat(bench.interrupts).containsExactly(0);
      assertThat(get(0, EventEntry.RCI)).isOne();
      assertThat(get(0, EventEntry.INT_HANDLE)).isEqualTo(2);
      assertThat(get(0, EventEntry.IMS)).isZero();
    }

    @Test
    void says_how_far_a_fault_let_the_operation_come() {
      enabled();
      bench.process.unmap(DATA + 0x1000, 0x1000);

      run(move(RECORD, ABSENT));

      assertThat(entry(0).get(32)).isEqualTo((byte) 0x83);
      assertThat(entry(0).getLong(40)).isEqualTo(DATA + 0x1000);
    }

    @Test
    void can_be_had_on_demand() {
      enabled();
      bench.device.faults().failRecords(1);

      run(move(RECORD, DATA + 0x2000));
      run(move(RECORD, DATA + 0x2000));

      assertThat(tail()).isEqualTo(1);
      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x1a);
      assertThat(data(DATA + 0x2000, 1)).containsExactly(1);
      assertThat(bench.device.faults().failingRecords()).isZero();
    }

    @Test
    void can_be_had_on_demand_without_the_log() {
      bench = Bench.stepped().enabled();
      bench.process.map(DATA, 0x10000, true);
      bench.device.faults().failRecords(1);

      run(move(RECORD, DATA + 0x2000));

      assertThat(bench.swerrorCode()).isEqualTo(0x1a);
    }

    @Test
    void is_still_misaligned_if_it_is() {
      enabled();

      run(move(RECORD, ABSENT + 1));

      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x1b);
    }
  }

  @Nested
  class A_drain {
    private ByteBuffer drain() {
      return Bench.descriptor(Opcode.DRAIN.code(), RECORD, DATA + 0x2000, 0, 0);
    }

    @Test
    void completes_in_the_log_without_page_requests() {
      enabled();

      run(drain());

      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x26);
      assertThat(get(0, EventEntry.RCR)).isOne();
      assertThat(get(0, EventEntry.FAULT_ADDR)).isEqualTo(DATA + 0x2000);
      assertThat(entry(0).get(32)).isOne();
      assertThat(data(DATA + 0x2000, 1)).containsExactly(0);
    }

    @Test
    void completes_in_memory_with_page_requests() {
      program(DeviceProfile.versionTwo(), false);
      bench.enablePageRequests();
      bench.enabled();

      run(drain());

      assertThat(tail()).isZero();
      assertThat(data(DATA + 0x2000, 1)).containsExactly(1);
    }

    @Test
    void completes_in_the_log_on_a_queue_without_page_requests() {
      program(DeviceProfile.versionTwo(), false);
      bench.enablePageRequests();
      bench.configured().setWq(0, WqCfg.PRS_DISABLE, 1);
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);

      run(drain());

      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x26);
    }
  }

  @Nested
  class A_batch {
    private static final long LIST = DATA + 0x4000;

    private ByteBuffer batch(int members) {
      ByteBuffer descriptor = Bench.descriptor(Opcode.BATCH.code(), RECORD, DATA + 0x2000, LIST, 0);
      return descriptor.putInt(32, members);
    }

    private void member(int index, ByteBuffer descriptor) {
      bench.process.poke(LIST + 64L * index, descriptor.array());
    }

    @Test
    void with_a_member_whose_record_is_in_the_log_completes_there() {
      enabled();
      member(0, move(RECORD, DATA + 0x2040));
      member(1, move(RECORD, ABSENT));
      member(2, move(RECORD, ABSENT + 64));

      run(batch(3));

      assertThat(tail()).isEqualTo(3);
      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x1a);
      assertThat(get(0, EventEntry.BATCH)).isOne();
      assertThat(get(0, EventEntry.BATCH_IDX)).isOne();
      assertThat(get(0, EventEntry.FIRST_ERR_IN_BATCH)).isOne();
      assertThat(get(1, EventEntry.BATCH_IDX)).isEqualTo(2);
      assertThat(get(1, EventEntry.FIRST_ERR_IN_BATCH)).isZero();
      assertThat(get(2, EventEntry.ERROR)).isEqualTo(0x27);
      assertThat(get(2, EventEntry.BATCH)).isZero();
      assertThat(get(2, EventEntry.OPERATION)).isEqualTo(1);
      assertThat(get(2, EventEntry.FAULT_ADDR)).isEqualTo(DATA + 0x2000);
      // all members did what they were asked to
      assertThat(entry(2).getLong(32)).isEqualTo(3L << 32 | 1);
      assertThat(get(1, EventEntry.BATCH_ID)).isEqualTo(get(0, EventEntry.BATCH_ID));
      assertThat(get(2, EventEntry.BATCH_ID)).isEqualTo(get(0, EventEntry.BATCH_ID));
      assertThat(data(DATA + 0x2000, 1)).containsExactly(0);
    }

    @Test
    void after_another_has_a_number_of_its_own() {
      enabled();
      member(0, move(RECORD, ABSENT));
      member(1, Bench.noop());

      run(batch(2));
      run(batch(2));

      assertThat(tail()).isEqualTo(4);
      assertThat(get(2, EventEntry.BATCH_ID)).isNotEqualTo(get(0, EventEntry.BATCH_ID));
      assertThat(get(2, EventEntry.FIRST_ERR_IN_BATCH)).isOne();
    }

    /** Whether that member succeeded is not known before software has written its record. */
    @Test
    void stops_at_a_fence_behind_a_member_whose_record_is_in_the_log() {
      enabled();
      member(0, move(RECORD, DATA + 0x2040));
      member(1, move(RECORD, ABSENT));
      member(2, move(RECORD | Flag.FENCE.mask(), DATA + 0x2060));

      run(batch(3));

      assertThat(tail()).isEqualTo(2);
      assertThat(get(1, EventEntry.ERROR)).isEqualTo(0x27);
      assertThat(entry(1).getLong(32)).isEqualTo(2L << 32 | 5);
      assertThat(data(DATA + 0x2060, 1)).containsExactly(0);
    }

    @Test
    void passes_a_fence_before_a_member_whose_record_is_in_the_log() {
      enabled();
      member(0, move(RECORD, DATA + 0x2040));
      member(1, move(RECORD | Flag.FENCE.mask(), ABSENT));
      member(2, move(RECORD, DATA + 0x2060));

      run(batch(3));

      assertThat(entry(1).getLong(32)).isEqualTo(3L << 32 | 1);
      assertThat(data(DATA + 0x2060, 1)).containsExactly(1);
    }

    @Test
    void that_stopped_at_such_a_fence_is_continued_as_one_with_a_failure() {
      DeviceProfile two = DeviceProfile.versionTwo();
      enabled(two.withGencap(two.gencap() | GenCap.BATCH_CONTINUATION.mask()));
      member(0, move(RECORD, ABSENT));
      member(1, Bench.descriptor(Opcode.NOOP.code(), Flag.FENCE.mask(), 0, 0, 0));

      run(batch(2));

      assertThat(entry(1).getLong(32)).isEqualTo(1L << 32 | 1 << 8 | 5);
    }

    @Test
    void with_an_error_of_a_member_completes_in_memory() {
      enabled();
      member(0, unknownOperation());
      member(1, Bench.noop());

      run(batch(2));

      assertThat(tail()).isEqualTo(1);
      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x10);
      assertThat(get(0, EventEntry.BATCH)).isOne();
      assertThat(data(DATA + 0x2000, 1)).containsExactly(5);
    }

    @Test
    void whose_own_record_cannot_be_written_is_an_ordinary_fault() {
      enabled();
      member(0, Bench.noop());
      member(1, Bench.noop());

      run(batch(2).putLong(8, ABSENT));

      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x1a);
      assertThat(get(0, EventEntry.BATCH)).isZero();
    }
  }

  @Nested
  class An_interrupt_handle_that_is_invalid {
    @Test
    void leaves_the_record_in_memory_and_in_the_log() {
      program(DeviceProfile.versionTwo(), false);
      bench.set(GenCfg.GENCFG, GenCfg.USER_INT_EN, 1);
      bench.enabled();

      run(move(RECORD | Flag.RCI.mask(), DATA + 0x2000).putShort(36, (short) 3));

      assertThat(data(DATA + 0x2000, 1)).containsExactly(0x19);
      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x19);
      assertThat(get(0, EventEntry.INT_HANDLE)).isEqualTo(3);
      assertThat(get(0, EventEntry.RCI)).isOne();
      assertThat(entry(0).get(32)).isEqualTo((byte) 0x19);
    }
  }

  @Nested
  class The_ring {
    @Test
    void wraps_around() {
      enabled();

      for (int i = 0; i < 3 * ENTRIES + 5; i++) {
        run(Bench.descriptor(0x60 + i % 16, 0, 0, 0, 0));
        assertThat(get(i % ENTRIES, EventEntry.OPERATION)).isEqualTo(0x60 + i % 16);
        moveHead(tail());
      }

      assertThat(tail()).isEqualTo(5);
      assertThat(bench.swerrorCode()).isZero();
    }

    private void fill() {
      for (int i = 0; i < ENTRIES - 1; i++) {
        run(unknownOperation());
      }
    }

    @Test
    void holds_one_entry_less_than_its_size() {
      enabled();

      fill();

      assertThat(tail()).isEqualTo(ENTRIES - 1);
      assertThat(bench.swerrorCode()).isZero();
    }

    @Test
    void loses_what_it_has_no_room_for() {
      enabled(overflowing());
      fill();

      run(unknownOperation());

      assertThat(tail()).isEqualTo(ENTRIES - 1);
      assertThat(bench.device.read(0, 0xc0, 8)).isEqualTo(0x5401);
      assertThat(entry(ENTRIES - 1).getLong(0)).isZero();
    }

    @Test
    void goes_on_once_the_head_has_moved() {
      enabled(overflowing());
      fill();

      moveHead(1);
      run(unknownOperation());

      assertThat(tail()).isZero();
      assertThat(bench.swerrorCode()).isZero();
    }

    private static DeviceProfile overflowing() {
      DeviceProfile two = DeviceProfile.versionTwo();
      return two.withGencap(two.gencap() | 1L << 32);
    }

    @Test
    void that_memory_does_not_take_is_a_software_error() {
      enabled();
      bench.kernel.unmap(log, ENTRIES * 64);

      run(unknownOperation());

      assertThat(tail()).isZero();
      assertThat(bench.swerrorCode()).isEqualTo(0x54);
    }

    @Test
    void may_be_in_the_memory_of_a_process() {
      program(DeviceProfile.versionTwo(), false);
      long place = bench.other.allocate(ENTRIES * 64);
      bench.device.write(0, Evl.EVLCFG.offset(), 8, place | 1);
      bench.device.write(0, Evl.EVLCFG.offset() + 8, 8, 2L << 16 | ENTRIES);
      bench.enabled();

      run(unknownOperation());

      byte[] head = new byte[2];
      bench.other.peek(place, head);
      assertThat(head).containsExactly(0x0c, 0x10);
    }
  }

  @Nested
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  class A_full_ring_of_a_device_that_may_not_lose_events {
    /** Submits on a thread of its own, which runs the engine, until it waits. */
    private Thread submitOneMore() {
      Thread submitter = new Thread(() -> bench.post(0, unknownOperation()));
      submitter.start();
      while (submitter.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      return submitter;
    }

    @Test
    void stops_the_engine_until_the_head_moves() throws InterruptedException {
      program(DeviceProfile.versionTwo(), true);
      bench.enabled();
      for (int i = 0; i < ENTRIES - 1; i++) {
        bench.post(0, unknownOperation());
      }
      assertThat(bench.device.drainAll(10_000)).isTrue();
      Thread submitter = submitOneMore();

      assertThat(bench.device.drainAll(0)).isFalse();
      assertThat(tail()).isEqualTo(ENTRIES - 1);
      moveHead(1);

      submitter.join();
      assertThat(bench.device.drainAll(10_000)).isTrue();
      assertThat(tail()).isZero();
      assertThat(bench.swerrorCode()).isZero();
    }

    @Test
    void does_not_stop_a_thread_that_writes_registers() throws InterruptedException {
      program(DeviceProfile.versionTwo(), true);
      bench.enabled();
      for (int i = 0; i < ENTRIES - 1; i++) {
        bench.post(0, unknownOperation());
      }
      assertThat(bench.device.drainAll(10_000)).isTrue();
      Thread submitter = submitOneMore();

      bench.command(Command.DRAIN_ALL.word(0));
      bench.command(Command.DRAIN_ALL.word(0));
      moveHead(2);

      submitter.join();
      assertThat(bench.device.drainAll(10_000)).isTrue();
      assertThat(tail()).isOne();
      assertThat(get(0, EventEntry.ERROR)).isEqualTo(0x52);
      assertThat(get(ENTRIES - 1, EventEntry.ERROR)).isEqualTo(0x10);
    }

    @Test
    void lets_go_at_a_reset_of_the_function() throws InterruptedException {
      program(DeviceProfile.versionTwo(), true);
      bench.enabled();
      for (int i = 0; i < ENTRIES - 1; i++) {
        bench.post(0, unknownOperation());
      }
      assertThat(bench.device.drainAll(10_000)).isTrue();
      Thread submitter = submitOneMore();
      assertThat(bench.device.drainAll(0)).isFalse();

      bench.device.configWrite(0x48, 2, 0x8000);

      submitter.join();
      assertThat(bench.device.drainAll(10_000)).isTrue();
    }
  }

  @Nested
  class An_IAA {
    @Test
    void has_entries_of_128_bytes_with_a_record_of_64() {
      DeviceProfile iaa = DeviceProfile.sapphireRapidsIaa();
      enabled(iaa.toBuilder().version(0x200).gencap(iaa.gencap() | 2L << 13).build());

      run(Bench.descriptor(Opcode.NOOP.code(), RECORD, ABSENT, 0, 0));
      run(Bench.descriptor(Opcode.NOOP.code(), RECORD, ABSENT, 0, 0));

      assertThat(get(1, EventEntry.ERROR)).isEqualTo(0x1a);
      assertThat(entry(1).getLong(32)).isZero();
      assertThat(entry(1).getLong(64)).isOne();
      KernelMemory kernel = bench.kernel;
      byte[] after = new byte[1];
      kernel.peek(log + 128, after);
      assertThat(after[0]).isEqualTo((byte) 0xac);
    }
  }
}
