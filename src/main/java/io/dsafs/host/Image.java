package io.dsafs.host;

import java.nio.charset.StandardCharsets;

/**
 * What tells one image of a process from the next: where execve(2) has laid it out, as {@code
 * /proc/PID/stat} says. The places are random but for a program that has asked for them not to be.
 * A child has its parent's until it replaces its image.
 *
 * @param layout start and end of the code, start of the stack, start and end of the data, start of
 *     the heap; a program may change them, and then counts as another
 */
record Image(String layout) {
  /** The numbers of the fields in proc_pid_stat(5), which counts from 1. */
  private static final int[] LAYOUT = {26, 27, 28, 45, 46, 47};

  private static final int PARENT = 4;

  /** The field behind the command, which may contain anything. */
  private static final int FIRST_BEHIND_COMMAND = 3;

  /** Of the contents of a stat file. */
  static Image of(byte[] stat) {
    String[] fields = fields(stat);
    StringBuilder layout = new StringBuilder();
    for (int field : LAYOUT) {
      layout.append(fields[field - FIRST_BEHIND_COMMAND]).append(' ');
    }
    return new Image(layout.toString());
  }

  /** The number of the parent process, of the contents of a stat file; 0 for none. */
  static int parentOf(byte[] stat) {
    return Integer.parseInt(fields(stat)[PARENT - FIRST_BEHIND_COMMAND]);
  }

  private static String[] fields(byte[] stat) {
    String text = new String(stat, StandardCharsets.ISO_8859_1);
    return text.substring(text.lastIndexOf(')') + 2).strip().split(" ");
  }
}
