package io.dsafs.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows of cells that stand below each other, in columns as wide as their widest cell. */
final class TextTable {
  private static final String GAP = "  ";

  private final List<String> headings;
  private final int[] widths;
  private final boolean[] right;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * @param headings of the columns; a {@code >} in front sets a column to the right
   */
  TextTable(String... headings) {
    this.headings = new ArrayList<>();
    widths = new int[headings.length];
    right = new boolean[headings.length];
    for (int i = 0; i < headings.length; i++) {
      right[i] = headings[i].startsWith(">");
      this.headings.add(right[i] ? headings[i].substring(1) : headings[i]);
    }
    add(this.headings);
  }

  boolean isEmpty() {
    return rows.size() == 1;
  }

  void row(String... cells) {
    add(List.of(cells));
  }

  private void add(List<String> cells) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], cells.get(i).length());
    }
    rows.add(cells);
  }

  /** Appends the lines, each after an indentation. */
  void appendTo(StringBuilder text, String indentation) {
    for (List<String> cells : rows) {
      StringBuilder line = new StringBuilder(indentation);
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - cells.get(i).length());
        line.append(i == 0 ? "" : GAP);
        line.append(right[i] ? padding + cells.get(i) : cells.get(i) + padding);
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
  }
}
