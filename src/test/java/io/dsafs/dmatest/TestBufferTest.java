package io.dsafs.dmatest;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.KernelLog.Level;
import io.dsafs.mem.KernelMemory;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The patterns of test buffers, and what is said of bytes that do not hold them. */
class TestBufferTest {
  private static final int SIZE = 200_000;

  private final KernelMemory memory = new KernelMemory("kernel");
  private final KernelLog log = new KernelLog(Level.INFO, () -> 0);
  private final TestLog lines = new TestLog(log, "dma0chan0-copy0");
  private final TestBuffer buffer = new TestMemory(memory).allocate(SIZE);

  TestBufferTest() throws ErrnoException {}

  @AfterEach
  void close() {
    buffer.close();
  }

  private byte[] contents() {
    byte[] bytes = new byte[SIZE];
    memory.peek(buffer.address(), bytes);
    return bytes;
  }

  private void damage(int index, int value) {
    memory.poke(buffer.address() + index, new byte[] {(byte) value});
  }

  private int verify(boolean isSource, Pattern pattern, int start, int end) {
    TestLog.Mismatches mismatches = lines.new Mismatches(isSource, pattern);
    int errors = buffer.verify(pattern, start, end, start, mismatches);
    mismatches.end();
    return errors;
  }

  private String logged() {
    return new String(log.contents(), StandardCharsets.US_ASCII);
  }

  @Test
  void every_byte_says_where_it_is_from_and_where_it_is() {
    buffer.fill(Pattern.SOURCE, Pattern.COPIED, 70_001, 66_000);

    byte[] bytes = contents();
    for (int i = 0; i < SIZE; i++) {
      int expected = 0x80 | (i >= 70_001 && i < 136_001 ? 0x40 : 0) | (31 - i % 32);
      assertThat(bytes[i] & 0xff).as("byte %d", i).isEqualTo(expected);
    }
    assertThat(verify(true, Pattern.SOURCE, 0, 70_001)).isZero();
    assertThat(verify(true, Pattern.COPIED, 70_001, 136_001)).isZero();
    assertThat(verify(true, Pattern.SOURCE, 136_001, SIZE)).isZero();
    assertThat(logged()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 31, 32, 65_535, 65_536, 131_072, SIZE - 1})
  void one_wrong_byte_is_found_wherever_it_is(int index) {
    buffer.fill(Pattern.DESTINATION, Pattern.DESTINATION, 0, SIZE);
    damage(index, contents()[index] ^ 1);

    assertThat(verify(false, Pattern.DESTINATION, 0, SIZE)).isEqualTo(1);
    assertThat(logged()).contains(String.format(Locale.ROOT, "dstbuf[0x%x] mismatch!", index));
  }

  @Test
  void says_what_is_wrong() {
    buffer.fill(Pattern.SOURCE, Pattern.SOURCE, 0, SIZE);
    damage(0x10, 0);
    assertThat(verify(true, Pattern.SOURCE, 0, SIZE)).isEqualTo(1);

    buffer.fill(Pattern.DESTINATION, Pattern.OVERWRITTEN, 0x20, 1);
    assertThat(verify(false, Pattern.COPIED, 0x20, 0x21)).isEqualTo(1);

    buffer.fill(Pattern.DESTINATION, Pattern.COPIED, 0x20, 1);
    assertThat(verify(false, Pattern.DESTINATION, 0x20, 0x21)).isEqualTo(1);

    assertThat(logged())
        .contains("dmatest: dma0chan0-copy0: srcbuf[0x10] overwritten! Expected 8f, got 00\n")
        .contains("dmatest: dma0chan0-copy0: dstbuf[0x20] not copied! Expected df, got 3f\n")
        .contains("dmatest: dma0chan0-copy0: dstbuf[0x20] was copied! Expected 1f, got df\n");
  }

  @Test
  void shows_32_wrong_bytes_of_a_range_and_counts_all() {
    buffer.fill(Pattern.DESTINATION, Pattern.DESTINATION, 0, SIZE);

    assertThat(verify(false, Pattern.COPIED, 0, 100)).isEqualTo(100);

    assertThat(logged().lines().filter(line -> line.contains("not copied!"))).hasSize(32);
    assertThat(logged()).endsWith("dmatest: dma0chan0-copy0: 68 errors suppressed\n");
  }

  @Test
  void rates_have_two_digits_and_no_time_makes_no_rate() {
    lines.summary(10_000, 0, 98_765_432, 2_000_000, 0);
    lines.summary(3, 1, 5000, 700, 0);
    lines.summary(0, 0, 0, 0, -12);

    assertThat(logged().lines().map(line -> line.substring(line.indexOf(';') + 1)))
        .containsExactly(
            "dmatest: dma0chan0-copy0: summary 10000 tests, 0 failures 5000.00 iops 48225 KB/s (0)",
            "dmatest: dma0chan0-copy0: summary 3 tests, 1 failures 4285.71 iops 5714 KB/s (0)",
            "dmatest: dma0chan0-copy0: summary 0 tests, 0 failures 0.00 iops 0 KB/s (-12)");
  }
}
