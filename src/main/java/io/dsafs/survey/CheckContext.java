package io.dsafs.survey;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the words of a check stand for on the device that it runs on: names, numbers, variables.
 *
 * <p>A check is written for {@code dsa0} and its parts; here the names become those of the device
 * that there is. What is in braces is worked out: sums, differences and products of numbers,
 * attributes of the device and variables.
 */
final class CheckContext {
  private static final Pattern BRACES = Pattern.compile("\\{([A-Za-z][^{}]*)}");
  private static final Pattern TERM = Pattern.compile("([-+*]?)\\s*(\\w+)");

  private final MachineTree tree;
  private final String listed;
  private final String actual;
  private final Map<String, String> variables = new HashMap<>();

  /**
   * @param listed the name in the list of checks
   * @param actual the name of the device
   */
  CheckContext(MachineTree tree, String listed, String actual) {
    this.tree = tree;
    this.listed = listed;
    this.actual = actual;
    variables.put("id", actual.replaceAll("\\D", ""));
    Optional<String> real = tree.real(directory());
    real.ifPresent(
        path -> {
          String function = path.substring(0, path.lastIndexOf('/'));
          variables.put("pci", function.substring("/sys/".length()));
          variables.put("bdf", function.substring(function.lastIndexOf('/') + 1));
        });
  }

  String directory() {
    return MachineTree.DEVICES + "/" + actual;
  }

  void set(String name, String value) {
    variables.put(name, value);
  }

  /** The text with everything put in place. */
  String resolve(String text) {
    return BRACES
        .matcher(rename(text))
        .replaceAll(found -> Matcher.quoteReplacement(value(found.group(1))));
  }

  /** A path of a check: below the bus's devices unless it starts with "/" or "drivers/". */
  String path(String text) {
    String path = resolve(text);
    if (path.startsWith("/")) {
      return path;
    }
    return (path.startsWith("drivers/") ? "/sys/bus/dsa/" : MachineTree.DEVICES + "/") + path;
  }

  private String rename(String text) {
    if (listed.equals(actual)) {
      return text;
    }
    String from = listed.replaceAll("\\D", "");
    String to = actual.replaceAll("\\D", "");
    return text.replaceAll("\\b" + listed + "\\b", actual)
        .replaceAll("\\b(wq|group|engine)" + from + "\\.", "$1" + to + ".");
  }

  private String value(String expression) {
    if (variables.containsKey(expression)) {
      return variables.get(expression);
    }
    long sum = 0;
    Matcher term = TERM.matcher(expression);
    while (term.find()) {
      long number = number(term.group(2));
      sum =
          switch (term.group(1)) {
            case "-" -> sum - number;
            case "*" -> sum * number;
            default -> sum + number;
          };
    }
    return String.valueOf(sum);
  }

  private long number(String word) {
    if (Character.isDigit(word.charAt(0))) {
      return Long.parseLong(word);
    }
    String text =
        variables.containsKey(word)
            ? variables.get(word)
            : tree.line(directory() + "/" + word).orElse("");
    try {
      return text.startsWith("0x")
          ? Long.parseUnsignedLong(text.substring(2), 16)
          : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0; // the step that wanted it fails with what it got
    }
  }
}
