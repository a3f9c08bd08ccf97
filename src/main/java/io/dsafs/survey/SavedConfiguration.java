package io.dsafs.survey;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The configuration of devices, as it was found, and the way back to it.
 *
 * <p>What can be configured is every attribute that can be read and written; so no list of them is
 * kept here. They are written until all are as they were, since one may want another first (a
 * threshold a size).
 */
final class SavedConfiguration {
  /** What the driver core has, and what any write clears. */
  private static final List<String> NO_CONFIGURATION = List.of("uevent", "cmd_status");

  private static final Pattern PART = Pattern.compile("(wq|group|engine)\\d+\\.\\d+");
  private static final int PASSES = 4;
  private static final int READ_AND_WRITE = 0600;
  private static final String PCI_DRIVER = "/sys/bus/pci/drivers/idxd";

  private final MachineTree tree;
  private final RawAccess access;
  private final List<Saved> devices = new ArrayList<>();

  /**
   * A device.
   *
   * @param function the address of its PCI function
   * @param attributes by path
   * @param drivers of the device and its queues, by name; those without are missing
   */
  private record Saved(
      String name, String function, Map<String, String> attributes, Map<String, String> drivers) {}

  /** A queue to be bound again; nodes get the minor that they had if it is done in that order. */
  private record Queue(String name, String driver, int minor) {}

  private final List<Queue> queues = new ArrayList<>();

  /** Files of no device that a check has written, with what they held. */
  private final Map<String, String> kept = new LinkedHashMap<>();

  SavedConfiguration(MachineTree tree, RawAccess access) {
    this.tree = tree;
    this.access = access;
  }

  /** Remembers what a file holds that is no attribute of a device, such as a module parameter. */
  void keep(String path) {
    kept.putIfAbsent(path, tree.read(path).text());
  }

  /** Writes back what was kept. */
  void restoreKept() {
    kept.forEach(access::write);
    kept.clear();
  }

  /** Remembers a device as it is now. */
  void save(String device) throws SurveyException {
    String directory = MachineTree.DEVICES + "/" + device;
    Optional<String> function = new TreeFacts(tree, directory).function();
    if (function.isEmpty()) {
      throw new SurveyException(device + " has no PCI function that it could be taken from");
    }
    Saved saved = new Saved(device, function.get(), attributes(device), drivers(device));
    devices.add(saved);
    saved
        .drivers()
        .forEach(
            (name, driver) -> {
              if (!name.equals(device)) {
                queues.add(new Queue(name, driver, minor(name)));
              }
            });
    queues.sort(Comparator.comparingInt(Queue::minor));
  }

  private int minor(String queue) {
    return tree.line(MachineTree.DEVICES + "/" + queue + "/cdev_minor")
        .map(Integer::parseInt)
        .orElse(Integer.MAX_VALUE);
  }

  private List<String> objects(String device) {
    List<String> objects = new ArrayList<>(List.of(device));
    tree.list(MachineTree.DEVICES + "/" + device).stream()
        .filter(PART.asMatchPredicate())
        .forEach(objects::add);
    return objects;
  }

  private Map<String, String> attributes(String device) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (String object : objects(device)) {
      String directory = MachineTree.DEVICES + "/" + object;
      for (String name : tree.list(directory)) {
        String path = directory + "/" + name;
        tree.facts(path)
            .filter(facts -> facts.kind() == FileFacts.Kind.FILE)
            .filter(facts -> (facts.mode() & READ_AND_WRITE) == READ_AND_WRITE)
            .filter(facts -> !NO_CONFIGURATION.contains(name))
            .map(facts -> tree.read(path))
            .filter(content -> !content.failed())
            .ifPresent(content -> texts.put(path, content.text()));
      }
    }
    return texts;
  }

  private Map<String, String> drivers(String device) {
    Map<String, String> drivers = new LinkedHashMap<>();
    for (String object : objects(device)) {
      driver(object).ifPresent(driver -> drivers.put(object, driver));
    }
    return drivers;
  }

  private Optional<String> driver(String object) {
    return tree.target(MachineTree.DEVICES + "/" + object + "/driver")
        .map(target -> target.substring(target.lastIndexOf('/') + 1));
  }

  /**
   * Takes a device from the driver and gives it back, so that it is as after the driver's loading.
   *
   * @throws SurveyException if it does not come back
   */
  void makeFresh(String device) throws SurveyException {
    for (Saved saved : devices) {
      if (saved.name().equals(device)) {
        rebind(saved);
      }
    }
  }

  private void rebind(Saved saved) throws SurveyException {
    for (String file : List.of("unbind", "bind")) {
      String answer = access.write(PCI_DRIVER + "/" + file, saved.function());
      if (!answer.equals(RawAccess.OK)) {
        throw new SurveyException(
            "writing " + saved.function() + " to " + PCI_DRIVER + "/" + file + ": " + answer);
      }
    }
    if (!tree.exists(MachineTree.DEVICES + "/" + saved.name())) {
      throw new SurveyException(saved.name() + " has another name after it was bound anew");
    }
  }

  /**
   * Brings everything back.
   *
   * @return what could not be brought back, a line each
   */
  List<String> restore() {
    List<String> wrong = new ArrayList<>();
    restoreKept();
    for (Saved saved : devices) {
      try {
        rebind(saved);
        configure(saved);
      } catch (SurveyException e) {
        wrong.add(e.getMessage());
      }
    }
    for (Queue queue : queues) {
      bind(queue.name(), queue.driver());
    }
    for (Saved saved : devices) {
      differences(saved, wrong);
    }
    return wrong;
  }

  private void configure(Saved saved) {
    if (isAsSaved(saved)) {
      return;
    }
    // An IAA device comes back enabled.
    driver(saved.name())
        .ifPresent(
            driver -> access.write("/sys/bus/dsa/drivers/" + driver + "/unbind", saved.name()));
    saved.attributes().keySet().stream()
        .filter(path -> path.endsWith("/threshold"))
        .forEach(path -> restoreThreshold(saved, path));
    for (int pass = 0; pass < PASSES; pass++) {
      saved
          .attributes()
          .forEach(
              (path, text) -> {
                if (!tree.read(path).text().equals(text)) {
                  access.write(path, text);
                }
              });
    }
    Optional.ofNullable(saved.drivers().get(saved.name()))
        .ifPresent(driver -> bind(saved.name(), driver));
  }

  /** A size may have become smaller than the threshold that was written before. */
  private void restoreThreshold(Saved saved, String path) {
    String threshold = saved.attributes().get(path);
    if (!threshold.equals(tree.read(path).text())) {
      access.write(path.replaceFirst("threshold$", "size"), threshold);
      access.write(path, threshold);
    }
  }

  private void bind(String name, String driver) {
    if (driver(name).isEmpty()) {
      access.write("/sys/bus/dsa/drivers/" + driver + "/bind", name);
    }
  }

  private boolean isAsSaved(Saved saved) {
    return attributes(saved.name()).equals(saved.attributes())
        && driver(saved.name()).equals(Optional.ofNullable(saved.drivers().get(saved.name())));
  }

  private void differences(Saved saved, List<String> wrong) {
    saved
        .attributes()
        .forEach(
            (path, text) -> {
              Content now = tree.read(path);
              if (!now.text().equals(text)) {
                wrong.add(
                    "%s: is %s, was %s"
                        .formatted(path, Quoting.quote(now.text()), Quoting.quote(text)));
              }
            });
    for (String object : objects(saved.name())) {
      String now = driver(object).orElse("none");
      String before = saved.drivers().getOrDefault(object, "none");
      if (!now.equals(before)) {
        wrong.add("%s: its driver is %s, was %s".formatted(object, now, before));
      }
    }
  }
}
