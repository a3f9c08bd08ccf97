package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

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
 * <p>One object stands for one image: after an exec or the end of a process the next question gives
 * another. A number that is used again is told apart from its former owner by {@link
 * ProcessMemory#alive}.
 *
 * <p>Threads are numbered as this daemon's pid namespace numbers them. One in a namespace below has
 * a number here, too; one outside has none, and FUSE tells 0. It cannot be reached.
 */
public final class ProcessMemories implements TaskMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMemories.class);

  /** How often a refusal is worth a line in the log. */
  private static final long REFUSAL_NANOS = 1_000_000_000;

  /** Threads that asked lately are found without a lock; a power of two. */
  private static final int CACHE_SIZE = 1024;

  /** A thread that has asked before. */
  private static final class Known {
    private final int tid;
    private final ProcessMemory memory;

    /** Exists while the thread is one of the process's. */
    private final String taskPath;

    private volatile long checkedAt;

    Known(int tid, ProcessMemory memory) {
      this.tid = tid;
      this.memory = memory;
      this.taskPath = "/proc/" + memory.pid() + "/task/" + tid;
      this.checkedAt = System.nanoTime();
    }

    /**
     * Whether the thread still is what it was. A live image keeps its pid, so its main thread is
     * known by the number alone; of other threads the kernel is asked, though not for each call:
     * see {@link ProcessMemory#TRUSTED_NANOS}.
     */
    boolean isCurrent() {
      if (!memory.alive()) {
        return false;
      }
      if (memory.pid() == tid) {
        return true;
      }
      long now = System.nanoTime();
      if (now - checkedAt < ProcessMemory.TRUSTED_NANOS) {
        return true;
      }
      checkedAt = now;
      return LIBC.access(taskPath, 0) == 0;
    }
  }

  /** More than the lines of a thread's status that come before that with its groups. */
  private static final int STATUS_BYTES = 1024;

  private static final Pattern TGID = Pattern.compile("(?m)^Tgid:\\s*(\\d+)$");

  /** Its number in the kernel's include/uapi/linux/capability.h. */
  private static final int CAP_SYS_RAWIO = 17;

  private final Paging paging;
  private final boolean procIsOurs = procIsOurs();
  private final AtomicLong refusedAt = new AtomicLong(System.nanoTime() - REFUSAL_NANOS);
  private final AtomicBoolean saidNoDescriptors = new AtomicBoolean();
  private final AtomicReferenceArray<Known> recent = new AtomicReferenceArray<>(CACHE_SIZE);
  private final ConcurrentHashMap<Integer, ProcessMemory> byPid = new ConcurrentHashMap<>();

  /**
   * @param paging what devices meet that may not ask for pages
   */
  public ProcessMemories(Paging paging) {
    this.paging = paging;
  }

  @Override
  public AddressSpace of(int tid) {
    AddressSpace known = recentlyFound(tid);
    if (known != null) {
      return known;
    }
    return look(tid) instanceof Found found ? found.space() : null;
  }

  @Override
  public Outcome find(int tid) {
    AddressSpace known = recentlyFound(tid);
    return known != null ? new Found(known) : look(tid);
  }

  private AddressSpace recentlyFound(int tid) {
    Known known = recent.get(tid & (CACHE_SIZE - 1));
    return known != null && known.tid == tid && known.isCurrent() ? known.memory : null;
  }

  @Override
  public SharedMemory.Outcome share(int tid, int fd, int sizeBytes) {
    return procIsOurs && tid != 0
        ? SharedFile.map(tid, fd, sizeBytes)
        : new SharedMemory.Refused(SharedMemory.Refusal.NO_FILE);
  }

  @Override
  public void done(AddressSpace space) {
    if (space instanceof ProcessMemory memory && !memory.check()) {
      byPid.remove(memory.pid(), memory);
    }
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

  private Outcome look(int tid) {
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
    byPid.values().removeIf(memory -> !memory.alive());
    int pid = processOf(tid);
    if (pid < 0) {
      return new Refused(isOutOfDescriptors(pid) ? noDescriptors() : Refusal.NO_SUCH_THREAD);
    }
    Refusal[] reason = new Refusal[1];
    ProcessMemory memory =
        byPid.computeIfAbsent(
            pid,
            process -> {
              Opened opened = open(process);
              reason[0] = opened.refusal();
              return opened.memory();
            });
    if (memory == null) {
      return new Refused(reason[0]);
    }
    recent.set(tid & (CACHE_SIZE - 1), new Known(tid, memory));
    saidNoDescriptors.set(false);
    return new Found(memory);
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

  private static boolean isOutOfDescriptors(int result) {
    return result == -LibC.EMFILE || result == -LibC.ENFILE;
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

  /** One of the two is null. */
  private record Opened(ProcessMemory memory, Refusal refusal) {}

  private Opened open(int pid) {
    int fd = openFile(pid, "mem");
    if (isOutOfDescriptors(fd)) {
      return new Opened(null, noDescriptors());
    }
    if (fd < 0) {
      refuse(
          "the memory of process "
              + pid
              + " cannot be reached: the kernel refuses ptrace access. Run dsafs as the same user"
              + " as the program or as root; with yama, set kernel.yama.ptrace_scope to 0.");
      return new Opened(null, Refusal.REFUSED);
    }
    int pageMap = paging == Paging.LENIENT ? -1 : openFile(pid, "pagemap");
    if (isOutOfDescriptors(pageMap)) {
      RawFile.close(fd);
      return new Opened(null, noDescriptors());
    }
    if (pageMap < 0 && paging != Paging.LENIENT) {
      refuse("no pagemap of process " + pid + ": its pages all count as present");
    }
    return new Opened(new ProcessMemory(pid, command(pid), fd, pageMap), null);
  }

  /** A descriptor, or an error number as a negative number. */
  private static int openFile(int pid, String name) {
    return RawFile.open(Path.of("/proc/" + pid + "/" + name), RawFile.READ_ONLY);
  }

  private static String command(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/comm"), StandardCharsets.ISO_8859_1)
          .strip();
    } catch (IOException e) {
      return "?";
    }
  }
}
