package io.dsafs.survey;

import io.dsafs.abi.Condition;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A list of checks of behaviour, read from {@code checks/PROFILE.checks}. Its language is explained
 * in Documentation/check.md.
 *
 * @param profile the driver profile
 * @param fixtures kinds of devices by name
 * @param macros rows of steps by name
 * @param checks in the order in which they are run
 */
public record CheckList(
    String profile,
    Map<String, Fixture> fixtures,
    Map<String, List<CheckStep>> macros,
    List<Check> checks) {

  /**
   * A device that a check wants.
   *
   * @param device its name in the checks, such as {@code dsa0}
   * @param needs what must hold for it, as seen from its directory
   */
  record Fixture(String name, String device, Condition needs) {}

  /**
   * One check.
   *
   * @param number of the reference
   * @param text of the reference
   * @param fixtures the names of those that will do; the first there is, is taken
   * @param needs what must hold besides
   * @param files what must be there besides
   * @param without what must not be there
   * @param untold why files cannot tell; null if they can
   */
  record Check(
      String number,
      String text,
      List<String> fixtures,
      List<Condition> needs,
      List<String> files,
      List<String> without,
      String untold,
      List<CheckStep> steps) {

    private Check on(List<String> names) {
      return new Check(number, text, names, needs, files, without, untold, steps);
    }

    private Check need(Condition need) {
      return new Check(number, text, fixtures, with(needs, need), files, without, untold, steps);
    }

    private Check file(String path) {
      return new Check(number, text, fixtures, needs, with(files, path), without, untold, steps);
    }

    private Check unless(String path) {
      return new Check(number, text, fixtures, needs, files, with(without, path), untold, steps);
    }

    private Check skip(String reason) {
      return new Check(number, text, fixtures, needs, files, without, reason, steps);
    }

    private static <T> List<T> with(List<T> list, T more) {
      List<T> longer = new ArrayList<>(list);
      longer.add(more);
      return List.copyOf(longer);
    }
  }

  /** The list for a driver profile. */
  public static CheckList of(String profile) {
    String resource = "/io/dsafs/survey/checks/" + profile + ".checks";
    try (InputStream stream = CheckList.class.getResourceAsStream(resource)) {
      if (stream == null) {
        return new CheckList(profile, Map.of(), Map.of(), List.of());
      }
      List<String> lines =
          new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
              .lines()
              .toList();
      return new Reader(profile).read(lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a list from its lines; a mistake in it is a mistake of the program. */
  static CheckList parse(String profile, List<String> lines) {
    return new Reader(profile).read(lines);
  }

  private static final class Reader {
    private final String profile;
    private final Map<String, Fixture> fixtures = new LinkedHashMap<>();
    private final Map<String, List<CheckStep>> macros = new LinkedHashMap<>();
    private final List<Check> checks = new ArrayList<>();
    private List<CheckStep> steps = new ArrayList<>();
    private List<String> standard = List.of();
    private int number;

    Reader(String profile) {
      this.profile = profile;
    }

    CheckList read(List<String> lines) {
      for (String line : lines) {
        number++;
        String stripped = line.strip();
        if (!stripped.isEmpty() && !stripped.startsWith("#")) {
          try {
            line(stripped);
          } catch (RuntimeException e) {
            throw new IllegalArgumentException(profile + ".checks:" + number + ": " + line, e);
          }
        }
      }
      return new CheckList(profile, fixtures, macros, checks);
    }

    private void line(String line) {
      String[] words = line.split("\\s+", 2);
      String rest = words.length > 1 ? words[1] : "";
      switch (words[0]) {
        case "fixture" -> fixture(rest);
        case "steps" -> {
          steps = new ArrayList<>();
          macros.put(rest, steps);
        }
        case "check" -> check(rest);
        case "on" -> change(last -> last.on(List.of(rest.split("\\s+"))));
        case "needs" -> {
          Condition need = Condition.parse(rest, profile + ".checks:" + number);
          change(last -> last.need(need));
        }
        case "if" -> change(last -> last.file(rest));
        case "unless" -> change(last -> last.unless(rest));
        case "skip" -> change(last -> last.skip(rest));
        case "default" -> standard = List.of(rest.split("\\s+"));
        default -> steps.add(CheckStep.parse(line, number));
      }
    }

    /** {@code NAME DEVICE CONDITION}. */
    private void fixture(String rest) {
      String[] words = rest.split("\\s+", 3);
      Condition needs =
          words.length < 3
              ? Condition.ALWAYS
              : Condition.parse(words[2], profile + ".checks:" + number);
      fixtures.put(words[0], new Fixture(words[0], words[1], needs));
    }

    /** {@code NUMBER TEXT}. */
    private void check(String rest) {
      String[] words = rest.split("\\s+", 2);
      steps = new ArrayList<>();
      checks.add(
          new Check(words[0], words[1], standard, List.of(), List.of(), List.of(), null, steps));
    }

    private void change(UnaryOperator<Check> change) {
      checks.add(change.apply(checks.remove(checks.size() - 1)));
    }
  }
}
