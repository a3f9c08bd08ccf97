package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The text of 256 bits: eight groups of eight hexadecimal digits, the highest bits first. Mirrors
 * the %*pb format and bitmap_parse() of the kernel.
 */
final class Bitmap {
  private static final int WORDS = 4;
  private static final int CHUNKS = 8;
  private static final int CHUNK_DIGITS = 8;
  private static final int HEXADECIMAL = 16;

  private Bitmap() {}

  /**
   * With a newline.
   *
   * @param words four of 64 bits, the lowest first
   */
  static String text(List<Long> words) {
    StringBuilder text = new StringBuilder();
    for (int i = WORDS - 1; i >= 0; i--) {
      long word = words.get(i);
      text.append(
          String.format(Locale.ROOT, "%08x,%08x,", word >>> Integer.SIZE, word & 0xffff_ffffL));
    }
    text.setCharAt(text.length() - 1, '\n');
    return text.toString();
  }

  /**
   * The words of a text, the lowest first: chunks of at most eight digits between commas or white
   * space, the last of which is the lowest; what is missing is 0. What follows a newline does not
   * count.
   *
   * <p>EINVAL: something else is in the text. EOVERFLOW: a chunk is too long, or there are too
   * many. The end of the text is read first.
   */
  static List<Long> parse(String text) throws ErrnoException {
    int newline = text.indexOf('\n');
    int end = newline < 0 ? text.length() : newline;
    long[] words = new long[WORDS];
    int chunks = 0;
    while ((end = skipSeparators(text, end)) > 0) {
      int start = end;
      while (start > 0 && !isSeparator(text.charAt(start - 1))) {
        start--;
        if (Character.digit(text.charAt(start), HEXADECIMAL) < 0 || text.charAt(start) >= 0x80) {
          throw new ErrnoException(Errno.EINVAL, "not a bitmap: " + text.strip());
        }
      }
      if (end - start > CHUNK_DIGITS || chunks == CHUNKS) {
        throw new ErrnoException(Errno.EOVERFLOW, "more than 256 bits: " + text.strip());
      }
      long chunk = Long.parseLong(text.substring(start, end), HEXADECIMAL);
      words[chunks / 2] |= chunk << (chunks % 2 * Integer.SIZE);
      chunks++;
      end = start;
    }
    return Arrays.stream(words).boxed().toList();
  }

  private static int skipSeparators(String text, int end) {
    int at = end;
    while (at > 0 && isSeparator(text.charAt(at - 1))) {
      at--;
    }
    return at;
  }

  private static boolean isSeparator(char c) {
    return c == ',' || KernelText.isSpace(c);
  }
}
