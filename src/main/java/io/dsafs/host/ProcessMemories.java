package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.TaskMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which process image a thread of this machine runs in.
 *
 * <p>One object stands for one image: after an exec or the end of a process the next question gives
 * another. A number that is used again is told apart from its former owner by {@link
 * ProcessMemory#alive}.
 */
public final class ProcessMemories implements TaskMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMemories.class);

  /** A thread that has asked before; {@code taskPath} exists while it is one of the process's. */
  private record Known(ProcessMemory memory, String taskPath) {}

  private final ConcurrentHashMap<Integer, ProcessMemory> byPid = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, Known> byTid = new ConcurrentHashMap<>();

  @Override
  public AddressSpace of(int tid) {
    Known known = byTid.get(tid);
    if (known != null && known.memory.alive() && isThreadOf(known, tid)) {
      return known.memory;
    }
    return find(tid);
  }

  /**
   * A live image keeps its pid, so that its main thread is known by the number alone; other threads
   * come and go.
   */
  private static boolean isThreadOf(Known known, int tid) {
    return known.memory.pid() == tid || LIBC.access(known.taskPath, 0) == 0;
  }

  private AddressSpace find(int tid) {
    byTid.values().removeIf(known -> !known.memory.alive());
    byPid.values().removeIf(memory -> !memory.alive());
    int pid = processOf(tid);
    if (pid <= 0) {
      return null;
    }
    ProcessMemory memory = byPid.computeIfAbsent(pid, ProcessMemories::open);
    if (memory != null) {
      byTid.put(tid, new Known(memory, "/proc/" + pid + "/task/" + tid));
    }
    return memory;
  }

  /** The process of a thread, or 0 if there is no such thread in this pid namespace. */
  static int processOf(int tid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + tid + "/status"))) {
        if (line.startsWith("Tgid:")) {
          return Integer.parseInt(line.substring(5).strip());
        }
      }
    } catch (IOException e) {
      LOG.debug("thread {} is gone: {}", tid, e.getMessage());
    }
    return 0;
  }

  private static ProcessMemory open(int pid) {
    int fd = LIBC.open("/proc/" + pid + "/mem", LibC.O_RDONLY | LibC.O_CLOEXEC);
    if (fd < 0) {
      LOG.warn(
          "the memory of process {} cannot be reached: the kernel refuses ptrace access. Run dsafs"
              + " as the same user as the program or as root; with yama, set"
              + " kernel.yama.ptrace_scope to 0.",
          pid);
      return null;
    }
    return new ProcessMemory(pid, command(pid), fd);
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
