package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the options of {@code dsafs mount} change: several trees mounted at once, each its own. */
class ProfilesIT {
  /** The example of Documentation/device-profile.md. */
  private static final String SMALL_PART =
      """
      {
        "name": "small",
        "gencap": "0x40915f0105",
        "wqcap": "0x3b000000080040",
        "engcap": 2
      }
      """;

  @TempDir static Path directory;

  private static Mounted plain;
  private static Mounted withoutPasid;
  private static Mounted fixed;
  private static Mounted strict;
  private static Mounted withoutIommu;
  private static Mounted small;

  @BeforeAll
  static void mount() throws IOException {
    Path file = Files.writeString(directory.resolve("small.json"), SMALL_PART);
    plain = Mounted.mount();
    withoutPasid = Mounted.mount("--device-profile N");
    fixed = Mounted.mount("--device-profile R");
    strict = Mounted.mount("--strict-abi --devices 3");
    withoutIommu = Mounted.mount("--iommu off --bind-errno");
    small = Mounted.mount("--no-cmdmem --device-profile " + file);
  }

  @AfterAll
  static void unmount() {
    Mounted[] mounts = {plain, withoutPasid, fixed, strict, withoutIommu, small};
    for (Mounted mounted : mounts) {
      if (mounted != null) {
        mounted.close();
      }
    }
  }

  @Nested
  class Trees_mounted_at_once {
    @Test
    void are_listed_each_with_its_devices() {
      String list = plain.ok("fuse-mount/dsafs list");

      for (Mounted mounted : new Mounted[] {plain, withoutPasid, fixed, strict, withoutIommu}) {
        assertThat(list).contains(mounted.mountPoint() + "\tswq-v1\tpid ");
      }
    }

    @Test
    void do_not_see_each_other() {
      plain.ok("tools/dsa-setup $M --wq user:shared:16:8");

      assertThat(withoutPasid.ok("cat $D/dsa0/state")).isEqualTo("disabled");
      assertThat(plain.ok("tools/dsa-setup $M disable")).contains("dsa0 disabled");
    }

    @Test
    void say_what_they_are() {
      assertThat(strict.ok("cat $M/sys/kernel/debug/dsafs/machine").lines())
          .contains("abi swq-v1", "devices 3", "profile P", "strict_abi 1");
      assertThat(withoutPasid.ok("cat $M/sys/kernel/debug/dsafs/machine").lines())
          .contains("abi swq-v1", "devices 1", "profile N", "strict_abi 0");
    }
  }

  /** swq-v1 0.3, checks 19, 44, 60, 75. */
  @Nested
  class Profile_N {
    @Test
    void has_no_PASID_and_no_shared_queues() {
      assertThat(withoutPasid.ok("cat $D/dsa0/pasid_enabled $D/dsa0/configurable"))
          .isEqualTo("0\n1");
      assertThat(withoutPasid.ok("cat $M/sys/kernel/debug/dsafs/*/cmdmem")).isEqualTo("0");
      assertThat(withoutPasid.ok("cat $D/wq0.7/mode")).isEqualTo("shared");
      assertThat(withoutPasid.write("$D/wq0.7/mode", "shared")).isEqualTo("EINVAL");
      assertThat(withoutPasid.write("$D/wq0.7/mode", "dedicated")).isEqualTo("ok");
    }

    @Test
    void has_dedicated_queues_for_users_and_for_the_kernel() {
      assertThat(
              withoutPasid.ok(
                  "tools/dsa-setup $M --wq user:dedicated:16 --wq kernel:dedicated:16:::dmaengine",
                  "ls $M/sys/class/dma; exec 3<>$M/dev/dsa/wq0.0; cat $D/wq0.0/clients"))
          .isEqualTo("dsa0 enabled\nwq0.0 enabled\nwq0.1 enabled\ndma0chan0\n1");
      withoutPasid.ok("tools/dsa-setup $M disable");
    }
  }

  /** swq-v1 0.3, checks 20, 25, 42, 50, 53, 63. */
  @Nested
  class Profile_R {
    @ParameterizedTest
    @CsvSource({
      "dsa0/token_limit, 5, EPERM",
      "dsa0/token_limit, x, EINVAL",
      "group0.0/traffic_class_a, 1, EPERM",
      "engine0.0/group_id, 0, EPERM",
      "engine0.0/group_id, 9, EPERM",
      "engine0.0/group_id, z, EINVAL",
      "wq0.0/block_on_fault, x, EPERM",
      "wq0.0/priority, x, EINVAL",
      "wq0.0/threshold, 5, EINVAL",
      "wq0.0/mode, dedicated, EPERM",
      "wq0.0/size, 1, EPERM",
      "wq0.0/name, x, ok",
      "wq0.0/type, user, ok"
    })
    void takes_no_configuration_but_names_and_types(String file, String text, String answer) {
      assertThat(fixed.write("$D/" + file, text)).isEqualTo(answer);
    }

    /** The driver does not read the device's own configuration. */
    @Test
    void shows_the_fixed_configuration_in_the_device_only() {
      assertThat(fixed.ok("cat $D/dsa0/configurable $D/wq0.0/size")).isEqualTo("0\n0");
      assertThat(fixed.ok("grep -c ' 16 ' $M/sys/kernel/debug/dsafs/*/queues")).isEqualTo("8");
      assertThat(fixed.write("$B/bind", "dsa0")).isEqualTo("ENODEV");
    }
  }

  @Nested
  class Strict_abi_with_three_devices {
    @Test
    void has_three_devices_with_names_and_minors_of_their_own() {
      assertThat(strict.ok("ls -d $D/dsa? | wc -l; readlink $D/dsa2 $D/wq2.7"))
          .isEqualTo(
              "3\n../../../devices/pci0000:74/0000:74:01.0/dsa2\n"
                  + "../../../devices/pci0000:74/0000:74:01.0/dsa2/wq2.7");
      strict.ok("for d in dsa2 dsa0; do tools/dsa-setup $M -d $d; done");
      assertThat(strict.ok("cat $D/wq2.0/cdev_minor $D/wq0.0/cdev_minor; ls $M/dev/dsa"))
          .isEqualTo("0\n1\nwq0.0\nwq2.0");
      strict.ok("tools/dsa-setup $M disable");
    }

    @Test
    void has_no_cmd_status_and_no_write() {
      strict.ok("tools/dsa-setup $M -d dsa1");

      assertThat(strict.sh("ls $D/dsa1/cmd_status").exit()).isNotZero();
      assertThat(strict.ok("head -c 64 /dev/zero | $SYSCALL write $M/dev/dsa/wq1.0"))
          .isEqualTo("EINVAL");
      strict
          .withProgram("CLIENT", "dsa_client.c")
          .ok("$CLIENT $M/dev/dsa/wq1.0 --mode movdir64b --op move");
      strict.ok("tools/dsa-setup $M disable");
    }

    @Test
    void without_it_there_are_both() {
      plain.ok("tools/dsa-setup $M");

      assertThat(plain.ok("cat $D/dsa0/cmd_status")).isEqualTo("0x0");
      assertThat(plain.ok("head -c 64 /dev/zero | $SYSCALL write $M/dev/dsa/wq0.0"))
          .isEqualTo("ok");
      plain.ok("tools/dsa-setup $M disable");
    }
  }

  @Nested
  class Without_address_translation {
    @Test
    void there_is_no_PASID_although_the_quirk_is_there() {
      assertThat(withoutIommu.ok("cat $D/dsa0/pasid_enabled")).isEqualTo("0");
      assertThat(withoutIommu.ok("cat $M/sys/kernel/debug/dsafs/*/cmdmem")).isEqualTo("1");
      assertThat(withoutIommu.write("$D/wq0.7/mode", "shared")).isEqualTo("EINVAL");
    }
  }

  /** swq-v1 3.4: kernels from mid-2021 on. */
  @Nested
  class Bind_errno {
    @Test
    void tells_why_a_bind_failed_instead_of_ENODEV() {
      for (Mounted mounted : new Mounted[] {plain, withoutIommu}) {
        mounted.ok(
            "for f in unbind bind; do echo 0000:6a:01.0 > $M/sys/bus/pci/drivers/idxd/$f; done");
      }

      assertThat(plain.write("$B/bind", "dsa0")).isEqualTo("ENODEV");
      assertThat(withoutIommu.write("$B/bind", "dsa0")).isEqualTo("EINVAL"); // nothing configured
      assertThat(withoutIommu.write("$B/bind", "wq0.0")).isEqualTo("EPERM"); // device not enabled
      assertThat(withoutIommu.write("$B/bind", "nosuch")).isEqualTo("ENODEV");
    }
  }

  @Nested
  class A_profile_from_a_file {
    @Test
    void makes_the_device_it_describes() {
      assertThat(
              small.ok(
                  "cd $D/dsa0; cat gen_cap max_work_queues_size max_engines max_groups op_cap"))
          .isEqualTo("0x40915f0105\n64\n2\n4\n0x1003f03ff");
      assertThat(small.ok("ls -d $D/engine0.?")).endsWith("engine0.1");
      assertThat(small.write("$D/wq0.0/size", "65")).isEqualTo("EINVAL");
      assertThat(small.write("$D/wq0.0/size", "64")).isEqualTo("ok");
    }

    @Test
    void goes_with_the_other_options() {
      assertThat(small.ok("cat $D/dsa0/pasid_enabled $M/sys/kernel/debug/dsafs/*/cmdmem"))
          .isEqualTo("0\n0"); // --no-cmdmem
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        quoteCharacter = '`',
        value = {
          "no.json        |                          | no.json",
          "list.json      | []                       | list.json",
          "broken.json    | {                        | broken.json",
          "unknown.json   | {\"engines\": 4}         | engines",
          "many.json      | {\"wqcap\": \"0x3b0000000900ff\"} | many.json",
          "text.json      | {\"engcap\": \"four\"}   | engcap: 'four' is not a number",
          "large.json     | {\"queues\": [{\"size\": 4294967296}]} | queues.0.size: '4294967296' is"
        })
    void that_makes_no_device_is_refused_with_the_reason(
        String name, String contents, String reason) throws IOException {
      Path file = directory.resolve(name);
      if (contents != null) {
        Files.writeString(file, contents);
      }
      Path place = Mounted.newMountPoint();

      Shell.Result result =
          Shell.run(Map.of(), "fuse-mount/dsafs mount " + place + " --device-profile " + file);

      assertThat(result.exit()).as(result.output()).isEqualTo(1);
      assertThat(result.text()).startsWith("dsafs: ").contains(reason).doesNotContain("Exception");
      assertThat(place).isEmptyDirectory();
      Files.delete(place);
    }

    @ParameterizedTest
    @CsvSource({
      "S, 0000:6a:01.0, 0x0b25, 0x00000100, 0x00000001003f027f",
      "V2, 0000:6a:01.0, 0x0b25, 0x00000200, 0x0000000100bf07ff",
      "A, 0000:6a:02.0, 0x0cfe, 0x00000100, 0x000000000000000d"
    })
    void may_be_a_part_by_its_name(
        String profile, String address, String id, String version, String opcap) {
      try (Mounted named = Mounted.mount("--device-profile " + profile)) {
        assertThat(named.ok("cat $M/sys/bus/pci/devices/" + address + "/device")).isEqualTo(id);
        assertThat(named.ok("cat $M/sys/bus/pci/devices/" + address + "/class"))
            .isEqualTo("0x088000");
        assertThat(named.ok("cat $M/sys/kernel/debug/dsafs/" + address + "/registers"))
            .contains("VERSION 0x0000 " + version, "OPCAP 0x0040 " + opcap);
      }
    }

    @Test
    void that_has_no_such_name_is_refused() {
      Shell.Result result =
          Shell.run(Map.of(), "fuse-mount/dsafs mount /tmp/nowhere --device-profile Q");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text()).startsWith("dsafs: ").contains("Q");
    }
  }
}
