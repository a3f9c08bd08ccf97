package io.dsafs.survey;

import io.dsafs.host.RawFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the steps of one check; closes at the end what the check has left open. */
final class StepRunner implements AutoCloseable {
  private static final Pattern REPEATED = Pattern.compile("(\".*\")(?:\\*(\\d+))?", Pattern.DOTALL);
  private static final int READ_BYTES = 4096;

  private final MachineTree tree;
  private final RawAccess access;
  private final CheckContext context;
  private final Map<String, List<CheckStep>> macros;
  private final Map<String, Integer> held = new LinkedHashMap<>();

  StepRunner(
      MachineTree tree,
      RawAccess access,
      CheckContext context,
      Map<String, List<CheckStep>> macros) {
    this.tree = tree;
    this.access = access;
    this.context = context;
    this.macros = macros;
  }

  /**
   * Runs a step.
   *
   * @return what is wrong; nothing if it came to what it must
   */
  Optional<String> run(CheckStep step) {
    if (step.verb().equals("do")) {
      return runMacro(step);
    }
    String got = perform(step);
    return isExpected(step, got)
        ? Optional.empty()
        : Optional.of(context.resolve(step.source()) + ": got " + shown(got));
  }

  /** Errors and counts are words, contents are texts. */
  private static String shown(String got) {
    return got.matches("[\\w ]+") ? got : Quoting.quote(got);
  }

  private Optional<String> runMacro(CheckStep step) {
    String name = step.operands().get(0);
    List<CheckStep> steps = macros.get(name);
    if (steps == null) {
      throw new IllegalArgumentException("there are no steps " + name);
    }
    for (CheckStep each : steps) {
      String source = each.source();
      for (int i = 1; i < step.operands().size(); i++) {
        source = source.replace("$" + i, step.operands().get(i));
      }
      Optional<String> wrong = run(CheckStep.parse(source, each.line()));
      if (wrong.isPresent()) {
        return wrong;
      }
    }
    return Optional.empty();
  }

  private String perform(CheckStep step) {
    String first = step.operands().get(0);
    return switch (step.verb()) {
      case "write" -> access.write(context.path(first), text(step.operands().get(1)));
      case "read" -> read(context.path(first));
      case "save" -> save(first, context.path(step.operands().get(1)));
      case "link" -> tree.target(context.path(first)).orElse("absent");
      case "list" -> String.join(" ", tree.list(context.path(first)));
      case "mode" ->
          tree.facts(context.path(first))
              .map(facts -> facts.octal() + " " + facts.sizeBytes())
              .orElse("absent");
      case "exists" -> tree.exists(context.path(first)) ? RawAccess.OK : "absent";
      case "absent" -> tree.exists(context.path(first)) ? "present" : RawAccess.OK;
      case "open" -> access.open(context.path(first), flags(step.operands().get(1)));
      case "create" -> access.create(context.path(first));
      case "mkdir" -> access.makeDirectory(context.path(first));
      case "hold" -> hold(first, context.path(step.operands().get(1)));
      case "release" -> release(first);
      case "get" -> RawAccess.answer(RawFile.read(fd(first), new byte[READ_BYTES]));
      case "put" -> RawAccess.answer(RawFile.write(fd(first), bytes(step.operands().get(1))));
      case "seek" -> RawAccess.answer(RawFile.seek(fd(first), 0));
      default -> throw new IllegalArgumentException("there is no step " + step.verb());
    };
  }

  private boolean isExpected(CheckStep step, String got) {
    if (step.relation() == null) {
      return got.equals(RawAccess.OK);
    }
    List<String> expected = step.expected().stream().map(this::text).toList();
    boolean exact = step.relation().equals("->");
    if (step.verb().equals("list")) {
      List<String> names = List.of(got.split(" "));
      return exact
          ? new TreeSet<>(expected).equals(new TreeSet<>(names))
          : names.containsAll(expected);
    }
    if (exact) {
      return String.join(" ", expected).equals(got);
    }
    return Pattern.compile(expected.get(0), Pattern.DOTALL).matcher(got).matches();
  }

  private String read(String path) {
    Content content = tree.read(path);
    return content.failed() ? content.error() : content.text();
  }

  private String save(String name, String path) {
    Optional<String> line = tree.line(path);
    line.ifPresent(value -> context.set(name, value));
    return line.isPresent() ? RawAccess.OK : "unreadable";
  }

  private static int flags(String word) {
    return switch (word) {
      case "read" -> RawFile.READ_ONLY;
      case "write" -> RawFile.WRITE_ONLY;
      default -> RawFile.READ_WRITE;
    };
  }

  private String hold(String name, String path) {
    int fd = RawFile.open(tree.path(path), RawFile.READ_WRITE);
    if (fd < 0) {
      return Errors.name(-fd);
    }
    held.put(name, fd);
    return RawAccess.OK;
  }

  private String release(String name) {
    RawFile.close(fd(name));
    held.remove(name);
    return RawAccess.OK;
  }

  private int fd(String name) {
    return held.getOrDefault(name, -1);
  }

  private byte[] bytes(String word) {
    return text(word).getBytes(StandardCharsets.UTF_8);
  }

  /** A word as it is; a text without its quotes, as often as it says. */
  private String text(String word) {
    Matcher quoted = REPEATED.matcher(word);
    if (!quoted.matches()) {
      return context.resolve(word);
    }
    String text = context.resolve(Quoting.unquote(quoted.group(1)));
    return quoted.group(2) == null ? text : text.repeat(Integer.parseInt(quoted.group(2)));
  }

  @Override
  public void close() {
    new ArrayList<>(held.keySet()).forEach(this::release);
  }
}
