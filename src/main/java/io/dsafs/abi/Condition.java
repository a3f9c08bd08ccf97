package io.dsafs.abi;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a file is there: the field Visible. Conditions joined by "and"; each is true, false or,
 * where nothing tells, unknown.
 */
public final class Condition {
  /** What a condition comes to. */
  public enum Answer {
    YES,
    NO,
    UNKNOWN;

    static Answer of(boolean yes) {
      return yes ? YES : NO;
    }
  }

  /** What is asked. */
  public interface Facts {
    /**
     * The text of a file, without its last newline.
     *
     * @param path absolute, or relative to the directory of the object
     * @return nothing if it is not there or cannot be read
     */
    Optional<String> read(String path);

    /** A register of the device of the object; nothing where registers are not shown. */
    Optional<Long> register(String name);
  }

  /** True without a question. */
  public static final Condition ALWAYS = new Condition("always", List.of());

  private interface Term {
    Answer ask(Facts facts, Map<String, String> bindings);
  }

  private static final Pattern REGISTER = Pattern.compile("register (\\w+) (not )?bit (\\d+)");
  private static final Pattern FILE =
      Pattern.compile("(\\S+) (is not|is|at least|below|has any of|has bit|has line) (.+)");

  private final String text;
  private final List<Term> terms;

  private Condition(String text, List<Term> terms) {
    this.text = text;
    this.terms = terms;
  }

  /**
   * Reads a Visible field.
   *
   * @param origin document and line, for messages
   */
  public static Condition parse(String text, String origin) {
    String plain = text.replaceAll("\\s+", " ").strip();
    List<Term> terms =
        Arrays.stream(plain.split(" and ")).map(part -> term(part.strip(), origin)).toList();
    return new Condition(plain, terms);
  }

  private static Term term(String text, String origin) {
    if (text.equals("optional")) {
      return (facts, bindings) -> Answer.UNKNOWN;
    }
    Matcher register = REGISTER.matcher(text);
    if (register.matches()) {
      String name = register.group(1);
      boolean set = register.group(2) == null;
      int bit = Integer.parseInt(register.group(3));
      return (facts, bindings) ->
          facts
              .register(name)
              .map(value -> Answer.of((value >>> bit & 1) != 0 == set))
              .orElse(Answer.UNKNOWN);
    }
    Matcher file = FILE.matcher(text);
    if (!file.matches()) {
      throw new AbiSyntaxException(origin + ": the condition '" + text + "' cannot be read");
    }
    String path = file.group(1);
    Predicate<String> test = test(file.group(2), file.group(3), origin);
    return (facts, bindings) ->
        facts
            .read(PathPattern.substitute(path, bindings))
            .map(content -> Answer.of(test.test(content)))
            .orElse(Answer.UNKNOWN);
  }

  private static Predicate<String> test(String operator, String operand, String origin) {
    try {
      return switch (operator) {
        case "is" -> operand::equals;
        case "is not" -> content -> !operand.equals(content);
        case "has line" -> content -> Arrays.asList(content.split("\n")).contains(operand);
        case "at least" -> {
          long least = number(operand);
          yield content -> number(content) >= least;
        }
        case "has any of" -> {
          long mask = number(operand);
          yield content -> (number(content) & mask) != 0;
        }
        case "below" -> {
          long above = number(operand);
          yield content -> number(content) < above;
        }
        default -> {
          int bit = Integer.parseInt(operand);
          yield content -> (number(content) >>> bit & 1) != 0;
        }
      };
    } catch (NumberFormatException e) {
      throw new AbiSyntaxException(origin + ": '" + operand + "' is no number");
    }
  }

  /** A number in decimal or, with 0x, in hexadecimal; 0 for what is none. */
  private static long number(String text) {
    String stripped = text.strip();
    try {
      return stripped.startsWith("0x")
          ? Long.parseUnsignedLong(stripped.substring(2), 16)
          : Long.parseLong(stripped);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /**
   * Asks.
   *
   * @param bindings what placeholders of the paths stand for
   * @return NO as soon as one part is false; else UNKNOWN if one is
   */
  public Answer ask(Facts facts, Map<String, String> bindings) {
    Answer all = Answer.YES;
    for (Term term : terms) {
      Answer one = term.ask(facts, bindings);
      if (one == Answer.NO) {
        return Answer.NO;
      }
      all = one == Answer.UNKNOWN ? Answer.UNKNOWN : all;
    }
    return all;
  }

  @Override
  public String toString() {
    return text;
  }
}
