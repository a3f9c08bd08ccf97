package io.dsafs.vfs;

import java.util.ArrayList;
import java.util.List;

/** Cuts paths into names. */
final class Paths {
  private Paths() {}

  /** The names of a path, with or without a slash at its start; none for the root. */
  static List<String> names(String path) {
    List<String> names = new ArrayList<>();
    for (int start = path.startsWith("/") ? 1 : 0, end; start < path.length(); start = end + 1) {
      end = path.indexOf('/', start);
      if (end < 0) {
        end = path.length();
      }
      names.add(path.substring(start, end));
    }
    return names;
  }
}
