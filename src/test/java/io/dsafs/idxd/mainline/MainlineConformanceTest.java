package io.dsafs.idxd.mainline;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.WqCap;
import io.dsafs.testing.Machine;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The conformance checks of section 11 of the mainline reference, by number, but for those of the
 * character device.
 *
 * <p>S, A and V2 are its fixtures: dsa0, iax1 and dsa2 of one machine. {@code cfg}, {@code dev} and
 * {@code on} are its CFG, DEV and ON.
 */
class MainlineConformanceTest {
  private static final String DRIVERS = "/sys/bus/dsa/drivers/";
  private static final String NOTHING = "00000000,00000000,00000000,00000000,00000000,00000000";

  private static Machine.Builder builder() {
    return Machine.builder().mainline().profile(DeviceProfile.sapphireRapidsDsa());
  }

  private static Machine s() {
    return builder().boot();
  }

  /** S, and A as iax1. */
  private static Machine a() {
    return builder().and(DeviceProfile.sapphireRapidsIaa()).boot();
  }

  /** S, A, and V2 as dsa2. */
  private static Machine v2() {
    return builder().and(DeviceProfile.sapphireRapidsIaa()).and(DeviceProfile.versionTwo()).boot();
  }

  private static Machine cfg(String mode) {
    return cfg(s(), mode);
  }

  private static Machine cfg(Machine machine, String mode) {
    machine.basicConfig(mode);
    machine.set("wq0.0/driver_name", "user");
    return machine;
  }

  private static Machine dev(String mode) {
    return dev(s(), mode);
  }

  private static Machine dev(Machine machine, String mode) {
    cfg(machine, mode);
    assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
    return machine;
  }

  private static Machine on(String mode) {
    Machine machine = dev(mode);
    assertThat(machine.bindTo("user", "wq0.0")).isEqualTo("ok");
    return machine;
  }

  private static String status(Machine machine) {
    return machine.read("dsa0/cmd_status").strip();
  }

  /** A queue that a driver takes, but for what a check leaves out. */
  private static void queue(Machine machine, String wq, String mode) {
    machine.queue(wq, mode, "user", "other");
    machine.set(wq + "/driver_name", "user");
  }

  @Nested
  class BusNamesAndAutomaticProbing {
    @Test
    void check_001_the_automatic_probe_leaves_its_status() {
      assertThat(s().read("dsa0/cmd_status")).isEqualTo("0x800d0000\n");
    }

    @Test
    void check_002_a_write_clears_the_status() {
      Machine s = s();

      assertThat(s.write("dsa0/cmd_status", "x")).isEqualTo("ok");
      assertThat(s.read("dsa0/cmd_status")).isEqualTo("0x0\n");
    }

    @Test
    void check_003_everything_is_disabled() {
      Machine s = s();

      assertThat(s.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(s.read("wq0.0/state")).isEqualTo("disabled\n");
    }

    @Test
    void check_004_drivers() throws ErrnoException {
      assertThat(s().list(DRIVERS)).containsExactlyInAnyOrder("idxd", "user", "dmaengine", "dsa");
    }

    @Test
    void check_005_uevent_of_a_device() {
      assertThat(s().read("dsa0/uevent")).isEqualTo("DEVTYPE=dsa\nMODALIAS=idxd:t0\n");
    }

    @Test
    void check_006_uevent_of_a_bound_device() {
      assertThat(dev("shared").read("dsa0/uevent"))
          .isEqualTo("DEVTYPE=dsa\nDRIVER=idxd\nMODALIAS=idxd:t0\n");
    }

    @Test
    void check_007_no_such_device() {
      assertThat(s().bindTo("idxd", "nosuch")).isEqualTo("ENODEV");
    }

    @Test
    void check_008_a_queue_is_not_for_idxd() {
      assertThat(s().bindTo("idxd", "wq0.0")).isEqualTo("ENODEV");
    }

    @Test
    void check_009_a_group_is_for_nobody() {
      assertThat(s().bindTo("user", "group0.0")).isEqualTo("ENODEV");
    }

    @Test
    void check_010_a_bound_device_is_busy() {
      Machine dev = dev("shared");
      String before = status(dev);

      assertThat(dev.bindTo("idxd", "dsa0")).isEqualTo("EBUSY");
      assertThat(status(dev)).isEqualTo(before);
    }

    @Test
    void check_011_an_unbound_device_cannot_be_unbound() {
      assertThat(s().unbindFrom("idxd", "dsa0")).isEqualTo("ENODEV");
    }

    @Test
    void check_012_another_driver_cannot_unbind() {
      Machine on = on("shared");

      assertThat(on.unbindFrom("dmaengine", "wq0.0")).isEqualTo("ENODEV");
      assertThat(on.read("wq0.0/state")).isEqualTo("enabled\n");
    }

    @Test
    void check_013_links_of_a_bound_device() throws ErrnoException {
      Machine cfg = cfg("shared");

      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ok");

      assertThat(cfg.readlink("dsa0/driver")).endsWith("drivers/idxd");
      assertThat(cfg.exists(DRIVERS + "idxd/dsa0")).isTrue();
    }

    @Test
    void check_014_compat_finds_no_driver_for_a_queue_of_no_type() {
      assertThat(s().bindTo("dsa", "wq0.0")).isEqualTo("ENODEV");
    }

    @Test
    void check_015_compat_gives_a_device_to_idxd() throws ErrnoException {
      Machine cfg = cfg("shared");

      assertThat(cfg.bindTo("dsa", "dsa0")).isEqualTo("ok");
      assertThat(cfg.readlink("dsa0/driver")).endsWith("drivers/idxd");
    }

    @Test
    void check_016_compat_does_not_know_busy() {
      assertThat(dev("shared").bindTo("dsa", "dsa0")).isEqualTo("ENODEV");
    }

    @Test
    void check_017_compat_unbinds_from_any_driver() {
      Machine on = on("shared");

      assertThat(on.unbindFrom("dsa", "wq0.0")).isEqualTo("ok");
      assertThat(on.read("wq0.0/state")).isEqualTo("disabled\n");
    }

    @Test
    void check_018_both_kinds_are_counted_together() {
      Machine a = a();

      assertThat(a.exists("dsa0")).isTrue();
      assertThat(a.exists("iax1")).isTrue();
      assertThat(a.exists("iax0")).isFalse();
    }

    @Test
    void check_019_bind_cannot_be_read_by_root() {
      assertThat(s().read(DRIVERS + "idxd/bind")).isEqualTo("EACCES");
    }
  }

  @Nested
  class DeviceFiles {
    @Test
    void check_020_numbers_of_parts() {
      Machine s = s();

      assertThat(s.read("dsa0/max_groups")).isEqualTo("4\n");
      assertThat(s.read("dsa0/max_work_queues")).isEqualTo("8\n");
      assertThat(s.read("dsa0/max_engines")).isEqualTo("4\n");
      assertThat(s.read("dsa0/max_work_queues_size")).isEqualTo("128\n");
    }

    @Test
    void check_021_largest_values() {
      Machine s = s();

      assertThat(s.read("dsa0/max_transfer_size")).isEqualTo("2147483648\n");
      assertThat(s.read("dsa0/max_batch_size")).isEqualTo("1024\n");
      assertThat(s.read("dsa0/max_read_buffers")).isEqualTo("96\n");
    }

    @Test
    void check_022_operations_without_batches() {
      assertThat(s().read("dsa0/op_cap")).isEqualTo(NOTHING + ",00000001,003f027d\n");
    }

    @Test
    void check_023_operations_of_version_2_with_batches() {
      assertThat(v2().read("dsa2/op_cap")).isEqualTo(NOTHING + ",00000001,00bf07ff\n");
    }

    @Test
    void check_024_capabilities_and_version() {
      Machine s = s();

      assertThat(s.read("dsa0/gen_cap")).isEqualTo("0x40915f0107\n");
      assertThat(s.read("dsa0/version")).isEqualTo("0x100\n");
    }

    @Test
    void check_025_no_errors() {
      assertThat(s().read("dsa0/errors")).isEqualTo(NOTHING + ",00000000,00000000\n");
    }

    @Test
    void check_026_files_that_version_1_does_not_have() {
      Machine s = s();

      for (String file :
          List.of(
              "dsa0/event_log_size",
              "dsa0/iaa_cap",
              "dsa0/dsacaps",
              "wq0.0/op_config",
              "wq0.0/prs_disable",
              "group0.0/desc_progress_limit")) {
        assertThat(s.exists(file)).as(file).isFalse();
      }
    }

    @Test
    void check_027_the_old_name_has_the_same_value() {
      Machine s = s();

      assertThat(s.write("dsa0/read_buffer_limit", "10")).isEqualTo("ok");
      assertThat(s.read("dsa0/token_limit")).isEqualTo("10\n");
    }

    @Test
    void check_028_more_read_buffers_than_there_are() {
      assertThat(s().write("dsa0/read_buffer_limit", "97")).isEqualTo("EINVAL");
    }

    @Test
    void check_029_no_limit_while_enabled() {
      assertThat(dev("shared").write("dsa0/read_buffer_limit", "10")).isEqualTo("EPERM");
    }

    @Test
    void check_030_the_number_is_looked_at_first() {
      assertThat(dev("shared").write("dsa0/read_buffer_limit", "abc")).isEqualTo("EINVAL");
    }

    @Test
    void check_031_sizes_of_the_event_log() {
      Machine v2 = v2();

      assertThat(v2.read("dsa2/event_log_size")).isEqualTo("64\n");
      assertThat(v2.write("dsa2/event_log_size", "63")).isEqualTo("EINVAL");
      assertThat(v2.write("dsa2/event_log_size", "64")).isEqualTo("ok");
      assertThat(v2.write("dsa2/event_log_size", "65536")).isEqualTo("EINVAL");
    }

    @Test
    void check_032_the_event_log_keeps_its_size_while_enabled() {
      Machine v2 = v2();
      enableV2(v2);

      assertThat(v2.write("dsa2/event_log_size", "128")).isEqualTo("EPERM");
    }
  }

  private static void enableV2(Machine v2) {
    v2.set("engine2.0/group_id", "0");
    queue(v2, "wq2.0", "shared");
    assertThat(v2.bindTo("idxd", "dsa2")).isEqualTo("ok");
  }

  @Nested
  class EnginesAndGroups {
    @Test
    void check_033_groups_of_an_engine() {
      Machine s = s();

      assertThat(s.write("engine0.0/group_id", "4")).isEqualTo("EINVAL");
      assertThat(s.write("engine0.0/group_id", "-2")).isEqualTo("EINVAL");
      assertThat(s.write("engine0.0/group_id", "-1")).isEqualTo("ok");
    }

    @Test
    void check_034_an_engine_may_move_while_enabled() {
      assertThat(dev("shared").write("engine0.1/group_id", "1")).isEqualTo("ok");
    }

    @Test
    void check_035_no_engines_are_no_bytes() {
      assertThat(s().read("group0.0/engines")).isEmpty();
    }

    @Test
    void check_036_members_of_a_group() {
      Machine cfg = cfg("shared");

      assertThat(cfg.read("group0.0/engines")).isEqualTo("engine0.0\n");
      assertThat(cfg.read("group0.0/work_queues")).isEqualTo("wq0.0\n");
    }

    @Test
    void check_037_read_buffers_allowed_at_first() {
      Machine s = s();

      assertThat(s.read("group0.0/read_buffers_allowed")).isEqualTo("96\n");
      assertThat(s.read("group0.0/tokens_allowed")).isEqualTo("96\n");
    }

    @Test
    void check_038_four_read_buffers_for_each_engine() {
      Machine s = s();
      s.set("engine0.0/group_id", "0");

      assertThat(s.write("group0.0/read_buffers_allowed", "3")).isEqualTo("EINVAL");
      assertThat(s.write("group0.0/read_buffers_allowed", "4")).isEqualTo("ok");
    }

    @Test
    void check_039_reservations_add_up() {
      Machine s = s();

      assertThat(s.write("group0.0/read_buffers_reserved", "90")).isEqualTo("ok");
      assertThat(s.write("group0.1/read_buffers_reserved", "10")).isEqualTo("EINVAL");
      assertThat(s.write("group0.1/read_buffers_reserved", "6")).isEqualTo("ok");
    }

    @Test
    void check_040_no_more_allowed_than_reserved_and_free() {
      Machine s = s();
      s.set("group0.0/read_buffers_reserved", "90", "group0.1/read_buffers_reserved", "6");

      assertThat(s.write("group0.0/read_buffers_allowed", "97")).isEqualTo("EINVAL");
    }

    @Test
    void check_041_the_limit_is_used_when_there_is_one() {
      Machine s = s();

      assertThat(s.write("group0.0/use_read_buffer_limit", "1")).isEqualTo("EPERM");
      s.set("dsa0/read_buffer_limit", "10");
      assertThat(s.write("group0.0/use_read_buffer_limit", "1")).isEqualTo("ok");
    }

    @Test
    void check_042_traffic_classes_are_locked_unless_overridden() {
      Machine s = s();

      assertThat(s.write("group0.0/traffic_class_a", "3")).isEqualTo("EPERM");
      s.set("/sys/module/idxd/parameters/tc_override", "1");
      assertThat(s.write("group0.0/traffic_class_a", "7")).isEqualTo("ok");
      assertThat(s.write("group0.0/traffic_class_a", "8")).isEqualTo("EINVAL");
    }

    @Test
    void check_043_traffic_classes_at_first() {
      Machine s = s();

      assertThat(s.read("group0.0/traffic_class_a")).isEqualTo("1\n");
      assertThat(s.read("group0.0/traffic_class_b")).isEqualTo("1\n");
    }

    @Test
    void check_044_progress_limits() {
      Machine v2 = v2();

      assertThat(v2.write("group2.0/desc_progress_limit", "4")).isEqualTo("EINVAL");
      assertThat(v2.write("group2.0/desc_progress_limit", "3")).isEqualTo("ok");
      enableV2(v2);
      assertThat(v2.write("group2.0/desc_progress_limit", "3")).isEqualTo("ok");
    }

    @Test
    void check_045_files_that_iax_does_not_have() {
      Machine a = a();

      for (String file :
          List.of(
              "iax1/token_limit",
              "iax1/max_read_buffers",
              "group1.0/tokens_allowed",
              "iax1/max_batch_size",
              "wq1.0/max_batch_size")) {
        assertThat(a.exists(file)).as(file).isFalse();
      }
    }
  }

  @Nested
  class QueueFiles {
    private final Machine s = s();

    @Test
    void check_046_defaults() {
      assertThat(s.read("wq0.0/mode")).isEqualTo("shared\n");
      assertThat(s.read("wq0.0/size")).isEqualTo("0\n");
      assertThat(s.read("wq0.0/priority")).isEqualTo("0\n");
      assertThat(s.read("wq0.0/type")).isEqualTo("none\n");
      assertThat(s.read("wq0.0/threshold")).isEqualTo("0\n");
      assertThat(s.read("wq0.0/group_id")).isEqualTo("-1\n");
    }

    @Test
    void check_047_default_limits() {
      assertThat(s.read("wq0.0/max_transfer_size")).isEqualTo("2097152\n");
      assertThat(s.read("wq0.0/max_batch_size")).isEqualTo("32\n");
      assertThat(s.read("wq0.0/enqcmds_retries")).isEqualTo("32\n");
    }

    @Test
    void check_048_empty_names_are_a_newline() {
      assertThat(s.read("wq0.0/name")).isEqualTo("\n");
      assertThat(s.read("wq0.0/driver_name")).isEqualTo("\n");
    }

    @Test
    void check_049_no_minor_without_a_node() {
      assertThat(s.read("wq0.0/cdev_minor")).isEqualTo("ENXIO");
    }

    @Test
    void check_050_threshold_up_to_the_size_in_any_base() {
      assertThat(s.write("wq0.0/threshold", "1")).isEqualTo("EINVAL");
      s.set("wq0.0/size", "16");
      assertThat(s.write("wq0.0/threshold", "17")).isEqualTo("EINVAL");
      assertThat(s.write("wq0.0/threshold", "0x10")).isEqualTo("ok");
      assertThat(s.read("wq0.0/threshold")).isEqualTo("16\n");
    }

    @Test
    void check_051_no_threshold_of_a_dedicated_queue() {
      s.set("wq0.0/size", "16", "wq0.0/mode", "dedicated");

      assertThat(s.write("wq0.0/threshold", "4")).isEqualTo("EINVAL");
    }

    @Test
    void check_052_dedicated_clears_the_threshold() {
      s.set("wq0.0/size", "16", "wq0.0/threshold", "8", "wq0.0/mode", "dedicated");

      assertThat(s.read("wq0.0/threshold")).isEqualTo("0\n");
    }

    @Test
    void check_053_words_have_their_case() {
      assertThat(s.write("wq0.0/mode", "Dedicated")).isEqualTo("EINVAL");
    }

    @Test
    void check_054_sizes_add_up() {
      assertThat(s.write("wq0.0/size", "129")).isEqualTo("EINVAL");
      assertThat(s.write("wq0.0/size", "128")).isEqualTo("ok");
      assertThat(s.write("wq0.1/size", "1")).isEqualTo("EINVAL");
    }

    @Test
    void check_055_no_size_while_the_device_is_enabled() {
      assertThat(dev("shared").write("wq0.1/size", "8")).isEqualTo("EPERM");
    }

    @Test
    void check_056_priorities() {
      assertThat(s.write("wq0.0/priority", "16")).isEqualTo("EINVAL");
      assertThat(s.write("wq0.0/priority", "15")).isEqualTo("ok");
    }

    @Test
    void check_057_another_type_clears_the_name() {
      s.set("wq0.0/type", "user", "wq0.0/name", "app", "wq0.0/type", "kernel");

      assertThat(s.read("wq0.0/name")).isEqualTo("\n");
    }

    @Test
    void check_058_no_such_type() {
      assertThat(s.write("wq0.0/type", "mdev")).isEqualTo("EINVAL");
    }

    @Test
    void check_059_names_are_trimmed() {
      s.set("wq0.0/name", "  a b \n");

      assertThat(s.read("wq0.0/name")).isEqualTo("a b\n");
    }

    @Test
    void check_060_a_newline_is_the_empty_name() {
      s.set("wq0.0/name", "app");

      assertThat(s.write("wq0.0/name", "\n")).isEqualTo("ok");
      assertThat(s.read("wq0.0/name")).isEqualTo("\n");
    }

    @Test
    void check_061_names_have_a_length() {
      assertThat(s.write("wq0.0/name", "a".repeat(1025))).isEqualTo("EINVAL");
      assertThat(s.write("wq0.0/driver_name", "a".repeat(129))).isEqualTo("EINVAL");
    }

    @Test
    void check_062_limits_are_rounded_up() {
      s.set("wq0.0/max_transfer_size", "3000");

      assertThat(s.read("wq0.0/max_transfer_size")).isEqualTo("4096\n");
    }

    @Test
    void check_063_limits_of_a_transfer() {
      assertThat(s.write("wq0.0/max_transfer_size", "0")).isEqualTo("EINVAL");
      assertThat(s.write("wq0.0/max_transfer_size", "4294967296")).isEqualTo("EINVAL");
    }

    @Test
    void check_064_limits_of_a_batch() {
      assertThat(s.write("wq0.0/max_batch_size", "1025")).isEqualTo("EINVAL");
      assertThat(s.write("wq0.0/max_batch_size", "1000")).isEqualTo("ok");
      assertThat(s.read("wq0.0/max_batch_size")).isEqualTo("1024\n");
    }

    @Test
    void check_065_retries() {
      assertThat(s.write("wq0.0/enqcmds_retries", "100")).isEqualTo("ok");
      assertThat(s.read("wq0.0/enqcmds_retries")).isEqualTo("64\n");
      assertThat(s.write("wq0.0/enqcmds_retries", "x")).isEqualTo("EINVAL");
      assertThat(s.write("wq0.0/enqcmds_retries", "99999999999")).isEqualTo("ERANGE");
    }

    @Test
    void check_066_a_dedicated_queue_has_no_retries() {
      s.set("wq0.0/mode", "dedicated");

      assertThat(s.read("wq0.0/enqcmds_retries")).isEqualTo("EOPNOTSUPP");
      assertThat(s.write("wq0.0/enqcmds_retries", "x")).isEqualTo("EOPNOTSUPP");
    }

    @Test
    void check_067_truth_values() {
      assertThat(s.write("wq0.0/block_on_fault", "y")).isEqualTo("ok");
      assertThat(s.read("wq0.0/block_on_fault")).isEqualTo("1\n");
      assertThat(s.write("wq0.0/block_on_fault", "maybe")).isEqualTo("EINVAL");
    }

    @Test
    void check_068_nothing_blocks_without_page_requests() {
      Machine v2 = v2();
      v2.set("wq2.0/block_on_fault", "1", "wq2.0/prs_disable", "1");

      assertThat(v2.read("wq2.0/block_on_fault")).isEqualTo("0\n");
      assertThat(v2.write("wq2.0/block_on_fault", "1")).isEqualTo("EOPNOTSUPP");
    }

    @Test
    void check_069_operations_of_a_queue() {
      Machine v2 = v2();

      assertThat(v2.write("wq2.0/op_config", "0xff")).isEqualTo("EINVAL");
      assertThat(v2.write("wq2.0/op_config", "ff")).isEqualTo("ok");
      assertThat(v2.read("wq2.0/op_config")).isEqualTo(NOTHING + ",00000000,000000ff\n");
    }

    @Test
    void check_070_operations_that_there_are_not() {
      Machine v2 = v2();

      assertThat(v2.write("wq2.0/op_config", "800")).isEqualTo("EINVAL");
      assertThat(v2.write("wq2.0/op_config", "1ffffffff")).isEqualTo("EOVERFLOW");
    }

    @Test
    void check_071_occupancy_where_it_is_told() {
      DeviceProfile dsa = DeviceProfile.sapphireRapidsDsa();
      Machine without =
          builder()
              .profile(dsa.toBuilder().wqcap(dsa.wqcap() & ~WqCap.OCCUPANCY.mask()).build())
              .boot();

      assertThat(s.read("wq0.0/occupancy")).isEqualTo("0\n");
      assertThat(without.read("wq0.0/occupancy")).isEqualTo("EOPNOTSUPP");
    }

    @Test
    void check_072_an_enabled_queue_cannot_be_configured() {
      Machine on = on("shared");

      assertThat(on.write("wq0.0/group_id", "1")).isEqualTo("EPERM");
      assertThat(on.write("wq0.0/mode", "dedicated")).isEqualTo("EPERM");
      assertThat(on.write("wq0.0/priority", "1")).isEqualTo("EPERM");
      assertThat(on.write("wq0.0/type", "none")).isEqualTo("EPERM");
      assertThat(on.write("wq0.0/name", "x")).isEqualTo("EPERM");
      assertThat(on.write("wq0.0/driver_name", "x")).isEqualTo("EPERM");
      assertThat(on.write("wq0.0/max_transfer_size", "4096")).isEqualTo("EPERM");
      assertThat(on.write("wq0.0/ats_disable", "1")).isEqualTo("EPERM");
    }

    @Test
    void check_073_some_files_of_an_enabled_queue_answer_ENXIO() {
      Machine on = on("shared");

      assertThat(on.write("wq0.0/block_on_fault", "1")).isEqualTo("ENXIO");
      assertThat(on.write("wq0.0/threshold", "8")).isEqualTo("ENXIO");
    }

    @Test
    void check_074_a_device_of_fixed_configuration() {
      Machine fixed = fixed();

      assertThat(fixed.read("dsa0/configurable")).isEqualTo("0\n");
      assertThat(fixed.write("wq0.0/size", "8")).isEqualTo("EPERM");
      assertThat(fixed.write("wq0.0/mode", "shared")).isEqualTo("EPERM");
      assertThat(fixed.write("wq0.0/group_id", "1")).isEqualTo("EPERM");
      assertThat(fixed.write("wq0.0/priority", "1")).isEqualTo("EPERM");
      assertThat(fixed.write("wq0.0/type", "user")).isEqualTo("ok");
      assertThat(fixed.write("wq0.0/name", "app")).isEqualTo("ok");
      assertThat(fixed.write("wq0.0/driver_name", "user")).isEqualTo("ok");
    }
  }

  /** A device that cannot be configured, with eight dedicated queues in four groups. */
  private static Machine fixed() {
    DeviceProfile dsa = DeviceProfile.sapphireRapidsDsa();
    DeviceProfile.Queue queue = new DeviceProfile.Queue(16, 0, true, 1, 21, 5, false);
    List<DeviceProfile.Group> groups =
        IntStream.range(0, 4)
            .mapToObj(g -> new DeviceProfile.Group(3L << (2 * g), 1L << g, 0, 1, 96))
            .toList();
    return builder()
        .profile(
            dsa.toBuilder()
                .gencap(dsa.gencap() & ~GenCap.CONFIG_EN.mask())
                .queues(IntStream.range(0, 8).mapToObj(i -> queue).toList())
                .groups(groups)
                .build())
        .boot();
  }

  @Nested
  class FixedConfiguration {
    private final Machine fixed = fixed();

    @Test
    void is_read_at_the_probe_and_the_device_enabled_by_it() {
      assertThat(fixed.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(fixed.read("wq0.2/mode")).isEqualTo("dedicated\n");
      assertThat(fixed.read("wq0.2/size")).isEqualTo("16\n");
      assertThat(fixed.read("wq0.2/group_id")).isEqualTo("1\n");
      assertThat(fixed.read("wq0.2/max_transfer_size")).isEqualTo("2097152\n");
      assertThat(fixed.read("group0.1/work_queues")).isEqualTo("wq0.2 wq0.3\n");
      assertThat(fixed.read("group0.1/engines")).isEqualTo("engine0.1\n");
    }

    @Test
    void is_refused_where_a_queue_is_shared() {
      Machine shared = builder().profile(DeviceProfile.readOnly()).boot();

      assertThat(shared.exists("dsa0")).isFalse();
    }

    @Test
    void is_kept_over_a_disable() {
      assertThat(fixed.unbindFrom("idxd", "dsa0")).isEqualTo("ok");

      assertThat(fixed.read("wq0.2/size")).isEqualTo("16\n");
      assertThat(fixed.bindTo("idxd", "dsa0")).isEqualTo("ok");
    }
  }

  @Nested
  class EnablingADevice {
    @Test
    void check_075_nothing_is_configured() {
      Machine s = s();
      s.set("dsa0/cmd_status", "0");

      assertThat(s.bindTo("idxd", "dsa0")).isEqualTo("ENXIO");
      assertThat(status(s)).isEqualTo("0x800d0000");
    }

    @Test
    void check_076_no_engine_is_in_a_group() {
      Machine cfg = cfg("shared");
      cfg.set("engine0.0/group_id", "-1", "dsa0/cmd_status", "0");

      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ENXIO");
      assertThat(status(cfg)).isEqualTo("0x0");
    }

    @Test
    void check_077_a_shared_queue_has_no_type() {
      Machine cfg = cfg("shared");
      cfg.set("wq0.0/type", "none");

      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ENXIO");
      assertThat(status(cfg)).isEqualTo("0x800c0000");
    }

    @Test
    void check_078_a_shared_queue_without_ENQCMD() {
      Machine cfg = cfg(builder().cpu(true, false).boot(), "shared");

      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ENXIO");
      assertThat(status(cfg)).isEqualTo("0x800c0000");
    }

    @Test
    void check_079_a_group_without_engines() {
      Machine cfg = cfg("shared");
      cfg.set("engine0.0/group_id", "1");

      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ENXIO");
      assertThat(status(cfg)).isEqualTo("0x15");
    }

    @Test
    void check_080_a_size_is_supplied() {
      Machine cfg = cfg("dedicated");
      cfg.set("wq0.0/size", "0");

      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ok");
      assertThat(cfg.read("wq0.0/size")).isEqualTo("16\n");
    }

    @Test
    void check_081_enabled() {
      Machine cfg = cfg("shared");

      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ok");
      assertThat(cfg.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(status(cfg)).isEqualTo("0x0");
    }
  }

  @Nested
  class EnablingAQueue {
    @Test
    void check_082_of_a_disabled_device() {
      Machine cfg = cfg("shared");
      String before = status(cfg);

      assertThat(cfg.bindTo("user", "wq0.0")).isEqualTo("ENXIO");
      assertThat(status(cfg)).isEqualTo(before);
    }

    @Test
    void check_083_without_a_driver_name() {
      Machine dev = dev("shared");
      dev.set("wq0.0/driver_name", "\n");

      assertThat(dev.bindTo("user", "wq0.0")).isEqualTo("ENODEV");
      assertThat(status(dev)).isEqualTo("0x80200000");
      assertThat(dev.read("wq0.0/type")).isEqualTo("user\n");
    }

    @Test
    void check_084_for_another_driver() {
      Machine dev = dev("shared");

      assertThat(dev.bindTo("dmaengine", "wq0.0")).isEqualTo("ENODEV");
      assertThat(status(dev)).isEqualTo("0x80200000");
      assertThat(dev.read("wq0.0/type")).isEqualTo("none\n");
    }

    @Test
    void check_085_the_driver_name_need_only_start_right() {
      Machine dev = dev("shared");
      dev.set("wq0.0/driver_name", "user2");

      assertThat(dev.bindTo("user", "wq0.0")).isEqualTo("ok");
    }

    @Test
    void check_086_without_PASIDs_for_processes() {
      Machine s = s();
      s.set("/sys/module/idxd/parameters/sva", "N");
      s.set("/sys/bus/pci/drivers/idxd/unbind", "0000:6a:01.0");
      s.set("/sys/bus/pci/drivers/idxd/bind", "0000:6a:01.0");
      Machine dev = dev(s, "dedicated");

      assertThat(dev.read("dsa0/pasid_enabled")).isEqualTo("0\n");
      assertThat(dev.bindTo("user", "wq0.0")).isEqualTo("EOPNOTSUPP");
      assertThat(status(dev)).isEqualTo("0x80110000");
    }

    @Test
    void check_087_without_a_group() {
      Machine dev = dev("shared");
      dev.set("wq0.1/type", "user", "wq0.1/name", "b", "wq0.1/driver_name", "user");

      assertThat(dev.bindTo("user", "wq0.1")).isEqualTo("ENXIO");
      assertThat(status(dev)).isEqualTo("0x80030000");
      assertThat(dev.read("wq0.1/type")).isEqualTo("none\n");
    }

    @Test
    void check_088_without_a_name() {
      Machine dev = dev("shared");
      dev.set("wq0.1/group_id", "0", "wq0.1/mode", "dedicated", "wq0.1/driver_name", "user");

      assertThat(dev.bindTo("user", "wq0.1")).isEqualTo("ENXIO");
      assertThat(status(dev)).isEqualTo("0x80040000");
    }

    @Test
    void check_089_shared_without_a_threshold() {
      Machine dev = dev("shared");
      dev.set("wq0.1/group_id", "0", "wq0.1/type", "user", "wq0.1/name", "b");
      dev.set("wq0.1/driver_name", "user");

      assertThat(dev.bindTo("user", "wq0.1")).isEqualTo("ENXIO");
      assertThat(status(dev)).isEqualTo("0x80060000");
    }

    @Test
    void check_090_of_priority_0() {
      Machine cfg = cfg("shared");
      cfg.set("wq0.0/priority", "0");
      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ok");

      assertThat(cfg.bindTo("user", "wq0.0")).isEqualTo("ENXIO");
      assertThat(status(cfg)).isEqualTo("0x23");
    }

    @Test
    void check_091_enabled() throws ErrnoException {
      Machine dev = dev("shared");

      assertThat(dev.bindTo("user", "wq0.0")).isEqualTo("ok");

      assertThat(dev.read("wq0.0/state")).isEqualTo("enabled\n");
      assertThat(dev.read("wq0.0/type")).isEqualTo("user\n");
      assertThat(status(dev)).isEqualTo("0x0");
      assertThat(dev.read("wq0.0/cdev_minor")).isEqualTo("0\n");
      Node node = dev.resolve("/dev/dsa/wq0.0");
      assertThat(node.permissions()).isEqualTo(0600);
      assertThat(dev.read("wq0.0/dsa!wq0.0/dev")).isEqualTo("254:0\n");
      assertThat(dev.read("wq0.0/dsa!wq0.0/uevent"))
          .isEqualTo(
              "MAJOR=254\nMINOR=0\nDEVNAME=dsa/wq0.0\nDEVTYPE=idxd_cdev\nMODALIAS=idxd:t0\n");
    }

    @Test
    void check_092_minors_in_the_order_of_binding() {
      Machine cfg = cfg("shared");
      queue(cfg, "wq0.1", "shared");
      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ok");

      assertThat(cfg.bindTo("user", "wq0.1")).isEqualTo("ok");
      assertThat(cfg.bindTo("user", "wq0.0")).isEqualTo("ok");

      assertThat(cfg.read("wq0.1/cdev_minor")).isEqualTo("0\n");
      assertThat(cfg.read("wq0.0/cdev_minor")).isEqualTo("1\n");
    }

    @Test
    void check_093_a_sibling_left_shared_stands_in_the_way() {
      Machine cfg = cfg("shared");
      queue(cfg, "wq0.1", "shared");
      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ok");
      for (String wq : List.of("wq0.0", "wq0.1")) {
        assertThat(cfg.bindTo("user", wq)).isEqualTo("ok");
      }
      for (String wq : List.of("wq0.0", "wq0.1")) {
        assertThat(cfg.unbindFrom("user", wq)).isEqualTo("ok");
      }
      reconfigure(cfg, "wq0.1");

      assertThat(cfg.bindTo("user", "wq0.1")).isEqualTo("EINVAL");
      assertThat(status(cfg)).isEqualTo("0x800c0000");

      cfg.set("wq0.0/group_id", "-1");
      reconfigure(cfg, "wq0.1");
      assertThat(cfg.bindTo("user", "wq0.1")).isEqualTo("ok");
    }

    /** What clean-up A has cleared, of a shared user queue. */
    private static void reconfigure(Machine machine, String wq) {
      machine.set(wq + "/threshold", "8", wq + "/priority", "10", wq + "/type", "user");
      machine.set(wq + "/name", "other");
    }
  }

  @Nested
  class Disabling {
    @Test
    void check_094_a_queue_forgets_most() {
      Machine on = on("dedicated");
      on.shell.openAnswer("/dev/dsa/wq0.0");

      assertThat(on.unbindFrom("user", "wq0.0")).isEqualTo("ok");

      assertThat(on.read("wq0.0/mode")).isEqualTo("shared\n");
      assertThat(on.read("wq0.0/threshold")).isEqualTo("0\n");
      assertThat(on.read("wq0.0/priority")).isEqualTo("0\n");
      assertThat(on.read("wq0.0/name")).isEqualTo("\n");
      assertThat(on.read("wq0.0/type")).isEqualTo("none\n");
      assertThat(on.read("wq0.0/max_transfer_size")).isEqualTo("2097152\n");
      assertThat(on.read("wq0.0/size")).isEqualTo("16\n");
      assertThat(on.read("wq0.0/group_id")).isEqualTo("0\n");
      assertThat(on.read("wq0.0/driver_name")).isEqualTo("user\n");
      assertThat(on.exists("/dev/dsa/wq0.0")).isFalse();
    }

    @Test
    void check_095_a_queue_that_has_forgotten_its_name() {
      Machine on = on("dedicated");
      assertThat(on.unbindFrom("user", "wq0.0")).isEqualTo("ok");

      assertThat(on.bindTo("user", "wq0.0")).isEqualTo("ENXIO");
      assertThat(status(on)).isEqualTo("0x80040000");
    }

    @Test
    void check_096_a_device_forgets_more() {
      Machine cfg = cfg("dedicated");
      cfg.set("dsa0/read_buffer_limit", "10");
      assertThat(cfg.bindTo("idxd", "dsa0")).isEqualTo("ok");
      assertThat(cfg.bindTo("user", "wq0.0")).isEqualTo("ok");

      assertThat(cfg.unbindFrom("idxd", "dsa0")).isEqualTo("ok");

      assertThat(cfg.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(cfg.read("wq0.0/state")).isEqualTo("disabled\n");
      assertThat(cfg.exists("wq0.0/driver")).isFalse();
      assertThat(cfg.read("wq0.0/size")).isEqualTo("0\n");
      assertThat(cfg.read("wq0.0/group_id")).isEqualTo("-1\n");
      assertThat(cfg.read("engine0.0/group_id")).isEqualTo("-1\n");
      assertThat(cfg.read("group0.0/read_buffers_allowed")).isEqualTo("96\n");
      assertThat(cfg.read("wq0.0/driver_name")).isEqualTo("user\n");
      assertThat(cfg.read("dsa0/read_buffer_limit")).isEqualTo("10\n");
      assertThat(status(cfg)).isEqualTo("0x0");
    }

    @Test
    void check_097_an_open_file_does_not_stop_it() throws ErrnoException {
      Machine on = on("dedicated");
      Handle file = on.shell.open("/dev/dsa/wq0.0");

      assertThat(on.unbindFrom("user", "wq0.0")).isEqualTo("ok");
      file.release();
    }
  }

  @Nested
  class IaaDefaultConfiguration {
    private final Machine a = a();

    @Test
    void check_116_comes_up_enabled() {
      assertThat(a.read("iax1/state")).isEqualTo("enabled\n");
      assertThat(a.read("wq1.0/state")).isEqualTo("disabled\n");
      assertThat(a.read("iax1/cmd_status")).isEqualTo("0x80200000\n");
    }

    @Test
    void check_117_has_a_queue_for_compression() {
      assertThat(a.read("wq1.0/mode")).isEqualTo("dedicated\n");
      assertThat(a.read("wq1.0/size")).isEqualTo("128\n");
      assertThat(a.read("wq1.0/priority")).isEqualTo("10\n");
      assertThat(a.read("wq1.0/name")).isEqualTo("iaa_crypto\n");
      assertThat(a.read("wq1.0/driver_name")).isEqualTo("crypto\n");
      assertThat(a.read("wq1.0/group_id")).isEqualTo("0\n");
      assertThat(a.read("wq1.0/type")).isEqualTo("none\n");
    }

    @Test
    void check_118_has_one_engine_for_it() {
      assertThat(a.read("group1.0/engines")).isEqualTo("engine1.0\n");
      assertThat(a.read("engine1.1/group_id")).isEqualTo("-1\n");
    }

    @Test
    void check_119_can_be_configured_for_processes() {
      assertThat(a.unbindFrom("idxd", "iax1")).isEqualTo("ok");
      a.set("engine1.0/group_id", "0");
      queue(a, "wq1.2", "shared");

      assertThat(a.bindTo("idxd", "iax1")).isEqualTo("ok");
      assertThat(a.bindTo("user", "wq1.2")).isEqualTo("ok");

      assertThat(a.exists("/dev/iax/wq1.2")).isTrue();
      assertThat(a.read("wq1.2/iax!wq1.2/dev")).isEqualTo("253:0\n");
      assertThat(a.read("iax1/uevent")).startsWith("DEVTYPE=iax\nDRIVER=idxd\n");
    }
  }
}
