package io.dsafs.abi;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A path of a What field, with placeholders: {@code /sys/bus/dsa/devices/wq<m>.<n>/size}.
 *
 * <p>A placeholder stands for a number, but for {@code <bdf>} (a PCI address), {@code <accel>} (a
 * device), {@code <object>} (a device, group, engine or work queue) and {@code <name>} (anything).
 * The same placeholder means the same text throughout a path.
 */
public final class PathPattern {
  private static final Pattern PLACEHOLDER = Pattern.compile("<(\\w+)>");

  private static final Map<String, String> KINDS =
      Map.of(
          "accel", "(?:dsa|iax)[0-9]+",
          "bdf", "[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]",
          "object", "(?:dsa|iax)[0-9]+|(?:wq|group|engine)[0-9]+\\.[0-9]+",
          "name", "[^/]+");

  private static final String NUMBER = "[0-9]+";

  private final String text;
  private final List<String> segments;
  private final Map<String, Segment> compiled = new ConcurrentHashMap<>();

  private PathPattern(String text) {
    this.text = text;
    segments = text.equals("/") ? List.of() : List.of(text.substring(1).split("/"));
  }

  /** One name, ready to be compared: a literal, or an expression whose groups are placeholders. */
  private record Segment(Pattern pattern, List<String> groups) {}

  /**
   * Reads a path, in the kernel's looseness too: without the slash in front, with {@code \!} for an
   * exclamation mark, and with a device number before it that no name has.
   */
  public static PathPattern of(String what) {
    String path = what.strip().replace("\\!", "!").replaceAll("<\\w+>!", "!");
    path = path.replaceAll("/{2,}", "/").replaceAll("(?<=.)/$", "");
    return new PathPattern(path.startsWith("/") ? path : "/" + path);
  }

  /** The directory it is in; that of {@code /} is {@code /}. */
  public PathPattern parent() {
    int slash = text.lastIndexOf('/');
    return new PathPattern(slash <= 0 ? "/" : text.substring(0, slash));
  }

  /** The names from the root down. */
  public List<String> segments() {
    return segments;
  }

  /** The last name, with its placeholders. */
  public String leaf() {
    return segments.isEmpty() ? "" : segments.get(segments.size() - 1);
  }

  /** Whether the name has no placeholder that the bindings leave open. */
  public static boolean isLiteral(String segment, Map<String, String> bindings) {
    return !PLACEHOLDER.matcher(substitute(segment, bindings)).find();
  }

  /** The text with the placeholders that are bound replaced. */
  public static String substitute(String text, Map<String, String> bindings) {
    if (text.indexOf('<') < 0) {
      return text;
    }
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(bindings.getOrDefault(found.group(1), found.group())));
  }

  /**
   * Compares a name of a directory with a segment of this path.
   *
   * @param bindings what placeholders stand for so far
   * @return the bindings with those of the segment; nothing if the name is another one
   */
  public Optional<Map<String, String>> match(
      String segment, String name, Map<String, String> bindings) {
    String wanted = substitute(segment, bindings);
    if (wanted.indexOf('<') < 0) {
      return wanted.equals(name) ? Optional.of(bindings) : Optional.empty();
    }
    Segment ready = compiled.computeIfAbsent(wanted, PathPattern::compile);
    Matcher matcher = ready.pattern().matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Map<String, String> more = new HashMap<>(bindings);
    for (String group : ready.groups()) {
      more.put(group, matcher.group(group));
    }
    return Optional.of(more);
  }

  private static Segment compile(String segment) {
    StringBuilder expression = new StringBuilder();
    Set<String> groups = new LinkedHashSet<>();
    Matcher matcher = PLACEHOLDER.matcher(segment);
    int end = 0;
    while (matcher.find()) {
      expression.append(Pattern.quote(segment.substring(end, matcher.start())));
      String name = matcher.group(1);
      if (groups.add(name)) {
        expression.append("(?<" + name + ">" + KINDS.getOrDefault(name, NUMBER) + ")");
      } else {
        expression.append("\\k<" + name + ">");
      }
      end = matcher.end();
    }
    expression.append(Pattern.quote(segment.substring(end)));
    return new Segment(Pattern.compile(expression.toString()), new ArrayList<>(groups));
  }

  /** The path without the names of its numbers, by which documents of others are compared. */
  public String shape() {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(found -> KINDS.containsKey(found.group(1)) ? found.group() : "<#>");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PathPattern pattern && pattern.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
