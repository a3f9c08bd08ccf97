package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What mainline makes of errors on demand, on a DSA and on an IAA: mainline sections 3.9, 5.1 and
 * 7.3. {@code $I} is the directory of the files, {@code $V} that of the device; {@code $Q} is the
 * node of its dedicated queue, {@code $S} that of the shared one, whose threshold is 8.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class MainlineInjectionIT {
  enum Subject {
    DSA("0000:6a:01.0", "dsa", 0),
    IAX("0000:6a:02.0", "iax", 1);

    private final String address;
    private final String kind;
    private final int id;

    Subject(String address, String kind, int id) {
      this.address = address;
      this.kind = kind;
      this.id = id;
    }
  }

  private static final String SETUP =
      String.join(
          "\n",
          "setup() {",
          "  [ $(cat $V/state) = disabled ] || echo $NAME > ${B%/*}/idxd/unbind",
          "  for e in 0 1 2 3; do echo 0 > $D/engine$ID.$e/group_id; done",
          "  queue 0 dedicated; queue 1 shared",
          "  echo $NAME > ${B%/*}/idxd/bind",
          "  for q in 0 1; do echo wq$ID.$q > ${B%/*}/user/bind; done",
          "}",
          "queue() {",
          "  w=$D/wq$ID.$1; echo $2 > $w/mode; echo 16 > $w/size; echo 0 > $w/group_id",
          "  echo 10 > $w/priority; echo user > $w/type; echo app > $w/name",
          "  echo user > $w/driver_name; [ $2 = dedicated ] || echo 8 > $w/threshold",
          "}",
          "rebind() { echo ${F##*/} > $P/unbind; echo ${F##*/} > $P/bind; }",
          "sound() {",
          "  echo 0 > $I/stall; echo off > $I/command; echo off > $I/page_fault",
          "  echo none > $I/iommu_bind; echo 9 > $I/msix; echo 0 > $I/record_fault",
          "  [ $(cat $I/halt) = off ] ||",
          "    { echo off > $I/halt; echo 1 > $F/remove; echo 1 > $M/sys/bus/pci/rescan; }",
          "}",
          "until_() { for ((i = 0; i < 3000; i++)); do eval \"$1\" && return; done; echo \"never: $1\";",
          "  cat $V/state $V/errors ${I%/*}/queues; tail $M/dev/kmsg; exit 9; }");

  /** 64 bytes of 0: an operation that does nothing and tells nobody. */
  private static final String NOOP = "printf '\\0%.0s' {1..64}";

  private static Mounted tree;
  private static Subject mounted;

  @Parameter private Subject subject;

  @BeforeParameterizedClassInvocation
  static void mount(Subject subject) {
    mounted = subject;
    String queue = "dev/" + subject.kind + "/wq" + subject.id;
    tree =
        Abi.MAINLINE
            .mount()
            .withProgram("SIEGE", "siege.c")
            .withPath("I", "sys/kernel/debug/dsafs/" + subject.address + "/inject")
            .withPath("P", "sys/bus/pci/drivers/idxd")
            .withPath("F", "sys/bus/pci/devices/" + subject.address)
            .withPath("V", "sys/bus/dsa/devices/" + subject.kind + subject.id)
            .withPath("Q", queue + ".0")
            .withPath("S", queue + ".1");
  }

  @AfterParameterizedClassInvocation
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  private static String ok(String... steps) {
    String names = "ID=" + mounted.id + " NAME=" + mounted.kind + mounted.id;
    return tree.ok(names, SETUP, String.join("\n", steps));
  }

  private static String log(String text) {
    return tree.ok("grep -c '" + text + "' $M/dev/kmsg; true");
  }

  private String bind(String driver, String object) {
    return tree.write("${B%/*}/" + driver + "/bind", object);
  }

  private String wq(int number) {
    return "wq" + subject.id + "." + number;
  }

  @BeforeEach
  void a_device_with_two_queues() {
    ok("rebind; setup");
  }

  @AfterEach
  void is_sound_again_afterwards() {
    ok("sound; rebind; setup");
    assertThat(tree.ok("$SIEGE move $Q 20; $SIEGE move $S 20")).isEqualTo("moved 20\nmoved 20");
  }

  @Nested
  class A_halt {
    /** A configurable device is emptied by its own reset: nothing is left to enable. */
    @Test
    void that_the_reset_command_ends_leaves_the_device_disabled() {
      ok("echo 0 > $I/halt", "until_ '[ $(cat $I/halt) = off ] && [ $(cat $V/state) = disabled ]'");

      assertThat(ok("cat $D/wq$ID.?/state | sort -u; cat $D/wq$ID.0/size; readlink $V/driver"))
          .isEqualTo("disabled\n0\n../../../../bus/dsa/drivers/idxd");
    }

    @Test
    void that_a_function_reset_ends_is_over_with_all_as_it_was() {
      ok(
          "exec 3<>$S; echo 1 > $I/halt",
          "until_ '[ $(cat $V/state) = enabled ] && [ -e $S ] && [ -e $Q ] && [ $(cat $I/halt) = off ]'");

      assertThat(
              ok(
                  "cd $D; cat wq$ID.[01]/state wq$ID.1/threshold wq$ID.[01]/mode wq$ID.1/name",
                  "readlink wq$ID.1/driver",
                  "$SYSCALL open rw $S"))
          .isEqualTo(
              "enabled\nenabled\n8\ndedicated\nshared\napp\n../../../../../bus/dsa/drivers/user\nok");
      assertThat(log("doing FLR")).isNotEqualTo("0");
    }

    @Test
    void that_a_file_has_outlived_gives_it_ENXIO() {
      assertThat(
              ok(
                  "exec 3<>$S; echo 1 > $I/halt",
                  "until_ '[ $(cat $V/state) = enabled ] && [ -e $S ] && [ $(cat $I/halt) = off ]'",
                  NOOP + " 2>&1 >&3; true"))
          .endsWith("No such device or address");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void that_only_power_ends_leaves_a_device_that_cannot_be_enabled(int type) {
      ok("echo " + type + " > $I/halt", "until_ '[ $(cat $V/state) = disabled ]'");

      assertThat(ok("cat $D/wq$ID.[01]/state $I/halt")).isEqualTo("disabled\ndisabled\n" + type);
      assertThat(log("need system reset")).isNotEqualTo("0");
      assertThat(tree.write("$I/halt", "1")).isEqualTo("EBUSY");
      ok("echo $NAME > ${B%/*}/idxd/unbind; echo 0 > $V/cmd_status");
      assertThat(bind("idxd", subject.kind + subject.id)).isEqualTo("ENXIO");
    }

    @Test
    void does_not_hold_up_who_has_work_under_way() {
      ok(
          "$SIEGE busy $S & pid=$!; until_ '[ $(cat $D/wq$ID.1/clients) = 1 ]'",
          "echo 2 > $I/halt; until_ '[ $(cat $V/state) = disabled ]'",
          "kill -9 $pid; wait $pid; until_ '[ -z \"$(cat ${I%/*}/clients)\" ]'");
    }
  }

  @Nested
  class A_command {
    /** The kernel waits for ever, and has no errno for it. */
    @Test
    void without_an_answer_times_out_and_the_queue_stays_disabled() {
      ok("echo wq$ID.1 > ${B%/*}/user/unbind; queue 1 shared; echo never > $I/command");

      assertThat(bind("user", wq(1))).isEqualTo("EBUSY");
      assertThat(log("Command timed out: ENABLE_WQ")).isNotEqualTo("0");
      assertThat(ok("cat $D/wq$ID.1/state; echo off > $I/command; cat $I/command"))
          .isEqualTo("disabled\noff");
      assertThat(bind("user", wq(1))).isEqualTo("ok");
    }

    @Test
    void with_a_given_answer_is_told_in_cmd_status() {
      ok("echo wq$ID.1 > ${B%/*}/user/unbind; queue 1 shared; echo 0x24 > $I/command");

      assertThat(bind("user", wq(1))).isEqualTo("ENXIO");
      assertThat(tree.ok("cat $V/cmd_status")).isEqualTo("0x24");
      assertThat(bind("user", wq(1))).isEqualTo("ok");
    }

    @Test
    void to_enable_the_device_that_is_refused_leaves_it_disabled() {
      ok("echo $NAME > ${B%/*}/idxd/unbind; queue 0 dedicated; echo 0 > $D/engine$ID.0/group_id");
      ok("echo 0x18 > $I/command");

      assertThat(bind("idxd", subject.kind + subject.id)).isEqualTo("ENXIO");
      assertThat(tree.ok("cat $V/cmd_status $V/state")).isEqualTo("0x18\ndisabled");
      assertThat(bind("idxd", subject.kind + subject.id)).isEqualTo("ok");
    }
  }

  @Nested
  class A_page_fault {
    @Test
    void concerns_only_whom_it_names() {
      assertThat(
              ok(
                  "$SIEGE busy $S & pid=$!",
                  "until_ '[ -n \"$(cat ${I%/*}/clients)\" ]'",
                  "line=$(cat ${I%/*}/clients); set -- $line; pasid=$3",
                  "echo 0x0-0xffffffffffff pasid=$pasid > $I/page_fault",
                  "until_ 'cut -d , -f 8 $V/errors | grep -q ^....1a'",
                  "$SIEGE move $Q 20",
                  "kill -9 $pid; wait $pid 2>/dev/null; true"))
          .isEqualTo("moved 20");
    }

    /** Without an event log there is nobody to write it. */
    @Test
    void at_a_record_is_a_software_error() {
      ok(
          "echo 1 > $I/record_fault; $SIEGE busy $S & pid=$!",
          "until_ 'cut -d , -f 8 $V/errors | grep -q ^....1a'",
          "kill -9 $pid; wait $pid 2>/dev/null; true");

      assertThat(tree.ok("cat $I/record_fault")).isEqualTo("0");
    }
  }

  @Nested
  class A_refused_PASID {
    @ParameterizedTest
    @CsvSource({
      "inval,ENODEV",
      "nospc,ENOSPC",
      "nomem,ENOMEM",
      "notsupp,EOPNOTSUPP",
      "nosys,ENODEV"
    })
    void is_told_by_the_open_until_it_ends(String reason, String errno) {
      tree.ok("echo " + reason + " 2 > $I/iommu_bind");

      assertThat(tree.call("open rw $S")).isEqualTo(errno);
      assertThat(tree.call("open rw $Q")).isEqualTo(errno);
      assertThat(tree.call("open rw $S")).isEqualTo("ok");
      assertThat(tree.ok("cat $V/clients")).isEqualTo("0");
    }

    /** Since 6.16 only the open finds out. */
    @Test
    void at_the_probe_leaves_pasid_enabled_and_takes_shared_kernel_queues() {
      ok("echo nosys > $I/iommu_bind; rebind; setup");

      assertThat(tree.ok("cat $V/pasid_enabled")).isEqualTo("1");
      assertThat(tree.call("open rw $S")).isEqualTo("ENODEV");
      ok(
          "echo wq$ID.1 > ${B%/*}/user/unbind; queue 1 shared",
          "echo kernel > $D/wq$ID.1/type; echo k > $D/wq$ID.1/name",
          "echo dmaengine > $D/wq$ID.1/driver_name");
      assertThat(bind("dmaengine", wq(1))).isEqualTo("ENXIO");
      assertThat(tree.ok("cat $V/cmd_status")).isEqualTo("0x80050000");
    }
  }

  @Nested
  class A_function_without_vectors {
    @Test
    void is_refused_by_the_driver() {
      ok("echo 0 > $I/msix; echo ${F##*/} > $P/unbind");

      assertThat(tree.write("$P/bind", subject.address)).isEqualTo("ENOSPC");
      assertThat(tree.ok("[ -e $V ] || echo none; echo 9 > $I/msix; echo ${F##*/} > $P/bind"))
          .isEqualTo("none");
    }
  }

  @Nested
  class A_software_error {
    @Test
    void reaches_errors_and_the_queue_it_names() {
      assertThat(
              ok(
                  "coproc POLLER { exec $SYSCALL poll $S; }; exec 7<&${POLLER[0]}; read -r polling <&7",
                  "echo error=0x13 wq_idx_valid=1 wq_idx=1 desc_valid=1 operation=3 > $I/swerror",
                  "cat <&7"))
          .isEqualTo("IN");
      assertThat(tree.ok("cut -d , -f 7,8 $V/errors")).isEqualTo("00000003,0001130d");
    }
  }

  @Nested
  class Stalled_engines {
    @Test
    void let_a_queue_fill_and_lose_nothing_when_they_are_released() {
      assertThat(
              ok(
                  "echo 1 > $I/stall; exec 3<>$S",
                  "for i in $(seq 8); do " + NOOP + " >&3 || exit 1; done",
                  NOOP + " 2>&1 >&3",
                  "grep '^wq1 ' ${I%/*}/queues | cut -d ' ' -f 6",
                  "echo 0 > $I/stall",
                  "until_ \"grep '^wq1 ' ${I%/*}/queues | grep -q ' 16 8 0 '\""))
          .matches(".*: Resource temporarily unavailable\n8");
    }

    @Test
    void do_not_hold_up_who_is_killed() {
      ok(
          "$SIEGE busy $S & pid=$!; until_ '[ $(cat $D/wq$ID.1/clients) = 1 ]'",
          "echo 1 > $I/stall; kill -9 $pid; wait $pid 2>/dev/null",
          "until_ '[ $(cat $D/wq$ID.1/clients) = 0 ]'; cat ${I%/*}/clients");
    }
  }
}
