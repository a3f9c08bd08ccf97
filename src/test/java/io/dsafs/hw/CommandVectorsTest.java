package io.dsafs.hw;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The command vectors of the hardware reference: their words of setup and outcome as code. */
class CommandVectorsTest {
  /** How a device comes into the state a vector starts from, and what it must be like after. */
  private record Case(DeviceProfile profile, Consumer<Bench> setup, Consumer<Bench> after) {}

  private static final DeviceProfile V1 = DeviceProfile.standard();
  private static final DeviceProfile V2 = DeviceProfile.everything();
  private static final long TRANSFER_2_30 = 0x0000_0040_915e_0107L;

  private static Case when(Consumer<Bench> setup, Consumer<Bench> after) {
    return new Case(V1, setup, after);
  }

  private static Case onV2(Consumer<Bench> setup, Consumer<Bench> after) {
    return new Case(V2, setup, after);
  }

  private static Case onSmallTransfers(Consumer<Bench> setup, Consumer<Bench> after) {
    return new Case(V1.withGencap(TRANSFER_2_30), setup, after);
  }

  private static void deviceIs(Bench bench, GenSts.State state) {
    assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(state.code());
  }

  private static void wqIs(Bench bench, int wq, WqCfg.State state) {
    assertThat(bench.wq(wq, WqCfg.STATE)).isEqualTo(state.code());
  }

  private static void disabled(Bench bench) {
    deviceIs(bench, GenSts.State.DISABLED);
  }

  private static void enabled(Bench bench) {
    deviceIs(bench, GenSts.State.ENABLED);
  }

  private static void wq0Disabled(Bench bench) {
    deviceIs(bench, GenSts.State.ENABLED);
    wqIs(bench, 0, WqCfg.State.DISABLED);
  }

  private static void nothing(Bench bench) {
    deviceIs(bench, GenSts.State.DISABLED);
  }

  /** The device is enabled with one configured queue, which is not. */
  private static void deviceEnabled(Bench bench) {
    bench.configured().run(Command.ENABLE_DEVICE, 0);
  }

  private static Consumer<Bench> deviceEnabledAnd(Consumer<Bench> more) {
    return bench -> {
      deviceEnabled(bench);
      more.accept(bench);
    };
  }

  private static Consumer<Bench> configuredAnd(Consumer<Bench> more) {
    return bench -> more.accept(bench.configured());
  }

  private static void twoQueues(Bench bench, int size0, int size1, long grouped) {
    bench.configureWq(0, true, size0, 0);
    bench.configureWq(1, true, size1, 0);
    bench.group(0, grouped, 1);
  }

  private static void withQueuedWork(Bench bench) {
    bench.enabled();
    for (int i = 0; i < 5; i++) {
      bench.post(0, Bench.noop());
    }
  }

  private static final Map<String, Case> CASES =
      Map.ofEntries(
          entry("enable_device", when(Bench::configured, CommandVectorsTest::enabled)),
          entry(
              "enable_device_interrupt",
              when(
                  Bench::configured,
                  bench -> {
                    deviceIs(bench, GenSts.State.ENABLED);
                    assertThat(bench.get(IntCause.INTCAUSE, IntCause.CMD)).isOne();
                    assertThat(bench.interrupts).containsExactly(0);
                  })),
          entry(
              "enable_device_twice",
              when(CommandVectorsTest::deviceEnabled, CommandVectorsTest::enabled)),
          entry(
              "enable_device_no_bus_master",
              when(
                  configuredAnd(
                      bench ->
                          bench.setConfig(
                              ConfigSpace.COMMAND, ConfigSpace.BUS_MASTER_ENABLE, false)),
                  CommandVectorsTest::disabled)),
          entry(
              "enable_device_prs_zero",
              when(configuredAnd(bench -> prs(bench, 0)), CommandVectorsTest::disabled)),
          entry(
              "enable_device_prs_too_big",
              when(configuredAnd(bench -> prs(bench, 513)), CommandVectorsTest::disabled)),
          entry(
              "enable_device_sizes_too_big",
              when(bench -> twoQueues(bench, 100, 29, 0x3), CommandVectorsTest::disabled)),
          entry(
              "enable_device_group_without_engine",
              when(configuredAnd(bench -> bench.group(0, 1, 0)), CommandVectorsTest::disabled)),
          entry(
              "enable_device_group_without_wq",
              when(bench -> bench.group(0, 0, 1), CommandVectorsTest::disabled)),
          entry(
              "enable_device_wq_in_two_groups",
              when(configuredAnd(bench -> bench.group(1, 1, 2)), CommandVectorsTest::disabled)),
          entry(
              "enable_device_active_wq_without_group",
              when(bench -> twoQueues(bench, 16, 16, 0x1), CommandVectorsTest::disabled)),
          entry(
              "enable_device_inactive_wq_in_group",
              when(bench -> twoQueues(bench, 16, 0, 0x3), CommandVectorsTest::disabled)),
          entry(
              "enable_device_engine_in_two_groups",
              when(
                  bench -> {
                    twoQueues(bench, 16, 16, 0x1);
                    bench.group(1, 0x2, 1);
                  },
                  CommandVectorsTest::disabled)),
          entry(
              "enable_device_read_buffers_low",
              when(
                  configuredAnd(bench -> bench.setGroup(0, GrpCfg.TOKENS_ALLOWED, 3)),
                  CommandVectorsTest::disabled)),
          entry(
              "enable_device_read_buffers_reserved_sum",
              when(
                  configuredAnd(bench -> bench.setGroup(0, GrpCfg.TOKENS_RESERVED, 97)),
                  CommandVectorsTest::disabled)),
          entry(
              "enable_device_nothing_configured",
              when(CommandVectorsTest::nothing, CommandVectorsTest::enabled)),
          entry(
              "enable_wq",
              when(
                  deviceEnabledAnd(
                      bench -> {
                        bench.setWq(0, WqCfg.MAX_BATCH_SHIFT, 5);
                        bench.setWq(0, WqCfg.MAX_XFER_SHIFT, 21);
                      }),
                  bench -> wqIs(bench, 0, WqCfg.State.ENABLED))),
          entry("enable_wq_device_disabled", when(Bench::configured, CommandVectorsTest::disabled)),
          entry(
              "enable_wq_bad_index",
              when(CommandVectorsTest::deviceEnabled, CommandVectorsTest::enabled)),
          entry(
              "enable_wq_twice",
              when(Bench::enabled, bench -> wqIs(bench, 0, WqCfg.State.ENABLED))),
          entry(
              "enable_wq_size_zero",
              when(CommandVectorsTest::deviceEnabled, CommandVectorsTest::enabled)),
          entry(
              "enable_wq_priority_zero",
              when(wq0With(WqCfg.PRIORITY, 0), CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_bof_without_prs",
              when(wq0With(WqCfg.BOF, 1), CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_shared_without_pasid",
              when(
                  deviceEnabledAnd(
                      bench -> {
                        bench.setWq(0, WqCfg.MODE, 0);
                        bench.setWq(0, WqCfg.PASID_EN, 0);
                      }),
                  CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_pasid_without_pci_pasid",
              when(
                  bench -> {
                    bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_ENABLE, false);
                    deviceEnabled(bench);
                  },
                  CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_batch_zero",
              when(wq0With(WqCfg.MAX_BATCH_SHIFT, 0), CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_batch_too_big",
              when(wq0With(WqCfg.MAX_BATCH_SHIFT, 11), CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_transfer_too_big",
              onSmallTransfers(wq0With(WqCfg.MAX_XFER_SHIFT, 31), CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_priv_without_pci_priv",
              when(
                  bench -> {
                    bench.setConfig(
                        ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_PRIVILEGED_ENABLE, false);
                    wq0With(WqCfg.PRIV, 1).accept(bench);
                  },
                  CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_opcfg_not_subset",
              onV2(wq0With(WqCfg.opConfig(0), 1 << 11), CommandVectorsTest::wq0Disabled)),
          entry(
              "enable_wq_prs_disable_without_event_log",
              onV2(wq0With(WqCfg.PRS_DISABLE, 1), CommandVectorsTest::wq0Disabled)),
          entry(
              "disable_wq",
              when(
                  CommandVectorsTest::twoEnabled,
                  bench -> {
                    wqIs(bench, 0, WqCfg.State.DISABLED);
                    wqIs(bench, 1, WqCfg.State.DISABLED);
                  })),
          entry(
              "disable_wq_not_enabled",
              when(Bench::enabled, bench -> wqIs(bench, 0, WqCfg.State.ENABLED))),
          entry(
              "drain_wq_not_enabled",
              when(CommandVectorsTest::deviceEnabled, CommandVectorsTest::wq0Disabled)),
          entry(
              "abort_wq",
              when(
                  CommandVectorsTest::withQueuedWork,
                  bench -> {
                    wqIs(bench, 0, WqCfg.State.ENABLED);
                    assertThat(bench.device.occupancy(0)).isZero();
                    assertThat(bench.device.step()).isFalse();
                  })),
          entry(
              "reset_wq",
              when(
                  Bench::enabled,
                  bench -> {
                    wqIs(bench, 0, WqCfg.State.DISABLED);
                    assertThat(bench.wq(0, WqCfg.SIZE)).isEqualTo(16);
                    assertThat(bench.wq(0, WqCfg.PRIORITY)).isZero();
                    assertThat(bench.wq(0, WqCfg.MODE)).isZero();
                  })),
          entry(
              "reset_wq_already_disabled",
              when(
                  wq0With(WqCfg.PRIORITY, 5),
                  bench -> {
                    assertThat(bench.wq(0, WqCfg.PRIORITY)).isZero();
                    assertThat(bench.wq(0, WqCfg.SIZE)).isEqualTo(16);
                  })),
          entry("drain_pasid_unused", when(Bench::enabled, CommandVectorsTest::enabled)),
          entry(
              "abort_pasid",
              when(
                  bench -> {
                    bench.configured().setWq(0, WqCfg.PASID, 5);
                    bench.run(Command.ENABLE_DEVICE, 0);
                    bench.run(Command.ENABLE_WQ, 0);
                    bench.post(0, Bench.noop());
                  },
                  bench -> assertThat(bench.device.occupancy(0)).isZero())),
          entry(
              "disable_device",
              when(
                  Bench::enabled,
                  bench -> {
                    deviceIs(bench, GenSts.State.DISABLED);
                    wqIs(bench, 0, WqCfg.State.DISABLED);
                    assertThat(bench.wq(0, WqCfg.PRIORITY)).isEqualTo(10);
                  })),
          entry(
              "disable_device_disabled",
              when(CommandVectorsTest::nothing, CommandVectorsTest::disabled)),
          entry(
              "reset_device",
              when(
                  bench -> {
                    bench.enabled();
                    bench.device.injectSwError(SwErr.ERROR.with(0, 0x10), 0, 0);
                  },
                  bench -> {
                    CommandVectorsTest.configurationIsReset(bench);
                    assertThat(bench.swerrorCode()).isEqualTo(0x10);
                    assertThat(bench.device.read(0, Bench.MSIX + 8, 8)).isZero();
                    assertThat(bench.device.read(0, Bench.MSIX + 16, 8)).isEqualTo(0xfee00000L);
                  })),
          entry(
              "reset_device_disabled",
              when(Bench::configured, CommandVectorsTest::configurationIsReset)),
          entry("drain_all", when(Bench::enabled, CommandVectorsTest::enabled)),
          entry(
              "abort_all",
              when(
                  CommandVectorsTest::withQueuedWork,
                  bench -> assertThat(bench.device.occupancy(0)).isZero())),
          entry(
              "request_int_handle_unsupported",
              when(CommandVectorsTest::nothing, CommandVectorsTest::disabled)),
          entry(
              "request_int_handle",
              onV2(
                  CommandVectorsTest::nothing,
                  bench ->
                      assertThat(bench.get(CmdStatus.CMDSTATUS, CmdStatus.RESULT)).isEqualTo(1))),
          entry(
              "request_int_handle_bad_index",
              onV2(CommandVectorsTest::nothing, CommandVectorsTest::disabled)),
          entry(
              "undefined_command_0",
              when(CommandVectorsTest::nothing, CommandVectorsTest::disabled)),
          entry(
              "undefined_command_31",
              when(CommandVectorsTest::nothing, CommandVectorsTest::disabled)),
          entry(
              "reserved_operand_ignored",
              when(
                  bench -> {
                    bench.configureWq(3, true, 16, 0);
                    bench.group(0, 8, 1);
                    bench.run(Command.ENABLE_DEVICE, 0);
                    bench.run(Command.ENABLE_WQ, 3);
                  },
                  bench -> {
                    deviceIs(bench, GenSts.State.DISABLED);
                    wqIs(bench, 3, WqCfg.State.DISABLED);
                  })));

  private static void prs(Bench bench, int allocation) {
    bench.device.configWrite(ConfigSpace.PRI_ALLOCATION, 4, allocation);
    bench.setConfig(ConfigSpace.PRI_CONTROL, ConfigSpace.PRI_ENABLE, true);
  }

  private static Consumer<Bench> wq0With(io.dsafs.spec.Field field, long value) {
    return deviceEnabledAnd(bench -> bench.setWq(0, field, value));
  }

  private static void twoEnabled(Bench bench) {
    twoQueues(bench, 16, 16, 0x3);
    bench.run(Command.ENABLE_DEVICE, 0);
    bench.run(Command.ENABLE_WQ, 0);
    bench.run(Command.ENABLE_WQ, 1);
  }

  private static void configurationIsReset(Bench bench) {
    deviceIs(bench, GenSts.State.DISABLED);
    assertThat(bench.wq(0, WqCfg.SIZE)).isZero();
    assertThat(bench.wq(0, WqCfg.PRIORITY)).isZero();
    assertThat(bench.device.read(0, Bench.GRPCFG, 8)).isZero();
    assertThat(bench.get(GenCfg.GENCFG, GenCfg.TOKEN_LIMIT)).isEqualTo(96);
  }

  static Stream<Arguments> commands() {
    return VectorsTest.named("commands")
        .filter(arguments -> !arguments.get()[0].equals("command_while_active"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("commands")
  void end_as_the_vector_says(String name, JsonNode vector) {
    Case each = CASES.get(name);
    Bench bench = Bench.stepped(each.profile());
    each.setup().accept(bench);
    int word = (int) (long) Long.decode(vector.get("cmd").asText());

    int status = bench.command(word);

    assertThat(CmdStatus.ACTIVE.isSet(status)).isFalse();
    assertThat(CmdStatus.ERR.get(status)).isEqualTo(Long.decode(vector.get("error_code").asText()));
    each.after().accept(bench);
  }

  @Test
  void command_while_active() {
    Bench bench = Bench.stepped().enabled();
    bench.post(0, Bench.noop());
    int status = bench.command(Command.DRAIN_WQ.word(1));
    assertThat(CmdStatus.ACTIVE.isSet(status)).isTrue();

    bench.command(0x00300000);

    assertThat(bench.swerrorCode()).isEqualTo(0x52);
    assertThat(bench.get(SwErr.SWERROR, SwErr.DESC_VALID)).isZero();
    assertThat(bench.get(SwErr.SWERROR, SwErr.WQ_IDX_VALID)).isZero();
    bench.device.step();
    assertThat(bench.read(CmdStatus.CMDSTATUS)).isZero();
  }
}
