package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What files of the tree are and do, by real system calls. Numbers are of swq-v1 section 15. */
class FileRulesIT {
  private static final String QUEUE_SETUP =
      String.join(
          "; ",
          "set -e",
          "echo 0 > $D/engine0.0/group_id",
          "for i in 0 1 2 3; do q=$D/wq0.$i",
          "echo 0 > $q/group_id",
          "echo dedicated > $q/mode",
          "echo 16 > $q/size",
          "echo 10 > $q/priority",
          "echo user > $q/type",
          "echo app$i > $q/name",
          "done",
          "echo dsa0 > $B/bind");

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree = Mounted.mount();
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  @Nested
  class The_tree {
    @Test
    void check_001_has_one_device_with_its_queues_groups_and_engines() {
      assertThat(tree.ok("ls $D"))
          .isEqualTo(
              "dsa0\nengine0.0\nengine0.1\nengine0.2\nengine0.3\n"
                  + "group0.0\ngroup0.1\ngroup0.2\ngroup0.3\n"
                  + "wq0.0\nwq0.1\nwq0.2\nwq0.3\nwq0.4\nwq0.5\nwq0.6\nwq0.7");
    }

    @Test
    void check_002_links_devices_relatively() {
      assertThat(tree.ok("readlink $D/wq0.0"))
          .isEqualTo("../../../devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.0");
      assertThat(tree.ok("readlink -e $D/wq0.0"))
          .isEqualTo(tree.mountPoint() + "/sys/devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.0");
    }

    @Test
    void check_003_has_the_one_driver() {
      assertThat(tree.ok("ls $B/..")).isEqualTo("dsa");
    }

    @Test
    void check_004_005_008_has_the_modes_of_sysfs() {
      assertThat(tree.call("stat $B/bind")).isEqualTo("100200 0 0 4096 1");
      assertThat(tree.call("stat $D/wq0.0/size")).isEqualTo("100644 0 0 4096 1");
      assertThat(tree.call("stat $D/wq0.0/clients")).isEqualTo("100444 0 0 4096 1");
      assertThat(tree.call("stat $D/wq0.0")).startsWith("120777 0 0 0 1");
      assertThat(tree.call("stat $D/wq0.0/")).startsWith("40755 0 0 0 3");
      assertThat(tree.call("open r $B/bind")).isEqualTo("EACCES");
      assertThat(tree.call("open w $D/dsa0/state")).isEqualTo("EACCES");
    }

    @Test
    void check_009_012_has_subsystems_and_uevents() {
      assertThat(tree.ok("readlink $D/wq0.0/subsystem")).isEqualTo("../../../../../bus/dsa");
      assertThat(tree.ok("cat $D/wq0.0/uevent")).isEqualTo("DEVTYPE=wq");
      assertThat(tree.ok("cat $D/dsa0/uevent")).isEqualTo("DEVTYPE=dsa");
    }

    @Test
    void check_013_cannot_be_changed_from_outside() {
      assertThat(tree.call("create $D/dsa0/new")).isEqualTo("EACCES");
      assertThat(tree.call("mkdir $D/dsa0/new")).isEqualTo("EPERM");
      assertThat(tree.call("unlink $D/dsa0/state")).isEqualTo("EPERM");
      assertThat(tree.call("rmdir $D/dsa0/power")).isEqualTo("EPERM");
      assertThat(tree.call("rename $D/dsa0/state $D/dsa0/new")).isEqualTo("EPERM");
      assertThat(tree.call("link $D/dsa0/state $D/dsa0/new")).isEqualTo("EPERM");
      assertThat(tree.call("symlink state $D/dsa0/new")).isEqualTo("EPERM");
    }

    @Test
    void check_014_switches_autoprobe() {
      String file = "$M/sys/bus/dsa/drivers_autoprobe";
      assertThat(tree.ok("cat " + file)).isEqualTo("1");
      assertThat(tree.write(file, "0")).isEqualTo("ok");
      assertThat(tree.ok("cat " + file)).isEqualTo("0");
      assertThat(tree.write(file, "x")).isEqualTo("ok");
      assertThat(tree.ok("cat " + file)).isEqualTo("1");
    }
  }

  @Nested
  class An_attribute {
    @Test
    void keeps_the_text_of_the_first_read_and_makes_it_anew_after_a_rewind() {
      assertThat(
              tree.ok(
                  "exec 3< $D/wq0.7/priority",
                  "head -c 1 <&3; echo 7 > $D/wq0.7/priority; cat <&3; echo 0 > $D/wq0.7/priority"))
          .isEqualTo("0");
      assertThat(tree.call("reread $D/dsa0/max_groups")).isEqualTo("4\n4");
    }

    @Test
    void is_read_from_any_offset() {
      assertThat(tree.call("read $D/dsa0/gen_cap 2 4")).isEqualTo("4091");
      assertThat(tree.call("read $D/dsa0/gen_cap 13 4")).isEqualTo("ok"); // the end: 0 bytes
    }

    @Test
    void takes_a_write_at_any_offset_and_ignores_truncation() {
      assertThat(tree.ok("printf 3 | $SYSCALL write $D/wq0.7/priority 100")).isEqualTo("ok");
      assertThat(tree.ok("cat $D/wq0.7/priority")).isEqualTo("3");
      assertThat(tree.call("truncate $D/wq0.7/priority")).isEqualTo("ok");
      assertThat(tree.ok("echo 4 >> $D/wq0.7/priority; cat $D/wq0.7/priority")).isEqualTo("4");
      tree.ok("echo 0 > $D/wq0.7/priority");
    }

    @Test
    void check_068_does_nothing_on_an_empty_write() {
      assertThat(tree.write("$D/wq0.7/size", "")).isEqualTo("ok");
      assertThat(tree.ok("cat $D/wq0.7/size")).isEqualTo("0");
    }

    @Test
    void check_024_tells_the_kernels_errno() {
      for (String bad : new String[] {"-1", " 5", "5 ", "0x5", "5\\n\\n", "97"}) {
        assertThat(tree.write("$D/dsa0/token_limit", bad)).as(bad).isEqualTo("EINVAL");
      }
      assertThat(tree.write("$D/dsa0/token_limit", "+5\\n")).isEqualTo("ok");
      assertThat(tree.ok("cat $D/dsa0/token_limit")).isEqualTo("5");
      assertThat(tree.write("$D/dsa0/token_limit", "0")).isEqualTo("ok");
    }

    @Test
    void check_061_takes_at_most_a_page() {
      assertThat(tree.ok("head -c 1024 /dev/zero | tr '\\0' x | $SYSCALL write $D/wq0.6/name"))
          .isEqualTo("ok");
      assertThat(tree.ok("head -c 1025 /dev/zero | tr '\\0' x | $SYSCALL write $D/wq0.6/name"))
          .isEqualTo("EINVAL");
      assertThat(tree.ok("(echo n; head -c 9000 /dev/zero) | $SYSCALL write $D/wq0.6/name"))
          .isEqualTo("4096");
      assertThat(tree.ok("cat $D/wq0.6/name")).isEqualTo("n");
      tree.ok("echo > $D/wq0.6/name");
    }

    @Test
    void with_bits_added_by_chmod_opens_and_answers_EIO() {
      assertThat(tree.call("chmod 644 $D/dsa0/max_groups")).isEqualTo("ok");
      assertThat(tree.write("$D/dsa0/max_groups", "1")).isEqualTo("EIO");
      assertThat(tree.call("chmod 444 $D/dsa0/max_groups")).isEqualTo("ok");
      assertThat(tree.call("open w $D/dsa0/max_groups")).isEqualTo("EACCES");
    }

    @Test
    void knows_no_ioctl() {
      assertThat(tree.call("ioctl $D/dsa0/state 0xc028da01")).isEqualTo("ENOTTY");
    }

    @Test
    void check_028_of_an_empty_list_reads_as_nothing() {
      assertThat(tree.ok("wc -c < $D/group0.3/work_queues")).isEqualTo("0");
    }
  }

  @Nested
  class Binding {
    @Test
    void check_069_083_089_090_105_makes_names_come_and_go_at_once() {
      tree.ok(QUEUE_SETUP);
      assertThat(tree.ok("cat $D/dsa0/state; readlink $D/dsa0/driver; readlink $B/dsa0"))
          .isEqualTo(
              "enabled\n../../../../bus/dsa/drivers/dsa\n"
                  + "../../../../devices/pci0000:6a/0000:6a:01.0/dsa0");

      tree.ok("echo wq0.3 > $B/bind; echo wq0.0 > $B/bind");
      assertThat(tree.ok("cat $D/wq0.3/cdev_minor $D/wq0.0/cdev_minor")).isEqualTo("0\n1");
      assertThat(tree.call("stat $M/dev/dsa/wq0.0")).isEqualTo("100600 0 0 0 1");
      assertThat(tree.sh("cat $M/dev/dsa/wq0.0").text()).endsWith("Invalid argument");
      assertThat(tree.call("seek $M/dev/dsa/wq0.0")).isEqualTo("ESPIPE");
      assertThat(tree.call("fsync $M/dev/dsa/wq0.0")).isEqualTo("EINVAL");
      assertThat(tree.call("ioctl $M/dev/dsa/wq0.0 0x5401")).isEqualTo("ENOTTY");
      assertThat(tree.ok("cat $D/dsa!wq0.0/dev"))
          .isEqualTo(tree.ok("echo $(cat $D/dsa0/cdev_major):1"));
      assertThat(tree.ok("readlink $M/sys/dev/char/$(cat $D/dsa!wq0.0/dev)"))
          .isEqualTo("../../devices/pci0000:6a/0000:6a:01.0/dsa!wq0.0");
      assertThat(tree.ok("readlink $M/dev/char/$(cat $D/dsa!wq0.0/dev)")).isEqualTo("../dsa/wq0.0");
      assertThat(tree.call("open rw $M/dev/char/$(cat $D/dsa!wq0.3/dev)")).isEqualTo("ok");

      // 50 times, as a remembered name would show only while it is fresh
      assertThat(
              tree.sh(
                      "link=$M/dev/char/$(cat $D/dsa!wq0.0/dev)",
                      "for i in $(seq 50); do",
                      "  [ -e $link ] && [ -e $M/dev/dsa/wq0.0 ] && [ -e $D/wq0.0/driver ] || exit 1",
                      "  echo wq0.0 > $B/unbind || exit 2",
                      "  [ ! -L $link ] && [ ! -e $M/dev/dsa/wq0.0 ] && [ ! -e $D/wq0.0/driver ] || exit 3",
                      "  echo wq0.0 > $B/bind || exit 4",
                      "done")
                  .exit())
          .isZero();

      tree.ok("echo wq0.0 > $B/unbind; echo wq0.3 > $B/unbind");
      assertThat(tree.sh("ls $M/dev/dsa").exit()).isNotZero();
      assertThat(tree.ok("ls $M/dev")).isEqualTo("char\nkmsg");
      tree.ok("echo dsa0 > $B/unbind");
      assertThat(tree.ok("cat $D/dsa0/state")).isEqualTo("disabled");
      assertThat(tree.sh("[ -e $D/dsa0/driver ]").exit()).isNotZero();
    }

    @Test
    void check_072_076_of_what_cannot_be_bound_is_ENODEV() {
      assertThat(tree.write("$B/bind", "nosuch")).isEqualTo("ENODEV");
      assertThat(tree.write("$B/bind", "group0.0")).isEqualTo("ENODEV");
      assertThat(tree.write("$B/bind", "dsa0 ")).isEqualTo("ENODEV");
      assertThat(tree.write("$B/unbind", "dsa0")).isEqualTo("ENODEV");
    }
  }

  @Nested
  class The_log {
    @Test
    void is_read_and_followed() {
      assertThat(tree.ok("cat $M/dev/kmsg"))
          .contains("idxd 0000:6a:01.0: Intel(R) Accelerator Device (v100)");
      assertThat(
              tree.ok(
                  "timeout 5 tail -n 0 -f -s 0.2 $M/dev/kmsg > target/tail.out & sleep 0.5",
                  "echo '<5>a line' > $M/dev/kmsg",
                  "until grep -q 'a line' target/tail.out; do kill -0 $! || exit 1; done",
                  "kill $!; grep -c 'a line' target/tail.out"))
          .isEqualTo("1");
    }

    /** Which tail finds by the size, for which the kernel had asked before the line came. */
    @Test
    void ends_with_its_newest_line() {
      assertThat(
              tree.ok(
                  "for i in $(seq 20); do",
                  "stat -c %s $M/dev/kmsg >&2",
                  "for f in unbind bind; do echo 0000:6a:01.0 > $M/sys/bus/pci/drivers/idxd/$f; done",
                  "tail -n 1 $M/dev/kmsg > target/last.out",
                  "cat $M/dev/kmsg | tail -n 1 | cmp - target/last.out; done 2>/dev/null"))
          .isEmpty();
    }
  }

  @Nested
  class The_PCI_function {
    @Test
    void is_seen_by_lspci() {
      assertThat(tree.ok("lspci -O sysfs.path=$M/sys/bus/pci -n -s 6a:01.0"))
          .isEqualTo("6a:01.0 0880: 8086:0b25");
      assertThat(tree.ok("lspci -O sysfs.path=$M/sys/bus/pci -vv -s 6a:01.0 2>/dev/null"))
          .contains("MSI-X: Enable+ Count=9 Masked-", "Kernel driver in use: idxd");
    }
  }
}
