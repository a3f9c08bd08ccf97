package io.dsafs.survey;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What is in a tree about DSA and IAA devices: names, types, modes, links and contents.
 *
 * <p>{@code tools/record} makes the same from a shell: what changes here changes there.
 *
 * @param files by path, without a slash in front, in the order of their bytes
 */
public record Recording(SortedMap<String, RecordedFile> files) {
  /** BARs and ROMs: reading them has effects, or reads a lot. */
  private static final Pattern NOT_READ = Pattern.compile("resource[0-9].*|rom|vpd");

  /** Told by the kernel about where it happens to be in memory. */
  private static final Set<String> NOT_ENTERED = Set.of("sections", "notes");

  /** Clocks: what they show is never the same. */
  private static final Set<String> CLOCKS = Set.of("runtime_active_time", "runtime_suspended_time");

  private static final Set<String> CHANGING =
      Set.of(
          "bytes_transferred",
          "cdev_major",
          "cdev_minor",
          "clients",
          "cr_fault_failures",
          "cr_faults",
          "dev",
          "in_use",
          "irq",
          "memcpy_count",
          "occupancy",
          "pid",
          "refcnt",
          "resource");

  /** Copies what is given. */
  public Recording {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /** Records a tree. */
  public static Recording of(MachineTree tree) {
    Walk walk = new Walk(tree);
    walk.below("/sys/bus/dsa");
    walk.below("/sys/bus/pci/drivers/idxd");
    for (String function : tree.functions()) {
      walk.one(MachineTree.FUNCTIONS + "/" + function);
      tree.real(MachineTree.FUNCTIONS + "/" + function).ifPresent(walk::below);
    }
    for (String module : tree.list("/sys/module")) {
      if (module.startsWith("idxd")) {
        walk.below("/sys/module/" + module);
      }
    }
    walk.below("/dev/dsa");
    walk.below("/dev/iax");
    return new Recording(walk.files);
  }

  private static final class Walk {
    private final MachineTree tree;
    private final SortedMap<String, RecordedFile> files = new TreeMap<>();

    Walk(MachineTree tree) {
      this.tree = tree;
    }

    void below(String path) {
      Optional<FileFacts> facts = tree.facts(path);
      if (facts.isEmpty()) {
        return;
      }
      one(path);
      String name = path.substring(path.lastIndexOf('/') + 1);
      if (facts.get().kind() == FileFacts.Kind.DIRECTORY && !NOT_ENTERED.contains(name)) {
        tree.list(path).forEach(child -> below(path + "/" + child));
      }
    }

    void one(String path) {
      tree.facts(path).ifPresent(facts -> files.put(path.substring(1), record(path, facts)));
    }

    private RecordedFile record(String path, FileFacts facts) {
      String type = facts.kind().label();
      String name = path.substring(path.lastIndexOf('/') + 1);
      if (facts.kind() == FileFacts.Kind.LINK) {
        String target = tree.target(path).orElse("");
        return new RecordedFile(type, null, target, null, null, null, null, false);
      }
      if (facts.kind() != FileFacts.Kind.FILE || path.startsWith("/dev/")) {
        return new RecordedFile(
            path.startsWith("/dev/") && facts.kind() == FileFacts.Kind.FILE ? "node" : type,
            facts.octal(),
            null,
            null,
            null,
            null,
            null,
            false);
      }
      if (NOT_READ.matcher(name).matches()) {
        return new RecordedFile(
            type, facts.octal(), null, null, null, null, facts.sizeBytes(), false);
      }
      if (!facts.hasReadBit() || CLOCKS.contains(name)) {
        return new RecordedFile(
            type, facts.octal(), null, null, null, null, null, CLOCKS.contains(name));
      }
      Content content = tree.read(path);
      boolean text = !content.failed() && isText(name, content.bytes());
      return new RecordedFile(
          type,
          facts.octal(),
          null,
          text ? content.text() : null,
          text || content.failed() ? null : HexFormat.of().formatHex(content.bytes()),
          content.error(),
          null,
          CHANGING.contains(name));
    }

    private static boolean isText(String name, byte[] bytes) {
      for (byte each : bytes) {
        if (each <= 0) {
          return false;
        }
      }
      return !name.equals("config");
    }
  }

  /** A file's text without its last newline; nothing if it has none. */
  public Optional<String> line(String path) {
    return Optional.ofNullable(files.get(path))
        .map(RecordedFile::text)
        .map(text -> text.replaceFirst("\n$", ""));
  }

  /** The addresses of the recorded functions. */
  public List<String> functions() {
    String prefix = MachineTree.FUNCTIONS.substring(1) + "/";
    return files.keySet().stream()
        .filter(path -> path.startsWith(prefix))
        .map(path -> path.substring(prefix.length()))
        .toList();
  }

  /** Where a function's directory is. */
  public String directory(String function) {
    String target = files.get(MachineTree.FUNCTIONS.substring(1) + "/" + function).target();
    return "sys/" + target.replaceFirst("^(\\.\\./)+", "");
  }

  /** Which driver profile the recorded tree is of. */
  public String profile() {
    return files.containsKey("sys/bus/dsa/drivers/idxd") ? "mainline" : "swq-v1";
  }

  /**
   * Compares with another recording.
   *
   * @param ignored whether differences of a path do not count
   * @return the differences in the order of paths, a line each
   */
  public List<String> differences(Recording other, Predicate<String> ignored) {
    Map<String, RecordedFile> all = new TreeMap<>(files);
    all.putAll(other.files);
    List<String> lines = new ArrayList<>();
    for (String path : all.keySet()) {
      if (!ignored.test(path)) {
        difference(path, files.get(path), other.files.get(path), lines);
      }
    }
    return lines;
  }

  private static void difference(
      String path, RecordedFile first, RecordedFile second, List<String> lines) {
    if (first == null || second == null) {
      RecordedFile there = first == null ? second : first;
      lines.add((first == null ? "+ " : "- ") + path + ": " + there.type() + " " + there.content());
      return;
    }
    compare(path, "type", first.type(), second.type(), lines);
    compare(path, "mode", first.mode(), second.mode(), lines);
    compare(path, "size", first.size(), second.size(), lines);
    compare(
        path, first.changes() ? "changing" : "content", first.content(), second.content(), lines);
  }

  private static void compare(
      String path, String what, Object first, Object second, List<String> lines) {
    if (!Objects.equals(first, second)) {
      lines.add("! " + path + ": " + what + " " + first + " | " + second);
    }
  }
}
