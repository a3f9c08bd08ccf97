package io.dsafs.host;

import io.dsafs.host.Mounts.Mount;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The lines of {@code /proc/self/mountinfo}. Names in it are bytes, of whatever character set, and
 * stand here with a character for each byte.
 *
 * <p>Source: proc_pid_mountinfo(5); show_mountinfo() in fs/proc_namespace.c.
 */
final class MountTable {
  /** The fields before the optional ones: id, parent, device, root, mount point, options. */
  private static final int OPTIONAL = 6;

  /** In which Java gives names to the system. */
  private static final Charset NAMES =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private MountTable() {}

  /** The mounts in the table's order; a line that is none is left out. */
  static List<Mount> parse(byte[] table) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : new String(table, StandardCharsets.ISO_8859_1).split("\n")) {
      String[] fields = line.split(" ");
      int separator = OPTIONAL;
      while (separator < fields.length && !fields[separator].equals("-")) {
        separator++;
      }
      if (separator + 1 < fields.length) {
        String root = unescape(fields[3]);
        mounts.add(new Mount(unescape(fields[4]), root, fields[separator + 1], fields[2]));
      }
    }
    return mounts;
  }

  /** Three octal digits behind a backslash stand for a byte that would end a field. */
  private static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.startsWith("\\", i) && field.substring(i + 1).matches("(?s)[0-3][0-7]{2}.*")) {
        plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(field.charAt(i));
      }
    }
    return plain.toString();
  }

  /** A path as the table has it. */
  static String name(Path path) {
    return new String(path.toString().getBytes(NAMES), StandardCharsets.ISO_8859_1);
  }

  /** The path of a name, or null: Java has none for it. */
  static Path path(String name) {
    try {
      Path path = Path.of(new String(name.getBytes(StandardCharsets.ISO_8859_1), NAMES));
      return name(path).equals(name) ? path : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }
}
