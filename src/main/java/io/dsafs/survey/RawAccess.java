package io.dsafs.survey;

import io.dsafs.host.RawFile;
import java.nio.charset.StandardCharsets;

/**
 * Calls on files of a tree, each with the answer as a word: "ok", a number, or the error's name.
 */
final class RawAccess {
  static final String OK = "ok";

  private final MachineTree tree;

  RawAccess(MachineTree tree) {
    this.tree = tree;
  }

  /** One write(2): "ok" if all bytes were taken, a count if not, or the error of open or write. */
  String write(String path, String text) {
    int fd = RawFile.open(tree.path(path), RawFile.WRITE_ONLY);
    if (fd < 0) {
      return Errors.name(-fd);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    long count = RawFile.write(fd, bytes);
    RawFile.close(fd);
    return count == bytes.length ? OK : answer(count);
  }

  /** Opens and closes. */
  String open(String path, int flags) {
    int fd = RawFile.open(tree.path(path), flags);
    if (fd >= 0) {
      RawFile.close(fd);
    }
    return fd < 0 ? Errors.name(-fd) : OK;
  }

  String create(String path) {
    int fd = RawFile.create(tree.path(path), 0644);
    if (fd >= 0) {
      RawFile.close(fd);
    }
    return fd < 0 ? Errors.name(-fd) : OK;
  }

  String makeDirectory(String path) {
    int result = RawFile.makeDirectory(tree.path(path), 0755);
    return result < 0 ? Errors.name(-result) : OK;
  }

  /** The count, or the error. */
  static String answer(long result) {
    return result < 0 ? Errors.name((int) -result) : String.valueOf(result);
  }
}
