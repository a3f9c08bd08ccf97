package io.dsafs.survey;

import io.dsafs.abi.AbiDocument;
import io.dsafs.abi.AbiEntry;
import io.dsafs.abi.Condition;
import io.dsafs.abi.Condition.Answer;
import io.dsafs.abi.Format;
import io.dsafs.abi.PathPattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares a tree with documents, both ways.
 *
 * <p>Each entry is looked for in each directory that is there and that it names. A file in such a
 * directory that no entry describes is a fault too, unless an entry calls the directory open.
 */
public final class DocumentCheck {
  private static final int SHOWN_BYTES = 60;

  private final MachineTree tree;
  private final List<AbiDocument> documents;
  private final Map<String, Place> places = new TreeMap<>();
  private final Map<PathPattern, List<Instance>> instances = new HashMap<>();
  private final Set<String> open = new HashSet<>();

  /** Each entry with its faults, in the order of the documents. */
  private final Map<AbiEntry, List<String>> faults = new LinkedHashMap<>();

  /** Entries for which there was anything to look at. */
  private final Set<AbiEntry> met = new HashSet<>();

  private DocumentCheck(MachineTree tree, List<AbiDocument> documents) {
    this.tree = tree;
    this.documents = documents;
  }

  /** A directory of the tree, and what is in it. */
  private record Place(String path, Map<String, FileFacts> children, Set<String> documented) {}

  /** A directory that a pattern names, with what its placeholders stand for. */
  private record Instance(String path, Map<String, String> bindings) {}

  /**
   * Compares.
   *
   * @return a result for each entry, and one for the files that no entry describes
   */
  public static Report run(MachineTree tree, List<AbiDocument> documents) {
    return new DocumentCheck(tree, documents).run();
  }

  private Report run() {
    cover();
    for (AbiDocument document : documents) {
      for (AbiEntry entry : document.entries()) {
        faults.put(entry, new ArrayList<>());
        entry.what().forEach(what -> check(entry, what));
      }
    }
    Report report = new Report();
    for (AbiDocument document : documents) {
      for (AbiEntry entry : document.entries()) {
        result(report, document.name(), entry);
      }
    }
    report.add("tree", "every file is documented", undocumented());
    report.add("tree", "every link is relative and leads to a file of the tree", strayLinks());
    return report;
  }

  private void result(Report report, String document, AbiEntry entry) {
    String name = String.join(", ", entry.what().stream().map(PathPattern::toString).toList());
    if (met.contains(entry)) {
      report.add(document, name, faults.get(entry));
    } else {
      report.skip(document, name, "nothing that it is about is there");
    }
  }

  private void check(AbiEntry entry, PathPattern what) {
    for (Instance instance : instances(what.parent())) {
      Optional<Place> place = tree.real(instance.path()).map(places::get);
      if (place.isEmpty()) {
        checkOutside(entry, what, instance);
        continue;
      }
      Map<String, Map<String, String>> matching = new TreeMap<>();
      for (String child : place.get().children().keySet()) {
        what.match(what.leaf(), child, instance.bindings())
            .ifPresent(bindings -> matching.put(child, bindings));
      }
      place.get().documented().addAll(matching.keySet());
      matching.forEach((child, bindings) -> checkPresent(entry, instance.path(), child, bindings));
      if (entry.forEach().isEmpty() && PathPattern.isLiteral(what.leaf(), instance.bindings())) {
        String name = PathPattern.substitute(what.leaf(), instance.bindings());
        if (!matching.containsKey(name)) {
          checkAbsent(entry, instance.path(), name, instance.path(), instance.bindings());
        }
      }
    }
    entry.forEach().ifPresent(objects -> checkForEach(entry, what, objects));
  }

  /** An entry about a directory whose own directory no file is documented in. */
  private void checkOutside(AbiEntry entry, PathPattern what, Instance parent) {
    for (String child : tree.list(parent.path())) {
      what.match(what.leaf(), child, parent.bindings())
          .ifPresent(bindings -> checkPresent(entry, parent.path(), child, bindings));
    }
  }

  /** The directories of the tree that a pattern names. */
  private List<Instance> instances(PathPattern pattern) {
    return instances.computeIfAbsent(pattern, this::find);
  }

  private List<Instance> find(PathPattern pattern) {
    List<Instance> found = List.of(new Instance("/", Map.of()));
    for (String segment : pattern.segments()) {
      List<Instance> next = new ArrayList<>();
      for (Instance instance : found) {
        String prefix = instance.path().equals("/") ? "/" : instance.path() + "/";
        if (PathPattern.isLiteral(segment, instance.bindings())) {
          String path = prefix + PathPattern.substitute(segment, instance.bindings());
          if (tree.isDirectory(path)) {
            next.add(new Instance(path, instance.bindings()));
          }
          continue;
        }
        for (String name : children(instance.path())) {
          pattern
              .match(segment, name, instance.bindings())
              .filter(bindings -> tree.isDirectory(prefix + name))
              .ifPresent(bindings -> next.add(new Instance(prefix + name, bindings)));
        }
      }
      found = next;
    }
    return found;
  }

  private List<String> children(String directory) {
    return directory.equals(MachineTree.FUNCTIONS) ? tree.functions() : tree.list(directory);
  }

  /**
   * Finds the directories in which every file must be documented: those that an entry about
   * anything but a directory names. Several paths may lead to one.
   */
  private void cover() {
    for (AbiDocument document : documents) {
      for (AbiEntry entry : document.entries()) {
        if (!isAboutDirectory(entry)) {
          entry.what().stream()
              .flatMap(what -> instances(what.parent()).stream())
              .forEach(instance -> cover(instance.path()));
        }
      }
    }
  }

  private static boolean isAboutDirectory(AbiEntry entry) {
    return entry
        .type()
        .filter(t -> t == AbiEntry.Type.DIRECTORY || t == AbiEntry.Type.OPEN_DIRECTORY)
        .isPresent();
  }

  private void cover(String path) {
    Optional<String> real = tree.real(path);
    if (real.isEmpty() || places.containsKey(real.get())) {
      return;
    }
    Map<String, FileFacts> children = new TreeMap<>();
    for (String name : children(path)) {
      tree.facts(path + "/" + name).ifPresent(facts -> children.put(name, facts));
    }
    places.put(real.get(), new Place(path, children, new HashSet<>()));
  }

  private void checkForEach(AbiEntry entry, PathPattern what, PathPattern objects) {
    for (Instance object : instances(objects)) {
      String path = PathPattern.substitute(what.toString(), object.bindings());
      if (!tree.exists(path)) {
        int slash = path.lastIndexOf('/');
        checkAbsent(
            entry,
            path.substring(0, slash),
            path.substring(slash + 1),
            object.path(),
            object.bindings());
      }
    }
  }

  private void checkAbsent(
      AbiEntry entry, String directory, String name, String object, Map<String, String> bindings) {
    met.add(entry);
    Condition visible = entry.visible();
    if (visible.ask(new TreeFacts(tree, object), bindings) == Answer.YES) {
      String why = visible == Condition.ALWAYS ? "" : ", although " + visible;
      faults.get(entry).add(directory + "/" + name + ": missing" + why);
    }
  }

  private void checkPresent(
      AbiEntry entry, String directory, String name, Map<String, String> bindings) {
    met.add(entry);
    String path = (directory.equals("/") ? "" : directory) + "/" + name;
    List<String> wrong = faults.get(entry);
    Optional<FileFacts> facts = tree.facts(path);
    if (facts.isEmpty()) {
      return; // it went away meanwhile
    }
    if (entry.type().filter(t -> t == AbiEntry.Type.OPEN_DIRECTORY).isPresent()) {
      tree.real(path).ifPresent(open::add);
    }
    String object =
        entry
            .forEach()
            .map(each -> PathPattern.substitute(each.toString(), bindings))
            .orElse(directory);
    if (entry.visible().ask(new TreeFacts(tree, object), bindings) == Answer.NO) {
      wrong.add(path + ": present, although not: " + entry.visible());
    }
    checkKind(entry, path, facts.get(), wrong);
  }

  private void checkKind(AbiEntry entry, String path, FileFacts facts, List<String> wrong) {
    Optional<AbiEntry.Type> type = entry.type();
    if (type.isPresent() && !isOfType(path, facts, type.get())) {
      wrong.add(
          path + ": is a " + facts.kind().label() + ", documented is a " + type.get().label());
      return;
    }
    entry
        .mode()
        .filter(mode -> mode != facts.mode())
        .ifPresent(
            mode ->
                wrong.add(
                    String.format(
                        Locale.ROOT,
                        "%s: mode %s, documented is %04o",
                        path,
                        facts.octal(),
                        mode)));
    if (type.isPresent()) {
      checkContent(entry, type.get(), path, facts, wrong);
    }
  }

  private boolean isOfType(String path, FileFacts facts, AbiEntry.Type type) {
    return switch (type) {
      case FILE, BINARY -> facts.kind() == FileFacts.Kind.FILE;
      case LINK -> facts.kind() == FileFacts.Kind.LINK;
      case NODE -> facts.kind() == FileFacts.Kind.NODE || facts.kind() == FileFacts.Kind.FILE;
      case DIRECTORY, OPEN_DIRECTORY -> tree.isDirectory(path);
    };
  }

  private void checkContent(
      AbiEntry entry, AbiEntry.Type type, String path, FileFacts facts, List<String> wrong) {
    Optional<Format> format = entry.format();
    if (format.isEmpty()) {
      return;
    }
    if (type == AbiEntry.Type.LINK) {
      String target = tree.target(path).orElse("");
      if (!format.get().matches(target + "\n")) {
        wrong.add(path + ": leads to " + target + ", documented is " + format.get());
      }
    } else if (type == AbiEntry.Type.FILE && facts.hasReadBit()) {
      Content content = tree.read(path);
      if (content.failed() && !format.get().allowsError(content.error())) {
        wrong.add(
            "%s: cannot be read: %s, documented is %s"
                .formatted(path, content.error(), format.get()));
      } else if (!content.failed() && !format.get().matches(content.text())) {
        wrong.add(
            "%s: holds %s, documented is %s".formatted(path, quoted(content.text()), format.get()));
      }
    }
  }

  private static String quoted(String text) {
    String shown = text.length() > SHOWN_BYTES ? text.substring(0, SHOWN_BYTES) + "..." : text;
    return Quoting.quote(shown);
  }

  private List<String> undocumented() {
    List<String> wrong = new ArrayList<>();
    places.forEach(
        (real, place) -> {
          if (open.contains(real)) {
            return;
          }
          for (String name : place.children().keySet()) {
            if (!place.documented().contains(name)) {
              wrong.add(place.path() + "/" + name + ": not documented");
            }
          }
        });
    return wrong;
  }

  private List<String> strayLinks() {
    List<String> wrong = new ArrayList<>();
    for (Place place : places.values()) {
      for (Map.Entry<String, FileFacts> child : place.children().entrySet()) {
        if (child.getValue().kind() == FileFacts.Kind.LINK) {
          checkLink(place.path() + "/" + child.getKey(), wrong);
        }
      }
    }
    return wrong;
  }

  private void checkLink(String path, List<String> wrong) {
    String target = tree.target(path).orElse("");
    if (target.startsWith("/")) {
      wrong.add(path + ": leads to " + target + ", which is not relative");
    } else if (tree.real(path).isEmpty()) {
      wrong.add(path + ": leads to " + target + ", which is not there");
    }
  }

  /**
   * Puts documents of others in place of those that the program has: what an entry of theirs leaves
   * unsaid is taken from the program's entry about the same files.
   *
   * @param own those of the program
   * @param given those of others
   */
  public static List<AbiDocument> merge(List<AbiDocument> own, List<AbiDocument> given) {
    Map<String, AbiEntry> known = new HashMap<>();
    for (AbiDocument document : own) {
      for (AbiEntry entry : document.entries()) {
        entry.what().forEach(what -> known.put(what.shape(), entry));
      }
    }
    List<AbiDocument> all = new ArrayList<>(own);
    for (AbiDocument document : given) {
      List<AbiEntry> entries = new ArrayList<>();
      for (AbiEntry entry : document.entries()) {
        AbiEntry ours = known.get(entry.what().get(0).shape());
        entries.add(ours == null ? entry : entry.orElse(ours));
      }
      all.add(new AbiDocument(document.name(), entries));
    }
    return all;
  }
}
