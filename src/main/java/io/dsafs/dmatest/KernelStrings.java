package io.dsafs.dmatest;

/** Trimming as strim() does it. */
final class KernelStrings {
  /** What isspace() of the kernel takes for white space. */
  private static final String SPACES = " \t\n\u000b\f\r\u00a0";

  private KernelStrings() {}

  static String trim(String text) {
    int start = 0;
    while (start < text.length() && SPACES.indexOf(text.charAt(start)) >= 0) {
      start++;
    }
    return trimEnd(text.substring(start));
  }

  static String trimEnd(String text) {
    int end = text.length();
    while (end > 0 && SPACES.indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return text.substring(0, end);
  }
}
