package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The vendor's accel-config, as Debian 12 has it (3.5.3), under {@code dsafs run --abi mainline},
 * the driver that it was written for: {@code dsa0} beside {@code iax1}.
 *
 * <p>What it cannot do here it cannot do on a machine either; Documentation/accel-config.md has the
 * list. What is expected: clients reference, sections 2 and 3; texts of {@code cmd_status}:
 * mainline reference, section 2.6.
 */
class AccelConfigMainlineIT {
  private static final Path SAMPLES = Path.of("/etc/accel-config/contrib/configs");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** As section 3 of the clients reference shows it, trailing comma included. */
  private static final String EVERY_KEY =
      """
      [ { "dev": "dsa0", "read_buffer_limit": 0, "event_log_size": 64,
          "groups": [
            { "dev": "group0.0",
              "read_buffers_reserved": 0, "use_read_buffer_limit": 0, "read_buffers_allowed": 8,
              "traffic_class_a": 1, "traffic_class_b": 1,
              "desc_progress_limit": 0, "batch_progress_limit": 0,
              "grouped_workqueues": [
                { "dev": "wq0.0", "mode": "shared", "size": 16, "group_id": 0, "priority": 10,
                  "block_on_fault": 1, "max_batch_size": 32, "max_transfer_size": 2097152,
                  "type": "user", "driver_name": "user", "name": "app1", "threshold": 15,
                  "prs_disable": 0, "ats_disable": 0,
                  "op_config": "00000000,00000000,00000000,00000000,00000000,00000000,0000007b,00bf07ff" },
              ],
              "grouped_engines": [ { "dev": "engine0.0", "group_id": 0 } ] } ],
          "ungrouped_engines": [ { "dev": "engine0.3" } ] } ]
      """;

  private static final String IAA =
      """
      [ { "dev": "iax1",
          "groups": [
            { "dev": "group1.0",
              "grouped_workqueues": [
                { "dev": "wq1.0", "mode": "shared", "size": 16, "group_id": 0, "priority": 10,
                  "block_on_fault": 1, "max_transfer_size": 2097152, "type": "user",
                  "driver_name": "user", "name": "app1", "threshold": 15 } ],
              "grouped_engines": [
                { "dev": "engine1.0", "group_id": 0 }, { "dev": "engine1.7", "group_id": 0 } ] } ] } ]
      """;

  private static Mounted tree;

  @TempDir Path directory;

  @BeforeAll
  static void mount() {
    assumeTrue(
        Shell.run(Map.of(), "command -v accel-config").exit() == 0,
        "SKIPPED: accel-config is not installed");
    tree =
        Mounted.mount("--abi mainline")
            .withPortalShim()
            .withProgram("HABITS", "portal_habits.c")
            .withProgram("IAA", "iaa_client.c");
    Shell.Result inside = tree.sh("fuse-mount/dsafs run --mount $M -- accel-config --version");
    assumeTrue(
        inside.exit() == 0 && inside.output().startsWith("3."),
        "SKIPPED: no mount namespace, or another version: " + inside.text());
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  @BeforeEach
  void everything_is_as_after_the_start() {
    tree.ok(
        "for f in unbind bind; do for a in 0000:6a:01.0 0000:6a:02.0; do",
        "echo $a > $M/sys/bus/pci/drivers/idxd/$f; done; done");
  }

  private static Shell.Result accel(String arguments) {
    return tree.sh("fuse-mount/dsafs run --mount $M -- accel-config " + arguments);
  }

  /** Runs what must work; answers what went to both streams. */
  private static String works(String arguments) {
    Shell.Result result = accel(arguments);
    assertThat(result.exit()).as(arguments + "\n" + result.output()).isZero();
    return result.text();
  }

  private static String fails(String arguments) {
    Shell.Result result = accel(arguments);
    assertThat(result.exit()).as(arguments + "\n" + result.output()).isEqualTo(1);
    return result.text();
  }

  private static JsonNode list(String options) throws JsonProcessingException {
    return JSON.readTree(works("list " + options));
  }

  private static String read(String files) {
    return tree.ok("cd $D; cat " + files);
  }

  private Path file(String name, String contents) throws IOException {
    return Files.writeString(directory.resolve(name), contents);
  }

  private Path saved(String name) {
    Path path = directory.resolve(name);
    works("save-config -s " + path);
    return path;
  }

  @Nested
  class A_listing {
    @Test
    void shows_both_devices_as_they_are_after_the_start() throws JsonProcessingException {
      JsonNode devices = list("-i");

      assertThat(devices.findValuesAsText("dev")).contains("dsa0", "iax1", "wq0.7", "engine1.7");
      JsonNode dsa = devices.get(0);
      assertThat(dsa.get("state").asText()).isEqualTo("disabled");
      assertThat(dsa.get("max_read_buffers").asInt()).isEqualTo(96);
      assertThat(dsa.get("pasid_enabled").asInt()).isOne();
      JsonNode queue = dsa.get("ungrouped workqueues").get(0);
      assertThat(queue.get("max_batch_size").asInt()).isEqualTo(32);
      assertThat(queue.get("max_transfer_size").asInt()).isEqualTo(2_097_152);
      assertThat(queue.get("driver_name").asText()).isEmpty();
      JsonNode iaa = devices.get(1);
      assertThat(iaa.get("state").asText()).isEqualTo("enabled");
      assertThat(iaa.get("groups").get(0).get("grouped_workqueues").get(0).get("name").asText())
          .isEqualTo("iaa_crypto");
    }

    /**
     * As with version 3.5.3 on a machine: it reads another form of both, and IAAs lack the third.
     */
    @Test
    void lacks_op_cap_errors_and_the_batch_size_of_an_IAA() throws JsonProcessingException {
      JsonNode devices = list("-i");

      assertThat(devices.findValues("op_cap")).isEmpty();
      assertThat(devices.findValues("errors")).isEmpty();
      assertThat(devices.get(1).get("max_batch_size").asInt()).isEqualTo(-2);
    }

    @Test
    void without_i_has_what_is_enabled() throws JsonProcessingException {
      JsonNode devices = list("");

      assertThat(devices).hasSize(1);
      assertThat(devices.get(0).get("dev").asText()).isEqualTo("iax1");
      assertThat(devices.findValues("grouped_workqueues")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
      "-d dsa0, devices:, dsa0, iax1",
      "-q dsa0/wq0.1, workqueues:, wq0.1, wq0.2",
      "-Q -q iax1/wq1.0, workqueues:, wq1.0, wq0.0",
      "-e dsa0/engine0.2, engines:, engine0.2, engine0.1",
      "-g iax1/group1.1, groups:, group1.1, group1.0",
      "-D, devices:, iax1, nothing",
      "-E -d iax1, engines:, engine1.7, engine0.0"
    })
    void can_be_cut_down(String filter, String head, String there, String not) {
      String told = works("list -i " + filter);

      assertThat(told).startsWith(head).contains('"' + there + '"').doesNotContain('"' + not + '"');
    }

    @Test
    void of_a_queue_without_its_device_is_empty_handed() {
      assertThat(fails("list -i -q wq0.1")).isEmpty();
    }
  }

  @Nested
  class Configuring {
    @Test
    void writes_each_option_to_its_attribute() {
      works("config-device dsa0 --read-buffer-limit=20");
      works(
          "config-group dsa0/group0.1 --use-read-buffer-limit=1 --read-buffers-reserved=4"
              + " --read-buffers-allowed=8");
      works("config-engine dsa0/engine0.2 --group-id=1");
      works(
          "config-wq dsa0/wq0.1 --mode=shared --type=kernel --name=app2 --driver-name=dmaengine"
              + " --wq-size=32 --group-id=1 --priority=5 --block-on-fault=1 --threshold=24"
              + " --max-batch-size=16 --max-transfer-size=65536 --ats-disable=1");

      assertThat(read("dsa0/read_buffer_limit group0.1/use_read_buffer_limit")).isEqualTo("20\n1");
      assertThat(read("group0.1/read_buffers_{reserved,allowed} group0.1/engines"))
          .isEqualTo("4\n8\nengine0.2");
      assertThat(
              read(
                  "wq0.1/{mode,type,name,driver_name,size,group_id,priority,block_on_fault,"
                      + "threshold,max_batch_size,max_transfer_size,ats_disable}"))
          .isEqualTo("shared\nkernel\napp2\ndmaengine\n32\n1\n5\n1\n24\n16\n65536\n1");
    }

    @ParameterizedTest
    @CsvSource({
      "config-wq dsa0/wq0.0 --priority=16, priority attribute write failed: Invalid argument",
      "config-wq dsa0/wq0.0 --threshold=4, threshold attribute write failed: Invalid argument",
      "config-wq dsa0/wq0.0 --type=mdev, write failed: Invalid argument",
      "config-group dsa0/group0.0 --read-buffers-reserved=97, write failed: Invalid argument",
      "config-group dsa0/group0.0 --use-read-buffer-limit=1, write failed: Operation not permitted",
      "config-device dsa0 --read-buffer-limit=300, write failed: Invalid argument",
      "config-device iax1 --read-buffer-limit=8, write failed: No such file or directory",
      "config-wq iax1/wq1.1 --max-batch-size=1, write failed: No such file or directory"
    })
    void tells_the_drivers_errno(String arguments, String reason) {
      assertThat(fails(arguments)).contains(reason);
    }

    @ParameterizedTest
    @CsvSource({
      "config-wq dsa0/wq0.0 --driver-name=nosuch, Invalid driver name \"nosuch\"",
      "config-wq dsa0/wq0.0 --wq-size=129, valid size should be 0 to 128",
      "config-wq dsa0/wq0.0 --max-batch-size=2048, valid max-batch-size should be 1 to 1024",
      "config-wq dsa0/wq0.0 --group-id=4, valid group id should be 0 to 3",
      "config-group dsa0/group0.0 --traffic-class-a=3, traffic-class cannot be configured"
    })
    void is_refused_by_the_program_itself(String arguments, String reason) {
      assertThat(fails(arguments)).contains(reason);
    }
  }

  @Nested
  class Enabling {
    @Test
    void brings_up_a_device_and_its_queues_and_takes_them_down() {
      works("config-engine dsa0/engine0.0 --group-id=0");
      works(
          "config-wq dsa0/wq0.0 --group-id=0 --mode=shared --wq-size=16 --threshold=8"
              + " --priority=10 --type=user --name=app1 --driver-name=user");

      assertThat(works("enable-device dsa0")).isEqualTo("enabled 1 device(s) out of 1");
      assertThat(works("enable-wq dsa0/wq0.0")).isEqualTo("enabled 1 wq(s) out of 1");
      assertThat(read("dsa0/state wq0.0/state")).isEqualTo("enabled\nenabled");
      assertThat(fails("enable-device dsa0"))
          .contains("dsa0 is in enabled state already, skipping");
      assertThat(works("disable-wq dsa0/wq0.0")).isEqualTo("disabled 1 wq(s) out of 1");
      assertThat(works("disable-device dsa0")).isEqualTo("disabled 1 device(s) out of 1");
      assertThat(read("dsa0/state wq0.0/{state,type,size}"))
          .isEqualTo("disabled\ndisabled\nnone\n0");
    }

    /** Step by step, each failure naming what the next step puts right. */
    @Test
    void that_fails_says_why() {
      assertThat(fails("enable-device dsa0"))
          .isEqualTo(
              "failed in dsa0\nenabled 0 device(s) out of 1\n"
                  + "Error[0x800d0000] dsa0: wq error - no wqs configured");
      works("config-wq dsa0/wq0.0 --group-id=0");
      assertThat(fails("enable-device dsa0"))
          .endsWith(
              "Error[0x800c0000] dsa0: wq error - no shared wq support (platform configuration error)");
      works("config-wq dsa0/wq0.0 --type=user");
      works("config-engine dsa0/engine0.0 --group-id=0");
      works("config-wq dsa0/wq0.0 --wq-size=16");
      works("enable-device dsa0");

      assertThat(fails("enable-wq dsa0/wq0.0")).startsWith("Invalid wq driver name \"\"");
      works("config-wq dsa0/wq0.0 --driver-name=dmaengine");
      assertThat(fails("enable-wq dsa0/wq0.0"))
          .contains("Error[0x80040000] dsa0/wq0.0: wq error - name");
      works("config-wq dsa0/wq0.0 --type=user --driver-name=user --name=app1");
      assertThat(fails("enable-wq dsa0/wq0.0"))
          .endsWith("Error[0x80060000] dsa0/wq0.0: wq error - threshold not set");
      works("config-wq dsa0/wq0.0 --type=user --name=app1 --threshold=8");
      assertThat(fails("enable-wq dsa0/wq0.0"))
          .endsWith("Error[      0x23] dsa0/wq0.0: WQ priority is 0");
      works("config-wq dsa0/wq0.0 --priority=10 --type=user --name=app1 --group-id=-1");
      assertThat(fails("enable-wq dsa0/wq0.0"))
          .endsWith("Error[0x80030000] dsa0/wq0.0: wq error - group not set");
      works("config-wq dsa0/wq0.0 --group-id=0");
      works("enable-wq dsa0/wq0.0");
    }

    @Test
    void is_not_undone_while_a_queue_is_open_unless_forced() {
      works("load-config -e -c " + SAMPLES.resolve("storage_profile.conf"));
      String held = "exec 3<>$M/dev/dsa/wq0.0; fuse-mount/dsafs run --mount $M -- accel-config ";

      assertThat(tree.sh(held + "disable-wq dsa0/wq0.0").output()).contains("wq has clients: 1");
      tree.await("[ $(cat $D/dsa0/clients) = 0 ]");
      assertThat(tree.sh(held + "disable-device -f dsa0").exit()).isZero();
      assertThat(read("dsa0/state")).isEqualTo("disabled");
    }
  }

  @Nested
  class A_profile {
    @ParameterizedTest
    @CsvSource({
      "app_profile, wq0.0 wq0.1, shared user 8 6 shared user 32 28",
      "net_profile, wq0.0 wq0.1 wq0.2 wq0.3, dedicated user 32 0 dedicated user 32 0 dedicated user 32 0 dedicated user 32 0",
      "os_profile, wq0.0, shared kernel 16 15",
      "storage_profile, wq0.0 wq0.1, dedicated user 32 0 dedicated user 32 0"
    })
    void that_ships_with_it_is_loaded_enabled_saved_and_loaded_again(
        String name, String queues, String expected) {
      String shipped = "load-config -e -c " + SAMPLES.resolve(name + ".conf");

      assertThat(works(shipped)).startsWith("Enabling device dsa0\nEnabling wq wq0.");

      assertThat(
              tree.ok(
                  "cd $D; for q in " + queues + "; do [ $(cat $q/state) = enabled ] || exit 1",
                  "cat $q/mode $q/type $q/size $q/threshold; done | tr '\\n' ' '"))
          .isEqualTo(expected);
      Path first = saved("first.conf");
      works("disable-device dsa0");
      assertThat(read("wq0.0/size")).isEqualTo("0");
      works("load-config -e -c " + first);
      assertThat(saved("second.conf")).hasSameTextualContentAs(first);
    }

    @Test
    void none_is_left_out() throws IOException {
      try (var files = Files.list(SAMPLES)) {
        assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".conf")))
            .containsExactlyInAnyOrder(
                "app_profile.conf", "net_profile.conf", "os_profile.conf", "storage_profile.conf");
      }
    }

    /** Of which version 3.5.3 passes over what it does not know, and so does not write. */
    @Test
    void with_every_key_is_loaded_and_goes_round() throws IOException {
      works("load-config -e -c " + file("all.conf", EVERY_KEY));

      assertThat(read("wq0.0/{state,name,threshold,block_on_fault} group0.0/read_buffers_allowed"))
          .isEqualTo("enabled\napp1\n15\n1\n8");
      Path first = saved("first.conf");
      works("disable-device dsa0");
      works("load-config -e -c " + first);
      assertThat(saved("second.conf")).hasSameTextualContentAs(first);
    }

    @Test
    void with_old_names_is_written_to_the_new_attributes() throws IOException {
      String old =
          EVERY_KEY.replace("\"read_buffers_", "\"tokens_").replace("read_buffer_", "token_");

      assertThat(works("load-config -e -c " + file("old.conf", old))).contains("deprecated");

      assertThat(read("group0.0/read_buffers_allowed")).isEqualTo("8");
    }

    /** The commented sample of the sources: a negative number in a key of a group. */
    @Test
    void with_a_traffic_class_of_minus_1_is_refused_as_on_a_machine() throws IOException {
      Path file = file("minus.conf", EVERY_KEY.replace("_class_a\": 1", "_class_a\": -1"));

      assertThat(fails("load-config -e -c " + file))
          .isEqualTo("group set traffic_class_a value failed\nParse json and set device fail: -1");
    }

    @Test
    void stops_at_the_first_refused_value() throws IOException {
      Path file = file("bad.conf", EVERY_KEY.replace("\"threshold\": 15", "\"threshold\": 17"));

      assertThat(fails("load-config -c " + file)).contains("threshold", "Invalid argument");
      assertThat(read("wq0.0/name engine0.0/group_id")).isEqualTo("app1\n-1");
    }

    /** It takes the errno that realpath(3) has left for an error of the next value. */
    @Test
    void of_an_active_device_is_passed_over_and_by_force_refused_as_on_a_machine()
        throws IOException {
      Path file = file("all.conf", EVERY_KEY);
      works("load-config -e -c " + file);

      assertThat(works("load-config -e -c " + file)).isEqualTo("dsa0 is active. Skipping...");
      assertThat(fails("load-config -e -f -c " + file))
          .isEqualTo(
              "dsa0 is active. Disabling...\ndevice set read_buffer_limit value failed\n"
                  + "Parse json and set device fail: -1");
    }

    /** Its default configuration has to go first: an IAA comes up enabled. */
    @Test
    void of_an_IAA_is_loaded_but_not_once_saved_as_on_a_machine() throws IOException {
      Path file = file("iaa.conf", IAA);
      assertThat(works("load-config -e -c " + file)).isEqualTo("iax1 is active. Skipping...");
      works("disable-device iax1");

      assertThat(works("load-config -e -c " + file))
          .isEqualTo("Enabling device iax1\nEnabling wq wq1.0");

      assertThat(tree.ok("ls $M/dev/iax")).isEqualTo("wq1.0");
      Path saved = saved("iaa.saved");
      works("disable-device iax1");
      assertThat(fails("load-config -c " + saved)).contains("wq set max_batch_size value failed");
    }

    /** What config-user-default of version 4 does: its writes in their order, errors ignored. */
    @Test
    void for_users_by_default_enables_all_queues_of_all_devices() {
      tree.ok("echo iax1 > $M/sys/bus/dsa/drivers/idxd/unbind");

      tree.ok(
          "cd $D; for d in dsa0 iax1; do n=${d#???}",
          "for q in wq$n.?; do size=$(($(cat $d/max_work_queues_size) / $(cat $d/max_work_queues)))",
          "for write in priority=10 group_id=0 block_on_fault=1 mode=shared type=user \\",
          "  name=user_default_wq driver_name=user size=$size threshold=$size prs_disable=1 \\",
          "  ats_disable=0; do",
          "  [ ! -e $q/${write%=*} ] || printf %s ${write#*=} > $q/${write%=*}; done; done",
          "for e in engine$n.?; do printf 0 > $e/group_id; done",
          "printf $d > ../drivers/idxd/bind",
          "for q in wq$n.?; do printf $q > ../drivers/user/bind; done; done");

      assertThat(tree.ok("cd $D; cat wq?.?/state wq?.?/threshold | sort | uniq -c | tr -s ' '"))
          .isEqualTo(" 16 16\n 16 enabled");
      assertThat(tree.ok("ls $M/dev/dsa $M/dev/iax | grep -c wq")).isEqualTo("16");
    }
  }

  @Nested
  class Its_own_test {
    @Test
    void passes_where_nothing_is_enabled() {
      String output =
          tree.ok("fuse-mount/dsafs run --abi mainline --iax off -- accel-config test 2>&1");

      assertThat(output)
          .contains(
              "test-libaccfg: PASS", "accfg-test0 passed!", "accfg-test3 passed!", "SUCCESS!");
    }

    @Test
    void skips_itself_where_an_IAA_has_come_up_enabled() {
      assertThat(accel("test").output()).contains("device is active, skipping tests");
    }
  }

  /** Programs that configure by writing files, each in its own way. */
  @Nested
  class A_script {
    /** As dpdk-idxd_cfg.py: by PCI address, the name a prefix of DPDK's, driver_name an option. */
    @Test
    void like_DPDKs_configures_and_finds_the_queues() {
      assertThat(
              tree.ok(
                  "exec fuse-mount/dsafs run --mount $M -- bash -ec '",
                  "cd /sys/bus/pci/devices/*6a:01.0; cd dsa*; dsa=${PWD##*/}",
                  "put() { printf %s \"$2\" > $1; }",
                  "for i in 0 1 2 3; do put engine0.$i/group_id $i; done",
                  "for i in 0 1 2 3; do q=wq0.$i; put $q/group_id $i; put $q/type user",
                  "  put $q/mode dedicated; put $q/name dpdk_$q; put $q/priority 1",
                  "  put $q/max_batch_size 1024; put $q/size $(($(cat max_work_queues_size) / 4))",
                  "  put $q/driver_name user; done",
                  "put /sys/bus/dsa/drivers/idxd/bind $dsa",
                  "for i in 0 1 2 3; do put /sys/bus/dsa/drivers/user/bind wq0.$i; done",
                  "cd /dev/dsa; for q in wq*; do cat /sys/bus/dsa/devices/$q/{type,name,size}; done",
                  "cat /sys/bus/dsa/devices/dsa0/numa_node; $HABITS dpdk /dev/dsa/wq0.3 20",
                  "put /sys/bus/dsa/drivers/idxd/unbind $dsa; [ ! -e /dev/dsa ]'"))
          .isEqualTo(
              "user\ndpdk_wq0.0\n32\nuser\ndpdk_wq0.1\n32\nuser\ndpdk_wq0.2\n32\nuser\ndpdk_wq0.3\n32\n"
                  + "0\n20 by movdir64b");
    }

    /** Without the option the driver refuses: it never writes driver_name. */
    @Test
    void like_DPDKs_without_driver_name_is_refused() {
      assertThat(
              tree.ok(
                  "cd $D; echo 0 > engine0.0/group_id; echo 0 > wq0.0/group_id; echo user > wq0.0/type",
                  "echo dedicated > wq0.0/mode; echo dpdk_0 > wq0.0/name; echo 1 > wq0.0/priority",
                  "echo 8 > wq0.0/size; echo dsa0 > ../drivers/idxd/bind",
                  "printf wq0.0 | $SYSCALL write $D/../drivers/user/bind; cat dsa0/cmd_status"))
          .isEqualTo("ENODEV\n0x80200000");
    }

    /** As dpdk-devbind.py: by lspci, driver_override and an appended address. */
    @Test
    void like_dpdk_devbind_takes_the_driver_off_and_puts_it_back() {
      String driver = "lspci -Dvmmnnk -s 6a:01.0 2>/dev/null | sed -n \"s/^Driver:\\t//p\"; ";

      assertThat(
              tree.ok(
                  "exec fuse-mount/dsafs run --mount $M -- bash -ec '",
                  "a=0000:6a:01.0; p=/sys/bus/pci",
                  "lspci -Dvmmnnk 2>/dev/null | grep -c \"^Device:.*\\[0b25\\]\"",
                  driver,
                  "printf $a >> $p/drivers/idxd/unbind",
                  driver + "[ -e $p/devices/$a/driver ] || echo none",
                  "printf idxd > $p/devices/$a/driver_override; printf $a >> $p/drivers/idxd/bind",
                  "printf \"\\0\" > $p/devices/$a/driver_override; cat $p/devices/$a/driver_override",
                  driver + "[ -d /sys/module/idxd ]'"))
          .isEqualTo("1\nidxd\nnone\n(null)\nidxd");
    }

    /** SPDK opens a queue by its number, which it puts together from cdev_major and cdev_minor. */
    @Test
    void like_SPDKs_opens_a_queue_by_number() {
      works("load-config -e -c " + SAMPLES.resolve("storage_profile.conf"));

      assertThat(
              tree.ok(
                  "exec fuse-mount/dsafs run --mount $M -- bash -ec 'cd /sys/bus/dsa/devices",
                  "$HABITS spdk /dev/char/$(cat dsa0/cdev_major):$(cat wq0.1/cdev_minor) 20'"))
          .isEqualTo("20 by movdir64b");
    }

    /** dsa_perf_micros: the address out of the link, and TPH through setpci. */
    @Test
    void like_dsa_perf_micros_turns_TPH_on() {
      assertThat(
              tree.ok(
                  "exec fuse-mount/dsafs run --mount $M -- bash -ec '",
                  "IFS=/ read -ra parts < <(readlink /sys/bus/dsa/devices/dsa0)",
                  "a=${parts[-2]}; echo $a; old=$(setpci -s $a 168.l)",
                  "setpci -s $a 168.l=$(printf %x $((0x$old | 0x102))); setpci -s $a 168.l'"))
          .isEqualTo("0000:6a:01.0\n00000102");
    }

    /** As setup_dsa.sh: what there is by cat and ls, all else by accel-config. */
    @Test
    void like_setup_dsa_configures_eight_queues() {
      assertThat(
              tree.ok(
                  "exec fuse-mount/dsafs run --mount $M -- bash -ec '",
                  "cd /sys/bus/dsa/devices; d=$(ls | grep dsa); echo $d",
                  "accel-config config-engine $d/engine0.0 --group-id=0",
                  "n=$(cat $d/max_work_queues); size=$(($(cat $d/max_work_queues_size) / n))",
                  "for ((i = 0; i < n; i++)); do accel-config config-wq $d/wq0.$i --group-id=0 \\",
                  "  --wq-size=$size --priority=10 --block-on-fault=1 --threshold=8 --type=user \\",
                  "  --driver-name=user --name=dsa_perf --mode=shared --max-batch-size=32; done",
                  "accel-config enable-device $d",
                  "for ((i = 0; i < n; i++)); do accel-config enable-wq $d/wq0.$i 2>/dev/null; done",
                  "ls /dev/dsa | wc -l; $HABITS dsa_perf /dev/dsa/wq0.7 20",
                  "accel-config disable-device $d",
                  "accel-config config-engine $d/engine0.0 --group-id=-1",
                  "accel-config config-wq $d/wq0.0 --wq-size=0; cat $d/state' 2>/dev/null"))
          .isEqualTo("dsa0\n8\n20 by enqcmd\ndisabled");
    }

    /** The vendor's test runners: module tools, and every iax device of the bus. */
    @Test
    void like_the_test_runners_reloads_the_driver_first() {
      assertThat(
              tree.ok(
                  "exec fuse-mount/dsafs run --mount $M -- bash -Eec 'trap \"echo line \\$LINENO\" ERR",
                  "c() { lsmod | grep -q idxd_mdev && { rmmod idxd_mdev; }",
                  "  lsmod | grep -q iax_crypto && { rmmod iax_crypto; }",
                  "  lsmod | grep -q idxd && { rmmod idxd; }; modprobe idxd; }",
                  "accel-config load-config -e -c " + SAMPLES.resolve("app_profile.conf"),
                  "c; cd /sys/bus/dsa/devices; cat dsa0/{state,pasid_enabled,configurable}",
                  "for d in iax*; do cat $d/state; done; cat wq0.0/size' 2>&1"))
          .isEqualTo(
              "Enabling device dsa0\nEnabling wq wq0.1\nEnabling wq wq0.0\n"
                  + "disabled\n1\n1\nenabled\n0");
    }
  }

  @Nested
  class A_queue_of_an_IAA {
    @ParameterizedTest
    @ValueSource(strings = {"/dev/iax/wq1.0", "/dev/char/$(cat $D/iax1/cdev_major):0"})
    void takes_the_work_of_a_program_that_maps_it(String node) throws IOException {
      works("disable-device iax1");
      works("load-config -e -c " + file("iaa.conf", IAA));

      assertThat(tree.ok("exec fuse-mount/dsafs run --mount $M -- $IAA " + node + " enqcmd 20"))
          .isEqualTo("8192 bytes to less than a quarter");
    }
  }

  @Nested
  class Two_kernels_at_once {
    @Test
    void serve_their_own_programs() {
      try (Mounted other = Mounted.mount()) {
        works("load-config -e -c " + SAMPLES.resolve("app_profile.conf"));
        other.ok("tools/dsa-setup $M --wq user:shared:16:8");

        assertThat(
                tree.ok(
                    "for m in $M " + other.mountPoint() + "; do",
                    "  fuse-mount/dsafs run --mount $m -- bash -c '$HABITS dml /dev/dsa/wq0.0 2000;"
                        + " ls /sys/bus/dsa/drivers; wait' &",
                    "done | sort | uniq -c | tr -s ' '; wait"))
            .isEqualTo(" 2 2000 by enqcmd\n 1 dmaengine\n 2 dsa\n 1 idxd\n 1 user");
        assertThat(tree.ok("cat $D/wq0.0/driver_name")).isEqualTo("user");
        assertThat(other.ok("cat $D/wq0.0/state; [ ! -e $D/wq0.0/driver_name ]"))
            .isEqualTo("enabled");
      }
    }
  }
}
