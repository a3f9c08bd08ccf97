package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import com.kenai.jffi.MemoryIO;
import io.dsafs.mem.SharedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
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
  private static final String MOUNT = "mnt_id:";

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
    int place = LIBC.open("/proc/" + tid + "/fd/" + fd, LibC.O_PATH | LibC.O_CLOEXEC);
    if (place < 0) {
      return notOpened(Refusal.NO_FILE);
    }
    int own = LIBC.memfd_create("dsafs", LibC.MFD_CLOEXEC);
    if (own < 0) {
      Outcome refused = notOpened(Refusal.UNFIT);
      LIBC.close(place);
      return refused;
    }
    try {
      return mountOf(own).equals(mountOf(place))
          ? mapMemory(place, sizeBytes)
          : new Refused(Refusal.UNFIT);
    } catch (IOException e) {
      // What both are is known by a file of /proc, which takes a descriptor, too.
      return new Refused(Refusal.NO_DESCRIPTORS);
    } finally {
      LIBC.close(own);
      LIBC.close(place);
    }
  }

  /** After a call that makes a descriptor has failed. */
  private static Outcome notOpened(Refusal otherwise) {
    int errno = LastError.getLastError(LibC.RUNTIME);
    if (errno != LibC.EMFILE && errno != LibC.ENFILE) {
      return new Refused(otherwise);
    }
    if (!SAID_NO_DESCRIPTORS.getAndSet(true)) {
      LOG.warn(
          "no file descriptor is left: RING_MAP gets ENFILE; raise the daemon's limit (ulimit -n)");
    }
    return new Refused(Refusal.NO_DESCRIPTORS);
  }

  private static String mountOf(int fd) throws IOException {
    Path file = Path.of("/proc/self/fdinfo/" + fd);
    for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
      if (line.startsWith(MOUNT)) {
        return line.substring(MOUNT.length()).strip();
      }
    }
    throw new IOException("no mount in " + file);
  }

  private static Outcome mapMemory(int place, int sizeBytes) {
    int file = LIBC.open("/proc/self/fd/" + place, LibC.O_RDWR | LibC.O_CLOEXEC);
    if (file < 0) {
      return notOpened(Refusal.UNFIT);
    }
    try {
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
    } finally {
      LIBC.close(file);
    }
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
