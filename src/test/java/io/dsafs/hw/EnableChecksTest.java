package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.DsaCap;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Evl;
import io.dsafs.spec.Field;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.WqCap;
import io.dsafs.spec.WqCfg;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What keeps a device or a queue from being enabled, up to its limits, and what is told when two
 * things are wrong: the lower code, as device-guide.md says. Source: DSA specification, sections
 * 9.2.12 (CMD) and 9.2.13 (CMDSTATUS).
 */
class EnableChecksTest {
  /** Something wrong with a configuration that is right otherwise. */
  private record Fault(int error, Consumer<Bench> made) {}

  private static Fault fault(int error, Consumer<Bench> made) {
    return new Fault(error, made);
  }

  /** Each alone, and each with each that is told after it. */
  private static Stream<Arguments> alonePlusPairs(List<Fault> inOrder) {
    List<Arguments> rows = new ArrayList<>();
    for (int first = 0; first < inOrder.size(); first++) {
      for (int second = first; second < inOrder.size(); second++) {
        rows.add(
            Arguments.of(
                String.format(Locale.ROOT, "0x%02x", inOrder.get(first).error),
                String.format(Locale.ROOT, "0x%02x", inOrder.get(second).error),
                inOrder.get(first),
                inOrder.get(second)));
      }
    }
    return rows.stream();
  }

  private static int error(Bench bench, Command command, int operand) {
    return (int) CmdStatus.ERR.get(bench.command(command.word(operand)));
  }

  private static DeviceProfile without(Field capability) {
    DeviceProfile two = DeviceProfile.versionTwo();
    return two.toBuilder().wqcap(capability.with(two.wqcap(), 0)).build();
  }

  @Nested
  class A_device {
    private Bench bench;

    private void start(DeviceProfile profile) {
      bench = Bench.stepped(profile);
      bench.configured();
    }

    private int enable() {
      return error(bench, Command.ENABLE_DEVICE, 0);
    }

    private static void eventLog(Bench bench, int entries) {
      long log = bench.kernel.allocate(EventEntry.LEAST_ENTRIES * 64);
      bench.device.write(0, Evl.EVLCFG.offset(), 8, log);
      bench.device.write(0, Evl.EVLCFG.offset() + 8, 8, entries);
      bench.set(GenCfg.GENCFG, GenCfg.EVL_EN, 1);
    }

    private static void privilegedLog(Bench bench) {
      long before = bench.device.read(0, Evl.EVLCFG.offset(), 8);
      bench.device.write(0, Evl.EVLCFG.offset(), 8, before | Evl.PRIV.mask());
      bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_PRIVILEGED_ENABLE, false);
    }

    /** Each in a corner of its own, so that two of them do not make a third. */
    static Stream<Arguments> faults() {
      return alonePlusPairs(
          List.of(
              fault(
                  0x12,
                  bench ->
                      bench.setConfig(ConfigSpace.COMMAND, ConfigSpace.BUS_MASTER_ENABLE, false)),
              fault(
                  0x13,
                  bench -> bench.setConfig(ConfigSpace.PRI_CONTROL, ConfigSpace.PRI_ENABLE, true)),
              fault(0x14, bench -> bench.setWq(0, WqCfg.SIZE, 128)),
              fault(0x15, bench -> bench.setGroup(1, GrpCfg.ENGINES, 2)),
              fault(0x16, bench -> bench.group(2, 1, 4)),
              fault(
                  0x17,
                  bench -> {
                    bench.setWq(2, WqCfg.SIZE, 1);
                    bench.group(3, 4, 1);
                  }),
              fault(0x18, bench -> bench.set(GenCfg.GENCFG, GenCfg.TOKEN_LIMIT, 97)),
              fault(0x19, bench -> bench.device.write(0, Evl.EVLCFG.offset() + 8, 8, 63)),
              fault(0x1b, A_device::privilegedLog)));
    }

    @ParameterizedTest(name = "{0} before {1}")
    @MethodSource("faults")
    void is_refused_for_the_first_reason(String one, String other, Fault first, Fault second) {
      start(DeviceProfile.versionTwo());
      eventLog(bench, 64);
      // One more entry is spoken for, so that a queue of 128 is one too many.
      bench.setWq(3, WqCfg.SIZE, 1);
      bench.group(0, 1 | 8, 1);

      second.made.accept(bench);
      first.made.accept(bench);

      assertThat(enable()).isEqualTo(first.error);
    }

    @Test
    void that_is_enabled_already_is_told_so_whatever_else_is_wrong() {
      start(DeviceProfile.standard());
      bench.enablePageRequests();
      bench.run(Command.ENABLE_DEVICE, 0);

      bench.device.configWrite(ConfigSpace.PRI_ALLOCATION, 4, 0);

      assertThat(enable()).isEqualTo(0x10);
    }

    @ParameterizedTest
    @CsvSource({"0, 0x13", "1, 0", "512, 0", "513, 0x13", "-1, 0x13"})
    void allocates_page_requests_within_the_capacity(int allocation, String error) {
      start(DeviceProfile.standard());
      bench.enablePageRequests();
      bench.device.configWrite(ConfigSpace.PRI_ALLOCATION, 4, allocation);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({"64, 64, 0", "64, 65, 0x14"})
    void has_queues_of_its_total_size_at_most(int size0, int size1, String error) {
      start(DeviceProfile.standard());
      bench.setWq(0, WqCfg.SIZE, size0);
      bench.configureWq(1, true, size1, 0);
      bench.group(0, 3, 1);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({
      // the last queue and the last engine there are
      "0x81, 0, 0, 0, 0x8, 0",
      // one that there is not, in each word of the bitmap
      "0x101, 0, 0, 0, 0x1, 0x16",
      "0x1, 0x1, 0, 0, 0x1, 0x16",
      "0x1, 0, 0x8000000000000000, 0, 0x1, 0x16",
      "0x1, 0, 0, 0x10, 0x1, 0x16",
      "0x1, 0, 0, 0, 0x11, 0x17",
      "0x1, 0, 0, 0, 0x8000000000000001, 0x17"
    })
    void has_groups_of_queues_and_engines_that_there_are(
        String word0, String word1, String word2, String word3, String engines, String error) {
      start(DeviceProfile.standard());
      if (Long.decode(word0) == 0x81) {
        bench.setWq(7, WqCfg.SIZE, 1);
      }
      String[] words = {word0, word1, word2, word3, engines};
      for (int i = 0; i < words.length; i++) {
        long value = Long.parseUnsignedLong(words[i].replace("0x", ""), 16);
        bench.device.write(0, Bench.GRPCFG + 8 * i, 8, value);
      }

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3"})
    void has_no_group_of_queues_alone_wherever_their_bits_are(int word) {
      start(DeviceProfile.standard());

      bench.device.write(0, Bench.GRPCFG + 64 + 8 * word, 8, 1);

      assertThat(enable()).isEqualTo(0x15);
    }

    @Test
    void with_as_many_engines_as_the_register_has_bits_may_use_them_all() {
      DeviceProfile many =
          DeviceProfile.standard().toBuilder().engcap(64).grpcap(0x0000_0004).build();
      start(many);

      bench.group(0, 1, -1L);

      assertThat(enable()).isZero();
    }
  }

  /**
   * Two groups with a queue each, of two engines and of one. Source: DSA specification, section
   * 9.2.22 (GRPCFG).
   */
  @Nested
  class The_read_buffers_of_a_device {
    private Bench bench;

    private void start(long grpcap) {
      bench = Bench.stepped(DeviceProfile.standard().toBuilder().grpcap(grpcap).build());
      bench.configureWq(0, true, 16, 0);
      bench.configureWq(1, true, 16, 0);
      bench.group(0, 1, 3);
      bench.group(1, 2, 4);
    }

    /** 96 read buffers, which can be controlled and limited. */
    private void start() {
      start(0x0003_6004);
    }

    private int enable() {
      return error(bench, Command.ENABLE_DEVICE, 0);
    }

    @ParameterizedTest
    @CsvSource({"96, 0", "97, 0x18"})
    void are_limited_to_what_there_is(int limit, String error) {
      start();
      bench.set(GenCfg.GENCFG, GenCfg.TOKEN_LIMIT, limit);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({
      "false, false, 0, 0",
      "true, false, 7, 0x18",
      "true, false, 8, 0",
      "false, true, 3, 0x18",
      "false, true, 4, 0",
      "true, true, 11, 0x18",
      "true, true, 12, 0"
    })
    void are_four_for_each_engine_that_uses_the_limit(
        boolean group0, boolean group1, int limit, String error) {
      start();
      bench.set(GenCfg.GENCFG, GenCfg.TOKEN_LIMIT, limit);
      bench.setGroup(0, GrpCfg.USE_TOKEN_LIMIT, group0 ? 1 : 0);
      bench.setGroup(1, GrpCfg.USE_TOKEN_LIMIT, group1 ? 1 : 0);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @Test
    void are_not_limited_on_a_device_that_cannot() {
      start(GrpCap.TOKEN_LIMIT.with(0x0003_6004, 0));
      bench.setGroup(0, GrpCfg.USE_TOKEN_LIMIT, 1);

      assertThat(enable()).isEqualTo(0x18);
    }

    @ParameterizedTest
    @CsvSource({
      // reserved and allowed of the two groups
      "0, 8, 0, 96, 0",
      "0, 7, 0, 96, 0x18",
      "0, 96, 0, 4, 0",
      "0, 96, 0, 3, 0x18",
      "10, 10, 0, 4, 0",
      "10, 9, 0, 4, 0x18",
      "0, 8, 10, 10, 0",
      "0, 8, 10, 9, 0x18",
      // what others have reserved nobody may use
      "10, 66, 30, 86, 0",
      "10, 67, 30, 86, 0x18",
      "10, 66, 30, 87, 0x18",
      // together all there are
      "48, 48, 48, 48, 0",
      "48, 48, 49, 49, 0x18"
    })
    void are_reserved_and_allowed_within_each_other(
        int reserved0, int allowed0, int reserved1, int allowed1, String error) {
      start();
      bench.setGroup(0, GrpCfg.TOKENS_RESERVED, reserved0);
      bench.setGroup(0, GrpCfg.TOKENS_ALLOWED, allowed0);
      bench.setGroup(1, GrpCfg.TOKENS_RESERVED, reserved1);
      bench.setGroup(1, GrpCfg.TOKENS_ALLOWED, allowed1);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @Test
    void of_groups_without_engines_do_not_count() {
      start();
      bench.setGroup(2, GrpCfg.TOKENS_RESERVED, 200);
      bench.setGroup(3, GrpCfg.TOKENS_ALLOWED, 0);

      assertThat(enable()).isZero();
    }

    @Test
    void are_nobodys_concern_where_they_cannot_be_controlled() {
      start(GrpCap.TOKEN_EN.with(0x0003_6004, 0));
      bench.setGroup(0, GrpCfg.TOKENS_RESERVED, 200);
      bench.setGroup(1, GrpCfg.TOKENS_ALLOWED, 0);

      assertThat(enable()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
      "true, 3, 0, 0",
      "true, 4, 0, 0x18",
      "true, 0, 3, 0",
      "true, 0, 4, 0x18",
      "false, 0, 0, 0",
      "false, 1, 0, 0x18",
      "false, 0, 1, 0x18"
    })
    void have_an_eighth_of_the_bandwidth_at_least(
        boolean throttled, int read, int write, String error) {
      start(GrpCap.BANDWIDTH_LIMIT.with(0x0003_6004, throttled ? 1 : 0));
      bench.setGroup(1, GrpCfg.READ_BANDWIDTH_LIMIT, read);
      bench.setGroup(1, GrpCfg.WRITE_BANDWIDTH_LIMIT, write);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }
  }

  @Nested
  class A_queue {
    private static final int QUEUE = 1;
    private Bench bench;

    /** The device is disabled; the queue in question is the second of two in a group. */
    private void start(DeviceProfile profile) {
      bench = Bench.stepped(profile);
      bench.configureWq(0, true, 16, 0);
      bench.configureWq(QUEUE, true, 16, 0);
      bench.group(0, 3, 1);
    }

    private void set(Field field, long value) {
      bench.setWq(QUEUE, field, value);
    }

    private int enable() {
      bench.run(Command.ENABLE_DEVICE, 0);
      return error(bench, Command.ENABLE_WQ, QUEUE);
    }

    /** A part that lacks all that a queue could ask for in vain. */
    private static DeviceProfile poor() {
      DeviceProfile two = DeviceProfile.versionTwo();
      long wqcap = WqCap.SHARED_MODE.with(two.wqcap(), 0);
      return two.toBuilder()
          .wqcap(WqCap.WQ_ATS_SUPPORT.with(wqcap, 0))
          .gencap(GenCap.MAX_XFER_SHIFT.with(two.gencap(), 30))
          .build();
    }

    private static Fault wrong(int error, Field field, long value) {
      return fault(error, bench -> bench.setWq(QUEUE, field, value));
    }

    private static void sizeZero(Bench bench) {
      bench.setWq(QUEUE, WqCfg.SIZE, 0);
      bench.group(0, 1, 1);
    }

    private static void badOccupancyInterrupt(Bench bench) {
      bench.setWq(QUEUE, WqCfg.OCCUPANCY_INTH, 9);
      bench.setWq(QUEUE, WqCfg.OCCUPANCY_INT_EN, 1);
    }

    private static void privileged(Bench bench) {
      bench.setWq(QUEUE, WqCfg.PRIV, 1);
      bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_PRIVILEGED_ENABLE, false);
    }

    static Stream<Arguments> faults() {
      return alonePlusPairs(
          List.of(
              fault(0x22, A_queue::sizeZero),
              wrong(0x23, WqCfg.PRIORITY, 0),
              wrong(0x24, WqCfg.MODE, 0),
              wrong(0x25, WqCfg.BOF, 1),
              fault(
                  0x26,
                  bench ->
                      bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_ENABLE, false)),
              wrong(0x27, WqCfg.MAX_BATCH_SHIFT, 0),
              wrong(0x28, WqCfg.MAX_XFER_SHIFT, 31),
              fault(0x2a, A_queue::privileged),
              fault(0x2b, A_queue::badOccupancyInterrupt),
              wrong(0x2c, WqCfg.ATS_DISABLE, 1),
              wrong(0x2d, WqCfg.opConfig(0), -1L),
              wrong(0x2e, WqCfg.PRS_DISABLE, 1)));
    }

    @ParameterizedTest(name = "{0} before {1}")
    @MethodSource("faults")
    void is_refused_for_the_first_reason(String one, String other, Fault first, Fault second) {
      start(poor());
      second.made.accept(bench);
      first.made.accept(bench);

      assertThat(enable()).isEqualTo(first.error);
    }

    @Test
    void is_refused_first_because_the_device_is_not_enabled() {
      start(poor());
      sizeZero(bench);

      assertThat(error(bench, Command.ENABLE_WQ, QUEUE)).isEqualTo(0x20);
    }

    @Test
    void that_is_enabled_is_told_so_whatever_else_is_wrong() {
      start(DeviceProfile.versionTwo());
      set(WqCfg.OCCUPANCY_INTH, 9);
      assertThat(enable()).isZero();
      set(WqCfg.OCCUPANCY_INT_EN, 1);

      assertThat(error(bench, Command.ENABLE_WQ, QUEUE)).isEqualTo(0x21);
    }

    @ParameterizedTest
    @CsvSource({"7, 0x22", "8, 0x02", "255, 0x02", "0x100, 0"})
    void is_one_of_those_there_are(String operand, String error) {
      start(DeviceProfile.versionTwo());
      bench.run(Command.ENABLE_DEVICE, 0);

      // bits 19:8 of the operand are reserved, which nobody checks
      assertThat(error(bench, Command.ENABLE_WQ, Integer.decode(operand)))
          .isEqualTo(Integer.decode(error));
    }

    @Test
    void may_have_priority_0_where_there_are_none_or_the_part_takes_it() {
      start(without(WqCap.PRIORITY));
      set(WqCfg.PRIORITY, 0);
      assertThat(enable()).isZero();

      start(DeviceProfile.versionTwo().withPriorityZeroRefused(false));
      set(WqCfg.PRIORITY, 0);
      assertThat(enable()).isZero();
    }

    @Test
    void has_a_mode_that_is_supported() {
      start(without(WqCap.DEDICATED_MODE));
      assertThat(enable()).isEqualTo(0x24);

      start(without(WqCap.DEDICATED_MODE));
      set(WqCfg.MODE, 0);
      assertThat(enable()).isZero();

      start(without(WqCap.SHARED_MODE));
      assertThat(enable()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"true, true, 0", "true, false, 0x25", "false, true, 0x25"})
    void blocks_on_faults_if_the_device_can_and_asks_for_pages(
        boolean capable, boolean asking, String error) {
      DeviceProfile two = DeviceProfile.versionTwo();
      start(two.withGencap(GenCap.BLOCK_ON_FAULT.with(two.gencap(), capable ? 1 : 0)));
      if (asking) {
        bench.enablePageRequests();
      }
      set(WqCfg.BOF, 1);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({
      // dedicated, PASID of the queue, PASID of the function
      "true, true, true, 0",
      "true, true, false, 0x26",
      "true, false, true, 0",
      "true, false, false, 0",
      "false, true, true, 0",
      "false, true, false, 0x26",
      "false, false, true, 0x26",
      "false, false, false, 0x26"
    })
    void has_a_PASID_if_it_is_shared_and_the_function_has_PASIDs(
        boolean dedicated, boolean queue, boolean function, String error) {
      start(DeviceProfile.versionTwo());
      bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_ENABLE, function);
      set(WqCfg.MODE, dedicated ? 1 : 0);
      set(WqCfg.PASID_EN, queue ? 1 : 0);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({
      "false, 0, 0x27",
      "false, 1, 0",
      "false, 10, 0",
      "false, 11, 0x27",
      "true, 0, 0",
      "true, 11, 0x27"
    })
    void has_batches_within_the_devices_limit(boolean batchOfOne, int shift, String error) {
      DeviceProfile two = DeviceProfile.versionTwo();
      start(two.withGencap(GenCap.BATCH_OF_ONE.with(two.gencap(), batchOfOne ? 1 : 0)));
      set(WqCfg.MAX_BATCH_SHIFT, shift);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @Test
    void has_no_batches_on_a_part_without() {
      start(DeviceProfile.sapphireRapidsIaa());

      set(WqCfg.MAX_BATCH_SHIFT, 0);

      assertThat(enable()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0x300, 0, 0", "0x300, 5, 0", "0x300, 6, 0x27", "0x200, 0, 0", "0x200, 1, 0x27"})
    void has_gather_lists_within_the_devices_limit(String version, int shift, String error) {
      start(
          DeviceProfile.versionTwo().toBuilder()
              .version(Integer.decode(version))
              .dsacap(DsaCap.MAX_SGL_SHIFT.with(0, 5))
              .build());
      set(WqCfg.MAX_SGL_SHIFT, shift);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "30, 0", "31, 0x28"})
    void has_transfers_within_the_devices_limit(int shift, String error) {
      start(poor());
      set(WqCfg.MAX_XFER_SHIFT, shift);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({
      // dedicated, with a PASID, privileged by PCI
      "true, true, false, 0x2a",
      "true, true, true, 0",
      "true, false, false, 0",
      "false, true, false, 0"
    })
    void is_privileged_if_PCI_says_so_where_the_bit_means_anything(
        boolean dedicated, boolean pasid, boolean allowed, String error) {
      start(DeviceProfile.versionTwo());
      bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_PRIVILEGED_ENABLE, allowed);
      set(WqCfg.MODE, dedicated ? 1 : 0);
      set(WqCfg.PASID_EN, pasid ? 1 : 0);
      set(WqCfg.PRIV, 1);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @ParameterizedTest
    @CsvSource({"0, 8, 0", "0, 9, 0x2b", "1, 2047, 0", "1, 2048, 0x2b"})
    void interrupts_through_an_entry_that_there_is(int table, int handle, String error) {
      start(DeviceProfile.standard());
      set(WqCfg.OCCUPANCY_TABLE_SEL, table);
      set(WqCfg.OCCUPANCY_INTH, handle);
      set(WqCfg.OCCUPANCY_INT_EN, 1);

      assertThat(enable()).isEqualTo(Integer.decode(error));
    }

    @Test
    void interrupts_through_a_handle_that_was_asked_for() {
      start(DeviceProfile.versionTwo());
      set(WqCfg.OCCUPANCY_INTH, 2);
      set(WqCfg.OCCUPANCY_INT_EN, 1);
      assertThat(enable()).isEqualTo(0x2b);

      bench.command(Command.REQUEST_INT_HANDLE.word(2));

      assertThat(error(bench, Command.ENABLE_WQ, QUEUE)).isZero();
    }

    @Test
    void does_not_interrupt_on_a_part_that_cannot() {
      DeviceProfile one = DeviceProfile.standard();
      start(one.toBuilder().wqcap(WqCap.OCCUPANCY_INT.with(one.wqcap(), 0)).build());
      set(WqCfg.OCCUPANCY_INT_EN, 1);

      assertThat(enable()).isEqualTo(0x2b);
    }

    @Test
    void may_do_without_ATS_where_that_is_supported() {
      start(DeviceProfile.versionTwo());

      set(WqCfg.ATS_DISABLE, 1);

      assertThat(enable()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "2", "3"})
    void allows_operations_that_the_device_has(int word) {
      start(DeviceProfile.versionTwo());
      set(WqCfg.opConfig(word), 1L << 63);

      assertThat(enable()).isEqualTo(0x2d);
    }

    @Test
    void allows_what_it_likes_where_nobody_looks() {
      start(without(WqCap.OP_CONFIG));
      set(WqCfg.opConfig(0), -1L);

      assertThat(enable()).isZero();
    }
  }
}
