package io.dsafs.host;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.SharedMemory;
import io.dsafs.mem.TaskMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which process image a thread of this machine runs in.
 *
 * <p>A thread is asked about while it waits for the answer to a request: until then the kernel
 * neither gives its number to another nor lets its process replace the image. So what is opened
 * below {@code /proc/TID} is its own. What is kept from one request to the next is tied to the
 * thread or to the address space by an open file, and never believed by number alone. See adr/0004.
 *
 * <p>One object stands for one image: after an exec or the end of a process the next question gives
 * another.
 *
 * <p>Threads are numbered as this daemon's pid namespace numbers them. One in a namespace below has
 * a number here, too; one outside has none, and FUSE tells 0. It cannot be reached.
 */
public final class ProcessMemories implements TaskMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMemories.class);

  /** How often a refusal is worth a line in the log. */
  private static final long REFUSAL_NANOS = 1_000_000_000;

  /** Threads that asked lately are found without a lock; a power of two. */
  private static final int CACHE_SIZE = 256;

  /** Of more images than this that nobody uses, all are given up: each holds some files open. */
  private static final int MOST_UNUSED = 64;

  /**
   * A thread that has asked before.
   *
   * @param file of the thread; its {@code stat} if the image could have been replaced unseen, else
   *     its {@code comm}, which is made in less time
   */
  private record Known(int tid, TaskFile file, ProcessMemory memory) {
    /**
     * Whether the number still is that of this thread, and the thread in this image. The memory of
     * an image that has been replaced is gone, unless another process shares it.
     */
    boolean isCurrent() {
      int length = file.read();
      return length > 0
          && (!memory.isShared() || memory.isOf(Image.of(TaskFile.content(length))))
          && memory.check();
    }
  }

  /** More than the lines of a thread's status that come before that with its groups. */
  private static final int STATUS_BYTES = 1024;

  private static final Pattern TGID = Pattern.compile("(?m)^Tgid:\\s*(\\d+)$");

  /** Its number in the kernel's include/uapi/linux/capability.h. */
  private static final int CAP_SYS_RAWIO = 17;

  private final Paging paging;
  private final Filesystems filesystems = new Filesystems();
  private final boolean procIsOurs = procIsOurs();
  private final AtomicLong refusedAt = new AtomicLong(System.nanoTime() - REFUSAL_NANOS);
  private final AtomicBoolean saidNoDescriptors = new AtomicBoolean();
  private final AtomicReferenceArray<Known> recent = new AtomicReferenceArray<>(CACHE_SIZE);

  /** The present image of each process. */
  private final ConcurrentHashMap<Integer, ProcessMemory> byPid = new ConcurrentHashMap<>();

  /**
   * @param paging what devices meet that may not ask for pages
   */
  public ProcessMemories(Paging paging) {
    this.paging = paging;
  }

  @Override
  public AddressSpace of(int tid) {
    int slot = tid & (CACHE_SIZE - 1);
    Known known = recent.get(slot);
    if (known != null && known.tid() == tid) {
      if (known.isCurrent()) {
        return known.memory();
      }
      forget(slot, known);
    }
    return look(tid, false) instanceof Found found ? found.space() : null;
  }

  @Override
  public Outcome find(int tid) {
    return look(tid, true);
  }

  @Override
  public void done(AddressSpace space) {
    if (space instanceof ProcessMemory memory
        && memory.removeUser() == 0
        && memory.closeIfUnused()) {
      byPid.remove(memory.pid(), memory);
      tidy();
    }
  }

  @Override
  public SharedMemory.Outcome share(int tid, int fd, int sizeBytes) {
    return procIsOurs && tid != 0
        ? SharedFile.map(tid, fd, sizeBytes)
        : new SharedMemory.Refused(SharedMemory.Refusal.NO_FILE);
  }

  /** As the kernel's capable(): the daemon's own user namespace stands for the first. */
  @Override
  public boolean hasRawIo(int tid) {
    return procIsOurs && tid != 0 && Processes.hasCapability(tid, CAP_SYS_RAWIO);
  }

  /** Whether {@code /proc} numbers processes as system calls of this process do. */
  private static boolean procIsOurs() {
    try {
      Path self = Files.readSymbolicLink(Path.of("/proc/self"));
      return self.toString().equals(Long.toString(ProcessHandle.current().pid()));
    } catch (IOException e) {
      return false;
    }
  }

  private Outcome look(int tid, boolean forUse) {
    if (!procIsOurs) {
      refuse("no process can be reached: /proc is that of another pid namespace; remount it");
      return new Refused(Refusal.REFUSED);
    }
    if (tid == 0) {
      refuse(
          "a program outside this daemon's pid namespace cannot be reached; run dsafs outside of"
              + " containers, or the program within the same");
      return new Refused(Refusal.NO_SUCH_THREAD);
    }
    tidy();
    try {
      ProcessMemory memory = lookUp(tid, forUse);
      saidNoDescriptors.set(false);
      return new Found(memory);
    } catch (Unreachable e) {
      return new Refused(e.reason == Refusal.NO_DESCRIPTORS ? noDescriptors() : e.reason);
    }
  }

  /** Why not; without a trace, as it is an answer. */
  private static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1;

    private final Refusal reason;

    Unreachable(Refusal reason) {
      super(reason.name(), null, false, false);
      this.reason = reason;
    }

    /**
     * @param error of open(2), negative
     * @param otherwise what any other error comes to than that there are no descriptors
     */
    static Unreachable because(int error, Refusal otherwise) {
      boolean noDescriptors = error == -LibC.EMFILE || error == -LibC.ENFILE;
      return new Unreachable(noDescriptors ? Refusal.NO_DESCRIPTORS : otherwise);
    }
  }

  private ProcessMemory lookUp(int tid, boolean forUse) throws Unreachable {
    int pid = processOf(tid);
    if (pid < 0) {
      throw Unreachable.because(pid, Refusal.NO_SUCH_THREAD);
    }
    TaskFile stat = openTask(tid, "stat");
    try {
      byte[] content = TaskFile.content(Math.max(0, stat.read()));
      ProcessMemory memory = present(tid, pid, content, forUse);
      if (memory.isShared()) {
        remember(tid, stat, memory);
        stat = null;
      } else {
        remember(tid, openTask(tid, "comm"), memory);
      }
      return memory;
    } finally {
      if (stat != null) {
        stat.close();
      }
    }
  }

  /** The image that is known, if it is still this one, or a new one. */
  private ProcessMemory present(int tid, int pid, byte[] stat, boolean forUse) throws Unreachable {
    if (stat.length == 0) {
      throw new Unreachable(Refusal.NO_SUCH_THREAD);
    }
    Image image = Image.of(stat);
    while (true) {
      ProcessMemory before = byPid.get(pid);
      boolean same =
          before != null && before.isOf(image) && before.hasItsNumber() && before.check();
      ProcessMemory now = same ? before : open(tid, pid, image, Image.parentOf(stat));
      if (!same && !replace(pid, before, now)) {
        now.close();
      } else if (!forUse || now.addUser()) {
        return now;
      }
    }
  }

  private boolean replace(int pid, ProcessMemory before, ProcessMemory now) {
    if (before == null) {
      return byPid.putIfAbsent(pid, now) == null;
    }
    boolean done = byPid.replace(pid, before, now);
    if (done && before.closeIfUnused()) {
      LOG.debug("{} is replaced", before.describe());
    }
    return done;
  }

  private void remember(int tid, TaskFile file, ProcessMemory memory) {
    Known before = recent.getAndSet(tid & (CACHE_SIZE - 1), new Known(tid, file, memory));
    if (before != null) {
      before.file().close();
    }
  }

  private void forget(int slot, Known known) {
    if (recent.compareAndSet(slot, known, null)) {
      known.file().close();
    }
  }

  /** Gives up what is kept of images that have ended or, beyond some, that nobody uses. */
  private void tidy() {
    int unused = 0;
    for (ProcessMemory memory : byPid.values()) {
      if (!memory.alive()) {
        byPid.remove(memory.pid(), memory);
      } else if (!memory.isUsed()) {
        unused++;
      }
    }
    if (unused > MOST_UNUSED) {
      for (ProcessMemory memory : byPid.values()) {
        if (memory.closeIfUnused()) {
          byPid.remove(memory.pid(), memory);
        }
      }
    }
    for (int slot = 0; slot < CACHE_SIZE; slot++) {
      Known known = recent.get(slot);
      if (known != null && !known.memory().alive()) {
        forget(slot, known);
      }
    }
  }

  /** The process of a thread, or the error of asking for it as a negative number. */
  static int processOf(int tid) {
    int file = RawFile.open(Path.of("/proc/" + tid + "/status"), RawFile.READ_ONLY);
    if (file < 0) {
      return file;
    }
    // The line comes long before those that have no bounds.
    byte[] bytes = new byte[STATUS_BYTES];
    long count = RawFile.read(file, bytes);
    RawFile.close(file);
    String text = new String(bytes, 0, (int) Math.max(count, 0), StandardCharsets.ISO_8859_1);
    Matcher line = TGID.matcher(text);
    return line.find() ? Integer.parseInt(line.group(1)) : -LibC.ESRCH;
  }

  /** Said once, until another process could be opened. */
  private Refusal noDescriptors() {
    if (!saidNoDescriptors.getAndSet(true)) {
      LOG.warn(
          "no file descriptor is left: programs that open a queue get ENFILE; raise the daemon's"
              + " limit (ulimit -n)");
    }
    return Refusal.NO_DESCRIPTORS;
  }

  /** Says why, unless that has just been said: programs try again and again. */
  private void refuse(String reason) {
    long last = refusedAt.get();
    long now = System.nanoTime();
    if (now - last >= REFUSAL_NANOS && refusedAt.compareAndSet(last, now)) {
      LOG.warn(reason);
    }
  }

  /** Opens the memory of a process through a thread that waits for our answer. */
  private ProcessMemory open(int tid, int pid, Image image, int parent) throws Unreachable {
    ProcessMemory.Files files = openFiles(tid, pid);
    try {
      boolean shared = image.equals(imageOf(parent));
      TaskFile process = openTask(pid, "comm");
      ProcessMemory.Identity identity =
          new ProcessMemory.Identity(pid, ProcessNames.of(pid), process, image, shared);
      ProcessMemory memory = new ProcessMemory(identity, files, paging, filesystems);
      files = null;
      return memory;
    } finally {
      if (files != null) {
        files.close();
      }
    }
  }

  private ProcessMemory.Files openFiles(int tid, int pid) throws Unreachable {
    String directory = "/proc/" + tid;
    int[] fds = {
      RawFile.open(Path.of(directory, "mem"), RawFile.READ_WRITE),
      RawFile.open(Path.of(directory, "maps"), RawFile.READ_ONLY),
      RawFile.open(Path.of(directory, "pagemap"), RawFile.READ_ONLY)
    };
    ProcessMemory.Files files = new ProcessMemory.Files(fds[0], fds[1], fds[2]);
    for (int fd : fds) {
      if (fd < 0) {
        files.close();
        Unreachable reason = Unreachable.because(fd, Refusal.REFUSED);
        if (reason.reason == Refusal.REFUSED) {
          refuse(
              "the memory of process "
                  + pid
                  + " cannot be reached: the kernel refuses ptrace access. Run dsafs as the same"
                  + " user as the program or as root; with yama, set kernel.yama.ptrace_scope to"
                  + " 0.");
        }
        throw reason;
      }
    }
    return files;
  }

  private static TaskFile openTask(int tid, String name) throws Unreachable {
    int fd = TaskFile.openDescriptor(tid, name);
    if (fd < 0) {
      throw Unreachable.because(fd, Refusal.NO_SUCH_THREAD);
    }
    return new TaskFile(fd);
  }

  /** The image of any process, or null. */
  private static Image imageOf(int pid) {
    try {
      TaskFile stat = openTask(pid, "stat");
      int length = stat.read();
      stat.close();
      return length <= 0 ? null : Image.of(TaskFile.content(length));
    } catch (Unreachable e) {
      return null;
    }
  }
}
