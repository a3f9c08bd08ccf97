package io.dsafs.cli;

import io.dsafs.survey.MachineTree;
import io.dsafs.survey.Recording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dsafs record}: writes down what a tree has about its devices. */
@Command(
    name = "record",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes what a tree has about DSA and IAA devices, as JSON: names, types, modes, links,"
          + " contents.",
      "tools/record does the same without Java."
    },
    footer = {
      "",
      "Examples:",
      "  dsafs record / > machine.json            as root, for the configuration space",
      "  dsafs record /tmp/dsa --output tree.json",
      "  dsafs mount /tmp/dsa --from machine.json"
    })
final class RecordCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "ROOT", description = "a directory with sys and dev in it")
  private Path root;

  @Option(names = "--output", paramLabel = "FILE", description = "write there, not to the terminal")
  private Path output;

  @Override
  public Integer call() throws CommandFailure, IOException {
    if (!Files.isDirectory(root)) {
      throw new ParameterException(spec.commandLine(), "there is no directory " + root);
    }
    MachineTree tree = MachineTree.at(root);
    if (!tree.isMachine()) {
      throw new CommandFailure("there is no sys/bus/dsa and no sys/bus/pci in " + root);
    }
    String text = RecordingFile.write(Recording.of(tree));
    if (output == null) {
      spec.commandLine().getOut().print(text);
      spec.commandLine().getOut().flush();
    } else {
      Files.writeString(output, text);
    }
    return 0;
  }
}
