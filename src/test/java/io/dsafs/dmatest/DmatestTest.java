package io.dsafs.dmatest;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.testing.Machine;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The module through its parameters, on a machine of profile N whose device runs by itself. Source:
 * Documentation/ABI/testing/sysfs-module-dmatest; Documentation/driver-api/dmaengine/dmatest.rst.
 */
@Timeout(60)
class DmatestTest {
  private static final String PARAMETERS = "/sys/module/dmatest/parameters/";
  private static final String DEBUG = "7,";
  private static final String IN_USE = "/sys/class/dma/dma0chan0/in_use";

  private final Machine n = Machine.builder().withoutCmdmem().live().boot();
  private final Dmatest module = new Dmatest(n.model, n.idxd::dmaEngine, n.kernelMemory);

  DmatestTest() {
    module.load();
    n.set("engine0.0/group_id", "0", "engine0.1/group_id", "0");
    n.queue("wq0.0", "dedicated", "kernel", "dmaengine");
    n.queue("wq0.1", "dedicated", "kernel", "dmaengine");
    n.enable("dsa0", "wq0.0", "wq0.1");
  }

  @AfterEach
  void close() {
    n.hardware.release();
    module.unload();
    n.close();
  }

  private String read(String parameter) {
    return n.read(PARAMETERS + parameter);
  }

  private String write(String parameter, String text) {
    return n.write(PARAMETERS + parameter, text + "\n");
  }

  private void set(String... namesAndTexts) {
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      assertThat(write(namesAndTexts[i], namesAndTexts[i + 1])).isEqualTo("ok");
    }
  }

  /** What the module has said, not for debugging, without the fields in front. */
  private List<String> lines() {
    return n.dmesg()
        .lines()
        .filter(line -> !line.startsWith(DEBUG))
        .map(line -> line.substring(line.indexOf(';') + 1))
        .filter(line -> line.startsWith("dmatest: "))
        .map(line -> line.substring("dmatest: ".length()))
        .toList();
  }

  private String lastLine() {
    List<String> lines = lines();
    return lines.get(lines.size() - 1);
  }

  private void awaitFirstCopy() {
    while (n.read("/sys/class/dma/dma0chan0/memcpy_count").equals("0\n")) {
      Thread.onSpinWait();
    }
  }

  @Nested
  class At_first {
    @ParameterizedTest
    @CsvSource({
      "test_buf_size, 16384",
      "device, ''",
      "threads_per_chan, 1",
      "max_channels, 0",
      "iterations, 0",
      "dmatest, 0",
      "xor_sources, 3",
      "pq_sources, 3",
      "timeout, 3000",
      "noverify, N",
      "norandom, N",
      "verbose, N",
      "alignment, -1",
      "transfer_size, 0",
      "polled, N",
      "run, N",
      "channel, ''",
      "wait, Y",
    })
    void parameters_have_the_values_of_the_module(String name, String value) {
      assertThat(read(name)).isEqualTo(value + "\n");
    }

    @Test
    void nothing_is_listed() {
      assertThat(read("test_list")).isEmpty();
      assertThat(lines()).isEmpty();
    }
  }

  @Nested
  class A_run {
    @Test
    void of_10000_tests_verifies_every_byte_and_says_so() {
      set("iterations", "10000", "channel", "dma0chan0", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lines().subList(0, 2))
          .containsExactly("Added 1 threads using dma0chan0", "Started 1 threads using dma0chan0");
      assertThat(lines().get(lines().size() - 1))
          .matches(
              "dma0chan0-copy0: summary 10000 tests, 0 failures \\d+\\.\\d\\d iops \\d+ KB/s \\(0\\)");
      assertThat(n.read("/sys/class/dma/dma0chan0/memcpy_count")).isEqualTo("10000\n");
    }

    @Test
    void asks_for_the_end_if_it_is_to_poll() {
      set("iterations", "500", "polled", "Y", "channel", "dma0chan0", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lastLine()).startsWith("dma0chan0-copy0: summary 500 tests, 0 failures ");
    }

    @Test
    void takes_all_channels_with_all_threads_where_none_is_named() {
      set("iterations", "300", "threads_per_chan", "3", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lines().subList(0, 5))
          .containsExactly(
              "No channels configured, continue with any",
              "Added 3 threads using dma0chan0",
              "Added 3 threads using dma0chan1",
              "Started 3 threads using dma0chan0",
              "Started 3 threads using dma0chan1");
      assertThat(lines().stream().filter(line -> line.contains("summary 300 tests, 0 failures")))
          .hasSize(6);
    }

    @Test
    void with_more_threads_than_the_queue_has_entries_waits_for_room() {
      set("iterations", "200", "threads_per_chan", "40", "channel", "dma0chan0", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lines().stream().filter(line -> line.contains("summary 200 tests, 0 failures")))
          .hasSize(40);
    }

    @Test
    void tells_of_each_test_on_request() {
      set("iterations", "1", "verbose", "1", "norandom", "1", "channel", "dma0chan0", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lines())
          .contains(
              "dma0chan0-copy0: result #1: 'test passed' with src_off=0x0 dst_off=0x0 len=0x4000"
                  + " (0)");
    }

    @Test
    void neither_fills_nor_compares_on_request() {
      set("iterations", "1", "noverify", "1", "transfer_size", "64", "channel", "dma0chan0");
      set("run", "on");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lastLine()).startsWith("dma0chan0-copy0: summary 1 tests, 0 failures ");
      assertThat(n.read("/sys/class/dma/dma0chan0/bytes_transferred")).isEqualTo("64\n");
    }

    @Test
    void stops_in_the_middle() {
      set("channel", "dma0chan0", "run", "1");
      awaitFirstCopy();
      assertThat(read("run")).isEqualTo("Y\n");
      assertThat(n.read(IN_USE)).isEqualTo("1\n");

      set("run", "0");

      assertThat(read("run")).isEqualTo("N\n");
      assertThat(lines().stream().filter(line -> line.contains("summary "))).hasSize(1);
      assertThat(n.read(IN_USE)).isEqualTo("0\n");
      assertThat(n.read("/sys/module/idxd/refcnt")).isEqualTo("1\n");
    }

    @Test
    void that_does_not_end_is_not_waited_for() {
      set("channel", "dma0chan0", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(read("run")).isEqualTo("Y\n");
    }

    @Test
    void gives_its_channels_back_when_its_end_is_looked_at() {
      set("iterations", "1", "channel", "dma0chan0", "run", "1");
      assertThat(read("wait")).isEqualTo("Y\n");
      assertThat(n.read(IN_USE)).isEqualTo("1\n");

      assertThat(read("run")).isEqualTo("N\n");

      assertThat(n.read(IN_USE)).isEqualTo("0\n");
    }

    @Test
    void can_be_repeated_with_the_channel_of_before() {
      set("iterations", "1", "channel", "dma0chan1", "run", "1");
      assertThat(read("wait")).isEqualTo("Y\n");

      set("run", "1");
      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lines().stream().filter(line -> line.startsWith("dma0chan1-copy0: summary 1 ")))
          .hasSize(2);
      assertThat(lines()).noneMatch(line -> line.contains("dma0chan0"));
    }

    @Test
    void holds_the_driver() {
      set("channel", "dma0chan0", "run", "1");

      assertThat(n.read("/sys/module/idxd/refcnt")).isEqualTo("2\n");
      assertThat(n.read("wq0.0/clients")).isEqualTo("1\n");
    }
  }

  @Nested
  class A_run_in_trouble {
    @Test
    void goes_on_with_errors_when_its_queue_is_unbound() {
      set("channel", "dma0chan0", "run", "1");
      awaitFirstCopy();

      assertThat(n.unbind("wq0.0")).isEqualTo("ok");
      while (!n.dmesg().contains("'prep error'")) {
        Thread.onSpinWait();
      }
      set("run", "0");

      assertThat(n.dmesg()).contains("Clients has claim on wq 0: 1");
      assertThat(n.read("wq0.0/clients")).isEqualTo("0\n");
      assertThat(n.read("/sys/module/idxd/refcnt")).isEqualTo("1\n");
      n.enable("wq0.0");
      set("iterations", "10", "channel", "dma0chan0", "run", "1");
      assertThat(read("wait")).isEqualTo("Y\n");
      assertThat(lastLine()).startsWith("dma0chan0-copy0: summary 10 tests, 0 failures ");
    }

    @Test
    void gives_up_a_test_that_the_device_does_not_finish() {
      n.hardware.stall();
      set("iterations", "2", "timeout", "1", "norandom", "1", "channel", "dma0chan0", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lines())
          .contains(
              "dma0chan0-copy0: result #1: 'test timed out' with src_off=0x0 dst_off=0x0 len=0x4000"
                  + " (0)",
              "dma0chan0-copy0: result #2: 'test timed out' with src_off=0x0 dst_off=0x0 len=0x4000"
                  + " (0)");
      assertThat(lastLine()).startsWith("dma0chan0-copy0: summary 2 tests, 2 failures ");
    }

    @Test
    void finds_what_a_copy_that_failed_left_undone() {
      n.hardware.stall();
      set("iterations", "1", "norandom", "1", "channel", "dma0chan0", "run", "1");
      awaitFirstCopy();

      assertThat(n.write("/sys/bus/pci/drivers/idxd/unbind", "0000:6a:01.0")).isEqualTo("ok");
      assertThat(read("wait")).isEqualTo("Y\n");

      assertThat(lines().stream().filter(line -> line.contains("not copied!"))).hasSize(32);
      assertThat(lines())
          .contains(
              "dma0chan0-copy0: dstbuf[0x0] not copied! Expected df, got 3f",
              "dma0chan0-copy0: 16352 errors suppressed",
              "dma0chan0-copy0: result #1: 'data error' with src_off=0x0 dst_off=0x0 len=0x4000"
                  + " (16384)");
      assertThat(lastLine()).startsWith("dma0chan0-copy0: summary 1 tests, 1 failures ");
    }

    @Test
    void is_ended_by_unloading_though_the_device_does_not_answer() {
      n.hardware.stall();
      set("timeout", "4294967295", "channel", "dma0chan0", "run", "1");
      awaitFirstCopy();

      module.unload();

      assertThat(n.exists("/sys/module/dmatest")).isFalse();
      assertThat(n.read(IN_USE)).isEqualTo("0\n");
      module.load();
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "test_buf_size | 0 | 0-byte buffer too small for 1-byte alignment | 0",
          "test_buf_size | 4294967295 | | 0",
          "test_buf_size | 4194305 | | 0",
          "alignment | 15 | 16384-byte buffer too small for 32768-byte alignment | 0",
          "transfer_size | 16384"
              + " | 16384-byte transfer size must be lower than 16384-buffer size | 1",
        })
    void ends_at_once_with_parameters_that_make_no_sense(
        String name, String value, String line, int tests) {
      set("iterations", "5", name, value, "channel", "dma0chan0", "run", "1");

      assertThat(read("wait")).isEqualTo("Y\n");

      if (line != null) {
        assertThat(lines()).contains(line);
      }
      assertThat(lastLine())
          .matches("dma0chan0-copy0: summary " + tests + " tests, 0 failures .* \\((0|-12)\\)");
    }

    @Test
    void of_more_threads_than_there_can_be_starts_as_many_as_can() {
      set("threads_per_chan", "4294967295", "channel", "dma0chan0");

      assertThat(lines())
          .containsExactly(
              "Failed to create thread dma0chan0-copy256", "Added 256 threads using dma0chan0");
      set("run", "0");
    }
  }

  @Nested
  class Channels {
    @Test
    void are_added_one_by_one_and_listed() {
      set("channel", "dma0chan1", "threads_per_chan", "2", "channel", "dma0chan0");

      assertThat(read("channel")).isEqualTo("dma0chan0\n");
      assertThat(read("test_list")).isEmpty();
      assertThat(lines())
          .containsExactly(
              "Added 1 threads using dma0chan1",
              "Added 2 threads using dma0chan0",
              "1 threads using dma0chan1",
              "2 threads using dma0chan0");
      assertThat(read("run")).isEqualTo("N\n");
      set("run", "0");
      assertThat(read("channel")).isEqualTo("\n");
    }

    @Test
    void are_all_added_for_an_empty_name() {
      set("channel", "");

      assertThat(lines())
          .containsExactly("Added 1 threads using dma0chan0", "Added 1 threads using dma0chan1");
    }

    @Test
    void are_refused_twice_with_EBUSY() {
      set("channel", "dma0chan0", "channel", "dma0chan1");

      assertThat(write("channel", "dma0chan0")).isEqualTo("EBUSY");

      assertThat(read("channel")).isEqualTo("dma0chan1\n");
    }

    @Test
    void that_do_not_exist_are_refused_with_EBUSY_or_if_others_are_added_with_EINVAL() {
      assertThat(write("channel", "dma7chan0")).isEqualTo("EBUSY");
      assertThat(read("channel")).isEqualTo("\n");
      set("channel", "dma0chan0");
      assertThat(write("channel", "dma7chan0")).isEqualTo("EINVAL");
      assertThat(read("channel")).isEqualTo("dma0chan0\n");
    }

    @Test
    void with_too_long_a_name_are_refused_with_ENOSPC() {
      assertThat(write("channel", "0123456789012345678")).isEqualTo("ENOSPC");
      assertThat(write("device", "0".repeat(31))).isEqualTo("ENOSPC");

      assertThat(n.dmesg())
          .contains("channel: string doesn't fit in 19 chars.")
          .contains("device: string doesn't fit in 31 chars.");
    }

    @Test
    void are_as_many_as_allowed_and_of_the_device_that_is_named() {
      set("max_channels", "1", "device", "0000:6a:01.0", "channel", "");
      assertThat(lines()).containsExactly("Added 1 threads using dma0chan0");
      set("run", "0", "device", "0000:6f:01.0");
      assertThat(read("device")).isEqualTo("0000:6f:01.0\n\n");

      assertThat(write("channel", "dma0chan0")).isEqualTo("EBUSY");
      assertThat(read("device")).as("a refused write").isEqualTo("0000:6f:01.0\n\n");
      set("device", "0000:6a:01.0", "channel", "dma0chan0");
      assertThat(read("device")).isEqualTo("0000:6a:01.0\n");
    }

    @Test
    void get_no_threads_for_what_they_cannot_do() {
      set("dmatest", "1", "channel", "dma0chan0");

      assertThat(lines()).containsExactly("Added 0 threads using dma0chan0");
    }

    @Test
    void that_are_not_started_are_not_waited_for() {
      set("iterations", "10", "channel", "dma0chan0");

      assertThat(read("wait")).isEqualTo("Y\n");
    }
  }

  @Nested
  class Without_a_driver {
    @Test
    void there_is_no_channel() {
      Machine bare = Machine.builder().build();
      Dmatest alone = new Dmatest(bare.model, bare.idxd::dmaEngine, bare.kernelMemory);
      alone.load();

      assertThat(bare.write(PARAMETERS + "channel", "dma0chan0")).isEqualTo("EBUSY");
      assertThat(bare.write(PARAMETERS + "run", "1")).isEqualTo("ok");
      assertThat(bare.write(PARAMETERS + "run", "maybe")).isEqualTo("EINVAL");
    }
  }
}
