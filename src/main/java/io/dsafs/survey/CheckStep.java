package io.dsafs.survey;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One step of a check: a verb, its operands, and what it must come to.
 *
 * @param line of the list, for messages
 * @param operands words, or texts in quotes with the quotes, joined by {@code +}
 * @param relation {@code ->} (is), {@code ~} (matches the expression), or null: it must succeed
 * @param expected what it must come to; words or texts in quotes
 */
record CheckStep(
    int line,
    String source,
    String verb,
    List<String> operands,
    String relation,
    List<String> expected) {

  private static final String TEXT = "\"(?:[^\"\\\\]|\\\\.)*\"(?:\\*\\d+)?";
  private static final Pattern TOKEN = Pattern.compile(TEXT + "(?:\\+" + TEXT + ")*|\\S+");

  static CheckStep parse(String source, int line) {
    List<String> operands = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    String relation = null;
    Matcher token = TOKEN.matcher(source);
    while (token.find()) {
      String text = token.group();
      if (text.equals("->") || text.equals("~")) {
        relation = text;
      } else {
        (relation == null ? operands : expected).add(text);
      }
    }
    String verb = operands.remove(0);
    return new CheckStep(line, source, verb, operands, relation, expected);
  }
}
