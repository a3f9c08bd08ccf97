package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a descriptor is refused for, and for which of two reasons. The specification lets a device
 * check in any order; ours is fixed: completion record address, operation, flags, reserved bits,
 * privilege, then the operation's own (sizes, alignment, overlap), interrupt handle, traffic
 * classes. Source: DSA specification, sections 5.3, 5.8 and 8.1.
 */
class DescriptorChecksTest {
  private static final long DATA = 0x10000;
  private static final long RECORD = 0x20000;
  private static final int ASKED = Flag.CRAV.mask() | Flag.RCR.mask();
  private static final int SEED_IN_MEMORY = 1 << 16;
  private static final int USE_STRIDE = 1 << 16;
  private static final int HANDLE = 1;

  /** One thing wrong: with the device before it is enabled, or with the descriptor. */
  private record Fault(int status, Consumer<Bench> device, Consumer<ByteBuffer> descriptor) {}

  private static Fault wrong(int status, Consumer<ByteBuffer> descriptor) {
    return new Fault(status, bench -> {}, descriptor);
  }

  private Bench bench;

  /** A device that can do everything, and the shared queue 0, which takes batches of 32. */
  private void configure() {
    configure(DeviceProfile.everything(), false);
  }

  private void configure(DeviceProfile profile, boolean dedicated) {
    bench = Bench.stepped(profile);
    bench.process.map(DATA, 0x10000, true);
    bench.process.map(RECORD, 0x1000, true);
    bench.configureWq(0, dedicated, 16, 16);
    bench.setWq(0, WqCfg.MAX_BATCH_SHIFT, 5);
    bench.group(0, 1, 1);
    bench.setGroup(0, GrpCfg.TC_B, 1);
    bench.set(GenCfg.GENCFG, GenCfg.USER_INT_EN, 1);
    bench.device.write(0, Bench.MSIXPERM + 8 * HANDLE, 4, 1 << 12 | 1 << 3);
    if (GenCap.CMD_CAP.isSet(profile.gencap())) {
      bench.command(Command.REQUEST_INT_HANDLE.word(HANDLE));
    }
  }

  /** Enables the device, runs a descriptor and answers what became of it. */
  private int outcome(ByteBuffer descriptor) {
    bench.run(Command.ENABLE_DEVICE, 0);
    bench.run(Command.ENABLE_WQ, 0);
    return again(descriptor);
  }

  /** The code in SWERROR, or the status in the record. */
  private int again(ByteBuffer descriptor) {
    if (bench.wq(0, WqCfg.MODE) == 1) {
      bench.post(0, descriptor);
    } else {
      assertThat(bench.enqueue(0, descriptor)).isTrue();
    }
    bench.device.runAll();
    int error = bench.swerrorCode();
    return error != 0 ? error : bench.process.peek(RECORD);
  }

  private static ByteBuffer descriptor(Opcode operation, int flags) {
    return Bench.descriptor(operation.code(), flags, RECORD, DATA, DATA + 0x1000).putInt(32, 64);
  }

  /** The first member of a batch whose list is at DATA. */
  private void member(ByteBuffer descriptor) {
    bench.process.poke(DATA, descriptor.array());
  }

  private static void addFlags(ByteBuffer descriptor, int flags) {
    descriptor.putInt(4, descriptor.getInt(4) | flags);
  }

  /** Class 1, which the group has as its second, travels through no channel. */
  private static void withoutClass1(Bench bench) {
    bench.device.configWrite(ConfigSpace.VC0_CONTROL, 4, 0x8000_0000 | 0xfd);
  }

  private static void unprivileged(Bench bench) {
    bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_PRIVILEGED_ENABLE, false);
  }

  @Nested
  class Of_two_faults {
    private static final Fault RESERVED = wrong(0x12, d -> d.put(38, (byte) 1));
    private static final Fault EMPTY = wrong(0x13, d -> d.putInt(32, 0));
    private static final Fault OVERLAP = wrong(0x16, d -> d.putLong(24, d.getLong(16)));
    private static final Fault NO_HANDLE = wrong(0x19, d -> d.putShort(36, (short) 2));
    private static final Fault NO_CHANNEL =
        new Fault(
            0x1e, DescriptorChecksTest::withoutClass1, d -> addFlags(d, Flag.ADDR1_TCS.mask()));

    private static Fault forbidden(Opcode operation) {
      long bit = 1L << operation.code();
      return new Fault(
          0x10,
          bench -> bench.setWq(0, WqCfg.opConfig(0), bench.profile.opcapWord(0) & ~bit),
          d -> {});
    }

    private static Consumer<ByteBuffer> add(int at, int more) {
      return d -> d.putLong(at, d.getLong(at) + more);
    }

    /** What is wrong with a move, from the check that comes first to the one that comes last. */
    private static final List<Fault> OF_A_MOVE =
        List.of(
            wrong(0x1b, add(8, 16)),
            forbidden(Opcode.MEMMOVE),
            wrong(0x11, d -> addFlags(d, Flag.FENCE.mask())),
            RESERVED,
            new Fault(
                0x1d, DescriptorChecksTest::unprivileged, d -> d.putInt(0, d.getInt(0) | 1 << 31)),
            EMPTY,
            NO_HANDLE,
            NO_CHANNEL);

    /** The checks of single operations, between reserved bits and interrupt handle. */
    private static final Map<Opcode, List<Fault>> OWN =
        new TreeMap<>(
            Map.of(
                Opcode.BATCH,
                List.of(wrong(0x14, d -> d.putInt(32, 1)), wrong(0x18, add(16, 32))),
                Opcode.CR_DELTA,
                List.of(
                    EMPTY,
                    wrong(0x1c, add(24, 4)),
                    wrong(0x15, d -> d.putInt(48, 79)),
                    wrong(0x16, d -> d.putLong(40, d.getLong(16)))),
                Opcode.AP_DELTA,
                List.of(EMPTY, wrong(0x1c, add(24, 4)), wrong(0x15, d -> d.putInt(40, 9)), OVERLAP),
                Opcode.DUALCAST,
                List.of(EMPTY, wrong(0x17, add(40, 1)), OVERLAP),
                Opcode.TRANSL_FETCH,
                List.of(EMPTY, wrong(0x1c, d -> d.putInt(48, 2048))),
                Opcode.COPY_CRC,
                List.of(EMPTY, wrong(0x1c, add(48, 2)), OVERLAP),
                Opcode.DIX_GEN,
                List.of(wrong(0x13, d -> d.putInt(32, 513)), wrong(0x1c, add(24, 4)), OVERLAP)));

    private static ByteBuffer good(Opcode operation) {
      int flags = ASKED | Flag.RCI.mask();
      ByteBuffer descriptor = descriptor(operation, flags).putShort(36, (short) HANDLE);
      switch (operation) {
        case BATCH -> descriptor.putLong(24, 0).putInt(32, 2);
        case CR_DELTA -> descriptor.putLong(40, DATA + 0x2000).putInt(48, 80);
        case AP_DELTA -> descriptor.putInt(40, 10);
        case DUALCAST -> descriptor.putLong(40, DATA + 0x2000);
        case TRANSL_FETCH -> {
          addFlags(descriptor, USE_STRIDE);
          descriptor.putLong(24, 0).putInt(48, 4096);
        }
        case COPY_CRC -> {
          addFlags(descriptor, SEED_IN_MEMORY);
          descriptor.putLong(48, DATA + 0x2000);
        }
        case DIX_GEN -> descriptor.putInt(32, 512);
        default -> {}
      }
      return descriptor;
    }

    private static void pairs(List<Arguments> rows, Opcode operation, List<Fault> inOrder) {
      for (int first = 0; first < inOrder.size(); first++) {
        for (int second = first; second < inOrder.size(); second++) {
          Fault one = inOrder.get(first);
          Fault other = inOrder.get(second);
          rows.add(Arguments.of(operation, hex(one), hex(other), one, other));
        }
      }
    }

    private static String hex(Fault fault) {
      return String.format(Locale.ROOT, "0x%02x", fault.status);
    }

    /** Each alone, and each with each that is told after it. */
    static Stream<Arguments> faults() {
      List<Arguments> rows = new ArrayList<>();
      pairs(rows, Opcode.MEMMOVE, OF_A_MOVE);
      OWN.forEach(
          (operation, own) -> {
            List<Fault> all = new ArrayList<>(List.of(RESERVED));
            all.addAll(own);
            all.add(NO_HANDLE);
            if (operation != Opcode.TRANSL_FETCH) {
              all.add(NO_CHANNEL);
            }
            pairs(rows, operation, all);
          });
      return rows.stream();
    }

    @ParameterizedTest(name = "{0}: {1} before {2}")
    @MethodSource("faults")
    void the_first_is_told(Opcode operation, String one, String other, Fault first, Fault second) {
      configure();
      ByteBuffer descriptor = good(operation);
      if (!second.equals(first)) {
        second.device.accept(bench);
        second.descriptor.accept(descriptor);
      }
      first.device.accept(bench);
      first.descriptor.accept(descriptor);

      assertThat(outcome(descriptor)).isEqualTo(first.status);
    }

    @Test
    void an_operation_that_the_queue_forbids_has_no_flags_that_could_be_wrong() {
      configure();
      forbidden(Opcode.MEMMOVE).device.accept(bench);

      assertThat(outcome(Bench.descriptor(3, 0xff_fffb & ~Flag.RCI.mask(), RECORD, 0, 0)))
          .isEqualTo(0x10);
    }
  }

  @Nested
  class The_completion_record_address {
    @ParameterizedTest
    @CsvSource({"16, 0x1b", "31, 0x1b", "1, 0x1b", "32, 0x01"})
    void is_a_multiple_of_its_size(int offset, String status) {
      configure();
      ByteBuffer descriptor = descriptor(Opcode.NOOP, ASKED).putLong(16, 0).putLong(24, 0);
      descriptor.putInt(32, 0).putLong(8, RECORD + offset);

      int outcome = outcome(descriptor);

      int record = bench.process.peek(RECORD + 32);
      assertThat(outcome + record).isEqualTo(Integer.decode(status));
    }

    @Test
    void is_reserved_unless_it_is_said_to_be_valid() {
      configure();

      assertThat(outcome(Bench.descriptor(0, 0, RECORD, 0, 0))).isEqualTo(0x12);
    }

    /** The address is looked at, whether a record is asked for or not. */
    @ParameterizedTest
    @CsvSource({"0x4", "0xc"})
    void can_be_written_also_by_a_descriptor_that_does_nothing(String flags) {
      configure();

      assertThat(outcome(Bench.descriptor(0, Integer.decode(flags), 0x7000, 0, 0))).isEqualTo(0x1a);
    }

    @Test
    void of_a_batch_that_cannot_be_written_keeps_its_members_from_running() {
      configure();
      ByteBuffer fill = Bench.descriptor(Opcode.MEMFILL.code(), 0, 0, -1, DATA + 0x1000);
      member(fill.putInt(32, 8));
      ByteBuffer batch = descriptor(Opcode.BATCH, ASKED).putLong(24, 0).putInt(32, 2);

      assertThat(outcome(batch.putLong(8, 0x7000))).isEqualTo(0x1a);

      assertThat(bench.process.peek(DATA + 0x1000)).isZero();
    }

    @Test
    void may_be_anything_in_a_descriptor_that_has_none() {
      configure();

      assertThat(outcome(Bench.noop())).isZero();
    }
  }

  @Nested
  class The_operation {
    @Test
    void is_one_that_the_device_has() {
      configure(DeviceProfile.standard(), true);

      assertThat(outcome(descriptor(Opcode.DIX_GEN, ASKED))).isEqualTo(0x10);
    }

    @ParameterizedTest
    @CsvSource({"0x0f", "0x3f", "0x40", "0x7f", "0xff"})
    void is_one_that_there_is(String code) {
      configure();

      assertThat(outcome(Bench.descriptor(Integer.decode(code), ASKED, RECORD, 0, 0)))
          .isEqualTo(0x10);
    }

    @Test
    void is_not_a_translation_fetch_without_address_translation() {
      configure();
      bench.setConfig(ConfigSpace.ATS_CONTROL, ConfigSpace.ATS_ENABLE, false);

      assertThat(outcome(descriptor(Opcode.TRANSL_FETCH, ASKED).putLong(24, 0))).isEqualTo(0x10);
    }
  }

  @Nested
  class A_flag {
    private ByteBuffer noop(int flags) {
      return Bench.descriptor(0, flags, (flags & Flag.CRAV.mask()) != 0 ? RECORD : 0, 0, 0);
    }

    private int invalidFlags() {
      byte[] record = new byte[32];
      bench.process.peek(RECORD, record);
      return ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).getInt(16);
    }

    @Test
    void that_is_invalid_is_named_in_the_record_with_all_others() {
      configure();
      int wrong = Flag.FENCE.mask() | Flag.BOF.mask() | Flag.DSTS.mask() | 1 << 23;

      assertThat(outcome(noop(ASKED | wrong))).isEqualTo(0x11);

      assertThat(invalidFlags()).isEqualTo(wrong);
    }

    @Test
    void that_asks_to_block_on_faults_needs_a_queue_that_allows_it() {
      configure();
      assertThat(outcome(descriptor(Opcode.MEMMOVE, ASKED | Flag.BOF.mask()))).isEqualTo(0x11);

      configure();
      bench.enablePageRequests();
      bench.setWq(0, WqCfg.BOF, 1);
      assertThat(outcome(descriptor(Opcode.MEMMOVE, ASKED | Flag.BOF.mask()))).isOne();
    }

    @Test
    void about_the_record_needs_one() {
      configure();
      assertThat(outcome(noop(Flag.RCR.mask()))).isEqualTo(0x11);

      configure();
      assertThat(outcome(noop(Flag.CR_TCS.mask()))).isEqualTo(0x11);
    }

    /**
     * @param user GENCFG's enable of user interrupts
     * @param pasid whether the queue has PASIDs
     */
    @ParameterizedTest
    @CsvSource({
      "true, true, false, 0",
      "false, true, false, 0x11",
      "false, true, true, 0",
      "false, false, false, 0",
      "true, true, true, 0"
    })
    void asks_for_an_interrupt_as_user_if_users_may(
        boolean user, boolean pasid, boolean priv, String error) {
      configure(DeviceProfile.everything(), true);
      bench.set(GenCfg.GENCFG, GenCfg.USER_INT_EN, user ? 1 : 0);
      bench.setWq(0, WqCfg.PASID_EN, pasid ? 1 : 0);
      bench.setWq(0, WqCfg.PRIV, priv ? 1 : 0);
      bench.device.write(0, Bench.MSIXPERM + 8 * HANDLE, 4, pasid ? 1 << 12 | 1 << 3 : 0);

      int outcome = outcome(noop(Flag.RCI.mask()).putShort(36, (short) HANDLE));

      assertThat(outcome).isEqualTo(Integer.decode(error));
      assertThat(bench.interrupts).hasSize(outcome == 0 ? 1 : 0);
    }
  }

  @Nested
  class Reserved_bits {
    @Test
    void are_those_of_the_handle_without_an_interrupt() {
      configure();

      assertThat(outcome(Bench.noop().putShort(36, (short) HANDLE))).isEqualTo(0x12);
    }

    @ParameterizedTest
    @CsvSource({"20, 0x12", "30, 0x12", "19, 0"})
    void are_in_the_first_word_of_a_shared_queue(int bit, String error) {
      configure();

      assertThat(outcome(Bench.noop().putInt(0, 1 | 1 << bit))).isEqualTo(Integer.decode(error));
    }

    @Test
    void are_not_in_the_first_word_of_a_dedicated_queue() {
      configure(DeviceProfile.everything(), true);

      assertThat(outcome(Bench.noop().putInt(0, -1))).isZero();
    }
  }

  @Nested
  class A_privileged_descriptor {
    @Test
    void of_a_dedicated_queue_is_what_the_queue_says() {
      configure(DeviceProfile.everything(), true);
      unprivileged(bench);

      assertThat(outcome(Bench.noop().putInt(0, 1 << 31))).isZero();
    }

    @Test
    void of_a_shared_queue_is_taken_while_PCI_says_so() {
      configure();

      assertThat(outcome(Bench.noop().putInt(0, 1 | 1 << 31))).isZero();
    }
  }

  @Nested
  class A_batch {
    @ParameterizedTest
    @CsvSource({
      "false, 1, 0x14",
      "false, 2, 0x01",
      "false, 32, 0x01",
      "false, 33, 0x14",
      "true, 0, 0x14",
      "true, 1, 0x01",
      "true, 33, 0x14"
    })
    void has_as_many_members_as_the_queue_allows(boolean ofOne, int count, String status) {
      DeviceProfile all = DeviceProfile.everything();
      configure(all.withGencap(GenCap.BATCH_OF_ONE.with(all.gencap(), ofOne ? 1 : 0)), false);

      ByteBuffer batch = descriptor(Opcode.BATCH, ASKED).putLong(24, 0).putInt(32, count);

      // The list is of zeros, which are no-ops that tell nobody.
      assertThat(outcome(batch)).isEqualTo(Integer.decode(status));
    }

    @ParameterizedTest
    @CsvSource({"32, 0x18", "1, 0x18", "64, 0x01"})
    void has_a_list_at_a_multiple_of_64(int offset, String status) {
      configure();
      ByteBuffer batch = descriptor(Opcode.BATCH, ASKED).putLong(24, 0).putInt(32, 2);

      assertThat(outcome(batch.putLong(16, DATA + offset))).isEqualTo(Integer.decode(status));
    }

    @Test
    void has_members_whose_first_word_nobody_reads() {
      configure();
      unprivileged(bench);
      member(Bench.noop().putInt(0, 0x7ff0_0000));

      ByteBuffer batch = descriptor(Opcode.BATCH, ASKED).putLong(24, 0).putInt(32, 2);

      assertThat(outcome(batch)).isOne();
    }
  }

  /**
   * Class 0 is carried, class 1 is not. Source: DSA specification, section 3.4: a selector chooses
   * between the two classes of the group.
   */
  @Nested
  class A_traffic_class {
    private void configure(int classA, int classB) {
      DescriptorChecksTest.this.configure();
      withoutClass1(bench);
      bench.setGroup(0, GrpCfg.TC_A, classA);
      bench.setGroup(0, GrpCfg.TC_B, classB);
    }

    private static ByteBuffer dualcast(int flags) {
      return descriptor(Opcode.DUALCAST, flags).putLong(40, DATA + 0x2000);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "9, 0x1e", "10, 0x1e", "11, 0x1e"})
    void that_an_address_selects_is_carried(int selector, String status) {
      configure(0, 1);
      int selected = selector == 0 ? 0 : 1 << selector;

      assertThat(outcome(dualcast(ASKED | selected))).isEqualTo(Integer.decode(status));
    }

    @ParameterizedTest
    @CsvSource({"9", "10", "11"})
    void that_an_address_does_not_select_is_carried_as_well(int left) {
      configure(1, 0);
      int all =
          Flag.ADDR1_TCS.mask()
              | Flag.ADDR2_TCS.mask()
              | Flag.ADDR3_TCS.mask()
              | Flag.CR_TCS.mask();

      assertThat(outcome(dualcast(ASKED | (all & ~(1 << left))))).isEqualTo(0x1e);
      assertThat(bench.swerrorCode()).isZero();
    }

    @Test
    void matters_only_if_it_is_used() {
      configure(1, 0);

      assertThat(outcome(Bench.noop())).isZero();
    }

    @Test
    void of_the_record_that_is_not_carried_leaves_an_error() {
      configure(1, 0);

      assertThat(outcome(Bench.descriptor(0, ASKED, RECORD, 0, 0))).isEqualTo(0x1e);
      assertThat(bench.swerrorCode()).isEqualTo(0x1e);
    }

    @Test
    void of_the_record_is_chosen_by_its_own_selector() {
      configure(1, 0);

      assertThat(outcome(Bench.descriptor(0, ASKED | Flag.CR_TCS.mask(), RECORD, 0, 0))).isOne();
    }
  }

  /** Two ranges overlap that share a byte; a transfer may be as long as the queue allows. */
  @Nested
  class Ranges {
    private static final int SIZE = 0x800;

    @ParameterizedTest
    @CsvSource({
      // where destination and second destination are, seen from the source
      "0x800, 0x1800, 0x01",
      "0x7ff, 0x17ff, 0x16",
      "0x1800, 0x800, 0x01",
      "0x17ff, 0x7ff, 0x16",
      "-0x800, 0x800, 0x01",
      "-0x7ff, 0x1801, 0x16",
      "0x1000, 0x1000, 0x16",
      "0, 0x1000, 0x16"
    })
    void of_a_dualcast_are_apart(String first, String second, String status) {
      configure();
      long source = DATA + 0x4000;
      ByteBuffer descriptor = descriptor(Opcode.DUALCAST, ASKED).putInt(32, SIZE);
      descriptor.putLong(16, source).putLong(24, source + Long.decode(first));

      assertThat(outcome(descriptor.putLong(40, source + Long.decode(second))))
          .isEqualTo(Integer.decode(status));
    }

    @ParameterizedTest
    @CsvSource({"0, 0x13", "1, 0x01", "0x1000, 0x01", "0x1001, 0x13"})
    void are_as_long_as_the_queue_allows(String size, String status) {
      configure();
      bench.setWq(0, WqCfg.MAX_XFER_SHIFT, 12);

      assertThat(outcome(descriptor(Opcode.MEMMOVE, ASKED).putInt(32, Integer.decode(size))))
          .isEqualTo(Integer.decode(status));
    }

    @ParameterizedTest
    @CsvSource({
      // the width of the CRC, the place of its seed
      "32, 0x0, 0x01",
      "32, 0x4, 0x01",
      "32, 0x2, 0x1c",
      "64, 0x8, 0x01",
      "64, 0x4, 0x1c"
    })
    void of_a_seed_are_aligned_to_its_size(int width, String offset, String status) {
      configure();
      ByteBuffer descriptor = descriptor(Opcode.CRCGEN, ASKED | SEED_IN_MEMORY).putLong(24, 0);
      addFlags(descriptor, width == 64 ? 1 << 19 : 0);

      assertThat(outcome(descriptor.putLong(48, DATA + 0x2000 + Long.decode(offset))))
          .isEqualTo(Integer.decode(status));
    }
  }

  /** What writes asks first whether its record can be written. */
  @ParameterizedTest
  @CsvSource({
    "MEMMOVE, 24",
    "MEMFILL, 24",
    "AP_DELTA, 24",
    "DUALCAST, 24",
    "DUALCAST, 40",
    "COPY_CRC, 24",
    "CR_DELTA, 40",
    "DIF_INS, 24",
    "DIX_GEN, 24"
  })
  void an_operation_that_cannot_be_told_of_has_written_nothing(Opcode operation, int destination) {
    configure();
    byte[] before = new byte[0x400];
    Arrays.fill(before, (byte) 0x11);
    bench.process.poke(DATA, before);
    bench.process.poke(DATA + 0x1000, new byte[0x400]);
    ByteBuffer descriptor = descriptor(operation, ASKED).putLong(8, 0x7000);
    switch (operation) {
      case AP_DELTA -> {
        bench.process.poke(DATA, new byte[] {0, 0, 1, 2, 3, 4, 5, 6, 7, 8});
        descriptor.putInt(40, 10);
      }
      case DUALCAST -> descriptor.putLong(40, DATA + 0x2000);
      case CR_DELTA -> descriptor.putLong(40, DATA + 0x2000).putInt(48, 80).put(56, (byte) 0);
      case DIF_INS, DIX_GEN -> descriptor.putInt(32, 512);
      default -> {}
    }

    assertThat(outcome(descriptor)).isEqualTo(0x1a);

    byte[] after = new byte[0x200];
    bench.process.peek(descriptor.getLong(destination), after);
    assertThat(after).containsOnly(0);
  }
}
