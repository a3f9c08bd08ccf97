package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.LastError;

/** What is mounted where, as {@code /proc/self/mountinfo} says, and unmounting. */
public final class Mounts {
  /**
   * One mount.
   *
   * @param root what of the filesystem is mounted: {@code /} but for a bind of a part
   * @param type {@code fuse.NAME} for a FUSE filesystem
   */
  public record Mount(Path mountPoint, String root, String type) {}

  private Mounts() {}

  /** All mounts of this mount namespace, a covered one before the one that covers it. */
  public static List<Mount> list() throws IOException {
    List<Mount> mounts = new ArrayList<>();
    Path table = Path.of("/proc/self/mountinfo");
    for (String line : Files.readAllLines(table, StandardCharsets.UTF_8)) {
      String[] fields = line.split(" ");
      int separator = List.of(fields).indexOf("-");
      mounts.add(new Mount(Path.of(unescape(fields[4])), fields[3], fields[separator + 1]));
    }
    return mounts;
  }

  /** The uppermost mount at exactly that place, or null. */
  public static Mount at(Path mountPoint) throws IOException {
    Mount found = null;
    for (Mount mount : list()) {
      if (mount.mountPoint().equals(mountPoint)) {
        found = mount;
      }
    }
    return found;
  }

  /** Spaces, tabs, newlines and backslashes stand as three octal digits. */
  private static String unescape(String field) {
    if (field.indexOf('\\') < 0) {
      return field;
    }
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && i + 3 < field.length()) {
        plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        plain.append(field.charAt(i));
      }
    }
    return plain.toString();
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
