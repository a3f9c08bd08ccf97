package io.dsafs.vfs;

/** Hears of files whose size is another one; see {@link FileTree#resizable}. */
@FunctionalInterface
public interface SizeListener {
  /**
   * The size of a file has changed.
   *
   * <p>Called on the thread that caused it, under whatever locks that holds: it may not wait.
   *
   * @param path as {@link FileTree#resizable} gives it
   */
  void resized(String path, Node node);
}
