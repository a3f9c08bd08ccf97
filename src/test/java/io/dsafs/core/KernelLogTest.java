package io.dsafs.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.KernelLog.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The log of the kernel as it is read. Source: Documentation/ABI/testing/dev-kmsg. */
class KernelLogTest {
  private long now = 5;
  private final KernelLog log = new KernelLog(Level.INFO, () -> now);

  private static String text(KernelLog log) {
    return new String(log.contents(), StandardCharsets.UTF_8);
  }

  private static String read(KernelLog log, long offset, int size) {
    ByteBuffer buffer = ByteBuffer.allocate(size + 3).position(3);
    int count = log.read(buffer, offset);
    assertThat(buffer.position()).isEqualTo(3 + count);
    return new String(buffer.array(), 3, count, StandardCharsets.UTF_8);
  }

  @Test
  void gives_each_line_its_priority_number_and_time() {
    log.print(Level.INFO, "first");
    now = 17;
    log.print(Level.ERR, "second");

    assertThat(text(log)).isEqualTo("6,0,5,-;first\n3,1,17,-;second\n");
  }

  @Test
  void keeps_a_line_in_one_line() {
    log.print(Level.INFO, "one\ntwo\n");

    assertThat(text(log)).isEqualTo("6,0,5,-;one two \n");
  }

  @ParameterizedTest
  @CsvSource({
    "EMERG, true",
    "ERR, true",
    "WARNING, true",
    "NOTICE, true",
    "INFO, true",
    "DEBUG, false",
  })
  void keeps_what_is_as_severe_as_its_threshold(Level level, boolean kept) {
    log.print(level, "line");
    Device device = new Device("dsa0", null, null, null);

    assertThat(log.keeps(level)).isEqualTo(kept);
    assertThat(text(log).isEmpty()).isNotEqualTo(kept);
    assertThat(log.size()).isEqualTo(text(log).length());

    KernelLog warnings = new KernelLog(Level.WARNING, () -> now);
    warnings.info(device, "not %s", "this");
    warnings.warn(device, "but %s", "this");
    assertThat(text(warnings)).isEqualTo("4,0,5,-; dsa0: but this\n");
  }

  /** syslog(3): facility times 8 plus level. */
  @ParameterizedTest
  @CsvSource({"14, true", "15, false", "6, true", "7, false", "8, true", "23, false"})
  void looks_at_the_level_of_a_priority_and_not_at_its_facility(int priority, boolean kept) {
    log.print(priority, "line");

    assertThat(text(log)).isEqualTo(kept ? priority + ",0,5,-;line\n" : "");
  }

  /** dev_printk_emit(): driver, device, text. */
  @Test
  void names_driver_and_device() {
    ModelFixture fixture = new ModelFixture();
    Bus bus = fixture.addBus("dsa");
    fixture.addDriver("idxd", bus);
    Device device = fixture.addDevice("dsa0", bus);

    fixture.log.err(device, "%d errors", 3);
    fixture.log.warn(device, "warned");
    fixture.log.info(device, "100%%");
    fixture.log.debug(device, "debugged");

    assertThat(fixture.logged())
        .containsExactly(
            "3;idxd dsa0: 3 errors",
            "4;idxd dsa0: warned",
            "6;idxd dsa0: 100%",
            "7;idxd dsa0: debugged");
  }

  @Test
  void tells_its_listener_when_the_line_is_there() {
    List<String> heard = new ArrayList<>();
    log.setListener(() -> heard.add(text(log)));

    log.print(Level.DEBUG, "not kept");
    log.print(Level.INFO, "kept");

    assertThat(heard).containsExactly("6,0,5,-;kept\n");
  }

  @Test
  void has_a_clock_of_its_own_that_counts_microseconds_from_its_start() {
    long before = System.nanoTime();
    KernelLog timed = new KernelLog(Level.INFO);
    while (System.nanoTime() - before < 2_000_000) {
      Thread.onSpinWait();
    }
    timed.print(Level.INFO, "line");
    long elapsed = (System.nanoTime() - before) / 1000;

    long stamp = Long.parseLong(text(timed).split(",")[2]);
    assertThat(stamp).isBetween(1L, elapsed);
  }

  @Nested
  class Reading {
    @Test
    void goes_on_where_the_last_one_ended() {
      log.print(Level.INFO, "first"); // 14 bytes
      log.print(Level.INFO, "second"); // 15 bytes

      assertThat(log.size()).isEqualTo(29);
      assertThat(read(log, 0, 100)).isEqualTo("6,0,5,-;first\n6,1,5,-;second\n");
      assertThat(read(log, 0, 10)).isEqualTo("6,0,5,-;fi");
      assertThat(read(log, 10, 10)).isEqualTo("rst\n6,1,5,");
      assertThat(read(log, 13, 1)).isEqualTo("\n");
      assertThat(read(log, 14, 8)).isEqualTo("6,1,5,-;");
      assertThat(read(log, 20, 100)).isEqualTo("-;second\n");
      assertThat(read(log, 28, 5)).isEqualTo("\n");
      assertThat(read(log, 29, 5)).isEmpty();
      assertThat(read(log, 1000, 5)).isEmpty();
      assertThat(read(log, 0, 0)).isEmpty();
    }

    @Test
    void counts_bytes_and_not_letters() {
      log.print(Level.INFO, "ä");

      assertThat(log.size()).isEqualTo(11);
      assertThat(read(log, 0, 100)).isEqualTo("6,0,5,-;ä\n");
    }
  }

  @Test
  void forgets_its_oldest_lines_once_it_is_full() {
    String kilobyte = "x".repeat(1024 - "6,1000,5,-;\n".length());
    for (int i = 0; i < 1000; i++) {
      log.print(Level.INFO, "old");
    }
    long old = log.size();

    for (int i = 0; i < 4096; i++) {
      log.print(Level.INFO, kilobyte);
    }
    assertThat(log.size()).isEqualTo(KernelLog.CAPACITY_BYTES).isGreaterThan(old);
    assertThat(read(log, 0, 10)).isEqualTo("6,1000,5,-");

    log.print(Level.INFO, "");
    assertThat(log.size()).isBetween(KernelLog.CAPACITY_BYTES - 1100L, 4L << 20);
    assertThat(read(log, 0, 10)).isEqualTo("6,1001,5,-");
    assertThat(read(log, log.size() - 12, 100)).isEqualTo("6,5096,5,-;\n");
  }
}
