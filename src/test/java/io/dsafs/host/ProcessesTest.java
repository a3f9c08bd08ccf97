package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dsafs.mem.TaskMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is known of processes by their number, and of mounts. Source: proc(5). */
@Timeout(60)
class ProcessesTest {
  private static final int NOBODY = Integer.MAX_VALUE;

  private final int self = (int) ProcessHandle.current().pid();
  private Process child;

  /** Runs until its input ends. */
  private int start() throws IOException {
    child = new ProcessBuilder("cat").start();
    return (int) child.pid();
  }

  private void end() throws Exception {
    try (OutputStream input = child.getOutputStream()) {
      input.flush();
    }
    assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  @AfterEach
  void cleanUp() {
    if (child != null) {
      child.destroyForcibly();
    }
  }

  @Test
  void run_until_they_end() throws Exception {
    int pid = start();
    assertThat(Processes.isRunning(pid)).isTrue();

    end();

    assertThat(Processes.isRunning(pid)).isFalse();
    assertThat(Processes.isRunning(self)).isTrue();
    assertThat(Processes.isRunning(NOBODY)).isFalse();
  }

  /** Nobody waits for it: its parent is busy, as a daemon's may be. */
  @Test
  void do_not_run_while_they_wait_to_be_waited_for() throws Exception {
    child =
        new ProcessBuilder("sh", "-c", "true & echo $!; exec cat")
            .redirectErrorStream(true)
            .start();
    StringBuilder number = new StringBuilder();
    for (int c; (c = child.getInputStream().read()) != '\n'; ) {
      number.append((char) c);
    }
    int zombie = Integer.parseInt(number.toString());

    Processes.awaitEnd(zombie);

    assertThat(Processes.isRunning(zombie)).isFalse();
  }

  @Test
  void are_waited_for() throws Exception {
    int pid = start();
    Thread waiter =
        new Thread(
            () -> {
              try {
                Processes.awaitEnd(pid);
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    waiter.start();
    waiter.join(100);
    assertThat(waiter.isAlive()).isTrue();

    end();

    waiter.join(30_000);
    assertThat(waiter.isAlive()).isFalse();
  }

  @Test
  void that_are_none_are_not_waited_for() throws InterruptedException {
    Processes.awaitEnd(NOBODY);

    assertThat(Processes.isRunning(NOBODY)).isFalse();
  }

  @Nested
  class Threads {
    @Test
    void have_lines_of_status() throws Exception {
      int pid = start();

      assertThat(Processes.status(pid, "Tgid")).isEqualTo(Integer.toString(pid));
      assertThat(Processes.status(pid, "PPid")).isEqualTo(Integer.toString(self));
      assertThat(Processes.status(pid, "Tgi")).isNull();
      assertThat(Processes.status(NOBODY, "Tgid")).isNull();
    }
  }

  @Nested
  class Capabilities {
    private static final int CAP_SYS_RAWIO = 17;

    @Test
    void are_those_that_are_effective() {
      long effective = Long.parseUnsignedLong(Processes.status(self, "CapEff"), 16);

      for (int capability = 0; capability < Long.SIZE; capability++) {
        assertThat(Processes.hasCapability(self, capability))
            .isEqualTo((effective >>> capability & 1) == 1);
      }
      assertThat(Processes.hasCapability(NOBODY, CAP_SYS_RAWIO)).isFalse();
    }

    @Test
    void decide_who_may_map_registers() {
      TaskMemory tasks = new ProcessMemories(Paging.STRICT);

      assertThat(tasks.hasRawIo(self)).isEqualTo(Processes.hasCapability(self, CAP_SYS_RAWIO));
      assertThat(tasks.hasRawIo(0)).isFalse();
      assertThat(tasks.hasRawIo(NOBODY)).isFalse();
    }

    /** user_namespaces(7): one has all of them in a namespace of one's own, and none here. */
    @Test
    void of_another_user_namespace_do_not_count() throws Exception {
      child = new ProcessBuilder("unshare", "-r", "sh", "-c", "echo; exec cat").start();
      assumeTrue(child.getInputStream().read() == '\n', "SKIPPED: no user namespace can be made");
      int pid = (int) child.pid();

      assertThat(Processes.status(pid, "CapEff")).isNotEqualTo("0000000000000000");
      assertThat(Processes.hasCapability(pid, CAP_SYS_RAWIO)).isFalse();
    }
  }

  @Nested
  class File_systems {
    @Test
    void are_found_where_they_are_mounted() throws IOException {
      Mounts.Mount proc = Mounts.at(Path.of("/proc"));

      assertThat(proc.path()).isEqualTo(Path.of("/proc"));
      assertThat(proc.root()).isEqualTo("/");
      assertThat(proc.type()).isEqualTo("proc");
      assertThat(Mounts.list()).contains(proc);
      assertThat(Mounts.at(Path.of("/proc/self"))).isNull();
    }

    @Test
    void are_not_stale_while_they_answer() {
      assertThat(Mounts.isStale(Path.of("/proc"))).isFalse();
      assertThat(Mounts.isStale(Path.of("/none"))).isFalse();
    }

    @Test
    void that_are_none_cannot_be_unmounted() throws IOException {
      assertThat(Mounts.unmount(Path.of("/none"))).isFalse();
      assertThat(Mounts.detach(Path.of("/none"))).isFalse();
    }

    @Test
    void belong_to_the_user_that_runs_this() throws IOException {
      String[] uids = Processes.status(self, "Uid").split("\\s+");
      String[] gids = Processes.status(self, "Gid").split("\\s+");

      assertThat(Mounts.userId()).isEqualTo(Integer.parseInt(uids[1]));
      assertThat(Mounts.groupId()).isEqualTo(Integer.parseInt(gids[1]));
      assertThat(Mounts.isRoot()).isEqualTo(uids[1].equals("0"));
    }
  }
}
