package io.dsafs.core;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Says that a call is refused. */
final class ErrnoAssert {
  private ErrnoAssert() {}

  static void assertRefused(Errno expected, ThrowingCallable call) {
    assertThatExceptionOfType(ErrnoException.class)
        .isThrownBy(call)
        .extracting(ErrnoException::errno)
        .isEqualTo(expected);
  }
}
