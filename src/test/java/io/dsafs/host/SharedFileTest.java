package io.dsafs.host;

import static io.dsafs.host.LibC.LIBC;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.SharedMemory;
import io.dsafs.mem.SharedMemory.Refusal;
import io.dsafs.mem.SharedMemory.Refused;
import io.dsafs.mem.SharedMemory.Shared;
import io.dsafs.mem.TaskMemory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that a process shares by its descriptor. Source: memfd_create(2), fcntl(2). */
class SharedFileTest {
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int F_ADD_SEALS = 1033;
  private static final int SEAL = 1;
  private static final int SHRINK = 2;
  private static final int GROW = 4;
  private static final int WRITE = 8;
  private static final int SIZE = 8192;

  private final int self = (int) ProcessHandle.current().pid();
  private int fd;

  @BeforeEach
  void create() throws IOException {
    fd = LIBC.memfd_create("client", MFD_ALLOW_SEALING);
    assertThat(fd).isNotNegative();
    try (RandomAccessFile file = new RandomAccessFile("/proc/self/fd/" + fd, "rw")) {
      file.setLength(SIZE);
    }
  }

  @AfterEach
  void close() {
    LIBC.close(fd);
  }

  private void seal(int seals) {
    assertThat(LIBC.fcntl(fd, F_ADD_SEALS, seals)).isZero();
  }

  /** The owner's view of the file. */
  private byte[] contents() throws IOException {
    return Files.readAllBytes(Path.of("/proc/self/fd/" + fd));
  }

  private static void assertRefused(SharedMemory.Outcome outcome, Refusal reason) {
    assertThat(outcome).isEqualTo(new Refused(reason));
  }

  @Test
  void both_see_what_either_writes() throws IOException {
    seal(SEAL | SHRINK | GROW);

    SharedMemory memory = ((Shared) SharedFile.map(self, fd, SIZE)).memory();

    assertThat(memory.bytes().capacity()).isEqualTo(SIZE);
    assertThat(memory.bytes().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(memory.bytes()).isSameAs(memory.bytes());
    memory.bytes().putInt(SIZE - 4, 0x0403_0201);
    assertThat(contents()).endsWith(1, 2, 3, 4);
    try (RandomAccessFile file = new RandomAccessFile("/proc/self/fd/" + fd, "rw")) {
      file.write(7);
    }
    assertThat(memory.bytes().get(0)).isEqualTo((byte) 7);
    memory.close();
  }

  @Test
  void nothing_of_it_stays_mapped_or_open_after_the_close() throws IOException {
    seal(SEAL | SHRINK | GROW);
    long open = openDescriptors();

    SharedMemory memory = ((Shared) SharedFile.map(self, fd, SIZE)).memory();
    assertThat(isMapped()).isTrue();
    memory.close();

    assertThat(isMapped()).isFalse();
    assertThat(openDescriptors()).isEqualTo(open);
  }

  private boolean isMapped() throws IOException {
    return Files.readString(Path.of("/proc/self/maps")).contains("/memfd:client");
  }

  /** Those on memory, so that those of other threads do not count. */
  private static long openDescriptors() throws IOException {
    try (var places = Files.list(Path.of("/proc/self/fd"))) {
      return places.filter(SharedFileTest::isMemory).count();
    }
  }

  private static boolean isMemory(Path place) {
    try {
      return Files.readSymbolicLink(place).toString().startsWith("/memfd:");
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, SEAL, SHRINK | GROW, SEAL | SHRINK, SEAL | GROW})
  void a_size_that_may_change_is_refused(int seals) {
    if (seals != 0) {
      seal(seals);
    }

    assertRefused(SharedFile.map(self, fd, SIZE), Refusal.UNFIT);
  }

  @ParameterizedTest
  @ValueSource(ints = {SIZE - 1, SIZE + 1, 4096, 1})
  void another_size_than_was_asked_for_is_refused(int size) {
    seal(SEAL | SHRINK | GROW);

    assertRefused(SharedFile.map(self, fd, size), Refusal.UNFIT);
  }

  @Test
  void memory_that_cannot_be_written_is_refused() {
    seal(SEAL | SHRINK | GROW | WRITE);

    assertRefused(SharedFile.map(self, fd, SIZE), Refusal.UNFIT);
  }

  @Test
  void other_files_are_refused(@TempDir Path directory) throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[SIZE]);
    int other = RawFile.open(file, RawFile.READ_WRITE);

    assertRefused(SharedFile.map(self, other, SIZE), Refusal.UNFIT);

    RawFile.close(other);
  }

  @ParameterizedTest
  @CsvSource({"-1", "1000000"})
  void numbers_of_no_file_are_refused(int number) {
    assertRefused(SharedFile.map(self, number, SIZE), Refusal.NO_FILE);
  }

  /** A thread that this pid namespace has no number for is told as 0. */
  @Test
  void it_is_shared_with_threads_that_have_a_number_here() {
    TaskMemory tasks = new ProcessMemories(Paging.STRICT);
    seal(SEAL | SHRINK | GROW);

    SharedMemory memory = ((Shared) tasks.share(self, fd, SIZE)).memory();
    memory.close();

    assertRefused(tasks.share(0, fd, SIZE), Refusal.NO_FILE);
  }

  @Test
  void processes_that_are_none_are_refused() {
    assertRefused(SharedFile.map(Integer.MAX_VALUE, fd, SIZE), Refusal.NO_FILE);
  }
}
