package io.dsafs.cli;

import io.dsafs.fuse.FuseMount;
import io.dsafs.fuse.MountFailure;
import io.dsafs.host.Mounts;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The life of a machine's mount in this process: mounted, served, stopped once. */
final class TreeDaemon {
  private static final Logger LOG = LoggerFactory.getLogger(TreeDaemon.class);

  private final Machine machine;
  private final Path path;
  private FuseMount mount;
  private boolean stopped;

  TreeDaemon(Machine machine, Path path) {
    this.machine = machine;
    this.path = path;
  }

  /** Mounts; when this returns the tree answers. From now on the end of this process unmounts. */
  void mount() throws MountFailure {
    // Registered before the mount, so that no signal in between leaves a mount behind.
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
    mountLocked();
  }

  private synchronized void mountLocked() throws MountFailure {
    boolean root = Mounts.isRoot();
    mount = FuseMount.mount(path, machine.tree(), Mounts.userId(), Mounts.groupId(), root);
  }

  /** Serves until somebody unmounts, then finishes what the devices have accepted. */
  void serve() throws InterruptedException {
    mount.awaitUnmount();
    stop();
  }

  /** Unmounts if that has not happened, then drains the queues. Also runs on SIGTERM. */
  private synchronized void stop() {
    if (stopped) {
      return;
    }
    stopped = true;
    try {
      // Unmounted here, and still mounted in another mount namespace: nothing to do.
      boolean here = mount != null && !mount.unmounted() && Mounts.at(path) != null;
      if (here && !Mounts.detach(path)) {
        LOG.error("could not unmount {}; as root: umount -l {}", path, path);
      }
    } catch (IOException e) {
      LOG.error("could not unmount {}", path, e);
    }
    machine.close();
  }

  /** Closes the output, at whose end the launcher waits; the log has its own file. */
  static void detachFromLauncher() {
    System.out.close();
    System.err.close();
  }
}
