package io.dsafs.survey;

import java.util.Locale;

/** Texts as they are written in checks and messages: {@code "96\n"}. */
final class Quoting {
  private Quoting() {}

  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      switch (c) {
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /**
   * The text between the quotes of a check: {@code \n}, {@code \t}, {@code \0}, {@code \xNN},
   * {@code \"}.
   */
  static String unquote(String quoted) {
    StringBuilder text = new StringBuilder();
    String inner = quoted.substring(1, quoted.length() - 1);
    for (int i = 0; i < inner.length(); i++) {
      char c = inner.charAt(i);
      if (c != '\\' || i + 1 == inner.length()) {
        text.append(c);
        continue;
      }
      char escaped = inner.charAt(++i);
      switch (escaped) {
        case 'n' -> text.append('\n');
        case 't' -> text.append('\t');
        case '0' -> text.append('\0');
        case 'x' -> {
          text.append((char) Integer.parseInt(inner.substring(i + 1, i + 3), 16));
          i += 2;
        }
        default -> text.append(escaped);
      }
    }
    return text.toString();
  }
}
