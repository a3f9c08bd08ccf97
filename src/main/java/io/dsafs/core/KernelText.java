package io.dsafs.core;

import java.util.Locale;

/**
 * The kernel's rules for text written to an attribute: numbers, words, strings.
 *
 * <p>Text is ISO-8859-1 (one char is one byte) and already ends at its first NUL. Every rejection
 * is {@code EINVAL}. Source: kstrtoull(), kstrtoll(), sysfs_streq() in lib/.
 */
public final class KernelText {
  private KernelText() {}

  /**
   * An unsigned decimal number of 64 bits: optional {@code +}, digits, at most one newline, end.
   *
   * @return the value as unsigned 64 bits
   */
  public static long parseUnsigned(String text) throws ErrnoException {
    int from = text.startsWith("+") ? 1 : 0;
    return parseDigits(text, from);
  }

  /** As {@link #parseUnsigned} with an optional {@code -} in place of the {@code +}. */
  public static long parseSigned(String text) throws ErrnoException {
    if (!text.startsWith("-")) {
      long value = parseUnsigned(text);
      if (value < 0) {
        throw invalid(text);
      }
      return value;
    }
    long magnitude = parseDigits(text, 1);
    if (magnitude < 0 && magnitude != Long.MIN_VALUE) {
      throw invalid(text);
    }
    return -magnitude;
  }

  /**
   * As {@link #parseUnsigned} in a base that the text chooses: {@code 0x} hexadecimal, {@code 0}
   * octal, else decimal. Source: kstrtoull() with base 0.
   */
  public static long parseUnsignedAnyBase(String text) throws ErrnoException {
    int from = text.startsWith("+") ? 1 : 0;
    return parseDigitsAnyBase(text, from);
  }

  /** As {@link #parseSigned} in a base that the text chooses. Source: kstrtoll() with base 0. */
  public static long parseSignedAnyBase(String text) throws ErrnoException {
    boolean negative = text.startsWith("-");
    long magnitude = negative ? parseDigitsAnyBase(text, 1) : parseUnsignedAnyBase(text);
    if (magnitude < 0 && !(negative && magnitude == Long.MIN_VALUE)) {
      throw invalid(text);
    }
    return negative ? -magnitude : magnitude;
  }

  private static long parseDigitsAnyBase(String text, int from) throws ErrnoException {
    if (text.regionMatches(true, from, "0x", 0, 2)
        && text.length() > from + 2
        && Character.digit(text.charAt(from + 2), 16) >= 0) {
      return parseDigits(text, from + 2, 16);
    }
    return parseDigits(text, from, text.startsWith("0", from) ? 8 : 10);
  }

  private static long parseDigits(String text, int from) throws ErrnoException {
    return parseDigits(text, from, 10);
  }

  private static long parseDigits(String text, int from, int base) throws ErrnoException {
    int end = text.endsWith("\n") ? text.length() - 1 : text.length();
    if (from >= end) {
      throw invalid(text);
    }
    long value = 0;
    for (int i = from; i < end; i++) {
      char c = text.charAt(i);
      int digit = c < 0x80 ? Character.digit(c, base) : -1;
      if (digit < 0) {
        throw invalid(text);
      }
      // value * base + digit must stay below 2^64
      if (Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, base)) > 0) {
        throw invalid(text);
      }
      value = value * base + digit;
    }
    return value;
  }

  private static ErrnoException invalid(String text) {
    return new ErrnoException(Errno.EINVAL, "not a number: " + text.strip());
  }

  /**
   * A truth value: {@code y}, {@code t}, {@code e}, {@code 1} and {@code on}, or {@code n}, {@code
   * f}, {@code d}, {@code 0} and {@code of} in any case, whatever follows. Source: kstrtobool() of
   * 6.19.
   */
  public static boolean parseBool(String text) throws ErrnoException {
    String start = text.substring(0, Math.min(text.length(), 2)).toLowerCase(Locale.ROOT);
    if (!start.isEmpty() && "yte1".indexOf(start.charAt(0)) >= 0 || start.equals("on")) {
      return true;
    }
    if (!start.isEmpty() && "nfd0".indexOf(start.charAt(0)) >= 0 || start.equals("of")) {
      return false;
    }
    throw new ErrnoException(Errno.EINVAL, "neither yes nor no: " + text.strip());
  }

  /** The text without white space around it, as strim() takes it off. */
  public static String trim(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  /** As isspace() of the kernel, to whom the no-break space of Latin-1 is one too. */
  public static boolean isSpace(char c) {
    return c == ' ' || c >= '\t' && c <= '\r' || c == 0xa0;
  }

  /** True if the text is the word, or the word and exactly one newline. */
  public static boolean equalsWord(String text, String word) {
    return text.equals(word)
        || (text.length() == word.length() + 1 && text.startsWith(word) && text.endsWith("\n"));
  }

  /** The text up to its first NUL, as a C string ends. */
  public static String untilNul(String text) {
    int nul = text.indexOf('\0');
    return nul < 0 ? text : text.substring(0, nul);
  }
}
