package io.dsafs.cli;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.fuse.FuseMount;
import io.dsafs.fuse.MountFailure;
import io.dsafs.host.Escapes;
import io.dsafs.host.Mounts;
import io.dsafs.host.SpareDescriptors;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a machine's mount in this process: mounted, served, stopped once.
 *
 * <p>To stop is to take no more work, to finish what was accepted, to unmount, in that order: a
 * client may be refused, but whose work was accepted gets its record. Each step has its time, as a
 * client may hold it up, and the whole has its own.
 */
final class TreeDaemon {
  private static final Logger LOG = LoggerFactory.getLogger(TreeDaemon.class);

  /** How long requests that are under way may take to be answered. */
  private static final long ANSWER_MILLIS = 500;

  /** How long accepted work may take to finish after SIGTERM. */
  private static final long DRAIN_MILLIS = 5000;

  /** The same after an unmount, when nobody waits. */
  private static final long PATIENT_DRAIN_MILLIS = 30_000;

  private static final long UNMOUNT_MILLIS = 1500;

  /** After so long this process ends whatever is not finished. */
  private static final long STOP_MILLIS = 8500;

  private static final int EXIT_UNFINISHED = 1;

  private final Machine machine;
  private final Path path;

  @GuardedBy("this")
  private boolean stopped;

  @GuardedBy("this")
  private SpareDescriptors spare;

  private volatile FuseMount mount;

  /** By which the mount is known whatever becomes of its name; null if it has none here. */
  private volatile String device;

  TreeDaemon(Machine machine, Path path) {
    this.machine = machine;
    this.path = path;
  }

  /** Mounts; when this returns the tree answers. From now on the end of this process unmounts. */
  void mount() throws MountFailure {
    // Registered before the mount, so that no signal in between leaves a mount behind.
    Runtime.getRuntime().addShutdownHook(new Thread(this::terminate, "stop"));
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
    endWithin(PATIENT_DRAIN_MILLIS + STOP_MILLIS);
    mount.releaseAll();
    stop(PATIENT_DRAIN_MILLIS);
  }

  /** On SIGTERM. */
  private void terminate() {
    endWithin(STOP_MILLIS);
    stop(DRAIN_MILLIS);
    abandon();
  }

  /** A thread that cannot end must not keep those waiting who have files open on the tree. */
  private void abandon() {
    FuseMount mounted = mount;
    if (mounted != null) {
      mounted.abandon();
    }
  }

  private synchronized void stop(long drainMillis) {
    if (stopped) {
      return;
    }
    stopped = true;
    if (spare != null) {
      spare.close();
    }
    try {
      if (mount != null && !mount.refuseSubmissions(ANSWER_MILLIS)) {
        LOG.warn("a submission is still without its answer");
      }
      if (!machine.drain(drainMillis)) {
        LOG.warn("work that was accepted is not finished");
      }
      Thread unmounting = new Thread(this::unmount, "unmount");
      unmounting.setDaemon(true);
      unmounting.start();
      unmounting.join(UNMOUNT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    machine.close();
  }

  /** Unless that has happened, or it is only mounted in another mount namespace. */
  private void unmount() {
    FuseMount mounted = mount;
    if (mounted == null || mounted.unmounted() || device == null) {
      return;
    }
    try {
      for (Mounts.Mount left : Mounts.detachAll(device)) {
        String name = Escapes.printable(left.name());
        LOG.error("could not unmount {}; as root: umount -l {}", name, name);
      }
    } catch (IOException e) {
      LOG.error("could not unmount {}", path, e);
    }
  }

  /** Sees to it that this process ends, though a thread of it may be held up for ever. */
  private void endWithin(long millis) {
    Thread limit =
        new Thread(
            () -> {
              try {
                Thread.sleep(millis);
              } catch (InterruptedException e) {
                return;
              }
              LOG.error("not everything could be finished within {} ms; ending", millis);
              abandon();
              Runtime.getRuntime().halt(EXIT_UNFINISHED);
            },
            "end");
    limit.setDaemon(true);
    limit.start();
  }

  /** Closes the output, at whose end the launcher waits; the log has its own file. */
  static void detachFromLauncher() {
    System.out.close();
    System.err.close();
  }
}
