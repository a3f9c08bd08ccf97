package io.dsafs.cli;

import io.dsafs.fuse.FuseMount;
import io.dsafs.host.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A place in the host's tree where a dsafs is, or is to be, mounted. */
final class MountPoint {
  private static final String TYPE = "fuse." + FuseMount.NAME;

  /** Below a mount: what it emulates, one {@code key value} a line. */
  static final String MACHINE_FILE = "sys/kernel/debug/dsafs/machine";

  private final Path path;

  private MountPoint(Path path) {
    this.path = path;
  }

  /** The place itself, with links resolved as far as it exists. */
  static MountPoint of(Path given) {
    Path absolute = given.toAbsolutePath().normalize();
    try {
      Path parent = absolute.getParent();
      if (parent != null) {
        absolute = parent.toRealPath().resolve(absolute.getFileName());
      }
      if (!Mounts.isStale(absolute)) {
        absolute = absolute.toRealPath();
      }
    } catch (IOException e) {
      return new MountPoint(absolute); // not there: whoever needs it says so
    }
    return new MountPoint(absolute);
  }

  /**
   * All dsafs mounts of this mount namespace, but not the parts that are bound elsewhere. One that
   * another covers counts once with it.
   */
  static List<MountPoint> all() throws IOException {
    Set<Path> found = new LinkedHashSet<>();
    for (Mounts.Mount mount : Mounts.list()) {
      if (mount.type().equals(TYPE) && mount.root().equals("/")) {
        found.add(mount.mountPoint());
      }
    }
    return found.stream().map(MountPoint::new).toList();
  }

  Path path() {
    return path;
  }

  boolean isMounted() throws IOException {
    Mounts.Mount mount = Mounts.at(path);
    return mount != null && mount.type().equals(TYPE);
  }

  boolean isStale() {
    return Mounts.isStale(path);
  }

  /**
   * Makes the place ready for a mount: takes a stale mount away, makes a missing directory, and
   * refuses what cannot work.
   *
   * @return what was done on the way, for the user; empty if nothing
   */
  List<String> prepare() throws CommandFailure, IOException {
    List<String> done = new ArrayList<>();
    if (isMounted()) {
      if (!isStale()) {
        throw new CommandFailure(
            "a dsafs is already mounted at "
                + path
                + ". Use it, or unmount it first: dsafs umount "
                + path);
      }
      if (!Mounts.detach(path)) {
        throw new CommandFailure(
            "a stale mount of a killed dsafs is at "
                + path
                + " and cannot be removed. As root: umount -l "
                + path);
      }
      done.add("removed the stale mount that a killed daemon had left at " + path);
    }
    if (!Files.exists(path)) {
      try {
        Files.createDirectory(path);
      } catch (IOException e) {
        throw new CommandFailure(
            "the mount point "
                + path
                + " does not exist and cannot be made. Make it first: mkdir -p "
                + path,
            e);
      }
      done.add("made the mount point " + path);
    }
    if (!Files.isDirectory(path)) {
      throw new CommandFailure(
          "the mount point " + path + " is not a directory. Name an empty directory.");
    }
    try (Stream<Path> entries = Files.list(path)) {
      if (entries.findAny().isPresent()) {
        throw new CommandFailure(
            "the mount point " + path + " is not empty. Name an empty directory.");
      }
    } catch (IOException e) {
      throw new CommandFailure("the mount point " + path + " cannot be read: no permission.", e);
    }
    requireFuse();
    if (!Mounts.isRoot() && !Files.isWritable(path)) {
      throw new CommandFailure(
          "no permission to mount at "
              + path
              + ": it is not yours to write. Name a directory of"
              + " your own, or run as root.");
    }
    return done;
  }

  /** Refuses where this user can mount no FUSE filesystem. */
  static void requireFuse() throws CommandFailure {
    Path device = Path.of("/dev/fuse");
    if (!Files.exists(device)) {
      throw new CommandFailure(
          "/dev/fuse is missing. Load the module (modprobe fuse); in a container, pass the device"
              + " in (--device /dev/fuse --cap-add SYS_ADMIN).");
    }
    if (!Files.isReadable(device) || !Files.isWritable(device)) {
      throw new CommandFailure(
          "no permission to use /dev/fuse. Run as root, or let your user open it: chmod 666"
              + " /dev/fuse");
    }
  }
}
