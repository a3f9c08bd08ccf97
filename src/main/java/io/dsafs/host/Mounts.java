package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jnr.ffi.LastError;

/** What is mounted where, as {@code /proc/self/mountinfo} says, and unmounting. */
public final class Mounts {
  /**
   * One mount.
   *
   * @param name the mount point, a character for each byte
   * @param root what of the filesystem is mounted: {@code /} but for a bind of a part
   * @param type {@code fuse.NAME} for a FUSE filesystem
   * @param device the number of the filesystem, {@code MAJOR:MINOR}, its own as long as it lives
   */
  public record Mount(String name, String root, String type, String device) {
    /** The mount point, or null: Java cannot name it. */
    public Path path() {
      return MountTable.path(name);
    }
  }

  /** How often is looked for a mount that is renamed meanwhile. */
  private static final int LOOKS = 5;

  private Mounts() {}

  /** All mounts of this mount namespace, a covered one before the one that covers it. */
  public static List<Mount> list() throws IOException {
    return MountTable.parse(Files.readAllBytes(Path.of("/proc/self/mountinfo")));
  }

  /** The uppermost mount at exactly that place, or null. */
  public static Mount at(Path mountPoint) throws IOException {
    return uppermost(list(), MountTable.name(mountPoint));
  }

  private static Mount uppermost(List<Mount> mounts, String name) {
    Mount found = null;
    for (Mount mount : mounts) {
      if (mount.name().equals(name)) {
        found = mount;
      }
    }
    return found;
  }

  /**
   * True if the mount's server has died: it answers ENOTCONN.
   *
   * <p>statfs(2) always asks the server; stat(2) and access(2) may be answered by the kernel from
   * what it remembers, for a second after the server's death.
   */
  public static boolean isStale(Path mountPoint) {
    NativeBuffer answer = new NativeBuffer(LibC.STATFS_BYTES);
    return LIBC.statfs(mountPoint.toString(), answer.pointer()) != 0
        && LastError.getLastError(LibC.RUNTIME) == LibC.ENOTCONN;
  }

  /**
   * Takes the mount out of the tree; files that are open on it stay until closed.
   *
   * <p>Root unmounts by itself; another user needs fusermount, which is asked then.
   *
   * @return true if it is gone
   */
  public static boolean detach(Path mountPoint) throws IOException {
    return LIBC.umount2(mountPoint.toString(), LibC.MNT_DETACH) == 0
        || fusermount("-uz", mountPoint);
  }

  /**
   * Takes a mount away whose server has died, and no other that has come in its place meanwhile.
   *
   * @return true if it is gone
   */
  public static boolean detachStale(Path mountPoint) throws IOException {
    int fd = LIBC.open(mountPoint.toString(), LibC.O_PATH | LibC.O_CLOEXEC);
    if (fd < 0) {
      return false;
    }
    try {
      Path itself = Path.of("/proc/self/fd/" + fd);
      if (!isStale(itself) || LIBC.umount2(itself.toString(), LibC.MNT_DETACH) == 0) {
        return true;
      }
      boolean noMountAnyMore = LastError.getLastError(LibC.RUNTIME) == LibC.EINVAL;
      return noMountAnyMore || fusermount("-uz", mountPoint);
    } finally {
      LIBC.close(fd);
    }
  }

  /**
   * Takes all mounts of a filesystem out of the tree, wherever they have got to: a directory on the
   * way may have been renamed. What another mount covers stays, as its name is the other's.
   *
   * @param device its number
   * @return what is left
   */
  public static List<Mount> detachAll(String device) throws IOException {
    for (int i = 0; i < LOOKS; i++) {
      List<Mount> mounts = list();
      List<Mount> left = mounts.stream().filter(mount -> mount.device().equals(device)).toList();
      if (left.isEmpty()) {
        break;
      }
      for (Mount mount : left) {
        if (uppermost(mounts, mount.name()).equals(mount)) {
          boolean unused = detach(mount);
        }
      }
    }
    return list().stream().filter(mount -> mount.device().equals(device)).toList();
  }

  private static boolean detach(Mount mount) throws IOException {
    byte[] name = (mount.name() + "\0").getBytes(StandardCharsets.ISO_8859_1);
    return LIBC.umount2(name, LibC.MNT_DETACH) == 0
        || (mount.path() != null && fusermount("-uz", mount.path()));
  }

  /** As {@link #detach}, but refuses while something is in use on the mount. */
  public static boolean unmount(Path mountPoint) throws IOException {
    return LIBC.umount2(mountPoint.toString(), 0) == 0 || fusermount("-u", mountPoint);
  }

  private static boolean fusermount(String option, Path mountPoint) throws IOException {
    if (isRoot()) {
      return false; // umount2 has said all there is to say
    }
    for (String program : List.of("fusermount", "fusermount3")) {
      try {
        Process process =
            new ProcessBuilder(program, option, mountPoint.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return process.waitFor() == 0;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } catch (IOException notInstalledUnderThisName) {
        // the next name
      }
    }
    return false;
  }

  public static boolean isRoot() {
    return userId() == 0;
  }

  /** The effective user of this process. */
  public static int userId() {
    return LIBC.geteuid();
  }

  /** The effective group of this process. */
  public static int groupId() {
    return LIBC.getegid();
  }
}
