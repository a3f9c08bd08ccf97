package io.dsafs.cli;

import io.dsafs.fuse.MountFailure;
import io.dsafs.host.Mounts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code dsafs mount}: makes a machine and serves its tree until it is unmounted.
 *
 * <p>This process is the daemon; the launcher runs it in the background and waits until it closes
 * its output, which it does when the tree answers.
 */
@Command(
    name = "mount",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Mounts the tree of a machine with DSA devices at an empty directory.",
    footer = {
      "",
      "Examples:",
      "  dsafs mount /tmp/dsa",
      "  dsafs mount /tmp/dsa --devices 2 --device-profile N",
      "  dsafs mount /tmp/dsa --foreground --log-level debug",
      "",
      "The devices are below MOUNTPOINT/sys/bus/dsa/devices, their queues below"
          + " MOUNTPOINT/dev/dsa; the driver's log is MOUNTPOINT/dev/kmsg."
    })
final class MountCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MOUNTPOINT", description = "an empty directory; made if missing")
  private Path mountPoint;

  @Mixin private MachineOptions machineOptions;

  @Option(
      names = {"-f", "--foreground"},
      description = "stay attached to the terminal; Ctrl-C unmounts")
  private boolean foreground;

  /** Given by the launcher. */
  @Option(names = "--detached", hidden = true)
  private boolean detached;

  /** Used to record which classes a start loads: mounts, looks round, unmounts. */
  @Option(names = "--rehearse", hidden = true)
  private boolean rehearse;

  @Override
  public Integer call() throws CommandFailure, MountFailure, IOException, InterruptedException {
    machineOptions.check(spec.commandLine());
    PrintWriter out = spec.commandLine().getOut();
    MountPoint place = MountPoint.of(mountPoint);
    Machine machine;
    TreeDaemon daemon;
    try (MountPoint.Ready ready = place.prepare()) {
      ready.done().forEach(done -> spec.commandLine().getErr().println("dsafs: " + done));
      machine = Machine.create(machineOptions);
      daemon = new TreeDaemon(machine, place.path());
      daemon.mount();
    }
    out.println("mounted " + place.path() + ": " + machine.summary());
    out.flush();
    if (rehearse) {
      Rehearsal.lookRound(place.path());
      Mounts.detach(place.path());
    } else if (detached && !foreground) {
      TreeDaemon.detachFromLauncher();
    }
    daemon.serve();
    return 0;
  }
}
