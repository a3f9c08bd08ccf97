package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.SharedMemory;
import io.dsafs.mem.TaskMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
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

  /** Its number in the kernel's include/uapi/linux/capability.h. */
  private static final int CAP_SYS_RAWIO = 17;

  private final Paging paging;
  private final boolean procIsOurs = procIsOurs();
  private final AtomicLong refusedAt = new AtomicLong(System.nanoTime() - REFUSAL_NANOS);
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
    Known known = recent.get(tid & (CACHE_SIZE - 1));
    if (known != null && known.tid == tid && known.isCurrent()) {
      return known.memory;
    }
    return find(tid);
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

  private AddressSpace find(int tid) {
    if (!procIsOurs) {
      refuse("no process can be reached: /proc is that of another pid namespace; remount it");
      return null;
    }
    if (tid == 0) {
      refuse(
          "a program outside this daemon's pid namespace cannot be reached; run dsafs outside of"
              + " containers, or the program within the same");
      return null;
    }
    byPid.values().removeIf(memory -> !memory.alive());
    int pid = processOf(tid);
    if (pid <= 0) {
      return null;
    }
    ProcessMemory memory = byPid.computeIfAbsent(pid, this::open);
    if (memory != null) {
      recent.set(tid & (CACHE_SIZE - 1), new Known(tid, memory));
    }
    return memory;
  }

  /** The process of a thread, or 0 if there is no such thread in this pid namespace. */
  static int processOf(int tid) {
    String number = Processes.status(tid, "Tgid");
    return number == null ? 0 : Integer.parseInt(number);
  }

  /** Says why, unless that has just been said: programs try again and again. */
  private void refuse(String reason) {
    long last = refusedAt.get();
    long now = System.nanoTime();
    if (now - last >= REFUSAL_NANOS && refusedAt.compareAndSet(last, now)) {
      LOG.warn(reason);
    }
  }

  private ProcessMemory open(int pid) {
    int fd = openFile(pid, "mem");
    if (fd < 0) {
      refuse(
          "the memory of process "
              + pid
              + " cannot be reached: the kernel refuses ptrace access. Run dsafs as the same user"
              + " as the program or as root; with yama, set kernel.yama.ptrace_scope to 0.");
      return null;
    }
    return new ProcessMemory(pid, ProcessNames.of(pid), fd, openPageMap(pid));
  }

  private int openPageMap(int pid) {
    if (paging == Paging.LENIENT) {
      return -1;
    }
    int fd = openFile(pid, "pagemap");
    if (fd < 0) {
      refuse("no pagemap of process " + pid + ": its pages all count as present");
    }
    return fd;
  }

  private static int openFile(int pid, String name) {
    return LIBC.open("/proc/" + pid + "/" + name, LibC.O_RDONLY | LibC.O_CLOEXEC);
  }
}
