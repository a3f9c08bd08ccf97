package io.dsafs.vfs;

/** What an open file makes the server keep for it, at the expense of whoever opened it. */
@FunctionalInterface
public interface Account {
  /** An account without a limit. */
  Account UNLIMITED = bytes -> true;

  /**
   * Says how much is kept from now on, in place of what was kept before.
   *
   * @return false if that is too much; what was said before then holds on
   */
  boolean keep(long bytes);
}
