package io.dsafs.abi;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the content of a file looks like: the field Format, whose language Documentation/ABI/README
 * explains. Forms are separated by {@code |}; a form is a row of items, and ends in a newline of
 * its own, but for those that say otherwise ({@code empty}, {@code lines}, {@code keys}).
 */
public final class Format {
  private static final Map<String, String> ITEMS =
      Map.of(
          "unsigned", "[0-9]+",
          "signed", "-?[0-9]+",
          "hex", "[0-9a-f]+",
          "0x-hex", "0x[0-9a-f]+",
          "word", "[^ \\n]+",
          "text", "[^\\n]*",
          "bitmap", "[0-9a-f]{1,8}(?:,[0-9a-f]{8})*",
          "newline", "\\n");

  private static final Pattern TOKEN =
      Pattern.compile("\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|[\\w-]+|\\{[0-9,]+}|[|()?*+,]|<\\w+>|\\S)");

  private final String text;
  private final List<Form> forms = new ArrayList<>();
  private final Set<String> errors = new HashSet<>();

  private Format(String text) {
    this.text = text;
  }

  /** One way a text may be; the numbers in its groups are within the ranges, from the first on. */
  private record Form(Pattern pattern, List<Range> ranges) {}

  private record Range(long least, long most) {}

  /**
   * Reads a Format field.
   *
   * @param origin document and line, for messages
   */
  public static Format parse(String text, String origin) {
    Format format = new Format(text.replaceAll("\\s+", " "));
    new Parser(format, origin).parse();
    return format;
  }

  /**
   * Whether a file may have this content; a link this target and a newline. A copy cannot hold an
   * error, and is empty where one is allowed.
   */
  public boolean matches(String content) {
    return (content.isEmpty() && !errors.isEmpty())
        || forms.stream().anyMatch(form -> fits(form, content));
  }

  private static boolean fits(Form form, String content) {
    Matcher matcher = form.pattern().matcher(content);
    if (!matcher.matches()) {
      return false;
    }
    for (int i = 0; i < form.ranges().size(); i++) {
      String number = matcher.group(i + 1);
      Range range = form.ranges().get(i);
      if (number == null) {
        continue;
      }
      try {
        long value = Long.parseLong(number);
        if (value < range.least() || value > range.most()) {
          return false;
        }
      } catch (NumberFormatException e) {
        return false; // of more than 64 bits
      }
    }
    return true;
  }

  /** Whether reading the file may fail with this error. */
  public boolean allowsError(String errno) {
    return errors.contains(errno);
  }

  @Override
  public String toString() {
    return text;
  }

  private static final class Parser {
    private final Format format;
    private final String origin;
    private final List<String> tokens = new ArrayList<>();
    private List<Range> ranges = new ArrayList<>();
    private boolean ended;
    private int at;

    Parser(Format format, String origin) {
      this.format = format;
      this.origin = origin;
      Matcher token = TOKEN.matcher(format.text);
      while (token.lookingAt()) {
        tokens.add(token.group(1));
        token.region(token.end(), format.text.length());
      }
    }

    void parse() {
      do {
        form();
      } while (accept("|"));
      if (at < tokens.size()) {
        throw mistake("'" + peek() + "' is out of place");
      }
    }

    private void form() {
      ranges = new ArrayList<>();
      ended = false;
      if (accept("error")) {
        format.errors.add(argument());
        return;
      }
      String expression = row();
      if (!ended) {
        expression += "\\n";
      }
      format.forms.add(new Form(Pattern.compile(expression), ranges));
    }

    private String row() {
      StringBuilder expression = new StringBuilder();
      while (at < tokens.size() && !peek().equals("|") && !peek().equals(")")) {
        expression.append(item());
        if (at < tokens.size() && peek().matches("[?*+]|\\{.*")) {
          expression.append(next());
        }
      }
      return expression.toString();
    }

    private String item() {
      String token = next();
      if (token.startsWith("\"")) {
        String literal = token.substring(1, token.length() - 1);
        return "(?:" + Pattern.quote(literal.replaceAll("\\\\(.)", "$1")) + ")";
      }
      return switch (token) {
        case "(" -> group("");
        case "empty" -> end("");
        case "lines" -> end(group("\\n") + "+");
        case "keys" -> end(keys());
        case "names" -> names();
        default -> number(token);
      };
    }

    private String end(String expression) {
      ended = true;
      return expression;
    }

    /** What is in parentheses, of which the first may have been read. */
    private String group(String tail) {
      if (!tail.isEmpty()) {
        expect("(");
      }
      StringBuilder expression = new StringBuilder("(?:(?:").append(row());
      while (accept("|")) {
        expression.append('|').append(row());
      }
      expect(")");
      return expression.append(')').append(tail).append(')').toString();
    }

    private String keys() {
      StringBuilder expression = new StringBuilder();
      expect("(");
      while (!accept(")")) {
        String line = "(?:" + Pattern.quote(next()) + "=[^\\n]*\\n)";
        expression.append(line).append(accept("?") ? "?" : "");
      }
      return expression.toString();
    }

    /** Names of one kind, one space between. */
    private String names() {
      expect("(");
      StringBuilder name = new StringBuilder();
      while (!peek().equals(")")) {
        String part = next();
        name.append(part.startsWith("<") ? "[0-9]+" : Pattern.quote(part));
      }
      expect(")");
      return "(?:" + name + "(?: " + name + ")*)";
    }

    /** An item of the table; its argument is a number of digits, or a range. */
    private String number(String token) {
      String expression = ITEMS.get(token);
      if (expression == null) {
        throw mistake("there is no '" + token + "'");
      }
      if (!accept("(")) {
        return "(?:" + expression + ")";
      }
      StringBuilder argument = new StringBuilder();
      while (!accept(")")) {
        argument.append(next());
      }
      String[] bounds = argument.toString().split("\\.\\.");
      try {
        if (bounds.length == 2) {
          ranges.add(new Range(Long.parseLong(bounds[0]), Long.parseLong(bounds[1])));
          return "(" + expression + ")";
        }
        int digits = Integer.parseInt(argument.toString());
        return "(?:" + expression.replaceAll("\\+$", "{" + digits + "}") + ")";
      } catch (NumberFormatException e) {
        throw mistake("'" + argument + "' is no number of digits and no range");
      }
    }

    private String argument() {
      expect("(");
      String argument = next();
      expect(")");
      return argument;
    }

    private String peek() {
      return at < tokens.size() ? tokens.get(at) : "the end";
    }

    private String next() {
      if (at == tokens.size()) {
        throw mistake("it ends too soon");
      }
      return tokens.get(at++);
    }

    private boolean accept(String token) {
      boolean there = at < tokens.size() && tokens.get(at).equals(token);
      at += there ? 1 : 0;
      return there;
    }

    private void expect(String token) {
      if (!accept(token)) {
        throw mistake("'" + token + "' is missing before " + peek());
      }
    }

    private AbiSyntaxException mistake(String reason) {
      return new AbiSyntaxException(
          origin + ": the format '" + format.text + "' cannot be read: " + reason);
    }
  }
}
