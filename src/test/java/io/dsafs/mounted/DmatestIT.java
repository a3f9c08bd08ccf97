package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Kernel queues under dmatest, configured and started by {@code echo} alone: profile N, whose wq0.0
 * and wq0.1 are dedicated and named dmaengine. {@code $P} is the directory of the parameters.
 */
class DmatestIT {
  private static final String SUMMARY =
      "tests, 0 failures [0-9]*\\.[0-9][0-9] iops [0-9]* KB/s (0)$";

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree = Mounted.mount("--device-profile N").withPath("P", "sys/module/dmatest/parameters");
    tree.withPath("C", "sys/class/dma").withPath("LOG", "dev/kmsg");
    tree.ok(
        "set -e",
        "for engine in 0 1; do echo 0 > $D/engine0.$engine/group_id; done",
        "for wq in wq0.0 wq0.1; do",
        "  echo 0 > $D/$wq/group_id",
        "  echo dedicated > $D/$wq/mode",
        "  echo 16 > $D/$wq/size",
        "  echo 10 > $D/$wq/priority",
        "  echo kernel > $D/$wq/type",
        "  echo dmaengine > $D/$wq/name",
        "done",
        "for name in dsa0 wq0.0 wq0.1; do echo $name > $B/bind; done");
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
    assertThat(tree.ok("cat $C/*/in_use")).isEqualTo("0\n0");
  }

  /** Only what was logged since the mark belongs to a test. */
  private static void mark(String mark) {
    tree.ok("echo '" + mark + "' > $LOG");
  }

  private static String count(String mark, String pattern) {
    return tree.ok("sed '1,/;" + mark + "$/d' $LOG | grep -c '" + pattern + "' || true");
  }

  @Test
  void verifies_10000_transfers_of_a_dedicated_queue() {
    mark("ten thousand");
    tree.ok(
        "echo 10000 > $P/iterations",
        "echo dma0chan0 > $P/channel",
        "echo 1 > $P/run",
        "[ \"$(cat $P/wait)\" = Y ]");

    assertThat(count("ten thousand", ";dmatest: dma0chan0-copy0: summary 10000 " + SUMMARY))
        .isEqualTo("1");
    assertThat(tree.ok("cat $P/channel")).isEqualTo("");
    assertThat(tree.ok("cat $P/run")).isEqualTo("N");
    assertThat(Integer.parseInt(tree.ok("cat $C/dma0chan0/memcpy_count")))
        .isGreaterThanOrEqualTo(10_000);
  }

  @Test
  void verifies_two_queues_with_two_threads_each() {
    mark("two by two");
    tree.ok(
        "echo 1000 > $P/iterations",
        "echo 2 > $P/threads_per_chan",
        "echo dma0chan0 > $P/channel",
        "echo dma0chan1 > $P/channel",
        "echo 1 > $P/run",
        "[ \"$(cat $P/wait)\" = Y ]");

    assertThat(count("two by two", "dma0chan[01]-copy[01]: summary 1000 " + SUMMARY))
        .isEqualTo("4");
  }

  @Test
  void stops_in_the_middle_while_somebody_waits_and_others_go_on() {
    mark("middle");
    tree.ok(
        "echo 1000000000 > $P/iterations",
        "before=$(cat $C/dma0chan0/memcpy_count)",
        "echo dma0chan0 > $P/channel",
        "echo 1 > $P/run",
        "for reader in 1 2 3 4; do cat $P/wait > /dev/null & done",
        "while [ $(cat $C/dma0chan0/memcpy_count) -lt $((before + 100)) ]; do :; done",
        "[ $(cat $P/run) = Y ] && [ $(cat $D/dsa0/state) = enabled ] || exit 1",
        "echo 0 > $P/run",
        "wait",
        "[ $(cat $P/run) = N ]");

    assertThat(count("middle", "dma0chan0-copy0: summary [0-9]* " + SUMMARY)).isEqualTo("1");
  }

  @Test
  void goes_on_with_errors_when_its_queue_is_unbound_and_runs_again_when_it_is_back() {
    mark("unbound");
    tree.ok("echo dma0chan1 > $P/channel", "echo 1 > $P/run", "echo wq0.1 > $B/unbind");
    tree.await("sed '1,/;unbound$/d' $LOG | grep -q \"dma0chan1-copy0: result #.*'prep error'\"");
    assertThat(count("unbound", "Clients has claim on wq 1: 1$")).isEqualTo("1");
    assertThat(tree.ok("cat $P/run")).isEqualTo("Y");
    tree.ok("echo 0 > $P/run", "echo wq0.1 > $B/bind");
    assertThat(tree.ok("cat $D/wq0.1/clients")).isEqualTo("0");

    mark("bound");
    tree.ok(
        "echo 100 > $P/iterations",
        "echo dma0chan1 > $P/channel",
        "echo 1 > $P/run",
        "cat $P/wait");
    assertThat(count("bound", "dma0chan1-copy0: summary 100 " + SUMMARY)).isEqualTo("1");
  }

  @Test
  void refuses_what_the_module_refuses() {
    assertThat(tree.write("$P/channel", "dma9chan9\\n")).isEqualTo("EBUSY");
    assertThat(tree.write("$P/channel", "dma0chan0\\n")).isEqualTo("ok");
    assertThat(tree.write("$P/channel", "dma0chan0\\n")).isEqualTo("EBUSY");
    assertThat(tree.write("$P/channel", "dma9chan9\\n")).isEqualTo("EINVAL");
    assertThat(tree.write("$P/timeout", "-1\\n")).isEqualTo("EINVAL");
    assertThat(tree.write("$P/timeout", "4294967296\\n")).isEqualTo("ERANGE");
    assertThat(tree.write("$P/wait", "1\\n")).isEqualTo("EACCES");
    assertThat(tree.ok("stat -c %a $P/run $P/test_list")).isEqualTo("644\n444");
  }
}
