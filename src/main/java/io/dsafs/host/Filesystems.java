package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which filesystems can be trusted to bring in a page: those on a disk, those in memory, and those
 * that are mounted where this daemon runs, but for FUSE. What else a program can map has a server
 * that anybody may have written, and that may never answer.
 *
 * <p>Disks have a major number of their own; filesystems without one share major 0 and are found in
 * the tables of mounts, as they are now: their numbers are used again.
 */
final class Filesystems {
  private static final Logger LOG = LoggerFactory.getLogger(Filesystems.class);

  /** How long a table of mounts is believed. */
  private static final long FRESH_NANOS = 1_000_000_000;

  /** What a user namespace may mount, and the kernel answers for by itself. */
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "devtmpfs", "hugetlbfs");

  /** The kernel's own mounts of memory, in no table: memfds and shared anonymous memory. */
  private static final Set<Integer> ANONYMOUS = anonymous();

  private volatile Set<Integer> trusted = Set.of();
  private volatile long readAt = System.nanoTime() - FRESH_NANOS;

  /**
   * Whether the file's filesystem brings in pages without asking a server.
   *
   * @param pid of the process that has the mapping
   */
  boolean answers(Mapping mapping, int pid) {
    if (!mapping.ofFile || mapping.major != 0 || ANONYMOUS.contains(mapping.minor)) {
      return true;
    }
    if (System.nanoTime() - readAt > FRESH_NANOS) {
      trusted = read(Path.of("/proc/self/mountinfo"), false);
      readAt = System.nanoTime();
    }
    return trusted.contains(mapping.minor)
        || read(Path.of("/proc/" + pid + "/mountinfo"), true).contains(mapping.minor);
  }

  /** The minor numbers of the filesystems in a table that can be trusted. */
  private static Set<Integer> read(Path table, boolean onlyMemory) {
    Set<Integer> minors = new HashSet<>();
    try {
      for (String line : Files.readAllLines(table, StandardCharsets.ISO_8859_1)) {
        List<String> fields = List.of(line.split(" "));
        String type = fields.get(fields.indexOf("-") + 1);
        boolean fits = onlyMemory ? IN_MEMORY.contains(type) : !type.startsWith("fuse");
        if (fits && fields.get(2).startsWith("0:")) {
          minors.add(Integer.parseInt(fields.get(2).substring(2)));
        }
      }
    } catch (IOException e) {
      LOG.debug("no mounts in {}: {}", table, e.getMessage());
    }
    return minors;
  }

  private static Set<Integer> anonymous() {
    Set<Integer> minors = new HashSet<>();
    for (int flags : new int[] {LibC.MFD_CLOEXEC, LibC.MFD_CLOEXEC | LibC.MFD_HUGETLB}) {
      int fd = LIBC.memfd_create("dsafs", flags);
      if (fd >= 0) {
        minors.add(minorOf(fd));
        LIBC.close(fd);
      }
    }
    return minors;
  }

  private static int minorOf(int fd) {
    try {
      long device = (Long) Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:dev");
      // As makedev(3) packs it: the upper 12 bits of the minor number lie above the major.
      return (int) (device & 0xff | device >>> 12 & 0xfff_ff00);
    } catch (IOException e) {
      LOG.debug("the kernel's memory files have no number: {}", e.getMessage());
      return -1;
    }
  }
}
