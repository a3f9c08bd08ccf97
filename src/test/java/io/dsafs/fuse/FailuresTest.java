package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel is answered. */
class FailuresTest {
  private static final int EIO = 5;
  private static final int ENOMEM = 12;
  private static final int EOPNOTSUPP = 95;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096})
  void an_answer_is_passed_on(int answer) {
    assertThat(Failures.answer(() -> answer)).isEqualTo(answer);
  }

  /** fs/fuse/dev.c takes no error below -511; after ENOSYS fs/fuse/file.c asks no more. */
  @ParameterizedTest
  @EnumSource
  void a_refusal_is_its_number_below_0_as_far_as_the_kernel_takes_it(Errno errno) {
    int answer =
        Failures.answer(
            () -> {
              throw new ErrnoException(errno);
            });

    boolean taken = errno.number() < 512 && errno != Errno.ENOSYS;
    assertThat(answer).isEqualTo(taken ? -errno.number() : -EOPNOTSUPP);
  }

  @Test
  void a_bug_is_EIO() {
    assertThat(
            Failures.answer(
                () -> {
                  throw new IllegalStateException("told to fail");
                }))
        .isEqualTo(-EIO);
  }

  @Test
  void a_shortage_of_memory_is_ENOMEM_for_the_request_that_met_it() {
    assertThat(
            Failures.answer(
                () -> {
                  throw new OutOfMemoryError("told to fail");
                }))
        .isEqualTo(-ENOMEM);
  }
}
