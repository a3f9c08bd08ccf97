package io.dsafs.testing;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.PortalIoctl;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.SharedMemory;
import io.dsafs.mem.TaskMemory;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/** A process with one thread, whose memory is the test's. Calls answer "ok" or an errno's name. */
public final class SimulatedProcess {
  private static final int PROT_READ_WRITE = 3;
  public static final int MAP_SHARED = 1;
  public static final int MAP_PRIVATE = 2;

  private final Machine machine;
  private final int tid;
  private final KernelMemory memory;
  private TaskMemory.Refusal refusal;
  private boolean rawIo = true;
  private final Map<Integer, SharedMemory> files = new HashMap<>();

  SimulatedProcess(Machine machine, int tid) {
    this.machine = machine;
    this.tid = tid;
    this.memory = new KernelMemory("pid " + tid + " (test)");
  }

  public int tid() {
    return tid;
  }

  public KernelMemory memory() {
    return memory;
  }

  boolean hasRawIo() {
    return rawIo;
  }

  /** Takes CAP_SYS_RAWIO away from it. */
  public SimulatedProcess withoutRawIo() {
    rawIo = false;
    return this;
  }

  TaskMemory.Refusal refusal() {
    return refusal;
  }

  /** Its memory is not found when it opens, for that reason; null lifts it. */
  public void setOutOfReach(TaskMemory.Refusal reason) {
    refusal = reason;
  }

  public Handle open(String path) throws ErrnoException {
    return open(path, Machine.O_RDWR);
  }

  public Handle open(String path, int flags) throws ErrnoException {
    try {
      return machine.resolve(path).open(tid, flags);
    } finally {
      machine.checkThatNoLockIsHeld();
    }
  }

  /** What a write of these bytes answers. */
  public String write(Handle file, ByteBuffer bytes) {
    int length = bytes.remaining();
    return Machine.answer(
        () -> {
          int count = file.write(tid, bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN), 0);
          return count == length ? "ok" : "wrote " + count;
        });
  }

  /** A page that was mapped, by the ioctl that stands for mmap. */
  public record Page(long handle, int kind) {}

  public Page map(Handle file) throws ErrnoException {
    return map(file, 4096, PROT_READ_WRITE, MAP_SHARED, 0);
  }

  public Page map(Handle file, long length, int protection, int flags, long offset)
      throws ErrnoException {
    ByteBuffer data = argument(PortalIoctl.PORTAL_MAP);
    data.putLong(0, length).putInt(8, protection).putInt(12, flags).putLong(16, offset);
    int result = file.ioctl(tid, PortalIoctl.PORTAL_MAP.command(), data);
    if (result != 0) {
      throw new IllegalStateException("a mapping answers 0");
    }
    return new Page(data.getLong(24), data.getInt(32));
  }

  /** What a mapping of so many bytes answers. */
  public String mapAnswer(Handle file, long length, int protection, int flags, long offset) {
    return Machine.answer(
        () -> {
          Page unused = map(file, length, protection, flags, offset);
          return "ok";
        });
  }

  public String unmap(Handle file, Page page) {
    ByteBuffer data = argument(PortalIoctl.PORTAL_UNMAP).putLong(0, page.handle());
    return Machine.answer(() -> "" + file.ioctl(tid, PortalIoctl.PORTAL_UNMAP.command(), data));
  }

  /** "0" accepted, "1" retry, or an errno. */
  public String enqcmd(Handle file, Page page, ByteBuffer descriptor) {
    return store(PortalIoctl.ENQCMD, file, page, 0, descriptor);
  }

  /** "0", or an errno. */
  public String movdir64b(Handle file, Page page, ByteBuffer descriptor) {
    return store(PortalIoctl.MOVDIR64B, file, page, 0, descriptor);
  }

  public String store(
      PortalIoctl kind, Handle file, Page page, long offset, ByteBuffer descriptor) {
    ByteBuffer data = argument(kind).putLong(0, page.handle()).putLong(8, offset);
    data.put(16, descriptor, descriptor.position(), 64);
    return Machine.answer(() -> "" + file.ioctl(tid, kind.command(), data));
  }

  /** The memfd of that number is this memory. */
  public void offer(int fd, SharedMemory memory) {
    files.put(fd, memory);
  }

  SharedMemory.Outcome share(int fd) {
    if (refusal == TaskMemory.Refusal.NO_DESCRIPTORS) {
      return new SharedMemory.Refused(SharedMemory.Refusal.NO_DESCRIPTORS);
    }
    SharedMemory memory = files.get(fd);
    return memory == null
        ? new SharedMemory.Refused(SharedMemory.Refusal.NO_FILE)
        : new SharedMemory.Shared(memory);
  }

  /** "0", or an errno. */
  public String mapRing(Handle file, Page page, int fd, int version) {
    ByteBuffer data = argument(PortalIoctl.RING_MAP);
    data.putLong(0, page.handle()).putInt(8, fd).putInt(12, version);
    return Machine.answer(() -> "" + file.ioctl(tid, PortalIoctl.RING_MAP.command(), data));
  }

  /** RING_ENTER or RING_UNMAP: "0", or an errno. */
  public String ring(PortalIoctl kind, Handle file, Page page) {
    ByteBuffer data = argument(kind).putLong(0, page.handle());
    return Machine.answer(() -> "" + file.ioctl(tid, kind.command(), data));
  }

  private static ByteBuffer argument(PortalIoctl kind) {
    return ByteBuffer.allocateDirect(kind.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The errno of an open, or "ok". */
  public String openAnswer(String path) {
    return Machine.answer(
        () -> {
          open(path).release();
          return "ok";
        });
  }

  /** For lseek(2), which the kernel answers by itself from what the node says. */
  public static String seek(Handle file) {
    return file.nonSeekable() ? Errno.ESPIPE.name() : "ok";
  }
}
