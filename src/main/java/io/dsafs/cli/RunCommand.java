package io.dsafs.cli;

import io.dsafs.fuse.MountFailure;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dsafs run}: a program that sees a tree at {@code /sys} and {@code /dev}. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    customSynopsis = "dsafs run [OPTIONS] -- PROGRAM [ARGUMENT...]",
    description = {
      "Runs a program that sees the devices where programs look for them: at /sys/bus/dsa,"
          + " /sys/bus/pci, /dev/dsa, /dev/char. Nobody else sees them. They are made for this"
          + " program and go with it.",
      "",
      "The exit code is the program's. The debug files are below $DSAFS_MOUNT/sys/kernel/debug."
          + " Needs root, or a kernel that lets users make namespaces.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  dsafs run -- accel-config list -i",
      "  dsafs run --topology spr-2s -- lspci -d 8086:0b25 -vv",
      "  dsafs run -- sh -c 'accel-config enable-device dsa0; cat $DSAFS_MOUNT/dev/kmsg'",
      "  dsafs run --mount /tmp/dsa -- accel-config list",
      "",
      "Exit codes of its own: 1 no tree or no namespace, 2 wrong usage, 126 PROGRAM is not"
          + " executable, 127 there is none."
    })
final class RunCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private RunOptions options;

  @Parameters(paramLabel = "PROGRAM", arity = "0..*", description = "what to run, after --")
  private List<String> program = List.of();

  @Override
  public Integer call() throws CommandFailure, MountFailure, IOException, InterruptedException {
    boolean separated = spec.commandLine().getParseResult().originalArgs().contains("--");
    if (!separated || program.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "no program: name it after --, as in dsafs run [OPTIONS] -- PROGRAM [ARGUMENT...]");
    }
    options.check(spec.commandLine());
    return options.serve(spec.commandLine());
  }
}
