package io.dsafs.cli;

import io.dsafs.fuse.MountFailure;
import io.dsafs.host.Processes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * What {@code run} and {@code shell} have in common: their options, and the daemon behind them.
 *
 * <p>The launcher has made a mount namespace, starts this process in it to mount a tree there,
 * makes {@code /sys} and {@code /dev} of it and becomes the program. Hence this process need not
 * undo anything: the namespace ends with its last process.
 */
final class RunOptions {
  @Option(
      names = "--mount",
      paramLabel = "MOUNTPOINT",
      description = "use the tree that is mounted there, as it is, in place of a new one")
  private Path mount;

  @Option(
      names = "--no-shim",
      description = "do not preload the library that carries mapped portals")
  private boolean noShim;

  @Option(
      names = "--no-module-tools",
      description = "do not put lsmod, modprobe and rmmod that know the tree's modules in front")
  private boolean noModuleTools;

  @Mixin private MachineOptions machineOptions;

  /** Given by the launcher: where to mount. */
  @Option(names = "--at", hidden = true)
  private Path place;

  /** Given by the launcher: the process that is, or will be, the program. */
  @Option(names = "--owner", hidden = true)
  private long owner;

  /** Refuses options that do not go together, as wrong usage. */
  void check(CommandLine commandLine) throws CommandFailure {
    machineOptions.check(commandLine);
    if (mount == null) {
      return;
    }
    List<String> ownUse = List.of("--mount", "--no-shim", "--no-module-tools");
    for (OptionSpec option : commandLine.getParseResult().matchedOptions()) {
      if (!ownUse.contains(option.longestName())) {
        throw new ParameterException(
            commandLine,
            "--mount uses a tree as it is: " + option.longestName() + " has no part in it");
      }
    }
  }

  /** Mounts and serves until the program has ended. */
  int serve(CommandLine commandLine)
      throws CommandFailure, MountFailure, IOException, InterruptedException {
    if (place == null) {
      throw new CommandFailure(
          "programs are run by the launcher, fuse-mount/dsafs, not by the jar alone");
    }
    MountPoint.requireFuse();
    MountPoint tree = MountPoint.of(place);
    Machine machine = Machine.create(machineOptions);
    TreeDaemon daemon = new TreeDaemon(machine, tree.path());
    daemon.mount();
    PrintWriter out = commandLine.getOut();
    out.println("mounted " + tree.path() + ": " + machine.summary());
    out.flush();
    TreeDaemon.detachFromLauncher();
    Thread watch = new Thread(this::endWithOwner, "owner");
    watch.setDaemon(true);
    watch.start();
    daemon.serve();
    return 0;
  }

  /** Nothing is drained: whoever could have seen the results is gone. */
  private void endWithOwner() {
    try {
      Processes.awaitEnd(owner);
    } catch (InterruptedException e) {
      return;
    }
    Runtime.getRuntime().halt(0);
  }
}
