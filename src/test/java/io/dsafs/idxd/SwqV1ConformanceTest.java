package io.dsafs.idxd;

import static io.dsafs.testing.Machine.DEVICES;
import static io.dsafs.testing.Machine.DRIVER;
import static io.dsafs.testing.SimulatedProcess.MAP_SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.CpuFeatures;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.pci.MappedBar;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.MsixPerm;
import io.dsafs.spec.Portal;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import io.dsafs.testing.Machine;
import io.dsafs.testing.ObservedEndpoint;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Directory;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The conformance checks of section 15 of the swq-v1 reference, by number.
 *
 * <p>P, N and R are the profiles of its section 0.3. Calls on a mapping (mmap, fork, a touch) are
 * made with the ioctls that stand for them. A node is a regular file here, as FUSE has no device
 * nodes to offer; everything else about it is checked.
 */
class SwqV1ConformanceTest {
  private static final int READ_WRITE = 3;
  private static final long GRPCFG = 0x400;
  private static final long WQCFG = 0x500;
  private static final long MSIX_PERM = 0x300;

  private static Machine enabled(String mode) {
    Machine machine = Machine.p();
    machine.basicConfig(mode);
    machine.enable("dsa0");
    return machine;
  }

  private static Machine enabledWithQueue(String mode) {
    Machine machine = enabled(mode);
    machine.enable("wq0.0");
    return machine;
  }

  private static List<String> numbered(String name, int count) {
    return IntStream.range(0, count).mapToObj(i -> name + "0." + i).toList();
  }

  private static String size(Machine machine, String path) throws ErrnoException {
    Node node = machine.resolve(path);
    return String.format(Locale.ROOT, "%04o %d", node.permissions(), node.size());
  }

  /** A no-op that asks for nothing. */
  private static ByteBuffer noop() {
    return ByteBuffer.allocateDirect(64).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Nested
  class Tree {
    private final Machine p = Machine.p();

    @Test
    void check_001_the_bus_lists_exactly_the_device_and_its_parts() throws ErrnoException {
      List<String> expected = new ArrayList<>(List.of("dsa0"));
      expected.addAll(numbered("wq", 8));
      expected.addAll(numbered("group", 4));
      expected.addAll(numbered("engine", 4));

      assertThat(p.list(DEVICES)).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void check_002_a_wq_links_into_its_device() throws ErrnoException {
      assertThat(p.readlink("wq0.0"))
          .isEqualTo("../../../devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.0");
    }

    @Test
    void check_003_the_bus_has_one_driver() throws ErrnoException {
      assertThat(p.list("/sys/bus/dsa/drivers")).containsExactly("dsa");
    }

    @Test
    void check_004_bind_is_write_only_and_a_page_long() throws ErrnoException {
      assertThat(size(p, DRIVER + "bind")).isEqualTo("0200 4096");
    }

    @Test
    void check_005_bind_cannot_be_read_by_root() {
      assertThat(p.read(DRIVER + "bind")).isEqualTo("EACCES");
    }

    @Test
    void check_006_state_cannot_be_written_by_root() {
      assertThat(p.write("dsa0/state", "enabled")).isEqualTo("EACCES");
    }

    @Test
    void check_007_size_has_mode_0644() throws ErrnoException {
      assertThat(size(p, "wq0.0/size")).isEqualTo("0644 4096");
    }

    @Test
    void check_008_clients_has_mode_0444() throws ErrnoException {
      assertThat(size(p, "wq0.0/clients")).isEqualTo("0444 4096");
    }

    @Test
    void check_009_subsystem_links_to_the_bus() throws ErrnoException {
      assertThat(p.readlink("wq0.0/subsystem")).endsWith("bus/dsa");
    }

    @Test
    void check_010_an_unbound_device_has_no_driver_link() {
      assertThat(p.exists("dsa0/driver")).isFalse();
    }

    @Test
    void check_011_uevent_of_a_wq() {
      assertThat(p.read("wq0.0/uevent")).isEqualTo("DEVTYPE=wq\n");
    }

    @Test
    void check_012_uevent_of_the_device() {
      assertThat(p.read("dsa0/uevent")).isEqualTo("DEVTYPE=dsa\n");
    }

    /** The tree offers neither call; the mount answers EACCES and EPERM for it. */
    @Test
    void check_013_nothing_can_be_created() throws ErrnoException {
      Node directory = p.resolve("dsa0");

      assertThat(directory).isInstanceOf(Directory.class);
      assertThat(p.read("dsa0/new")).isEqualTo("ENOENT");
    }

    @Test
    void check_014_drivers_autoprobe_takes_anything() {
      String autoprobe = "/sys/bus/dsa/drivers_autoprobe";

      assertThat(p.read(autoprobe)).isEqualTo("1\n");
      assertThat(p.write(autoprobe, "0")).isEqualTo("ok");
      assertThat(p.read(autoprobe)).isEqualTo("0\n");
      assertThat(p.write(autoprobe, "x")).isEqualTo("ok");
      assertThat(p.read(autoprobe)).isEqualTo("1\n");
    }
  }

  @Nested
  class DeviceFiles {
    private final Machine p = Machine.p();

    @Test
    void check_015_version() {
      assertThat(p.read("dsa0/version")).isEqualTo("0x100\n");
    }

    @Test
    void check_016_numbers_of_parts() {
      assertThat(p.read("dsa0/max_groups")).isEqualTo("4\n");
      assertThat(p.read("dsa0/max_work_queues")).isEqualTo("8\n");
      assertThat(p.read("dsa0/max_engines")).isEqualTo("4\n");
      assertThat(p.read("dsa0/max_work_queues_size")).isEqualTo("128\n");
    }

    @Test
    void check_017_largest_transfer_and_batch() {
      assertThat(p.read("dsa0/max_transfer_size")).isEqualTo("2147483648\n");
      assertThat(p.read("dsa0/max_batch_size")).isEqualTo("1024\n");
    }

    @Test
    void check_018_capabilities_in_hex() {
      assertThat(p.read("dsa0/op_cap")).isEqualTo("0x1003f03ff\n");
      assertThat(p.read("dsa0/gen_cap")).isEqualTo("0x40915f0107\n");
    }

    @Test
    void check_019_pasid_enabled() {
      assertThat(p.read("dsa0/pasid_enabled")).isEqualTo("1\n");
      assertThat(Machine.n().read("dsa0/pasid_enabled")).isEqualTo("0\n");
    }

    @Test
    void check_020_configurable() {
      assertThat(p.read("dsa0/configurable")).isEqualTo("1\n");
      assertThat(Machine.r().read("dsa0/configurable")).isEqualTo("0\n");
    }

    @Test
    void check_021_errors_are_four_words() {
      String zero = "0x0000000000000000";

      assertThat(p.read("dsa0/errors"))
          .isEqualTo(String.join(" ", zero, zero, zero, zero) + "\n")
          .hasSize(76);
    }

    @Test
    void check_022_a_fresh_device() {
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(p.read("dsa0/clients")).isEqualTo("0\n");
      assertThat(p.read("dsa0/max_tokens")).isEqualTo("96\n");
      assertThat(p.read("dsa0/token_limit")).isEqualTo("0\n");
    }

    @Test
    void check_023_token_limit_is_bounded() {
      assertThat(p.write("dsa0/token_limit", "97")).isEqualTo("EINVAL");
      assertThat(p.write("dsa0/token_limit", "96")).isEqualTo("ok");
      assertThat(p.read("dsa0/token_limit")).isEqualTo("96\n");
    }

    @Test
    void check_024_token_limit_takes_only_numbers() {
      for (String text : List.of("-1", " 5", "5 ", "0x5", "5\n\n")) {
        assertThat(p.write("dsa0/token_limit", text)).as(text).isEqualTo("EINVAL");
      }
      assertThat(p.write("dsa0/token_limit", "+5\n")).isEqualTo("ok");
      assertThat(p.read("dsa0/token_limit")).isEqualTo("5\n");
    }

    @Test
    void check_025_token_limit_of_a_read_only_device() {
      Machine r = Machine.r();

      assertThat(r.write("dsa0/token_limit", "5")).isEqualTo("EPERM");
      assertThat(r.write("dsa0/token_limit", "x")).isEqualTo("EINVAL");
    }

    @Test
    void check_026_token_limit_without_the_capability() {
      DeviceProfile full = DeviceProfile.standard();
      DeviceProfile without =
          full.toBuilder()
              .name("no limit")
              .grpcap(GrpCap.TOKEN_LIMIT.with(full.grpcap(), 0))
              .build();
      Machine machine = Machine.builder().profile(without).boot();

      assertThat(machine.write("dsa0/token_limit", "5")).isEqualTo("EPERM");
    }

    @Test
    void check_027_token_limit_beyond_64_bits() {
      assertThat(p.write("dsa0/token_limit", "18446744073709551616")).isEqualTo("EINVAL");
    }
  }

  @Nested
  class Groups {
    private final Machine p = Machine.p();

    @Test
    void check_028_empty_lists_have_no_bytes() {
      assertThat(p.read("group0.0/work_queues")).isEmpty();
      assertThat(p.read("group0.0/engines")).isEmpty();
    }

    @Test
    void check_029_work_queues_in_order() {
      p.set("wq0.2/group_id", "0", "wq0.0/group_id", "0");

      assertThat(p.read("group0.0/work_queues")).isEqualTo("wq0.0 wq0.2\n");
    }

    @Test
    void check_030_engines() {
      p.set("engine0.1/group_id", "0");

      assertThat(p.read("group0.0/engines")).isEqualTo("engine0.1\n");
    }

    @Test
    void check_031_traffic_classes_start_unset() {
      assertThat(p.read("group0.0/traffic_class_a")).isEqualTo("-1\n");
      assertThat(p.read("group0.0/traffic_class_b")).isEqualTo("-1\n");
    }

    @Test
    void check_032_traffic_classes_are_0_to_7() {
      assertThat(p.write("group0.0/traffic_class_a", "7")).isEqualTo("ok");
      assertThat(p.write("group0.0/traffic_class_a", "8")).isEqualTo("EINVAL");
      assertThat(p.write("group0.0/traffic_class_a", "-1")).isEqualTo("EINVAL");
    }

    @Test
    void check_033_reserved_tokens_share_the_total() {
      assertThat(p.write("group0.0/tokens_reserved", "97")).isEqualTo("EINVAL");
      assertThat(p.write("group0.0/tokens_reserved", "50")).isEqualTo("ok");
      assertThat(p.write("group0.1/tokens_reserved", "47")).isEqualTo("EINVAL");
      assertThat(p.write("group0.1/tokens_reserved", "46")).isEqualTo("ok");
    }

    @Test
    void check_034_a_reservation_can_be_lowered() {
      p.set("group0.0/tokens_reserved", "50", "group0.1/tokens_reserved", "46");

      assertThat(p.write("group0.0/tokens_reserved", "40")).isEqualTo("ok");
    }

    @Test
    void check_035_tokens_allowed_depend_on_the_engines() {
      p.set("engine0.0/group_id", "0", "engine0.1/group_id", "0");

      assertThat(p.write("group0.0/tokens_allowed", "7")).isEqualTo("EINVAL");
      assertThat(p.write("group0.0/tokens_allowed", "8")).isEqualTo("ok");
      assertThat(p.write("group0.0/tokens_allowed", "97")).isEqualTo("EINVAL");
    }

    @Test
    void check_036_tokens_allowed_0_without_engines() {
      assertThat(p.write("group0.0/tokens_allowed", "0")).isEqualTo("ok");
    }

    @Test
    void check_037_use_token_limit_needs_a_limit() {
      assertThat(p.write("group0.0/use_token_limit", "1")).isEqualTo("EPERM");
      p.set("dsa0/token_limit", "10");
      assertThat(p.write("group0.0/use_token_limit", "1")).isEqualTo("ok");
      assertThat(p.write("group0.0/use_token_limit", "7")).isEqualTo("ok");
      assertThat(p.read("group0.0/use_token_limit")).isEqualTo("1\n");
    }

    @Test
    void check_038_a_read_only_device_refuses_after_the_text() {
      Machine r = Machine.r();

      assertThat(r.write("group0.0/traffic_class_a", "1")).isEqualTo("EPERM");
      assertThat(r.write("group0.0/traffic_class_a", "junk")).isEqualTo("EINVAL");
    }

    @Test
    void check_039_an_enabled_device_refuses() {
      Machine machine = enabled("dedicated");

      assertThat(machine.write("group0.0/tokens_reserved", "1")).isEqualTo("EPERM");
      assertThat(machine.write("group0.0/traffic_class_b", "1")).isEqualTo("EPERM");
    }
  }

  @Nested
  class Engines {
    @Test
    void check_040_group_id() {
      Machine p = Machine.p();

      assertThat(p.read("engine0.0/group_id")).isEqualTo("-1\n");
      assertThat(p.write("engine0.0/group_id", "3")).isEqualTo("ok");
      assertThat(p.write("engine0.0/group_id", "4")).isEqualTo("EINVAL");
      assertThat(p.write("engine0.0/group_id", "-2")).isEqualTo("EINVAL");
      assertThat(p.write("engine0.0/group_id", "-1")).isEqualTo("ok");
    }

    @Test
    void check_041_the_state_does_not_matter() {
      assertThat(enabled("dedicated").write("engine0.1/group_id", "0")).isEqualTo("ok");
    }

    @Test
    void check_042_permission_before_range() {
      Machine r = Machine.r();

      assertThat(r.write("engine0.0/group_id", "0")).isEqualTo("EPERM");
      assertThat(r.write("engine0.0/group_id", "9")).isEqualTo("EPERM");
      assertThat(r.write("engine0.0/group_id", "z")).isEqualTo("EINVAL");
    }
  }

  @Nested
  class WqFiles {
    private final Machine p = Machine.p();

    @Test
    void check_043_fresh_wq_defaults() {
      assertThat(p.read("wq0.0/mode")).isEqualTo("shared\n");
      assertThat(p.read("wq0.0/type")).isEqualTo("none\n");
      assertThat(p.read("wq0.0/name")).isEqualTo("\n");
      assertThat(p.read("wq0.0/cdev_minor")).isEqualTo("-1\n");
      for (String file : List.of("threshold", "size", "priority", "block_on_fault")) {
        assertThat(p.read("wq0.0/" + file)).as(file).isEqualTo("0\n");
      }
    }

    @Test
    void check_044_mode_without_pasid() {
      Machine n = Machine.n();

      assertThat(n.read("wq0.0/mode")).isEqualTo("shared\n");
      assertThat(n.write("wq0.0/mode", "shared")).isEqualTo("EINVAL");
      assertThat(n.write("wq0.0/mode", "dedicated")).isEqualTo("ok");
    }

    @Test
    void check_045_mode_takes_two_words() {
      assertThat(p.write("wq0.0/mode", "shared")).isEqualTo("ok");
      assertThat(p.write("wq0.0/mode", "dedicated\n")).isEqualTo("ok");
      assertThat(p.write("wq0.0/mode", "Dedicated")).isEqualTo("EINVAL");
      assertThat(p.write("wq0.0/mode", "dedicated\n\n")).isEqualTo("EINVAL");
    }

    @Test
    void check_046_sizes_share_the_total() {
      assertThat(p.write("wq0.0/size", "128")).isEqualTo("ok");
      assertThat(p.write("wq0.1/size", "1")).isEqualTo("EINVAL");
      assertThat(p.write("wq0.0/size", "0")).isEqualTo("ok");
      assertThat(p.write("wq0.1/size", "1")).isEqualTo("ok");
    }

    @Test
    void check_047_the_own_size_counts_once() {
      p.set("wq0.0/size", "100");

      assertThat(p.write("wq0.0/size", "128")).isEqualTo("ok");
    }

    @Test
    void check_048_priority() {
      assertThat(p.write("wq0.0/priority", "15")).isEqualTo("ok");
      assertThat(p.write("wq0.0/priority", "16")).isEqualTo("EINVAL");
    }

    @Test
    void check_049_block_on_fault() {
      assertThat(p.write("wq0.0/block_on_fault", "1")).isEqualTo("ok");
      assertThat(p.write("wq0.0/block_on_fault", "2")).isEqualTo("EINVAL");
      assertThat(p.write("wq0.0/block_on_fault", "x")).isEqualTo("EINVAL");
    }

    @Test
    void check_050_what_comes_first_differs() {
      Machine r = Machine.r();

      assertThat(r.write("wq0.0/block_on_fault", "x")).isEqualTo("EPERM");
      assertThat(r.write("wq0.0/priority", "x")).isEqualTo("EINVAL");
    }

    @Test
    void check_051_threshold_is_1_to_size() {
      p.set("wq0.0/size", "16");

      assertThat(p.write("wq0.0/threshold", "0")).isEqualTo("EINVAL");
      assertThat(p.write("wq0.0/threshold", "17")).isEqualTo("EINVAL");
      assertThat(p.write("wq0.0/threshold", "16")).isEqualTo("ok");
      assertThat(p.write("wq0.0/threshold", "8")).isEqualTo("ok");
    }

    @Test
    void check_052_a_dedicated_queue_has_no_threshold() {
      p.set("wq0.0/size", "16", "wq0.0/mode", "dedicated");

      assertThat(p.write("wq0.0/threshold", "8")).isEqualTo("EINVAL");
    }

    @Test
    void check_053_threshold_range_before_permission() {
      assertThat(Machine.r().write("wq0.0/threshold", "5")).isEqualTo("EINVAL");
    }

    @Test
    void check_054_dedicated_clears_the_threshold_for_good() {
      p.set("wq0.0/size", "16", "wq0.0/threshold", "8", "wq0.0/mode", "dedicated");

      assertThat(p.read("wq0.0/threshold")).isEqualTo("0\n");
      p.set("wq0.0/mode", "shared");
      assertThat(p.read("wq0.0/threshold")).isEqualTo("0\n");
    }

    @Test
    void check_055_size_may_go_below_the_threshold() {
      p.set("wq0.0/size", "16", "wq0.0/threshold", "16");

      assertThat(p.write("wq0.0/size", "4")).isEqualTo("ok");
      assertThat(p.read("wq0.0/threshold")).isEqualTo("16\n");
    }

    @Test
    void check_056_types() {
      for (String type : List.of("kernel", "user", "none")) {
        assertThat(p.write("wq0.0/type", type)).as(type).isEqualTo("ok");
      }
      assertThat(p.write("wq0.0/type", "mdev")).isEqualTo("EINVAL");
      assertThat(p.read("wq0.0/type")).isEqualTo("none\n");
    }

    @Test
    void check_057_another_type_clears_the_name() {
      p.set("wq0.0/type", "user", "wq0.0/name", "app", "wq0.0/type", "user");

      assertThat(p.read("wq0.0/name")).isEqualTo("app\n");
      p.set("wq0.0/type", "kernel");
      assertThat(p.read("wq0.0/name")).isEqualTo("\n");
    }

    @Test
    void check_058_no_channel_with_pasid() {
      p.set("wq0.0/type", "kernel", "wq0.0/name", "other");

      assertThat(p.write("wq0.0/name", "dmaengine")).isEqualTo("EOPNOTSUPP");
      assertThat(p.write("wq0.0/name", "dmaengine\n")).isEqualTo("EOPNOTSUPP");
      assertThat(p.read("wq0.0/name")).isEqualTo("other\n");
    }

    @Test
    void check_059_a_user_queue_may_have_that_name() {
      p.set("wq0.0/type", "user");

      assertThat(p.write("wq0.0/name", "dmaengine")).isEqualTo("ok");
    }

    @Test
    void check_060_a_channel_without_pasid() {
      Machine n = Machine.n();
      n.set("wq0.0/type", "kernel");

      assertThat(n.write("wq0.0/name", "dmaengine")).isEqualTo("ok");
    }

    @Test
    void check_061_names_have_1024_bytes() {
      assertThat(p.write("wq0.0/name", "x".repeat(1024))).isEqualTo("ok");
      assertThat(p.write("wq0.0/name", "x".repeat(1025))).isEqualTo("EINVAL");
      assertThat(p.write("wq0.0/name", "x".repeat(1024) + "\n")).isEqualTo("EINVAL");
    }

    @Test
    void check_062_a_name_ends_at_its_first_newline() {
      assertThat(p.write("wq0.0/name", "a\nb")).isEqualTo("ok");
      assertThat(p.read("wq0.0/name")).isEqualTo("a\n");
      assertThat(p.write("wq0.0/name", "\n")).isEqualTo("ok");
      assertThat(p.read("wq0.0/name")).isEqualTo("\n");
      assertThat(p.write("wq0.0/name", "\0")).isEqualTo("EINVAL");
    }

    @Test
    void check_063_name_and_type_ignore_configurable() {
      Machine r = Machine.r();

      assertThat(r.write("wq0.0/name", "x")).isEqualTo("ok");
      assertThat(r.write("wq0.0/type", "user")).isEqualTo("ok");
      assertThat(r.write("wq0.0/size", "1")).isEqualTo("EPERM");
    }

    @Test
    void check_064_group_id() {
      assertThat(p.write("wq0.0/group_id", "3")).isEqualTo("ok");
      assertThat(p.write("wq0.0/group_id", "4")).isEqualTo("EINVAL");
      assertThat(p.write("wq0.0/group_id", "-1")).isEqualTo("ok");
      assertThat(p.write("wq0.0/group_id", "-2")).isEqualTo("EINVAL");
    }

    @Test
    void check_065_an_enabled_queue_is_fixed() {
      Machine machine = enabledWithQueue("dedicated");

      Stream.of(
              "group_id=1",
              "size=8",
              "priority=1",
              "mode=shared",
              "type=none",
              "name=x",
              "block_on_fault=1")
          .map(pair -> pair.split("=", 2))
          .forEach(
              pair ->
                  assertThat(machine.write("wq0.0/" + pair[0], pair[1]))
                      .as(pair[0])
                      .isEqualTo("EPERM"));
    }

    @Test
    void check_066_text_and_permission_of_an_enabled_queue() {
      Machine machine = enabledWithQueue("dedicated");

      assertThat(machine.write("wq0.0/size", "junk")).isEqualTo("EINVAL");
      assertThat(machine.write("wq0.0/mode", "junk")).isEqualTo("EPERM");
    }

    @Test
    void check_067_other_queues_stay_open() {
      assertThat(enabledWithQueue("dedicated").write("wq0.1/size", "8")).isEqualTo("ok");
    }

    @Test
    void check_068_an_empty_write_does_nothing() throws ErrnoException {
      p.set("wq0.0/size", "16");
      Handle file = p.shell.open("wq0.0/size", Machine.O_WRONLY);

      assertThat(file.write(p.shell.tid(), ByteBuffer.allocate(0), 0)).isZero();
      assertThat(p.read("wq0.0/size")).isEqualTo("16\n");
    }
  }

  @Nested
  class BindingTheDevice {
    private final Machine p = Machine.p();

    @Test
    void check_069_nothing_configured() {
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(p.read("group0.0/traffic_class_a")).isEqualTo("-1\n");
    }

    @Test
    void check_070_no_engine() {
      p.set("wq0.0/group_id", "0", "wq0.0/mode", "dedicated", "wq0.0/size", "16");

      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
    }

    @Test
    void check_071_a_configured_device_binds() throws ErrnoException {
      p.basicConfig("dedicated");

      assertThat(p.bind("dsa0\n")).isEqualTo("ok");
      assertThat(p.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(p.readlink("dsa0/driver")).endsWith("bus/dsa/drivers/dsa");
      assertThat(p.exists(DRIVER + "dsa0")).isTrue();
      assertThat(p.read("dsa0/uevent")).contains("DRIVER=dsa\n");
    }

    @Test
    void check_072_a_bound_device_does_not_bind() {
      assertThat(enabled("dedicated").bind("dsa0")).isEqualTo("ENODEV");
    }

    @Test
    void check_073_all_traffic_classes_get_their_defaults() {
      Machine machine = enabled("dedicated");

      for (String group : numbered("group", 4)) {
        assertThat(machine.read(group + "/traffic_class_a")).isEqualTo("0\n");
        assertThat(machine.read(group + "/traffic_class_b")).isEqualTo("1\n");
      }
    }

    @Test
    void check_074_a_grouped_queue_of_size_0_stops_the_pass_late() {
      p.basicConfig("dedicated");
      p.set("wq0.1/group_id", "0");

      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
      assertThat(p.read("group0.0/traffic_class_a")).isEqualTo("0\n");
      assertThat(p.read("group0.0/traffic_class_b")).isEqualTo("1\n");
    }

    @Test
    void check_075_the_default_mode_stops_a_device_without_pasid() {
      Machine n = Machine.n();
      n.set("engine0.0/group_id", "0", "wq0.0/group_id", "0");
      n.set("wq0.0/size", "16", "wq0.0/priority", "10");

      assertThat(n.bind("dsa0")).isEqualTo("ENODEV");
      n.set("wq0.0/mode", "dedicated");
      assertThat(n.bind("dsa0")).isEqualTo("ok");
    }

    @Test
    void check_076_names_that_do_not_bind() {
      for (String name : List.of("nosuch", "group0.0", "engine0.0", "dsa0 ")) {
        assertThat(p.bind(name)).as(name).isEqualTo("ENODEV");
      }
    }

    @Test
    void check_077_an_unbound_device_does_not_unbind() {
      assertThat(p.unbind("dsa0")).isEqualTo("ENODEV");
    }

    @Test
    void check_078_unbinding_keeps_the_configuration() {
      Machine machine = enabled("shared");

      assertThat(machine.unbind("dsa0")).isEqualTo("ok");
      assertThat(machine.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(machine.read("wq0.0/size")).isEqualTo("16\n");
      assertThat(machine.read("wq0.0/group_id")).isEqualTo("0\n");
      assertThat(machine.read("wq0.0/name")).isEqualTo("app\n");
      assertThat(machine.bind("dsa0")).isEqualTo("ok");
    }

    @Test
    void check_079_no_token_limit_while_enabled() {
      assertThat(enabled("dedicated").write("dsa0/token_limit", "1")).isEqualTo("EPERM");
    }

    @Test
    void check_080_drivers_probe_always_succeeds_for_a_known_name() {
      assertThat(p.write("/sys/bus/dsa/drivers_probe", "dsa0")).isEqualTo("ok");
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(p.write("/sys/bus/dsa/drivers_probe", "nosuch")).isEqualTo("ENODEV");
    }

    @Test
    void check_081_drivers_probe_binds() {
      p.basicConfig("dedicated");

      assertThat(p.write("/sys/bus/dsa/drivers_probe", "dsa0")).isEqualTo("ok");
      assertThat(p.read("dsa0/state")).isEqualTo("enabled\n");
    }
  }

  @Nested
  class BindingQueues {
    @Test
    void check_082_not_while_the_device_is_disabled() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");

      assertThat(p.bind("wq0.0")).isEqualTo("ENODEV");
      assertThat(p.read("wq0.0/state")).isEqualTo("disabled\n");
    }

    @Test
    void check_083_a_user_queue_gets_a_node() throws ErrnoException {
      Machine machine = enabled("dedicated");

      assertThat(machine.bind("wq0.0")).isEqualTo("ok");
      assertThat(machine.read("wq0.0/state")).isEqualTo("enabled\n");
      assertThat(machine.resolve("/dev/dsa/wq0.0").permissions()).isEqualTo(0600);
      assertThat(machine.read("wq0.0/cdev_minor")).isEqualTo("0\n");
    }

    @Test
    void check_084_the_node_has_a_device() {
      Machine machine = enabledWithQueue("dedicated");
      String number =
          machine.read("dsa0/cdev_major").strip() + ":" + machine.read("wq0.0/cdev_minor");

      assertThat(machine.read("dsa!wq0.0/dev")).isEqualTo(number);
      assertThat(machine.read("dsa!wq0.0/uevent"))
          .contains("DEVNAME=dsa/wq0.0\n", "DEVTYPE=idxd_cdev\n");
    }

    @Test
    void check_085_a_queue_without_a_group() {
      assertThat(enabled("dedicated").bind("wq0.1")).isEqualTo("ENODEV");
    }

    @Test
    void check_086_a_queue_without_a_name() {
      Machine machine = enabled("dedicated");
      machine.set("wq0.1/group_id", "0", "wq0.1/mode", "dedicated", "wq0.1/size", "16");

      assertThat(machine.bind("wq0.1")).isEqualTo("ENODEV");
    }

    @Test
    void check_087_a_shared_queue_needs_a_threshold() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.set("wq0.1/group_id", "0", "wq0.1/size", "16", "wq0.1/priority", "10");
      p.set("wq0.1/type", "user", "wq0.1/name", "two");
      p.enable("dsa0");

      assertThat(p.bind("wq0.1")).isEqualTo("ENODEV");
      p.set("wq0.1/threshold", "8");
      assertThat(p.bind("wq0.1")).isEqualTo("ok");
    }

    /** Section 4.3 leaves open whether the engines serve such a queue; here they do. */
    @Test
    void check_087_a_queue_configured_late_is_bound_and_served() throws ErrnoException {
      Machine machine = enabled("dedicated");
      machine.queue("wq0.1", "shared", "user", "two");

      assertThat(machine.bind("wq0.1")).isEqualTo("ok");
      Handle file = machine.shell.open("/dev/dsa/wq0.1");
      ByteBuffer noop = ByteBuffer.allocateDirect(64).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(machine.shell.enqcmd(file, machine.shell.map(file), noop)).isEqualTo("0");
      machine.hardware.runAll();
      assertThat(machine.hardware.describeQueues()).contains("wq1 shared enabled 16 8 0 1 1 0 0\n");
    }

    @Test
    void check_078_a_queue_taken_out_of_its_group_does_not_stop_the_others() {
      Machine machine = enabled("dedicated");
      machine.queue("wq0.1", "dedicated", "user", "two");
      machine.unbind("dsa0");
      machine.enable("dsa0");
      machine.unbind("dsa0");

      machine.set("wq0.1/group_id", "-1");

      assertThat(machine.bind("dsa0")).isEqualTo("ok");
    }

    @Test
    void check_088_a_queue_of_type_none_gets_no_node() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.queue("wq0.1", "dedicated", "none", "nobody");
      p.enable("dsa0");

      assertThat(p.bind("wq0.1")).isEqualTo("ok");
      assertThat(p.read("wq0.1/state")).isEqualTo("enabled\n");
      assertThat(p.read("wq0.1/cdev_minor")).isEqualTo("-1\n");
      assertThat(p.exists("/dev/dsa/wq0.1")).isFalse();
    }

    @Test
    void check_089_minors_follow_the_order_of_enabling() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.queue("wq0.3", "dedicated", "user", "three");
      p.queue("wq0.5", "dedicated", "user", "five");
      p.enable("dsa0", "wq0.3", "wq0.0");

      assertThat(p.read("wq0.3/cdev_minor")).isEqualTo("0\n");
      assertThat(p.read("wq0.0/cdev_minor")).isEqualTo("1\n");
      assertThat(p.unbind("wq0.3")).isEqualTo("ok");
      p.enable("wq0.5");
      assertThat(p.read("wq0.5/cdev_minor")).isEqualTo("0\n");
    }

    @Test
    void check_090_unbinding_takes_the_node() {
      Machine machine = enabledWithQueue("dedicated");

      assertThat(machine.unbind("wq0.0")).isEqualTo("ok");
      assertThat(machine.exists("/dev/dsa/wq0.0")).isFalse();
      assertThat(machine.read("wq0.0/cdev_minor")).isEqualTo("-1\n");
      assertThat(machine.read("wq0.0/state")).isEqualTo("disabled\n");
      assertThat(machine.exists("/dev/dsa")).isFalse();
    }

    @Test
    void check_091_unbinding_the_device_takes_its_queues() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.queue("wq0.1", "shared", "user", "two");
      p.enable("dsa0", "wq0.0", "wq0.1");

      assertThat(p.unbind("dsa0")).isEqualTo("ok");
      for (String wq : List.of("wq0.0", "wq0.1")) {
        assertThat(p.read(wq + "/state")).isEqualTo("disabled\n");
        assertThat(p.exists(wq + "/driver")).isFalse();
        assertThat(p.exists("/dev/dsa/" + wq)).isFalse();
      }
    }

    @Test
    void check_092_another_queue_of_size_0_stops_a_bind() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.queue("wq0.1", "dedicated", "user", "one");
      p.queue("wq0.2", "dedicated", "user", "two");
      p.enable("dsa0", "wq0.0");
      p.set("wq0.1/size", "0");

      assertThat(p.bind("wq0.2")).isEqualTo("ENODEV");
    }

    @Test
    void check_093_a_bound_queue_does_not_bind() {
      assertThat(enabledWithQueue("dedicated").bind("wq0.0")).isEqualTo("ENODEV");
    }

    @Test
    void check_094_a_kernel_queue_becomes_a_channel() throws ErrnoException {
      Machine n = Machine.n();
      n.set("engine0.0/group_id", "0");
      n.queue("wq0.0", "dedicated", "kernel", "dmaengine");
      n.enable("dsa0");

      assertThat(n.bind("wq0.0")).isEqualTo("ok");
      assertThat(n.list("/sys/class/dma")).containsExactly("dma0chan0");
      assertThat(n.read("/sys/class/dma/dma0chan0/in_use")).isEqualTo("0\n");
      assertThat(n.unbind("wq0.0")).isEqualTo("ok");
      assertThat(n.list("/sys/class/dma")).isEmpty();
    }
  }

  @Nested
  class CharDevices {
    @Test
    void check_095_a_dedicated_queue_opens_once() throws ErrnoException {
      Machine machine = enabledWithQueue("dedicated");

      Handle file = machine.shell.open("/dev/dsa/wq0.0");
      assertThat(machine.newProcess().openAnswer("/dev/dsa/wq0.0")).isEqualTo("EBUSY");
      assertThat(machine.read("wq0.0/clients")).isEqualTo("1\n");
      assertThat(machine.read("dsa0/clients")).isEqualTo("1\n");
      file.release();
      assertThat(machine.read("wq0.0/clients")).isEqualTo("0\n");
      assertThat(machine.read("dsa0/clients")).isEqualTo("0\n");
      assertThat(machine.shell.openAnswer("/dev/dsa/wq0.0")).isEqualTo("ok");
    }

    @Test
    void check_096_a_shared_queue_opens_often() throws ErrnoException {
      Machine machine = enabledWithQueue("shared");

      for (int i = 0; i < 3; i++) {
        Handle unused = machine.shell.open("/dev/dsa/wq0.0");
      }
      assertThat(machine.read("wq0.0/clients")).isEqualTo("3\n");
    }

    @Test
    void check_097_an_open_queue_can_be_unbound() throws ErrnoException {
      Machine machine = enabledWithQueue("shared");
      Handle file = machine.shell.open("/dev/dsa/wq0.0");

      assertThat(machine.unbind("wq0.0")).isEqualTo("ok");
      assertThat(machine.read("wq0.0/clients")).isEqualTo("0\n");
      file.release();
      assertThat(machine.read("wq0.0/clients")).isEqualTo("0\n");
    }

    @Test
    void check_098_one_page_can_be_mapped() throws ErrnoException {
      Machine machine = enabledWithQueue("shared");
      SimulatedProcess shell = machine.shell;
      Handle file = shell.open("/dev/dsa/wq0.0");

      assertThat(shell.mapAnswer(file, 4096, READ_WRITE, MAP_SHARED, 0)).isEqualTo("ok");
      assertThat(shell.mapAnswer(file, 1, READ_WRITE, MAP_SHARED, 0)).isEqualTo("ok");
      assertThat(shell.mapAnswer(file, 8192, READ_WRITE, MAP_SHARED, 0)).isEqualTo("EINVAL");
    }

    @Test
    void check_099_the_offset_selects_nothing() throws ErrnoException {
      Machine machine = enabledWithQueue("shared");
      SimulatedProcess shell = machine.shell;
      Handle file = shell.open("/dev/dsa/wq0.0");

      assertThat(shell.map(file, 4096, READ_WRITE, MAP_SHARED, 4096 * 7).kind())
          .isEqualTo(shell.map(file).kind());
    }

    @Test
    void check_100_a_child_has_no_mapping() throws ErrnoException {
      Machine machine = enabledWithQueue("shared");
      Handle file = machine.shell.open("/dev/dsa/wq0.0");
      SimulatedProcess.Page page = machine.shell.map(file);
      SimulatedProcess child = machine.newProcess();

      assertThat(machine.shell.enqcmd(file, page, noop())).isEqualTo("0");
      assertThat(child.enqcmd(file, page, noop())).isEqualTo("EFAULT");
      assertThat(child.movdir64b(file, page, noop())).isEqualTo("EFAULT");
    }

    @Test
    void check_101_nothing_to_poll_for() throws ErrnoException {
      Machine machine = enabledWithQueue("shared");

      assertThat(machine.shell.open("/dev/dsa/wq0.0").poll(0, null)).isEqualTo(OpenFile.POLL_NONE);
    }

    @Test
    void check_105_operations_that_do_not_exist() throws ErrnoException {
      Machine machine = Machine.builder().strictAbi().boot();
      machine.basicConfig("shared");
      machine.enable("dsa0", "wq0.0");
      Handle file = machine.shell.open("/dev/dsa/wq0.0");

      assertThat(Machine.answer(() -> "" + file.read(ByteBuffer.allocate(64), 0)))
          .isEqualTo("EINVAL");
      assertThat(machine.shell.write(file, noop())).isEqualTo("EINVAL");
      assertThat(SimulatedProcess.seek(file)).isEqualTo("ESPIPE");
      assertThat(Machine.answer(() -> "" + file.ioctl(machine.shell.tid(), 0x5401, null)))
          .isEqualTo("ENOTTY");
    }

    @Test
    void check_106_opening_a_dedicated_queue_hands_it_over() throws ErrnoException {
      Machine machine = enabledWithQueue("dedicated");
      ObservedEndpoint endpoint = machine.endpoint;
      long dword2 = WQCFG + WqCfg.PASID.dwordOffset();

      endpoint.forget();
      Handle file = machine.shell.open("/dev/dsa/wq0.0");
      int pasid = machine.iommu.pasidOf(machine.shell.memory());
      assertThat(endpoint.writes())
          .extracting(ObservedEndpoint.Write::offset)
          .containsExactly(0xa0L, dword2, 0xa0L);
      assertThat(endpoint.commands()).containsExactly("0x00700001", "0x00600000");
      assertThat(WqCfg.PASID_EN.get32(endpoint.read32(dword2))).isEqualTo(1);
      assertThat(WqCfg.PASID.get32(endpoint.read32(dword2))).isEqualTo(pasid);

      endpoint.forget();
      file.release();
      assertThat(endpoint.commands())
          .containsExactly(
              String.format(Locale.ROOT, "0x00b%05x", pasid), "0x00700001", "0x00600000");
      assertThat(WqCfg.PASID_EN.get32(endpoint.read32(dword2))).isZero();
      assertThat(WqCfg.PASID.get32(endpoint.read32(dword2))).isZero();
    }

    @Test
    void check_107_a_process_has_one_pasid() throws ErrnoException {
      Machine machine = enabledWithQueue("shared");
      SimulatedProcess one = machine.newProcess();
      SimulatedProcess two = machine.newProcess();

      Handle first = one.open("/dev/dsa/wq0.0");
      int pasid = machine.iommu.pasidOf(one.memory());
      Handle second = one.open("/dev/dsa/wq0.0");
      Handle other = two.open("/dev/dsa/wq0.0");

      int system = machine.iommu.pasidOf(machine.kernelMemory);
      assertThat(machine.iommu.pasidOf(one.memory())).isEqualTo(pasid);
      assertThat(List.of(pasid, machine.iommu.pasidOf(two.memory()), system))
          .doesNotHaveDuplicates()
          .doesNotContain(0);
      Stream.of(first, second, other).forEach(Handle::release);
      assertThat(machine.iommu.pasidOf(one.memory())).isZero();
    }

    @Test
    void check_108_no_commands_without_pasid() throws ErrnoException {
      Machine n = Machine.n();
      n.basicConfig("dedicated");
      n.enable("dsa0", "wq0.0");

      n.endpoint.forget();
      n.shell.open("/dev/dsa/wq0.0").release();

      assertThat(n.endpoint.writes()).isEmpty();
    }
  }

  @Nested
  class Errors {
    private final Machine p = Machine.p();

    Errors() {
      p.basicConfig("shared");
      p.queue("wq0.1", "shared", "user", "two");
      p.queue("wq0.2", "shared", "none", "three");
      p.enable("dsa0", "wq0.0", "wq0.1", "wq0.2");
    }

    private long errorOf(int wq) {
      long word = SwErr.ERROR.with(SwErr.WQ_IDX_VALID.mask(), 0x10);
      return SwErr.WQ_IDX.with(word, wq);
    }

    @Test
    void check_102_any_error_of_the_device_makes_a_file_readable() throws ErrnoException {
      Handle file = p.shell.open("/dev/dsa/wq0.0");

      p.hardware.injectSwError(errorOf(1), 2, 3);

      assertThat(file.poll(0, null)).isEqualTo(OpenFile.POLL_READABLE);
      assertThat(p.read("dsa0/errors"))
          .isEqualTo(
              "0x0000000000011009 0x0000000000000002 0x0000000000000003 0x0000000000000000\n");
    }

    @Test
    void check_103_the_named_queue_wakes() throws ErrnoException {
      AtomicInteger woken = new AtomicInteger();
      Handle file = p.shell.open("/dev/dsa/wq0.0");
      assertThat(file.poll(0, woken::incrementAndGet)).isEqualTo(OpenFile.POLL_NONE);

      p.hardware.injectSwError(errorOf(1), 0, 0);
      assertThat(woken).hasValue(0);
      assertThat(file.poll(0, null)).isEqualTo(OpenFile.POLL_READABLE);

      p.hardware.injectSwError(errorOf(0), 0, 0);
      assertThat(woken).hasValue(1);
    }

    @Test
    void check_104_an_error_of_no_queue_wakes_every_user_queue() throws ErrnoException {
      AtomicInteger woken = new AtomicInteger();
      for (String wq : List.of("wq0.0", "wq0.1")) {
        int unused = p.shell.open("/dev/dsa/" + wq).poll(0, woken::incrementAndGet);
      }

      p.hardware.injectSwError(0, 0, 0);

      assertThat(woken).hasValue(2);
    }
  }

  @Nested
  class Registers {
    private long wqcfg(Machine machine, int word) {
      long low = machine.endpoint.read32(WQCFG + 8L * word) & 0xffff_ffffL;
      return low | (long) machine.endpoint.read32(WQCFG + 8L * word + 4) << 32;
    }

    @Test
    void check_109_who_may_use_the_vectors() {
      Machine p = Machine.p();
      Machine n = Machine.n();
      int system = p.iommu.pasidOf(p.kernelMemory);

      for (int vector = 1; vector <= 8; vector++) {
        int entry = p.endpoint.read32(MSIX_PERM + 8L * vector);
        assertThat(MsixPerm.PASID_EN.get32(entry)).isEqualTo(1);
        assertThat(MsixPerm.PASID.get32(entry)).isEqualTo(system);
        assertThat(n.endpoint.read32(MSIX_PERM + 8L * vector)).isZero();
      }
      assertThat(p.endpoint.writes())
          .extracting(ObservedEndpoint.Write::offset)
          .doesNotContain(MSIX_PERM);
    }

    @Test
    void check_110_a_dedicated_user_queue() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.enable("dsa0");
      int system = p.iommu.pasidOf(p.kernelMemory);

      assertThat(WqCfg.SIZE.get(wqcfg(p, 0))).isEqualTo(16);
      assertThat(WqCfg.THRESHOLD.get(wqcfg(p, 0))).isZero();
      assertThat(WqCfg.MODE.get(wqcfg(p, 1))).isEqualTo(1);
      assertThat(WqCfg.PRIORITY.get(wqcfg(p, 1))).isEqualTo(10);
      assertThat(WqCfg.PASID_EN.get(wqcfg(p, 1))).isEqualTo(1);
      assertThat(WqCfg.PASID.get(wqcfg(p, 1))).isEqualTo(system);
      assertThat(WqCfg.PRIV.get(wqcfg(p, 1))).isZero();
      assertThat(WqCfg.MAX_XFER_SHIFT.get(wqcfg(p, 1))).isEqualTo(31);
      assertThat(WqCfg.MAX_BATCH_SHIFT.get(wqcfg(p, 1))).isEqualTo(10);
    }

    @Test
    void check_111_a_shared_kernel_queue() {
      Machine p = Machine.p();
      p.basicConfig("shared");
      p.set("wq0.0/type", "kernel");
      p.enable("dsa0");

      assertThat(WqCfg.THRESHOLD.get(wqcfg(p, 0))).isEqualTo(8);
      assertThat(WqCfg.MODE.get(wqcfg(p, 1))).isZero();
      assertThat(WqCfg.PRIV.get(wqcfg(p, 1))).isEqualTo(1);
    }

    @Test
    void check_112_block_on_fault_needs_the_capability() {
      DeviceProfile full = DeviceProfile.standard();
      Machine without =
          Machine.builder()
              .profile(full.withGencap(GenCap.BLOCK_ON_FAULT.with(full.gencap(), 0)))
              .boot();
      Machine with = Machine.p();

      for (Machine machine : List.of(without, with)) {
        machine.basicConfig("dedicated");
        machine.set("wq0.0/block_on_fault", "1");
        machine.enable("dsa0");
      }

      assertThat(WqCfg.BOF.get(wqcfg(without, 1))).isZero();
      assertThat(WqCfg.BOF.get(wqcfg(with, 1))).isEqualTo(1);
    }

    @Test
    void check_113_a_group() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.set("wq0.0/group_id", "2", "engine0.0/group_id", "2");
      p.enable("dsa0");
      long entry = GRPCFG + 2L * GrpCfg.STRIDE_BYTES;

      assertThat(p.endpoint.read32(entry)).isEqualTo(1);
      assertThat(p.endpoint.read32(entry + GrpCfg.ENGINES.byteOffset())).isEqualTo(1);
      int flags = p.endpoint.read32(entry + GrpCfg.TC_A.dwordOffset());
      assertThat(GrpCfg.TOKENS_ALLOWED.get32(flags)).isEqualTo(96);
      assertThat(GrpCfg.TC_A.get32(flags)).isZero();
      assertThat(GrpCfg.TC_B.get32(flags)).isEqualTo(1);
    }

    @Test
    void check_114_a_token_limit_of_0_leaves_the_old_one() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.set("dsa0/token_limit", "20");
      p.enable("dsa0");
      long gencfg = GenCfg.GENCFG.offset();

      assertThat(GenCfg.TOKEN_LIMIT.get32(p.endpoint.read32(gencfg))).isEqualTo(20);
      assertThat(p.unbind("dsa0")).isEqualTo("ok");
      p.set("dsa0/token_limit", "0");
      p.enable("dsa0");
      assertThat(GenCfg.TOKEN_LIMIT.get32(p.endpoint.read32(gencfg))).isEqualTo(20);
    }

    @Test
    void check_115_a_halted_device_stays_halted() {
      Machine p = Machine.p();
      p.basicConfig("dedicated");
      p.queue("wq0.1", "dedicated", "user", "two");
      p.enable("dsa0", "wq0.0");

      p.hardware.halt(GenSts.ResetType.FLR);
      p.hardware.injectSwError(0, 0, 0);

      assertThat(p.read("dsa0/state")).isEqualTo("halted\n");
      assertThat(p.bind("wq0.1")).isEqualTo("ENODEV");
      assertThat(p.unbind("wq0.0")).isEqualTo("ok");
      assertThat(p.bind("wq0.0")).isEqualTo("ENODEV");
      assertThat(p.unbind("dsa0")).isEqualTo("ok");
      assertThat(p.read("dsa0/state")).isEqualTo("halted\n");
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
    }
  }

  @Nested
  class Submission {
    private Machine stalled(String mode, String threshold) {
      Machine p = Machine.p();
      p.basicConfig(mode);
      p.set("wq0.0/size", "4");
      if (threshold != null) {
        p.set("wq0.0/threshold", threshold);
      }
      p.enable("dsa0", "wq0.0");
      return p;
    }

    private MappedBar portals(Machine machine) {
      return machine.pci.ioremap(machine.pci.resourceStart(2), machine.pci.resourceLength(2));
    }

    private int occupancy(Machine machine) {
      long entry = WQCFG + WqCfg.OCCUPANCY.dwordOffset();
      return WqCfg.OCCUPANCY.get32(machine.endpoint.read32(entry));
    }

    @Test
    void check_116_portals_of_a_shared_queue() {
      Machine p = stalled("shared", "2");
      MappedBar bar = portals(p);
      long limited = Portal.LIMITED.offset(0);
      long unlimited = Portal.UNLIMITED.offset(0);

      assertThat(bar.iosubmitCmds512Sync(limited, noop(), 1)).isZero();
      assertThat(bar.iosubmitCmds512Sync(limited, noop(), 1)).isZero();
      assertThat(bar.iosubmitCmds512Sync(limited, noop(), 1)).isEqualTo(1);
      assertThat(bar.iosubmitCmds512Sync(unlimited, noop(), 1)).isZero();
      assertThat(bar.iosubmitCmds512Sync(unlimited, noop(), 1)).isZero();
      assertThat(bar.iosubmitCmds512Sync(unlimited, noop(), 1)).isEqualTo(1);
      assertThat(occupancy(p)).isEqualTo(4);

      ByteBuffer five = ByteBuffer.allocateDirect(5 * 64).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(portals(stalled("shared", "2")).iosubmitCmds512Sync(unlimited, five, 5))
          .isEqualTo(1);
    }

    @Test
    void check_117_a_full_dedicated_queue_drops() {
      Machine p = stalled("dedicated", null);
      MappedBar bar = portals(p);

      for (int i = 0; i < 5; i++) {
        bar.iosubmitCmds512(Portal.LIMITED.offset(0), noop(), 1);
      }

      assertThat(occupancy(p)).isEqualTo(4);
    }
  }

  @Nested
  class Loading {
    @Test
    void check_118_the_cpu_must_have_both_instructions() {
      for (CpuFeatures cpu : List.of(new CpuFeatures(false, true), new CpuFeatures(true, false))) {
        Machine machine = Machine.builder().cpu(cpu.movdir64b(), cpu.enqcmd()).build();

        assertThat(
                Machine.answer(
                    () -> {
                      machine.idxd.load();
                      return "ok";
                    }))
            .isEqualTo("ENODEV");
        assertThat(machine.exists("/sys/bus/dsa")).isFalse();
        assertThat(machine.exists("/sys/module/idxd")).isFalse();
      }
    }
  }
}
