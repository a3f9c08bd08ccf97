package io.dsafs.survey;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.abi.Condition;
import io.dsafs.survey.CheckList.Check;
import io.dsafs.survey.CheckList.Fixture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs a list of checks on a tree, each on a fresh device, and brings back what was configured
 * before: at the end, after a failure, and when it is abandoned.
 *
 * <p>A device is made fresh by taking its PCI function from the driver and giving it back. Devices
 * that no check is run on are not touched.
 */
public final class BehaviourCheck {
  private static final String AUTOPROBE = "/sys/bus/dsa/drivers_autoprobe";

  private final MachineTree tree;
  private final CheckList list;
  private final String only;
  private final RawAccess access;
  private final SavedConfiguration saved;

  /** The devices that the fixtures stand for. */
  private final Map<String, String> devices = new LinkedHashMap<>();

  private final Object lock = new Object();

  @GuardedBy("lock")
  private boolean touched;

  @GuardedBy("lock")
  private boolean abandoned;

  private String autoprobe;

  /**
   * @param only the device to run checks on, or null for one of each kind
   */
  public BehaviourCheck(MachineTree tree, CheckList list, String only) {
    this.tree = tree;
    this.list = list;
    this.only = only;
    access = new RawAccess(tree);
    saved = new SavedConfiguration(tree, access);
  }

  /** The run was abandoned between two steps. */
  private static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Runs all checks and adds their results.
   *
   * @throws SurveyException if nothing can be checked: no device, one is in use, or a device does
   *     not come back
   */
  public void run(Report report) throws SurveyException {
    choose();
    autoprobe = tree.line(AUTOPROBE).orElse(null);
    String group = "checks of " + list.profile();
    SurveyException failure = null;
    try {
      for (Check check : list.checks()) {
        run(check, group, report);
      }
    } catch (SurveyException e) {
      failure = e;
    } catch (Abandoned e) {
      failure = new SurveyException("stopped; the configuration is as it was");
    } finally {
      List<String> wrong = bringBack();
      report.add(group, "the configuration is as it was", wrong);
      if (failure != null && !wrong.isEmpty()) {
        failure = new SurveyException(failure.getMessage() + "; " + String.join("; ", wrong));
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * Stops a run from another thread, and brings the configuration back.
   *
   * @return what could not be brought back, a line each
   */
  public List<String> abandon() {
    synchronized (lock) {
      abandoned = true;
    }
    return bringBack();
  }

  private List<String> bringBack() {
    synchronized (lock) {
      if (!touched) {
        return List.of();
      }
      touched = false;
      if (autoprobe != null) {
        access.write(AUTOPROBE, autoprobe);
      }
      return saved.restore();
    }
  }

  /** Finds a device for each fixture and remembers its configuration. */
  private void choose() throws SurveyException {
    for (Fixture fixture : list.fixtures().values()) {
      find(fixture).ifPresent(device -> devices.put(fixture.name(), device));
    }
    if (devices.isEmpty()) {
      throw new SurveyException(
          only == null
              ? "there is no device for the checks of " + list.profile()
              : "there is no device " + only + " for the checks of " + list.profile());
    }
    for (String device : devices.values().stream().distinct().toList()) {
      String clients = tree.line(MachineTree.DEVICES + "/" + device + "/clients").orElse("0");
      if (!clients.equals("0")) {
        throw new SurveyException(
            device + " is in use: " + clients + " open files of its queues. Close them first.");
      }
      saved.save(device);
    }
  }

  private Optional<String> find(Fixture fixture) {
    String kind = fixture.device().replaceAll("\\d", "");
    return tree.list(MachineTree.DEVICES).stream()
        .filter(name -> name.matches(kind + "\\d+"))
        .filter(name -> only == null || name.equals(only))
        .filter(name -> holds(fixture.needs(), name))
        .findFirst();
  }

  private boolean holds(Condition needs, String device) {
    TreeFacts facts = new TreeFacts(tree, MachineTree.DEVICES + "/" + device);
    return needs.ask(facts, Map.of()) == Condition.Answer.YES;
  }

  private void run(Check check, String group, Report report) throws SurveyException {
    String name = check.number() + ". " + check.text();
    if (check.untold() != null) {
      report.skip(group, name, check.untold());
      return;
    }
    Optional<String> fixture = check.fixtures().stream().filter(devices::containsKey).findFirst();
    if (fixture.isEmpty()) {
      report.skip(group, name, "there is no device " + String.join(" or ", check.fixtures()));
      return;
    }
    String device = devices.get(fixture.get());
    for (Condition needs : check.needs()) {
      if (!holds(needs, device)) {
        report.skip(group, name, "not so: " + needs);
        return;
      }
    }
    for (String file : check.files()) {
      if (!tree.exists(file)) {
        report.skip(group, name, "there is no " + file);
        return;
      }
    }
    for (String file : check.without()) {
      if (tree.exists(file)) {
        report.skip(group, name, "there is " + file);
        return;
      }
    }
    String listed = list.fixtures().get(fixture.get()).device();
    List<String> wrong = new ArrayList<>();
    fresh(device);
    try (StepRunner runner =
        new StepRunner(
            tree, access, new CheckContext(tree, listed, device), list.macros(), saved)) {
      for (CheckStep step : check.steps()) {
        step(runner, step).ifPresent(wrong::add);
        if (!wrong.isEmpty()) {
          break;
        }
      }
    }
    report.add(group, name, wrong);
  }

  private void fresh(String device) throws SurveyException {
    synchronized (lock) {
      if (abandoned) {
        throw new Abandoned();
      }
      touched = true;
      saved.makeFresh(device);
    }
  }

  private Optional<String> step(StepRunner runner, CheckStep step) {
    synchronized (lock) {
      if (abandoned) {
        throw new Abandoned();
      }
      return runner.run(step);
    }
  }
}
