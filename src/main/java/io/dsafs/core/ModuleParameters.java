package io.dsafs.core;

import static io.dsafs.core.Attribute.attr;

import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * Rows for parameters of modules by their types in C, and how their text is read. Mirrors the
 * param_ops_ of kernel/params.c.
 *
 * <p>Numbers are in the base that the text chooses: {@code 0x} hexadecimal, {@code 0} octal, else
 * decimal; one newline may follow. Errors in order: ERANGE digits that make more than 64 bits;
 * EINVAL no number, or something after it; ERANGE outside the type.
 */
public final class ModuleParameters {
  private static final int DECIMAL = 10;
  private static final int OCTAL = 8;
  private static final int HEXADECIMAL = 16;

  private ModuleParameters() {}

  /** Takes a truth value. */
  @FunctionalInterface
  public interface BooleanStore<T> {
    void store(T values, boolean value);
  }

  /** An unsigned number of 32 bits, shown in decimal. */
  public static <T> Attribute<T> uint(
      String name, int mode, ToIntFunction<T> get, ObjIntConsumer<T> set, KernelVersion since) {
    return attr(
        name,
        mode,
        values -> Integer.toUnsignedString(get.applyAsInt(values)) + "\n",
        (values, text) -> set.accept(values, parseUint(text)),
        since);
  }

  /** A signed number of 32 bits, shown in decimal. */
  public static <T> Attribute<T> integer(
      String name, int mode, ToIntFunction<T> get, ObjIntConsumer<T> set, KernelVersion since) {
    return attr(
        name,
        mode,
        values -> get.applyAsInt(values) + "\n",
        (values, text) -> set.accept(values, parseInt(text)),
        since);
  }

  /** A truth value, shown as {@code Y} or {@code N}. */
  public static <T> Attribute<T> bool(
      String name, int mode, Predicate<T> get, BooleanStore<T> set, KernelVersion since) {
    return attr(
        name,
        mode,
        values -> showBool(get.test(values)),
        (values, text) -> set.store(values, parseBool(text)),
        since);
  }

  public static String showBool(boolean value) {
    return value ? "Y\n" : "N\n";
  }

  /** As kstrtouint() with base 0; a {@code +} may stand in front. */
  public static int parseUint(String text) throws ErrnoException {
    return toUint(text, parseMagnitude(text, text.startsWith("+") ? 1 : 0));
  }

  /** As kstrtoint() with base 0; a sign may stand in front. */
  public static int parseInt(String text) throws ErrnoException {
    boolean negative = text.startsWith("-");
    long magnitude = parseMagnitude(text, negative || text.startsWith("+") ? 1 : 0);
    long limit = negative ? -(long) Integer.MIN_VALUE : Integer.MAX_VALUE;
    if (Long.compareUnsigned(magnitude, limit) > 0) {
      throw outOfRange(text);
    }
    return (int) (negative ? -magnitude : magnitude);
  }

  /** As kstrtouint() with base 10; a {@code +} may stand in front. */
  public static int parseDecimalUint(String text) throws ErrnoException {
    return toUint(text, parseMagnitude(text, text.startsWith("+") ? 1 : 0, DECIMAL));
  }

  private static int toUint(String text, long value) throws ErrnoException {
    if (value >>> Integer.SIZE != 0) {
      throw outOfRange(text);
    }
    return (int) value;
  }

  private static long parseMagnitude(String text, int from) throws ErrnoException {
    return parseMagnitude(text, from, base(text, from));
  }

  private static long parseMagnitude(String text, int from, int base) throws ErrnoException {
    int start = base == HEXADECIMAL ? from + 2 : from;
    int end = start;
    long value = 0;
    boolean overflow = false;
    for (int digit; (digit = digitAt(text, end, base)) >= 0; end++) {
      overflow |= Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, base)) > 0;
      value = value * base + digit;
    }
    if (overflow) {
      throw outOfRange(text);
    }
    String rest = text.substring(end);
    if (end == start || !(rest.isEmpty() || rest.equals("\n"))) {
      throw new ErrnoException(Errno.EINVAL, "not a number: " + text.strip());
    }
    return value;
  }

  private static int base(String text, int from) {
    if (!text.startsWith("0", from)) {
      return DECIMAL;
    }
    boolean hexadecimal =
        text.regionMatches(true, from, "0x", 0, 2) && digitAt(text, from + 2, HEXADECIMAL) >= 0;
    return hexadecimal ? HEXADECIMAL : OCTAL;
  }

  /** The value of a digit, or -1 where there is none. */
  private static int digitAt(String text, int at, int base) {
    return at < text.length() && text.charAt(at) < 0x80
        ? Character.digit(text.charAt(at), base)
        : -1;
  }

  private static ErrnoException outOfRange(String text) {
    return new ErrnoException(Errno.ERANGE, "out of range: " + text.strip());
  }

  /**
   * As strtobool(): {@code y}, {@code Y}, {@code 1} and {@code on}, or {@code n}, {@code N}, {@code
   * 0} and {@code off} in any case, whatever follows. EINVAL: anything else.
   */
  public static boolean parseBool(String text) throws ErrnoException {
    if (startsWithAny(text, "y", "1", "on")) {
      return true;
    }
    if (startsWithAny(text, "n", "0", "of")) {
      return false;
    }
    throw new ErrnoException(Errno.EINVAL, "neither yes nor no: " + text.strip());
  }

  private static boolean startsWithAny(String text, String... words) {
    for (String word : words) {
      if (text.regionMatches(true, 0, word, 0, word.length())) {
        return true;
      }
    }
    return false;
  }

  /**
   * A string for an array of chars: the text as it is, newline included. ENOSPC, and a line in the
   * log: it does not fit. Mirrors param_set_copystring().
   *
   * @param name of the parameter
   * @param sizeBytes of the array, the NUL at the end included
   */
  public static String parseString(KernelLog log, String name, String text, int sizeBytes)
      throws ErrnoException {
    if (text.length() >= sizeBytes) {
      String reason = name + ": string doesn't fit in " + (sizeBytes - 1) + " chars.";
      log.print(KernelLog.Level.ERR, reason);
      throw new ErrnoException(Errno.ENOSPC, reason);
    }
    return text;
  }
}
