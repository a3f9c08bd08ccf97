package io.dsafs.host;

/**
 * Names from the outside, as they are shown. Source: the kernel's string_escape_mem() with
 * ESCAPE_OCTAL, as for names in {@code /proc}.
 */
public final class Escapes {
  private Escapes() {}

  /**
   * Bytes, a character each, as printable ASCII: what is not, in three octal digits behind a
   * backslash, and a backslash twice.
   */
  public static String printable(String bytes) {
    return escape(bytes, '~');
  }

  /** Text without control characters, which stand as {@link #printable} writes them. */
  public static String line(String text) {
    return escape(text, Character.MAX_VALUE);
  }

  private static String escape(String text, char last) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        shown.append("\\\\");
      } else if (c <= last && !Character.isISOControl(c)) {
        shown.append(c);
      } else {
        shown.append('\\').append(octal(c, 6)).append(octal(c, 3)).append(octal(c, 0));
      }
    }
    return shown.toString();
  }

  private static char octal(char c, int shift) {
    return (char) ('0' + (c >> shift & 7));
  }
}
