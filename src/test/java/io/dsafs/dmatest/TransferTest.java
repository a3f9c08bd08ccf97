package io.dsafs.dmatest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What a test copies. */
class TransferTest {
  private static TestParameters parameters(boolean norandom, int transferSize) {
    return new TestParameters(0, "", "", 1, 0, 0, 3000, false, norandom, -1, transferSize, false);
  }

  @Property
  void always_fits_and_is_aligned(
      @ForAll @IntRange(min = 0, max = 12) int alignment,
      @ForAll @IntRange(min = 4096, max = 100_000) int size,
      @ForAll long seed) {
    Transfer transfer =
        Transfer.choose(1, parameters(false, 0), size, alignment, new SplittableRandom(seed));

    assertThat(transfer.lengthBytes()).isBetween(1, size);
    assertThat(transfer.sourceOffset()).isBetween(0, size - transfer.lengthBytes());
    assertThat(transfer.destinationOffset()).isBetween(0, size - transfer.lengthBytes());
    int unit = 1 << alignment;
    assertThat(transfer.lengthBytes() % unit).isZero();
    assertThat(transfer.sourceOffset() % unit).isZero();
    assertThat(transfer.destinationOffset() % unit).isZero();
  }

  @Test
  void is_the_whole_buffer_without_chance() {
    assertThat(Transfer.choose(7, parameters(true, 0), 16384, 0, new SplittableRandom(1)))
        .isEqualTo(new Transfer(7, 0, 0, 16384));
  }

  @Test
  void has_the_size_that_is_given_whatever_the_alignment() {
    Transfer transfer =
        Transfer.choose(7, parameters(false, 100), 4096, 6, new SplittableRandom(1));

    assertThat(transfer.lengthBytes()).isEqualTo(100);
    assertThat(transfer.sourceOffset() % 64).isZero();
  }
}
