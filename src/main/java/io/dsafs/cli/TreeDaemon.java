package io.dsafs.cli;

import io.dsafs.fuse.FuseMount;
import io.dsafs.fuse.MountFailure;
import io.dsafs.host.Escapes;
import io.dsafs.host.Mounts;
import io.dsafs.host.SpareDescriptors;
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

  /** By which the mount is known whatever becomes of its name; null if it has none here. */
  private String device;

  private boolean stopped;
  private SpareDescriptors spare;

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
    device = deviceOfMount();
    spare = new SpareDescriptors();
  }

  private String deviceOfMount() {
    try {
      Mounts.Mount made = Mounts.at(path);
      return made == null || !made.type().equals(MountPoint.TYPE) ? null : made.device();
    } catch (IOException e) {
      LOG.error("no table of mounts", e);
      return null;
    }
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
    if (spare != null) {
      spare.close();
    }
    if (mount != null && !mount.unmounted() && device != null) {
      unmount();
    }
    machine.close();
  }

  /** Unmounted here, and still mounted in another mount namespace: nothing to do. */
  private void unmount() {
    try {
      for (Mounts.Mount left : Mounts.detachAll(device)) {
        String name = Escapes.printable(left.name());
        LOG.error("could not unmount {}; as root: umount -l {}", name, name);
      }
    } catch (IOException e) {
      LOG.error("could not unmount {}", path, e);
    }
  }

  /** Closes the output, at whose end the launcher waits; the log has its own file. */
  static void detachFromLauncher() {
    System.out.close();
    System.err.close();
  }
}
