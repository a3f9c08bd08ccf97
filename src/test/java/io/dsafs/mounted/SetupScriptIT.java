package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code tools/dsa-setup} on a mounted tree with two devices. */
class SetupScriptIT {
  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree = Mounted.mount("--devices 2");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  @BeforeEach
  void nothing_is_configured() {
    tree.ok("for f in unbind bind; do echo 0000:6a:01.0 > $M/sys/bus/pci/drivers/idxd/$f; done");
  }

  private static Shell.Result setup(String arguments) {
    return tree.sh("tools/dsa-setup $M " + arguments);
  }

  private static String works(String arguments) {
    Shell.Result result = setup(arguments);
    assertThat(result.exit()).as(result.output()).isZero();
    return result.text();
  }

  @Nested
  class Configure {
    @Test
    void makes_one_dedicated_user_queue_by_itself() {
      assertThat(works("")).isEqualTo("dsa0 enabled\nwq0.0 enabled");

      assertThat(works("show dsa0"))
          .startsWith("dsa0 enabled version=0x100 clients=0 pasid_enabled=1 configurable=1")
          .contains("\n  engine0.0 group=0\n", "\n  engine0.3 group=0\n")
          .contains(
              "\n  wq0.0 enabled group=0 type=user mode=dedicated size=16 threshold=0 priority=10"
                  + " block_on_fault=0 name=app1 clients=0 cdev_minor=0\n")
          .contains("\n  wq0.7 disabled group=-1 type=none mode=shared size=0");
    }

    @Test
    void deals_with_groups_engines_and_queues_in_one_line() {
      works(
          "-d dsa0 --group 0 --engines 1 --wq user:shared:32:24:15:fast"
              + " --group=1 --engines=3 --block-on-fault --wq user:dedicated:64::5:bulk");

      assertThat(works("show dsa0"))
          .contains("engine0.0 group=0\n", "engine0.1 group=1\n", "engine0.3 group=1\n")
          .contains(
              "wq0.0 enabled group=0 type=user mode=shared size=32 threshold=24 priority=15"
                  + " block_on_fault=0 name=fast")
          .contains(
              "wq0.1 enabled group=1 type=user mode=dedicated size=64 threshold=0 priority=5"
                  + " block_on_fault=1 name=bulk");
    }

    @Test
    void takes_out_what_was_configured_before() {
      works("--wq user:dedicated:64 --wq user:dedicated:64");
      works("disable dsa0");

      assertThat(works("--group 2 --wq user:dedicated:100")).startsWith("dsa0 enabled");

      assertThat(works("show dsa0"))
          .contains("wq0.0 enabled group=2", "wq0.1 disabled group=-1", "engine0.0 group=2");
    }

    @Test
    void shows_each_write_on_request() {
      assertThat(works("-v"))
          .contains("echo '16' > " + tree.mountPoint() + "/sys/bus/dsa/devices/wq0.0/size\n");
    }

    @Test
    void can_be_done_for_each_device() {
      assertThat(works("-d dsa1")).isEqualTo("dsa1 enabled\nwq1.0 enabled");
      assertThat(works("disable dsa1")).isEqualTo("wq1.0 disabled\ndsa1 disabled");
    }
  }

  @Nested
  class Disable {
    @Test
    void takes_down_all_devices_with_their_queues() {
      works("--wq user:dedicated:16 --wq kernel:shared:16:8");

      assertThat(works("disable"))
          .isEqualTo("wq0.0 disabled\nwq0.1 disabled\ndsa0 disabled\ndsa1 disabled already");
    }
  }

  @Nested
  class A_refusal {
    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "--wq user:shared:16:17    | threshold | 17   | Invalid argument",
          "--wq user:dedicated:129   | size      | 129  | Invalid argument",
          "--wq user:dedicated:16:5  | threshold | 5    | Invalid argument",
          "--wq mdev:shared:1        | type      | mdev | Invalid argument",
          "--wq user:both:1          | mode      | both | Invalid argument",
          "--wq user:shared:1:1:16   | priority  | 16   | Invalid argument",
          "--wq kernel:shared:1:1:1:dmaengine | name | dmaengine | Operation not supported"
        })
    void of_a_write_names_value_file_and_reason(
        String arguments, String attribute, String value, String reason) {
      Shell.Result result = setup(arguments);

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo(
              "dsa-setup: writing '%s' to %s/sys/bus/dsa/devices/wq0.0/%s: %s"
                  .formatted(value, tree.mountPoint(), attribute, reason));
    }

    @Test
    void to_bind_points_at_cmd_status_and_log() {
      Shell.Result result = setup("--group 1 --engines 1 --group 0 --wq user:dedicated:16");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.output())
          .contains("dsa-setup: writing 'dsa0' to " + tree.mountPoint())
          .contains("/sys/bus/dsa/drivers/dsa/bind: No such device\n")
          .contains("dsa-setup: cmd_status of dsa0 is 0x")
          .endsWith("dsa-setup: the reason is in the log: " + tree.mountPoint() + "/dev/kmsg\n");
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "-d dsa7       | no such device",
          "-d wq0.0      | 'wq0.0' is not the name of a device, such as dsa0",
          "show dsa9     | no such device",
          "disable group0.0 | is not the name of a device",
          "--engines 5   | dsa0 has 4 engines, 5 were asked for",
          "--group 4     | group_id: Invalid argument"
        })
    void of_what_the_device_does_not_have_exits_with_1(String arguments, String message) {
      Shell.Result result = setup(arguments);

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text()).startsWith("dsa-setup: ").contains(message);
    }

    @Test
    void of_too_many_queues_exits_with_1() {
      Shell.Result result = setup("--wq user:dedicated:1 ".repeat(9));

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text()).isEqualTo("dsa-setup: dsa0 has 8 queues, 9 were asked for");
    }

    @Test
    void of_an_enabled_device_says_what_to_do_first() {
      works("");

      Shell.Result result = setup("");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo(
              "dsa-setup: dsa0 is enabled; first: dsa-setup %s disable dsa0"
                  .formatted(tree.mountPoint()));
    }

    @Test
    void of_a_place_without_a_tree_exits_with_1() {
      Shell.Result result = tree.sh("tools/dsa-setup /tmp show");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text()).contains("is /tmp mounted, and the driver loaded?");
    }
  }

  @Nested
  class Usage {
    @ParameterizedTest
    @CsvSource({
      "--frob",
      "--wq",
      "--wq user:shared",
      "--engines x",
      "show dsa0 dsa1",
      "disable dsa0 dsa1"
    })
    void that_is_wrong_exits_with_2(String arguments) {
      Shell.Result result = setup(arguments);

      assertThat(result.exit()).isEqualTo(2);
      assertThat(result.output()).contains("usage: dsa-setup MOUNTPOINT");
    }

    @Test
    void without_a_mount_point_exits_with_2() {
      assertThat(tree.sh("tools/dsa-setup").exit()).isEqualTo(2);
      assertThat(tree.sh("tools/dsa-setup -v").exit()).isEqualTo(2);
    }

    @Test
    void is_explained_with_examples() {
      assertThat(tree.ok("tools/dsa-setup --help")).contains("usage:", "Examples:");
    }
  }
}
