package io.dsafs.cli;

import io.dsafs.host.Mounts;
import io.dsafs.host.Processes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dsafs umount}: unmounts a tree and waits for its daemon to finish its work. */
@Command(
    name = "umount",
    mixinStandardHelpOptions = true,
    description = "Unmounts a tree; work that the devices have accepted is finished first.",
    footer = {"", "Example:", "  dsafs umount /tmp/dsa"})
final class UmountCommand implements Callable<Integer> {
  private static final int DRAIN_SECONDS = 60;
  private static final int LOOK_MILLIS = 5;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MOUNTPOINT", description = "where the tree is mounted")
  private Path mountPoint;

  @Option(
      names = {"-l", "--lazy"},
      description = "unmount although files are open on it; they end with an error")
  private boolean lazy;

  @Override
  public Integer call() throws CommandFailure, IOException, InterruptedException {
    MountPoint place = MountPoint.of(mountPoint);
    if (!place.isMounted()) {
      throw new CommandFailure(
          "no dsafs is mounted at " + place.path() + ". See what is: dsafs list");
    }
    Optional<Long> daemon = place.isStale() ? Optional.empty() : daemonOf(place);
    boolean detach = lazy || place.isStale();
    boolean gone = detach ? Mounts.detach(place.path()) : Mounts.unmount(place.path());
    if (!gone) {
      throw new CommandFailure(
          place.path()
              + " is in use: close the files that are open there and leave its directories, or say"
              + " --lazy. Who uses it: fuser -vm "
              + place.path());
    }
    if (daemon.isPresent()) {
      end(daemon.get());
    }
    spec.commandLine().getOut().println("unmounted " + place.path());
    return 0;
  }

  private static Optional<Long> daemonOf(MountPoint place) {
    return MachineFile.read(place.path()).map(file -> file.value("pid")).map(Long::parseLong);
  }

  /**
   * The daemon ends when its last mount goes, and there may be copies of this one: each mount
   * namespace that was made meanwhile has one. So it is told; what its devices have accepted it
   * finishes either way.
   */
  private static void end(long daemon) throws CommandFailure, InterruptedException {
    ProcessHandle.of(daemon).ifPresent(ProcessHandle::destroy);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DRAIN_SECONDS);
    while (Processes.isRunning(daemon)) {
      if (System.nanoTime() > deadline) {
        throw new CommandFailure(
            "unmounted, but the daemon (pid "
                + daemon
                + ") is still finishing work after "
                + DRAIN_SECONDS
                + " seconds");
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }
}
