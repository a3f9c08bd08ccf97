package io.dsafs.cli;

import io.dsafs.fuse.FuseMount;
import io.dsafs.host.DirectoryLock;
import io.dsafs.host.Escapes;
import io.dsafs.host.Mounts;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A place in the host's tree where a dsafs is, or is to be, mounted. */
final class MountPoint {
  /** As mounts show it. */
  static final String TYPE = "fuse." + FuseMount.NAME;

  /** Below a mount: what it emulates, one {@code key value} a line. */
  static final String MACHINE_FILE = "sys/kernel/debug/dsafs/machine";

  /** What Java makes of a byte that is no part of a character. */
  private static final char REPLACEMENT = '\ufffd';

  /** How long others may be about to mount at the place. */
  private static final long TURN_MILLIS = 10_000;

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
   * The mount that a command is to use.
   *
   * @param given by the user; null if the only one is meant
   */
  static MountPoint given(Path given) throws CommandFailure, IOException {
    if (given != null) {
      return of(given);
    }
    List<MountPoint> mounted = all();
    if (mounted.size() != 1) {
      throw new CommandFailure(
          mounted.isEmpty()
              ? "no tree is mounted. Mount one: dsafs mount /tmp/dsa"
              : "several trees are mounted: name one. See: dsafs list");
    }
    return mounted.get(0);
  }

  /**
   * All dsafs mounts of this mount namespace, but not the parts that are bound elsewhere. One that
   * another covers counts once with it. Those that Java cannot name are not among them.
   */
  static List<MountPoint> all() throws IOException {
    Set<Path> found = new LinkedHashSet<>();
    for (Mounts.Mount mount : Mounts.list()) {
      if (isTree(mount) && mount.path() != null) {
        found.add(mount.path());
      }
    }
    return found.stream().map(MountPoint::new).toList();
  }

  /** The dsafs mounts that Java cannot name, as printable text. */
  static List<String> nameless() throws IOException {
    return Mounts.list().stream()
        .filter(mount -> isTree(mount) && mount.path() == null)
        .map(mount -> Escapes.printable(mount.name()))
        .distinct()
        .toList();
  }

  private static boolean isTree(Mounts.Mount mount) {
    return mount.type().equals(TYPE) && mount.root().equals("/");
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
   * A place that is ready for a mount.
   *
   * @param done what was done on the way, for the user; empty if nothing
   * @param turn keeps others from mounting there; to be closed after the mount
   */
  record Ready(List<String> done, DirectoryLock turn) implements AutoCloseable {
    @Override
    public void close() {
      turn.close();
    }
  }

  /**
   * Makes the place ready for a mount: takes a stale mount away, makes a missing directory, and
   * refuses what cannot work.
   */
  Ready prepare() throws CommandFailure, IOException, InterruptedException {
    List<String> done = new ArrayList<>();
    if (removeStale()) {
      done.add("removed the stale mount that a killed daemon had left at " + path);
    }
    if (makeDirectory()) {
      done.add("made the mount point " + path);
    }
    DirectoryLock turn = DirectoryLock.take(path, TURN_MILLIS);
    try {
      check();
    } catch (CommandFailure | IOException | RuntimeException e) {
      turn.close();
      throw e;
    }
    return new Ready(done, turn);
  }

  private boolean removeStale() throws CommandFailure, IOException {
    boolean any = false;
    while (isMounted()) {
      if (!isStale()) {
        throw alreadyMounted();
      }
      if (!Mounts.detachStale(path)) {
        throw new CommandFailure(
            "a stale mount of a killed dsafs is at "
                + path
                + " and cannot be removed. As root: umount -l "
                + path);
      }
      any = true;
    }
    return any;
  }

  private CommandFailure alreadyMounted() {
    return new CommandFailure(
        "a dsafs is already mounted at "
            + path
            + ". Use it, or unmount it first: dsafs umount "
            + path);
  }

  private boolean makeDirectory() throws CommandFailure {
    if (Files.exists(path)) {
      return false;
    }
    if (path.toString().indexOf(REPLACEMENT) >= 0) {
      throw new CommandFailure(
          "the name of the mount point " + path + " is not UTF-8. Name another directory.");
    }
    try {
      Files.createDirectory(path);
      return true;
    } catch (FileAlreadyExistsException another) {
      return false;
    } catch (IOException e) {
      throw new CommandFailure(
          "the mount point "
              + path
              + " does not exist and cannot be made. Make it first: mkdir -p "
              + path,
          e);
    }
  }

  private void check() throws CommandFailure, IOException {
    if (isMounted()) {
      throw alreadyMounted();
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
