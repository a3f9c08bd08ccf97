package io.dsafs.vfs;

/** Hears of names that no longer mean what they meant. */
@FunctionalInterface
public interface NameListener {
  /**
   * A name was taken away, or now means another node. What was below a directory is gone with it
   * and not told one by one.
   *
   * <p>Called on the thread that caused it, after the change and without a lock of this package.
   *
   * @param parentPath the directory's path, such as {@code /sys/bus/dsa/devices}
   * @param node what the name meant
   */
  void gone(String parentPath, Node node, String name);
}
