package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The function comes and goes while programs use its queues, and is looked at by the tools for PCI.
 * Sources: swq-v1 sections 1.8, 3.7 and 14.36; dsa-hardware section 1.
 */
class PciLifeIT {
  private static final String ADDRESS = "0000:6a:01.0";
  private static final String UNBIND = "echo " + ADDRESS + " > $P/unbind";
  private static final String BIND = "echo " + ADDRESS + " > $P/bind";
  private static final String REMOVE = "echo 1 > $F/remove";
  private static final String RESCAN = "echo 1 > $M/sys/bus/pci/rescan";
  private static final String LSPCI = "lspci -O sysfs.path=$M/sys/bus/pci -s 6a:01.0 ";
  private static final String SETPCI = "setpci -O sysfs.path=$M/sys/bus/pci -s 6a:01.0 ";

  /** 64 bytes of 0: an operation that does nothing and tells nobody. */
  private static final String NOOP = "printf '\\0%.0s' {1..64}";

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree =
        Mounted.mount()
            .withProgram("CLIENT", "dsa_client.c")
            .withPath("P", "sys/bus/pci/drivers/idxd")
            .withPath("F", "sys/bus/pci/devices/" + ADDRESS)
            .withPath("S", "dev/dsa/wq0.1")
            .withPath("CLIENTS", "sys/kernel/debug/dsafs/" + ADDRESS + "/clients");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  @BeforeEach
  void a_device_with_two_queues() {
    tree.ok("[ ! -e $P/" + ADDRESS + " ] || " + UNBIND, BIND);
    tree.ok("tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8 >/dev/null");
  }

  /** Nothing is left of who had it before: minors and PASIDs start anew, and work is done. */
  @AfterEach
  void the_device_is_usable_after_a_new_binding() {
    a_device_with_two_queues();
    assertThat(tree.ok("cat $D/wq0.0/cdev_minor $D/wq0.1/cdev_minor")).isEqualTo("0\n1");
    assertThat(tree.ok("exec 3<>$S; cut -d ' ' -f 1-3 $CLIENTS")).isEqualTo("wq0.1 pasid 2");
    assertThat(tree.ok("$CLIENT $S --mode enqcmd --op move,crc --sizes 1..64K | tail -n 1"))
        .endsWith("failed 0");
  }

  @Nested
  class Taken_away {
    @ParameterizedTest
    @CsvSource({UNBIND + "," + BIND, REMOVE + "," + RESCAN})
    void with_a_queue_open_it_tells_the_holder(String away, String back) {
      assertThat(
              tree.ok(
                  "exec 3<>$S",
                  "coproc POLLER { exec $SYSCALL poll $S; }; exec 7<&${POLLER[0]}; read -r polling <&7",
                  away,
                  "cat <&7; " + NOOP + " 2>&1 >&3",
                  "ls $M/dev; [ -e $D/dsa0 ] || echo no dsa0",
                  back,
                  "ls $D | grep -c wq"))
          .matches("ERR HUP \n.*: No such device\nchar\nkmsg\nno dsa0\n8");
    }

    @ParameterizedTest
    @CsvSource({UNBIND + "," + BIND, REMOVE + "," + RESCAN})
    void in_the_middle_of_work_it_comes_back(String away, String back) {
      tree.ok(
          "for way in write enqcmd; do",
          "coproc WORKER { exec $CLIENT $S --mode $way --busy --sizes 64K 2>/dev/null; }",
          "pid=$WORKER_PID; read -r busy <&${WORKER[0]} && [ $busy = busy ] || exit 1",
          away,
          back,
          "kill -9 $pid 2>/dev/null; wait $pid 2>/dev/null",
          "tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8 >/dev/null || exit 2",
          "done");
    }

    @Test
    void over_and_over_it_leaves_nothing() {
      assertThat(
              tree.ok(
                  "for i in $(seq 20); do " + UNBIND + "; " + BIND + "; done",
                  "for i in $(seq 20); do " + REMOVE + "; " + RESCAN + "; done",
                  "ls -d $M/sys/devices/pci*/*/dsa* | wc -l; ls $F/msi_irqs | head -n 1"))
          .matches("1\n\\d+");
    }
  }

  @Nested
  class Reset {
    @Test
    void with_work_under_way_does_no_harm() {
      assertThat(
              tree.ok(
                  "coproc WORKER { exec $CLIENT $S --mode enqcmd --busy --sizes 64K; }",
                  "pid=$WORKER_PID; read -r busy <&${WORKER[0]} && [ $busy = busy ] || exit 1",
                  "for i in 1 2 3; do echo 1 > $F/reset || exit 2; done",
                  "kill -9 $pid; wait $pid 2>/dev/null",
                  "until [ $(cat $D/wq0.1/clients) = 0 ]; do :; done",
                  "grep -A 1 GENSTS ${CLIENTS%/*}/registers | tail -n 1"))
          .isEqualTo("  state RO 0x0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "2", "x"})
    void is_asked_for_with_1(String text) {
      assertThat(tree.write("$F/reset", text)).isEqualTo("EINVAL");
    }
  }

  @Nested
  class The_driver {
    @Test
    void takes_ids_and_gives_them_back() {
      assertThat(tree.write("$P/new_id", "8086 0b25")).isEqualTo("EEXIST");
      assertThat(tree.write("$P/remove_id", "8086 0b25")).isEqualTo("ENODEV");
      assertThat(tree.write("$P/new_id", "8086 11fb\\n")).isEqualTo("ok");
      assertThat(tree.write("$P/new_id", "8086 11fb\\n")).isEqualTo("EEXIST");
      assertThat(tree.write("$P/remove_id", "8086 11fb\\n")).isEqualTo("ok");
      assertThat(tree.write("$P/remove_id", "8086 11fb\\n")).isEqualTo("ENODEV");
      assertThat(tree.write("$P/new_id", "8086")).isEqualTo("EINVAL");
    }

    @Test
    void is_bound_to_what_is_unbound_and_only_that() {
      assertThat(tree.write("$P/bind", ADDRESS)).isEqualTo("ENODEV");
      tree.ok(UNBIND);
      assertThat(tree.write("$P/unbind", ADDRESS)).isEqualTo("ENODEV");
      assertThat(tree.write("$P/bind", "0000:6b:01.0")).isEqualTo("ENODEV");
      assertThat(tree.write("$P/bind", ADDRESS + "\\n")).isEqualTo("ok");
    }
  }

  @Nested
  class Its_binary_files {
    /** dsa-hardware section 1.3. */
    @Test
    void show_lspci_every_capability() {
      assertThat(tree.ok(LSPCI + "-vv 2>/dev/null"))
          .contains(
              "Region 0: Memory at 206ffff40000 (64-bit, prefetchable) [size=64K]",
              "Region 2: Memory at 206ffff00000 (64-bit, prefetchable) [size=128K]",
              "[40] Express (v2) Root Complex Integrated Endpoint",
              "[80] MSI-X: Enable+ Count=9 Masked-",
              "Vector table: BAR=0 offset=00002000",
              "[90] Power Management version 3",
              "[100 v2] Advanced Error Reporting",
              "[150 v1] Latency Tolerance Reporting",
              "[160 v1] Transaction Processing Hints",
              "[170 v1] Virtual Channel",
              "[200 v1] Designated Vendor-Specific: Vendor=8086 ID=0005 Rev=0 Len=24",
              "[220 v1] Address Translation Service (ATS)",
              "[230 v1] Process Address Space ID (PASID)",
              "[240 v1] Page Request Interface (PRI)",
              "Kernel driver in use: idxd");
    }

    @Test
    void take_what_setpci_writes() {
      assertThat(tree.ok(SETPCI + "CACHE_LINE_SIZE=10; " + SETPCI + "CACHE_LINE_SIZE 00.l 02.w"))
          .isEqualTo("10\n0b258086\n0b25");
    }

    @Test
    void reach_the_registers() {
      String peek = "dd if=$F/resource0 bs=4 count=1 skip=$((%s / 4)) 2>/dev/null | od -An -tx4;";
      String poke =
          "printf '%s' | dd of=$F/resource0 bs=4 seek=$((%s / 4)) conv=notrunc 2>/dev/null;";

      // VERSION, GENSTS; GENCTRL written; VERSION is not to be written.
      assertThat(
              tree.ok(
                  String.format(peek, "0x00") + String.format(peek, "0x90"),
                  String.format(poke, "\\3\\0\\0\\0", "0x88") + String.format(peek, "0x88"),
                  String.format(poke, "\\7\\7\\7\\7", "0x00") + String.format(peek, "0x00"),
                  "dd if=$F/resource2 bs=8 count=1 2>/dev/null | od -An -tx8",
                  "stat -c %s $F/config $F/resource0 $F/resource2"))
          .isEqualTo(
              " 00000100\n 00000001\n 00000003\n 00000100\n ffffffffffffffff\n4096\n65536\n131072");
    }

    /** dsa-hardware section 1.5. */
    @Test
    void halt_an_enabled_device_whose_PCI_configuration_changes() {
      assertThat(
              tree.ok(
                  SETPCI + "ECAP_ATS+6.w=0",
                  "until [ $(cat $D/dsa0/state) = halted ]; do :; done",
                  "cut -d ' ' -f 1 $D/dsa0/errors; echo 1 > $F/reset",
                  SETPCI + "ECAP_ATS+6.w=8000"))
          .isEqualTo("0x0000000000005101");
    }
  }
}
