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
  private static final Pattern REPEATED =
      Pattern.compile("\\+?(\"(?:[^\"\\\\]|\\\\.)*\")(?:\\*(\\d+))?", Pattern.DOTALL);
  private static final int READ_BYTES = 4096;

  /** A command of ioctl(2) that no file has. */
  private static final long NO_COMMAND = 0x7f01;

  /** How long what is to become so by itself, such as the end of a release, may take. */
  private static final long PATIENCE_NANOS = 2_000_000_000L;

  private final MachineTree tree;
  private final RawAccess access;
  private final CheckContext context;
  private final Map<String, List<CheckStep>> macros;
  private final SavedConfiguration saved;
  private final Map<String, Integer> held = new LinkedHashMap<>();

  StepRunner(
      MachineTree tree,
      RawAccess access,
      CheckContext context,
      Map<String, List<CheckStep>> macros,
      SavedConfiguration saved) {
    this.tree = tree;
    this.access = access;
    this.context = context;
    this.macros = macros;
    this.saved = saved;
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
    if (step.verb().equals("await")) {
      long end = System.nanoTime() + PATIENCE_NANOS;
      while (!isExpected(step, got) && System.nanoTime() < end) {
        got = perform(step);
      }
    }
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
      case "set" -> set(context.path(first), text(step.operands().get(1)));
      case "field" -> field(first, step.operands().get(1));
      case "await", "read" -> read(context.path(first));
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
      case "control" -> RawAccess.answer(RawFile.control(fd(first), NO_COMMAND));
      case "poll" -> poll(fd(first));
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

  /** Writes what is written back when the check is over. */
  private String set(String path, String text) {
    saved.keep(path);
    return access.write(path, text);
  }

  /** A field of a register, as the file {@code registers} of a replica shows it. */
  private String field(String register, String field) {
    String registers = tree.read(context.resolve("/sys/kernel/debug/dsafs/{bdf}/registers")).text();
    Matcher found =
        Pattern.compile(
                "^" + Pattern.quote(register) + " .*\n(?: .*\n)*? +" + field + " \\w+ (0x\\w+)",
                Pattern.MULTILINE)
            .matcher(registers);
    return found.find() ? found.group(1) : "absent";
  }

  private static String poll(int fd) {
    long events = RawFile.poll(fd);
    if (events < 0) {
      return RawAccess.answer(events);
    }
    return (events & RawFile.READABLE) == 0 ? "nothing" : "readable";
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

  /** A word as it is; texts without their quotes, each as often as it says, one after another. */
  private String text(String word) {
    if (!word.startsWith("\"")) {
      return context.resolve(word);
    }
    StringBuilder texts = new StringBuilder();
    Matcher quoted = REPEATED.matcher(word);
    while (quoted.find()) {
      String text = context.resolve(Quoting.unquote(quoted.group(1)));
      texts.append(quoted.group(2) == null ? text : text.repeat(Integer.parseInt(quoted.group(2))));
    }
    return texts.toString();
  }

  /** What a check has set may be what a close waits for. */
  @Override
  public void close() {
    saved.restoreKept();
    new ArrayList<>(held.keySet()).forEach(this::release);
  }
}
