package io.dsafs.cli;

import io.dsafs.fuse.MountFailure;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dsafs shell}: as {@code dsafs run} with the user's shell. */
@Command(
    name = "shell",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Starts your shell, $SHELL, with the devices at /sys and /dev, as dsafs run does for a"
          + " program. They go with the shell.",
      ""
    },
    footer = {"", "Examples:", "  dsafs shell", "  dsafs shell --devices 2"})
final class ShellCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private RunOptions options;

  @Override
  public Integer call() throws CommandFailure, MountFailure, IOException, InterruptedException {
    options.check(spec.commandLine());
    return options.serve(spec.commandLine());
  }
}
