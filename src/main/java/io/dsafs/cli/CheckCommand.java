package io.dsafs.cli;

import io.dsafs.abi.AbiDocument;
import io.dsafs.abi.AbiLibrary;
import io.dsafs.abi.AbiSyntaxException;
import io.dsafs.survey.BehaviourCheck;
import io.dsafs.survey.CheckList;
import io.dsafs.survey.DocumentCheck;
import io.dsafs.survey.MachineTree;
import io.dsafs.survey.Report;
import io.dsafs.survey.SurveyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code dsafs check}: compares a tree with the documents, and its behaviour with the checklist.
 */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compares a tree with the ABI documents, both ways: what is missing, not documented, of"
          + " another mode or type, or holds what it should not.",
      "With --write it also runs the checks of behaviour."
    },
    footer = {
      "",
      "Examples:",
      "  dsafs check /tmp/dsa",
      "  dsafs check / --abi mainline             a machine with the real driver",
      "  dsafs check /tmp/dsa --write --format tap",
      "  dsafs check / --abi-doc sysfs-driver-dma-idxd --format junit --output check.xml",
      "",
      "Exit codes: 0 all is well, 1 something is not, 2 wrong usage."
    })
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "ROOT",
      description = "a directory with sys and dev in it: a mount point, a copy of one, or /")
  private Path root;

  @Option(
      names = "--abi",
      paramLabel = "PROFILE",
      description = "the driver: swq-v1 or mainline (default: what the tree looks like)")
  private String abi;

  @Option(
      names = "--abi-doc",
      paramLabel = "FILE",
      description =
          "a further document, such as the kernel's own; what it leaves unsaid is taken from ours")
  private List<Path> documents = List.of();

  @Option(
      names = "--write",
      description =
          "also configure, enable and disable a device of each kind, and bring back what was there;"
              + " refused while a queue is open")
  private boolean write;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description = "with --write, only this device, such as dsa0")
  private String device;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private ReportFormat format;

  @Option(names = "--output", paramLabel = "FILE", description = "write there, not to the terminal")
  private Path output;

  @Override
  public Integer call() throws CommandFailure, IOException {
    MachineTree tree = tree();
    String profile = profile(tree);
    Report report = DocumentCheck.run(tree, DocumentCheck.merge(own(profile), given()));
    if (write) {
      report = withBehaviour(tree, profile, report);
    }
    String text = format.write(root + ", profile " + profile, report);
    if (output == null) {
      spec.commandLine().getOut().print(text);
      spec.commandLine().getOut().flush();
    } else {
      Files.writeString(output, text);
    }
    return report.count(Report.Status.FAIL) == 0 ? 0 : 1;
  }

  private MachineTree tree() throws CommandFailure, IOException {
    if (!Files.isDirectory(root)) {
      throw new ParameterException(spec.commandLine(), "there is no directory " + root);
    }
    MachineTree tree = MachineTree.at(root);
    if (!tree.isMachine()) {
      throw new CommandFailure(
          "there is no sys/bus/dsa in " + root + ": is it mounted, and the driver loaded?");
    }
    return tree;
  }

  private String profile(MachineTree tree) {
    if (abi == null) {
      return tree.profile();
    }
    if (!AbiLibrary.profiles().contains(abi)) {
      throw new ParameterException(
          spec.commandLine(), "--abi is one of " + String.join(", ", AbiLibrary.profiles()));
    }
    return abi;
  }

  private static List<AbiDocument> own(String profile) {
    return AbiLibrary.documents(profile);
  }

  private List<AbiDocument> given() throws CommandFailure {
    List<AbiDocument> given = new ArrayList<>();
    for (Path file : documents) {
      try {
        AbiDocument document =
            AbiDocument.parse(file.getFileName().toString(), Files.readAllLines(file));
        if (document.entries().isEmpty()) {
          throw new CommandFailure("there is no entry (What:) in " + file);
        }
        given.add(document);
      } catch (IOException e) {
        throw new CommandFailure("the document " + file + " cannot be read: " + e.getMessage(), e);
      } catch (AbiSyntaxException e) {
        throw new CommandFailure(e.getMessage(), e);
      }
    }
    return given;
  }

  private void abandon(BehaviourCheck check) {
    for (String wrong : check.abandon()) {
      spec.commandLine().getErr().println("dsafs: not brought back: " + wrong);
    }
    spec.commandLine().getErr().flush();
  }

  /** Stops at Ctrl-C, but not before everything is as it was. */
  private Report withBehaviour(MachineTree tree, String profile, Report report)
      throws CommandFailure {
    BehaviourCheck check = new BehaviourCheck(tree, CheckList.of(profile), device);
    Thread abandon = new Thread(() -> abandon(check), "bring back");
    Runtime.getRuntime().addShutdownHook(abandon);
    try {
      check.run(report);
      return report;
    } catch (SurveyException e) {
      throw new CommandFailure(e.getMessage(), e);
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(abandon);
      } catch (IllegalStateException e) {
        // The program is being stopped, and the hook runs.
        spec.commandLine().getErr().println("dsafs: stopped");
      }
    }
  }
}
