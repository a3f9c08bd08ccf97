package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The vendor's accel-config, as Debian 12 has it (3.5.3), under {@code dsafs run}.
 *
 * <p>It was written for later kernels. What it cannot do on the driver of this profile, it cannot
 * do on the original either; Documentation/accel-config.md has the list with the reasons:
 *
 * <ul>
 *   <li>{@code max_batch_size}, {@code max_transfer_size} and {@code ats_disable} of a queue are
 *       listed and saved as -2, cannot be set, and keep a saved file from being loaded;
 *   <li>{@code op_cap} and {@code errors} are not listed;
 *   <li>{@code --driver-name} is refused; {@code driver_name} in a file is passed over;
 *   <li>traffic classes cannot be set on a version 1.0 device;
 *   <li>{@code accel-config test} stops at the queues' {@code max_batch_size}.
 * </ul>
 */
class AccelConfigIT {
  private static final String CONFIGURED_QUEUES =
      String.join(
          "\n",
          "set -e",
          "echo 0 > $D/engine0.0/group_id",
          "for q in wq0.0 wq0.1; do echo 0 > $D/$q/group_id; echo 16 > $D/$q/size; done",
          "echo dedicated > $D/wq0.0/mode; echo shared > $D/wq0.1/mode; echo 8 > $D/wq0.1/threshold",
          "for q in wq0.0 wq0.1; do",
          "echo 10 > $D/$q/priority; echo user > $D/$q/type; echo app > $D/$q/name; done");

  private static final ObjectMapper JSON = new ObjectMapper();

  private static Mounted tree;

  @TempDir Path directory;

  @BeforeAll
  static void mount() {
    assumeTrue(
        Shell.run(Map.of(), "command -v accel-config").exit() == 0,
        "SKIPPED: accel-config is not installed");
    tree = Mounted.mount();
    Shell.Result inside = tree.sh("fuse-mount/dsafs run --mount $M -- true");
    assumeTrue(inside.exit() == 0, "SKIPPED: no mount namespace: " + inside.text());
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

  private static Shell.Result accel(String arguments) {
    return tree.sh("fuse-mount/dsafs run --mount $M -- accel-config " + arguments);
  }

  /** Runs what must work; answers what went to standard error. */
  private static String works(String arguments) {
    Shell.Result result = accel(arguments + " 2>&1 >/dev/null");
    assertThat(result.exit()).as(arguments + "\n" + result.output()).isZero();
    return result.text();
  }

  private static String fails(String arguments) {
    Shell.Result result = accel(arguments);
    assertThat(result.exit()).as(arguments + "\n" + result.output()).isEqualTo(1);
    return result.text();
  }

  /** The one device of a listing. */
  private static JsonNode list(String options) throws JsonProcessingException {
    JsonNode devices =
        JSON.readTree(
            tree.ok(
                "fuse-mount/dsafs run --mount $M -- accel-config list "
                    + options
                    + " 2>/dev/null"));
    assertThat(devices).hasSize(1);
    return devices.get(0);
  }

  private static JsonNode queue(JsonNode device, int group, int index) {
    return device.get("groups").get(group).get("grouped_workqueues").get(index);
  }

  private static boolean isVersion3() {
    return accel("--version 2>/dev/null").text().startsWith("3.");
  }

  private static String read(String attribute) {
    return tree.ok("cat $D/" + attribute);
  }

  @Nested
  class Listing {
    @Test
    void shows_an_idle_device_with_its_parts() throws JsonProcessingException {
      JsonNode device = list("-i");

      assertThat(device.get("dev").asText()).isEqualTo("dsa0");
      assertThat(device.get("state").asText()).isEqualTo("disabled");
      assertThat(device.get("max_groups").asInt()).isEqualTo(4);
      assertThat(device.get("max_work_queues").asInt()).isEqualTo(8);
      assertThat(device.get("max_engines").asInt()).isEqualTo(4);
      assertThat(device.get("work_queue_size").asInt()).isEqualTo(128);
      assertThat(device.get("max_batch_size").asInt()).isEqualTo(1024);
      assertThat(device.get("max_transfer_size").asLong()).isEqualTo(1L << 31);
      assertThat(device.get("gen_cap").asText()).isEqualTo("0x40915f0107");
      assertThat(device.get("version").asText()).isEqualTo("0x100");
      assertThat(device.get("pasid_enabled").asInt()).isEqualTo(1);
      assertThat(device.get("clients").asInt()).isZero();
      assertThat(device.get("groups").findValuesAsText("dev"))
          .containsExactly("group0.0", "group0.1", "group0.2", "group0.3");
      assertThat(device.get("ungrouped_engines").findValuesAsText("dev"))
          .containsExactly("engine0.0", "engine0.1", "engine0.2", "engine0.3");
      assertThat(device.get("ungrouped workqueues").findValuesAsText("dev"))
          .containsExactly("wq0.0", "wq0.1", "wq0.2", "wq0.3", "wq0.4", "wq0.5", "wq0.6", "wq0.7");
    }

    /** The library asks for a later name first and falls back to the one of this driver. */
    @Test
    void finds_the_tokens_under_their_old_names() throws JsonProcessingException {
      tree.ok(
          "echo 0 > $D/engine0.0/group_id; echo 20 > $D/dsa0/token_limit",
          "echo 5 > $D/group0.0/tokens_reserved; echo 8 > $D/group0.0/tokens_allowed");

      JsonNode device = list("-i");

      assertThat(device.get("max_read_buffers").asInt()).isEqualTo(96);
      assertThat(device.get("read_buffer_limit").asInt()).isEqualTo(20);
      assertThat(device.get("groups").get(0).get("read_buffers_reserved").asInt()).isEqualTo(5);
      assertThat(device.get("groups").get(0).get("read_buffers_allowed").asInt()).isEqualTo(8);
    }

    @Test
    void of_what_is_enabled_is_empty_at_first() {
      assertThat(accel("list").output()).isEqualTo("[\n]\n");
    }

    @Test
    void shows_minus_2_for_what_this_driver_does_not_have() throws JsonProcessingException {
      assumeTrue(isVersion3(), "SKIPPED: another version of accel-config");
      JsonNode device = list("-i");

      JsonNode queue = device.get("ungrouped workqueues").get(0);
      for (String missing : List.of("max_batch_size", "max_transfer_size", "ats_disable")) {
        assertThat(queue.get(missing).asInt()).as(missing).isEqualTo(-2);
      }
      assertThat(device.has("op_cap")).isFalse();
      assertThat(device.has("errors")).isFalse();
    }
  }

  @Nested
  class Configuring {
    @Test
    void puts_an_engine_into_a_group_and_out_of_it() {
      works("config-engine dsa0/engine0.1 --group-id=2");
      assertThat(read("engine0.1/group_id")).isEqualTo("2");
      assertThat(read("group0.2/engines")).isEqualTo("engine0.1");

      works("config-engine dsa0/engine0.1 --group-id=-1");
      assertThat(read("engine0.1/group_id")).isEqualTo("-1");
    }

    @Test
    void sets_the_tokens_of_device_and_group() {
      works("config-engine dsa0/engine0.0 --group-id=1");
      works("config-device dsa0 --read-buffer-limit=20");
      works(
          "config-group dsa0/group0.1 --use-read-buffer-limit=1 --read-buffers-reserved=4"
              + " --read-buffers-allowed=8");

      assertThat(read("dsa0/token_limit")).isEqualTo("20");
      assertThat(read("group0.1/use_token_limit")).isEqualTo("1");
      assertThat(read("group0.1/tokens_reserved")).isEqualTo("4");
      assertThat(read("group0.1/tokens_allowed")).isEqualTo("8");
    }

    @Test
    void sets_a_dedicated_queue_and_a_shared_one() {
      works(
          "config-wq dsa0/wq0.0 --group-id=0 --mode=dedicated --type=user --name=app1"
              + " --wq-size=16 --priority=10 --block-on-fault=1");
      works(
          "config-wq dsa0/wq0.1 --group-id=1 --mode=shared --type=kernel --name=app2"
              + " --wq-size=32 --priority=5 --threshold=24");

      String all = "cd $D/%s; cat mode type name size group_id priority block_on_fault threshold";
      assertThat(tree.ok(all.formatted("wq0.0")))
          .isEqualTo("dedicated\nuser\napp1\n16\n0\n10\n1\n0");
      assertThat(tree.ok(all.formatted("wq0.1")))
          .isEqualTo("shared\nkernel\napp2\n32\n1\n5\n0\n24");
    }

    @ParameterizedTest
    @CsvSource({
      "--wq-size=120 dsa0/wq0.1, size, Invalid argument",
      "--threshold=3 dsa0/wq0.0, threshold, Invalid argument",
      "--type=mdev dsa0/wq0.1, type, Invalid argument",
      "--priority=16 dsa0/wq0.1, priority, Invalid argument",
      "--type=kernel --name=dmaengine dsa0/wq0.1, name, Operation not supported"
    })
    void tells_the_drivers_errno(String arguments, String attribute, String reason) {
      tree.ok("echo dedicated > $D/wq0.0/mode; echo 16 > $D/wq0.0/size");

      assertThat(fails("config-wq " + arguments)).contains("write failed: " + reason);
    }

    @ParameterizedTest
    @CsvSource({
      "config-wq dsa0/wq0.0 --max-batch-size=16, No such file or directory",
      "config-wq dsa0/wq0.0 --max-transfer-size=1024, No such file or directory",
      "config-wq dsa0/wq0.0 --ats-disable=1, No such file or directory",
      "config-wq dsa0/wq0.0 --driver-name=user, Invalid driver name",
      "config-group dsa0/group0.0 --traffic-class-a=3, traffic-class cannot be configured"
    })
    void of_what_this_driver_does_not_have_is_refused(String arguments, String reason) {
      assumeTrue(isVersion3(), "SKIPPED: another version of accel-config");
      assertThat(fails(arguments)).contains(reason);
    }
  }

  /** The driver directories idxd and user of later kernels are missing, so it binds to dsa. */
  @Nested
  class Enabling {
    @Test
    void brings_device_and_queues_up_and_down() throws JsonProcessingException {
      tree.ok(CONFIGURED_QUEUES);

      assertThat(works("enable-device dsa0")).contains("enabled 1 device(s) out of 1");
      assertThat(works("enable-wq dsa0/wq0.0 dsa0/wq0.1")).contains("enabled 2 wq(s) out of 2");

      JsonNode device = list("");
      assertThat(device.get("state").asText()).isEqualTo("enabled");
      assertThat(queue(device, 0, 0).get("state").asText()).isEqualTo("enabled");
      assertThat(queue(device, 0, 0).get("mode").asText()).isEqualTo("dedicated");
      assertThat(queue(device, 0, 0).get("cdev_minor").asInt()).isZero();
      assertThat(queue(device, 0, 1).get("mode").asText()).isEqualTo("shared");
      assertThat(queue(device, 0, 1).get("threshold").asInt()).isEqualTo(8);
      assertThat(queue(device, 0, 1).get("cdev_minor").asInt()).isEqualTo(1);
      assertThat(device.get("groups").get(0).get("grouped_engines").findValuesAsText("dev"))
          .containsExactly("engine0.0");

      assertThat(works("disable-wq dsa0/wq0.0")).contains("disabled 1 wq(s) out of 1");
      assertThat(read("wq0.0/state")).isEqualTo("disabled");
      assertThat(works("disable-device dsa0")).contains("disabled 1 device(s) out of 1");
      assertThat(read("dsa0/state")).isEqualTo("disabled");
      assertThat(read("wq0.1/state")).isEqualTo("disabled");
    }

    @Test
    void twice_is_refused() {
      tree.ok(CONFIGURED_QUEUES, "echo dsa0 > $B/bind; echo wq0.0 > $B/bind");

      assertThat(fails("enable-device dsa0")).contains("already, skipping");
      assertThat(fails("enable-wq dsa0/wq0.0")).contains("enabled or locked mode, skipping");
    }

    /** Through cmd_status, an extension of ours; the driver of this profile has none. */
    @Test
    void that_fails_says_why() {
      tree.ok(CONFIGURED_QUEUES, "echo dsa0 > $B/bind; echo -1 > $D/wq0.1/group_id");

      assertThat(fails("enable-wq dsa0/wq0.1"))
          .contains("Error[0x80030000] dsa0/wq0.1: wq error - group not set");
      assertThat(fails("enable-wq dsa0/wq0.2")).contains("Error[0x80030000]");
    }

    @Test
    void is_not_undone_while_a_queue_is_open_unless_forced() {
      tree.ok(CONFIGURED_QUEUES, "echo dsa0 > $B/bind; echo wq0.0 > $B/bind");
      String held = "exec 3<>$M/dev/dsa/wq0.0; fuse-mount/dsafs run --mount $M -- accel-config ";

      assertThat(tree.sh(held + "disable-wq dsa0/wq0.0").output()).contains("wq has clients: 1");
      tree.await("[ $(cat $D/dsa0/clients) = 0 ]");
      assertThat(tree.sh(held + "disable-device dsa0").output()).contains("Device has clients: 1");
      tree.await("[ $(cat $D/dsa0/clients) = 0 ]");
      assertThat(read("dsa0/state")).isEqualTo("enabled");
      assertThat(tree.sh(held + "disable-device -f dsa0").exit()).isZero();
      assertThat(read("dsa0/state")).isEqualTo("disabled");
    }
  }

  @Nested
  class Files_of_a_configuration {
    private static final String CONFIGURATION =
        """
        [ { "dev": "dsa0", "token_limit": 10,
            "groups": [
              { "dev": "group0.0",
                "tokens_reserved": 1, "use_token_limit": 1, "tokens_allowed": 8,
                "grouped_workqueues": [
                  { "dev": "wq0.0", "mode": "shared", "size": 16, "group_id": 0, "priority": 10,
                    "block_on_fault": 1, "type": "user", "name": "app1", "threshold": 15 },
                  { "dev": "wq0.1", "mode": "dedicated", "size": 32, "group_id": 0, "priority": 5,
                    "block_on_fault": 0, "type": "user", "name": "app2" },
                ],
                "grouped_engines": [ { "dev": "engine0.0", "group_id": 0 } ] } ],
            "ungrouped_engines": [ { "dev": "engine0.3" } ] } ]
        """;

    private Path file(String name, String contents) throws IOException {
      return Files.writeString(directory.resolve(name), contents);
    }

    /** A file outside /sys and /dev is seen as it is in the namespace. */
    private Path saved(String name) {
      Path path = directory.resolve(name);
      works("save-config -s " + path);
      return path;
    }

    @Test
    void are_loaded_and_enabled() throws IOException {
      works("load-config -e -c " + file("tokens.conf", CONFIGURATION));

      assertThat(tree.ok("cat $D/dsa0/state $D/wq0.0/state $D/wq0.1/state"))
          .isEqualTo("enabled\nenabled\nenabled");
      assertThat(tree.ok("cat $D/dsa0/token_limit $D/group0.0/{tokens_*,use_token_limit}"))
          .isEqualTo("10\n8\n1\n1");
      assertThat(tree.ok("cat $D/wq0.0/{mode,size,threshold,name,block_on_fault}"))
          .isEqualTo("shared\n16\n15\napp1\n1");
      assertThat(tree.ok("cat $D/wq0.1/{mode,size,threshold,name,block_on_fault}"))
          .isEqualTo("dedicated\n32\n0\napp2\n0");
      assertThat(tree.ok("ls $M/dev/dsa")).isEqualTo("wq0.0\nwq0.1");
    }

    @Test
    void are_passed_over_for_an_active_device_unless_forced() throws IOException {
      Path file = file("tokens.conf", CONFIGURATION);
      works("load-config -e -c " + file);

      assertThat(accel("load-config -c " + file).output()).contains("dsa0 is active. Skipping");
      Shell.Result forced = accel("load-config -f -e -v -c " + file);

      assertThat(forced.exit()).as(forced.output()).isZero();
      assertThat(forced.output()).contains("dsa0 is active. Disabling", "Enabling wq wq0.0");
    }

    @Test
    void stop_at_the_first_refused_value() throws IOException {
      Path file = file("bad.conf", CONFIGURATION.replace("\"threshold\": 15", "\"threshold\": 17"));

      assertThat(fails("load-config -c " + file)).contains("threshold", "Invalid argument");
      assertThat(read("wq0.0/name")).isEqualTo("app1"); // written before
      assertThat(read("wq0.1/size")).isEqualTo("0"); // would have come after
    }

    @Test
    void go_round_from_save_to_load_to_save() throws IOException {
      works("load-config -e -c " + file("tokens.conf", CONFIGURATION));
      Path first = saved("first.conf");
      works("disable-device dsa0");
      nothing_is_configured();

      // Without the attributes that this driver does not have; see the head.
      JsonNode devices = JSON.readTree(first.toFile());
      for (JsonNode queue : devices.findValues("grouped_workqueues").get(0)) {
        ((ObjectNode) queue).remove(List.of("max_batch_size", "max_transfer_size", "ats_disable"));
      }
      works("load-config -e -c " + file("known.conf", devices.toPrettyString()));

      assertThat(saved("second.conf")).hasSameTextualContentAs(first);
      assertThat(queue(list(""), 0, 0).get("threshold").asInt()).isEqualTo(15);
    }

    @Test
    void as_saved_are_refused_for_the_missing_attributes() throws IOException {
      assumeTrue(isVersion3(), "SKIPPED: another version of accel-config");
      works("load-config -e -c " + file("tokens.conf", CONFIGURATION));
      Path first = saved("first.conf");
      works("disable-device dsa0");

      assertThat(fails("load-config -c " + first))
          .contains("max_batch_size attribute write failed: No such file or directory");
    }
  }

  @Nested
  class Its_own_test {
    @Test
    void gets_as_far_as_the_first_missing_attribute() {
      assumeTrue(isVersion3(), "SKIPPED: another version of accel-config");
      Shell.Result result = accel("test");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.output())
          .contains("configuring wq wq0.0", "max_batch_size attribute write failed: No such file");
    }
  }
}
