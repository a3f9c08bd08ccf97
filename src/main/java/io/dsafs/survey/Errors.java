package io.dsafs.survey;

import io.dsafs.core.Errno;

/** Names of error numbers. */
final class Errors {
  private Errors() {}

  /**
   * The name, such as {@code EINVAL}.
   *
   * @param number positive
   */
  static String name(int number) {
    for (Errno errno : Errno.values()) {
      if (errno.number() == number) {
        return errno.name();
      }
    }
    return "errno " + number;
  }
}
