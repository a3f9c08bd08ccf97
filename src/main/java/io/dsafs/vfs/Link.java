package io.dsafs.vfs;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.util.List;

/** A symbolic link with a relative target. */
final class Link extends Node {
  private static final int MODE = 0777;

  private final String target;

  Link(String target) {
    super(MODE);
    this.target = target;
  }

  /**
   * A link that leads from a directory to another path of the tree. The last name of the path is
   * always part of the target, as in kernfs_get_target_path().
   *
   * @param directoryPath of the directory that the link is in
   * @param targetPath both without a trailing slash
   */
  static Link between(String directoryPath, String targetPath) {
    List<String> from = Paths.names(directoryPath);
    List<String> to = Paths.names(targetPath);
    int common = 0;
    while (common < from.size()
        && common < to.size() - 1
        && from.get(common).equals(to.get(common))) {
      common++;
    }
    String below = String.join("/", to.subList(common, to.size()));
    return new Link("../".repeat(from.size() - common) + below);
  }

  @Override
  public int fileType() {
    return S_IFLNK;
  }

  @Override
  public String linkTarget() {
    return target;
  }

  /** ELOOP: whoever opens has to follow the link first. */
  @Override
  public Handle open(int tid, int flags) throws ErrnoException {
    throw new ErrnoException(Errno.ELOOP, "a symbolic link to " + target);
  }
}
