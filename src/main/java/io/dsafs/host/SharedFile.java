package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import com.kenai.jffi.MemoryIO;
import io.dsafs.mem.SharedMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.ffi.LastError;
import jnr.ffi.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A memfd of another process, mapped here. Source: memfd_create(2), fcntl(2), proc_pid_fd(5).
 *
 * <p>The number may name anything: a pipe, a terminal, a file of a filesystem whose server answers
 * never. So nothing is opened before it is known to be memory. Opening with O_PATH asks no driver
 * and no filesystem, and the mount that the file is on is known without asking either: memfds are
 * all on one mount of the kernel's own.
 */
final class SharedFile implements SharedMemory {
  private static final Logger LOG = LoggerFactory.getLogger(SharedFile.class);

  /** Said once, and again after it has been otherwise. */
  private static final AtomicBoolean SAID_NO_DESCRIPTORS = new AtomicBoolean();

  private static final int SEALS = LibC.F_SEAL_SEAL | LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW;

  /** More than the first lines of a descriptor's information, which are all that is looked at. */
  private static final int INFO_BYTES = 1024;

  private static final Pattern MOUNT = Pattern.compile("(?m)^mnt_id:\\s*(\\d+)$");

  private final Pointer address;
  private final ByteBuffer bytes;

  private SharedFile(Pointer address, int sizeBytes) {
    this.address = address;
    bytes =
        MemoryIO.getInstance()
            .newDirectByteBuffer(address.address(), sizeBytes)
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** See {@link io.dsafs.mem.TaskMemory#share}. */
  static Outcome map(int tid, int fd, int sizeBytes) {
    int place = open("/proc/" + tid + "/fd/" + fd, LibC.O_PATH);
    if (place < 0) {
      return refused(place, Refusal.NO_FILE);
    }
    try {
      int own = (int) result(LIBC.memfd_create("dsafs", LibC.MFD_CLOEXEC));
      if (own < 0) {
        return refused(own, Refusal.UNFIT);
      }
      try {
        return mapAt(place, own, sizeBytes);
      } finally {
        LIBC.close(own);
      }
    } finally {
      LIBC.close(place);
    }
  }

  /** An error number, negative, or a descriptor. */
  private static int open(String path, int flags) {
    return RawFile.open(Path.of(path), flags);
  }

  private static long result(long value) {
    return value < 0 ? -LastError.getLastError(LibC.RUNTIME) : value;
  }

  private static Refused refused(int error, Refusal usual) {
    if (error != -LibC.EMFILE && error != -LibC.ENFILE) {
      return new Refused(usual);
    }
    if (!SAID_NO_DESCRIPTORS.getAndSet(true)) {
      LOG.warn(
          "no file descriptor is left: RING_MAP gets ENFILE; raise the daemon's limit (ulimit -n)");
    }
    return new Refused(Refusal.NO_DESCRIPTORS);
  }

  /**
   * @param own a memfd, which shows what memfds are on
   */
  private static Outcome mapAt(int place, int own, int sizeBytes) {
    int expected = mountOf(own);
    int actual = expected < 0 ? expected : mountOf(place);
    if (actual < 0 || actual != expected) {
      return refused(actual, Refusal.UNFIT);
    }
    int file = open("/proc/self/fd/" + place, LibC.O_RDWR);
    if (file < 0) {
      return refused(file, Refusal.UNFIT);
    }
    try {
      return mapMemory(file, sizeBytes);
    } finally {
      LIBC.close(file);
    }
  }

  /** The number of the mount that a file is on, or an error number, negative. */
  private static int mountOf(int fd) {
    int file = open("/proc/self/fdinfo/" + fd, RawFile.READ_ONLY);
    if (file < 0) {
      return file;
    }
    byte[] bytes = new byte[INFO_BYTES];
    long count = RawFile.read(file, bytes);
    RawFile.close(file);
    String text = new String(bytes, 0, (int) Math.max(count, 0), StandardCharsets.ISO_8859_1);
    Matcher line = MOUNT.matcher(text);
    return line.find() ? Integer.parseInt(line.group(1)) : -LibC.ESRCH;
  }

  private static Outcome mapMemory(int file, int sizeBytes) {
    int seals = LIBC.fcntl(file, LibC.F_GET_SEALS, 0);
    boolean fits = seals >= 0 && (seals & SEALS) == SEALS;
    if (!fits || LIBC.lseek(file, 0, LibC.SEEK_END) != sizeBytes) {
      return new Refused(Refusal.UNFIT);
    }
    // A seal against writing shows here.
    int protection = LibC.PROT_READ | LibC.PROT_WRITE;
    int flags = LibC.MAP_SHARED | LibC.MAP_POPULATE;
    Pointer address = LIBC.mmap(null, sizeBytes, protection, flags, file, 0);
    if (address == null || address.address() == -1) {
      boolean sealed = (seals & ~SEALS) != 0;
      return new Refused(sealed ? Refusal.UNFIT : Refusal.NO_MEMORY);
    }
    SAID_NO_DESCRIPTORS.set(false);
    return new Shared(new SharedFile(address, sizeBytes));
  }

  @Override
  public ByteBuffer bytes() {
    return bytes;
  }

  @Override
  public void close() {
    LIBC.munmap(address, bytes.capacity());
  }
}
