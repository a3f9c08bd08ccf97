package io.dsafs.cli.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Writes headings, paragraphs and tables of Markdown. */
final class Markdown {
  private final StringBuilder text = new StringBuilder();

  void heading(int level, String title) {
    blank();
    text.append("#".repeat(level)).append(' ').append(title).append('\n');
  }

  /** One or more sentences, on one line as they come. */
  void paragraph(String sentences) {
    blank();
    text.append(sentences.strip()).append('\n');
  }

  /** A table; its rows have as many cells as it has columns. */
  void table(List<String> columns, List<List<String>> rows) {
    blank();
    row(columns);
    row(columns.stream().map(column -> "---").toList());
    rows.forEach(this::row);
  }

  private void row(List<String> cells) {
    List<String> escaped = new ArrayList<>();
    for (String cell : cells) {
      escaped.add(cell.replace("|", "\\|"));
    }
    text.append(escaped.stream().collect(Collectors.joining(" | ", "| ", " |"))).append('\n');
  }

  private void blank() {
    if (!text.isEmpty()) {
      text.append('\n');
    }
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
