package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kernel queues of mainline under dmatest, started by {@code echo} alone: mainline sections 4.3 and
 * 7. A device of version 2, which has interrupt handles; wq0.0 is dedicated, wq0.1 shared. {@code
 * $P} is the directory of the parameters, {@code $I} that of the errors on demand.
 */
class KernelQueuesIT {
  private static final String SUMMARY =
      "tests, 0 failures [0-9]*\\.[0-9][0-9] iops [0-9]* KB/s (0)$";

  private static final String KERNEL_QUEUE =
      String.join(
          "\n",
          "kernel_queue() {",
          "  w=$D/$1; echo $2 > $w/mode; echo 16 > $w/size; echo 0 > $w/group_id",
          "  echo 10 > $w/priority; echo kernel > $w/type; echo channel > $w/name",
          "  echo dmaengine > $w/driver_name; [ $2 = dedicated ] || echo 12 > $w/threshold",
          "}");

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree =
        Abi.MAINLINE
            .mount("--device-profile V2 --iax=off")
            .withPath("P", "sys/module/dmatest/parameters")
            .withPath("I", "sys/kernel/debug/dsafs/0000:6a:01.0/inject")
            .withPath("C", "sys/class/dma")
            .withPath("LOG", "dev/kmsg");
    tree.ok(
        KERNEL_QUEUE,
        "set -e",
        "for engine in 0 1; do echo 0 > $D/engine0.$engine/group_id; done",
        "kernel_queue wq0.0 dedicated; kernel_queue wq0.1 shared",
        "echo dsa0 > ${B%/*}/idxd/bind",
        "for wq in wq0.0 wq0.1; do echo $wq > ${B%/*}/dmaengine/bind; done");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  @AfterEach
  void reset() {
    tree.ok("echo 0 > $P/run", "echo 0 > $P/iterations", "echo 1 > $P/threads_per_chan");
    assertThat(tree.ok("cat $C/*/in_use $D/wq0.?/clients | xargs")).startsWith("0 0 0 0");
  }

  /** Only what was logged since the mark belongs to a test. */
  private static void mark(String mark) {
    tree.ok("echo '" + mark + "' > $LOG");
  }

  private static String count(String mark, String pattern) {
    return tree.ok("sed '1,/;" + mark + "$/d' $LOG | grep -c '" + pattern + "' || true");
  }

  @ParameterizedTest
  @CsvSource({"dma0chan0, dedicated", "dma0chan1, shared"})
  void verify_10000_transfers(String channel, String mode) {
    mark("ten thousand " + mode);
    tree.ok(
        "echo 10000 > $P/iterations",
        "echo " + channel + " > $P/channel",
        "echo 1 > $P/run",
        "[ \"$(cat $P/wait)\" = Y ]");

    assertThat(
            count(
                "ten thousand " + mode,
                ";dmatest: " + channel + "-copy0: summary 10000 " + SUMMARY))
        .isEqualTo("1");
  }

  @Test
  void count_who_holds_their_channels() {
    assertThat(
            tree.ok(
                "echo 3 > $P/threads_per_chan",
                "echo dma0chan0 > $P/channel; echo dma0chan1 > $P/channel; echo 1 > $P/run",
                "cat $D/wq0.0/clients $D/wq0.1/clients $D/dsa0/clients $C/*/in_use | xargs",
                "echo 0 > $P/run; cat $D/dsa0/clients"))
        .isEqualTo("1 1 2 1 1\n0");
  }

  @ParameterizedTest
  @CsvSource({"wq0.0, dma0chan0, dedicated", "wq0.1, dma0chan1, shared"})
  void can_be_unbound_under_a_test_and_used_again(String wq, String channel, String mode) {
    mark("unbound " + wq);
    tree.ok(
        "echo 0 > $P/iterations; echo " + channel + " > $P/channel; echo 1 > $P/run",
        "until [ $(cat $C/" + channel + "/memcpy_count) -gt 100 ]; do :; done",
        "echo " + wq + " > ${B%/*}/dmaengine/unbind");
    tree.await("sed '1,/;unbound " + wq + "$/d' $LOG | grep -q \"result #.*'prep error'\"");
    tree.ok(
        "[ $(cat $D/" + wq + "/state) = disabled ]; [ $(cat $P/run) = Y ]; echo 0 > $P/run",
        KERNEL_QUEUE,
        "kernel_queue " + wq + " " + mode,
        "echo " + wq + " > ${B%/*}/dmaengine/bind");

    mark("bound " + wq);
    tree.ok(
        "echo 100 > $P/iterations; echo "
            + channel
            + " > $P/channel; echo 1 > $P/run; cat $P/wait");
    assertThat(count("bound " + wq, channel + "-copy0: summary 100 " + SUMMARY)).isEqualTo("1");
  }

  /** Mainline 7.2: a record with 0x19 is never seen by the client. */
  @ParameterizedTest
  @CsvSource({"dma0chan0", "dma0chan1"})
  void submit_again_what_met_a_revoked_interrupt_handle(String channel) {
    mark("revoked " + channel);
    tree.ok(
        "echo 3000 > $P/iterations; echo " + channel + " > $P/channel; echo 1 > $P/run",
        "while [ $(cat $P/run) = Y ]; do echo revoke > $I/int_handles; done",
        "cat $P/wait");

    assertThat(count("revoked " + channel, channel + "-copy0: summary 3000 " + SUMMARY))
        .isEqualTo("1");
    assertThat(tree.ok("cat $I/int_handles")).isEqualTo("2");
  }
}
