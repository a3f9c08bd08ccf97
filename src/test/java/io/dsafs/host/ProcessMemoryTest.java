package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.mem.TaskMemory;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The memory of live processes: this one's, and ones that end. */
class ProcessMemoryTest {
  private final ProcessMemories memories = new ProcessMemories(Paging.STRICT);

  @Nested
  class Own_memory {
    private final int self = (int) ProcessHandle.current().pid();
    private final AddressSpace memory = memories.of(self);
    private final NativeBuffer theirs = new NativeBuffer(3 * 4096);
    private final DmaBuffer ours = new DmaBuffer(3 * 4096);

    @Test
    void is_read_to_the_byte() {
      theirs.bytes().putLong(100, 0x1122334455667788L);

      int moved = memory.read(theirs.address() + 100, ours, 8, 8);

      assertThat(moved).isEqualTo(8);
      assertThat(ours.bytes().getLong(8)).isEqualTo(0x1122334455667788L);
    }

    @Test
    void is_written_to_the_byte() {
      ours.bytes().putLong(16, 0x0102030405060708L);

      int moved = memory.write(theirs.address() + 200, ours, 16, 8);

      assertThat(moved).isEqualTo(8);
      assertThat(theirs.bytes().getLong(200)).isEqualTo(0x0102030405060708L);
      assertThat(theirs.bytes().get(208)).isZero();
    }

    @Test
    void takes_a_record_of_which_the_first_byte_comes_last() {
      ours.bytes().putLong(0, 0x0807060504030201L).putLong(8, 0x100f0e0d0c0b0a09L);

      boolean written = memory.writeFirstByteLast(theirs.address(), ours, 0, 16);

      assertThat(written).isTrue();
      assertThat(theirs.bytes().getLong(0)).isEqualTo(0x0807060504030201L);
      assertThat(theirs.bytes().getLong(8)).isEqualTo(0x100f0e0d0c0b0a09L);
    }

    @Test
    void ends_at_an_unmapped_page() {
      assertThat(memory.read(0, ours, 0, 8)).isZero();
      assertThat(memory.writableBytes(0, 8)).isZero();
      assertThat(memory.readableBytes(-4096L, 8)).isZero();
    }

    @Test
    void tells_how_much_of_a_range_is_accessible_and_leaves_it_as_it_is() {
      theirs.bytes().put(5000, (byte) 77);

      assertThat(memory.writableBytes(theirs.address() + 10, 3 * 4096 - 10))
          .isEqualTo(3 * 4096 - 10);
      assertThat(memory.readableBytes(theirs.address() + 10, 100)).isEqualTo(100);
      assertThat(theirs.bytes().get(5000)).isEqualTo((byte) 77);
    }

    @Test
    void is_readable_only_where_the_process_may_only_read() throws IOException {
      long code = firstMapping("r-xp");

      assertThat(memory.readableBytes(code, 64)).isEqualTo(64);
      assertThat(memory.writableBytes(code, 64)).isZero();
      assertThat(memory.write(code, ours, 0, 8)).isZero();
    }

    private static long firstMapping(String permissions) throws IOException {
      for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
        if (line.contains(" " + permissions + " ") && !line.contains("[vsyscall]")) {
          return Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16);
        }
      }
      throw new AssertionError("no mapping " + permissions);
    }

    @Test
    void is_one_object_for_all_threads() throws InterruptedException {
      CountDownLatch done = new CountDownLatch(1);
      int[] tid = new int[1];
      Thread other =
          new Thread(
              () -> {
                try {
                  Path self = Path.of("/proc/thread-self").toRealPath();
                  tid[0] = Integer.parseInt(self.getFileName().toString());
                  assertThat(memories.of(tid[0])).isSameAs(memory);
                  assertThat(memories.of(tid[0])).isSameAs(memory);
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
                done.countDown();
              });
      other.start();
      other.join();

      assertThat(done.getCount()).isZero();
      assertThat(tid[0]).isNotEqualTo(self);
    }
  }

  @Nested
  class A_process_that_ends {
    @Test
    void is_no_longer_alive_and_moves_nothing() throws Exception {
      Process process = new ProcessBuilder("sleep", "60").start();
      AddressSpace memory = memories.of((int) process.pid());
      assertThat(memory.alive()).isTrue();

      process.destroyForcibly().waitFor();
      awaitDeath(memory);

      assertThat(memory.read(0x400000, new DmaBuffer(8), 0, 8)).isZero();
      assertThat(memories.of((int) process.pid())).isNull();
    }

    @Test
    void is_another_one_after_exec() throws Exception {
      Process process = new ProcessBuilder("sh", "-c", "read line; exec sleep 60").start();
      AddressSpace before = memories.of((int) process.pid());

      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      awaitDeath(before);

      AddressSpace after = memories.of((int) process.pid());
      assertThat(after).isNotNull().isNotSameAs(before);
      assertThat(after.alive()).isTrue();
      process.destroyForcibly().waitFor();
    }

    /** What is open of an image reaches nothing of the next. */
    @Test
    void is_not_reached_after_exec() throws Exception {
      String second = "exec sh -c 'echo; read x'";
      Process process =
          new ProcessBuilder("setarch", "-R", "sh", "-c", "echo; read x; " + second).start();
      assertThat(process.getInputStream().read()).isEqualTo('\n');
      int pid = (int) process.pid();
      AddressSpace before = memories.of(pid);
      long stack = stackOf(pid);
      DmaBuffer bytes = new DmaBuffer(64);
      assertThat(before.read(stack, bytes, 0, 64)).isEqualTo(64);

      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      awaitDeath(before);
      assertThat(process.getInputStream().read()).isEqualTo('\n');

      long next = stackOf(pid);
      assertThat(before.read(next, bytes, 0, 64)).isZero();
      assertThat(before.write(next, bytes, 0, 64)).isZero();
      assertThat(before.writeFirstByteLast(next, bytes, 0, 32)).isFalse();
      assertThat(before.readableBytes(next, 64)).isZero();
      assertThat(before.resident().read(next, bytes, 0, 64)).isZero();
      assertThat(memories.of(pid).read(next, bytes, 0, 64)).isEqualTo(64);
      process.destroyForcibly().waitFor();
    }

    private static long stackOf(int pid) throws IOException {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
        if (line.endsWith("[stack]")) {
          return Long.parseUnsignedLong(line, line.indexOf('-') + 1, line.indexOf(' '), 16) - 64;
        }
      }
      throw new AssertionError("no stack");
    }
  }

  @Nested
  class An_image_in_use {
    private final int self = (int) ProcessHandle.current().pid();

    @Test
    void is_kept_until_its_last_user_has_done_with_it() {
      AddressSpace memory = found(memories.find(self));
      assertThat(memories.find(self)).isEqualTo(new TaskMemory.Found(memory));

      memories.done(memory);
      manyOthers();
      assertThat(memory.alive()).isTrue();
      assertThat(memories.of(self)).isSameAs(memory);

      memories.done(memory);
      assertThat(memory.alive()).isFalse();
      assertThat(memories.of(self)).isNotNull().isNotSameAs(memory);
    }

    @Test
    void is_given_up_when_there_are_many_that_nobody_uses() {
      AddressSpace unused = memories.of(self);
      assertThat(memories.of(self)).isSameAs(unused);

      manyOthers();

      assertThat(unused.alive()).isFalse();
      assertThat(memories.of(self)).isNotNull().isNotSameAs(unused);
    }

    /** More processes than are kept, which nobody uses. */
    private void manyOthers() {
      List<Process> others = new ArrayList<>();
      for (int i = 0; i < 70; i++) {
        try {
          others.add(new ProcessBuilder("sleep", "60").start());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        assertThat(memories.of((int) others.get(i).pid())).isNotNull();
      }
      others.forEach(Process::destroyForcibly);
    }

    private static AddressSpace found(TaskMemory.Outcome outcome) {
      assertThat(outcome).isInstanceOf(TaskMemory.Found.class);
      return ((TaskMemory.Found) outcome).space();
    }
  }

  @Nested
  class Open_files {
    @Test
    void go_with_the_processes() throws Exception {
      AddressSpace unused = memories.of((int) ProcessHandle.current().pid());
      assertThat(unused.alive()).isTrue();
      int before = openFiles();
      for (int round = 0; round < 20; round++) {
        Process process = new ProcessBuilder("sleep", "60").start();
        AddressSpace memory = memories.of((int) process.pid());
        process.destroyForcibly().waitFor();
        awaitDeath(memory);
      }
      memories.find(0);
      assertThat(memories.of((int) ProcessHandle.current().pid())).isNotNull();
      Process last = new ProcessBuilder("sleep", "60").start();
      assertThat(memories.of((int) last.pid())).isNotNull();
      last.destroyForcibly();

      assertThat(openFiles()).isLessThan(before + 20);
    }

    private static int openFiles() {
      return new File("/proc/self/fd").list().length;
    }
  }

  @Nested
  class No_process {
    @Test
    void has_no_memory() {
      assertThat(memories.of(0)).isNull();
      assertThat(memories.of(Integer.MAX_VALUE)).isNull();
    }
  }

  private static void awaitDeath(AddressSpace memory) {
    long deadline = System.nanoTime() + 5_000_000_000L;
    while (memory.alive()) {
      assertThat(System.nanoTime()).as("the image still answers").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
