package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** System calls on files answer as they do in C. Source: open(2), read(2), ioctl(2), poll(2). */
class RawFileTest {
  private static final long ENOENT = -2;
  private static final long EBADF = -9;
  private static final long EEXIST = -17;
  private static final long EISDIR = -21;
  private static final long EINVAL = -22;
  private static final long ENOTTY = -25;

  /** Closes a descriptor at exec; needs no argument. */
  private static final long FIOCLEX = 0x5451;

  /** How many bytes there are to read. */
  private static final long FIONREAD = 0x541b;

  private static final int UNKNOWN_IOCTL = 0x7a00;

  @TempDir private Path directory;
  private Path file;
  private int fd;

  @BeforeEach
  void open() throws IOException {
    file = Files.writeString(directory.resolve("file"), "0123456789");
    fd = RawFile.open(file, RawFile.READ_WRITE);
    assertThat(fd).isNotNegative();
  }

  @AfterEach
  void close() {
    RawFile.close(fd);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Nested
  class Descriptors {
    @Test
    void are_for_reading_or_writing_as_they_were_opened() {
      int reader = RawFile.open(file, RawFile.READ_ONLY);
      int writer = RawFile.open(file, RawFile.WRITE_ONLY);

      assertThat(RawFile.write(reader, bytes("x"))).isEqualTo(EBADF);
      assertThat(RawFile.read(writer, new byte[1])).isEqualTo(EBADF);
      assertThat(RawFile.read(reader, new byte[1])).isEqualTo(1);
      assertThat(RawFile.write(writer, bytes("x"))).isEqualTo(1);
      RawFile.close(reader);
      RawFile.close(writer);
    }

    @Test
    void are_errors_where_nothing_can_be_opened() {
      assertThat(RawFile.open(directory.resolve("none"), RawFile.READ_ONLY))
          .isEqualTo((int) ENOENT);
      assertThat(RawFile.open(directory, RawFile.READ_WRITE)).isEqualTo((int) EISDIR);
      assertThat(RawFile.create(directory, 0600)).isEqualTo((int) EISDIR);
    }

    @Test
    void of_new_files_can_be_written() throws IOException {
      Path made = directory.resolve("made");

      int created = RawFile.create(made, 0600);

      assertThat(RawFile.write(created, bytes("text"))).isEqualTo(4);
      RawFile.close(created);
      assertThat(made).hasContent("text");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
          .isEqualTo("rw-------");
    }

    @Test
    void are_not_left_to_programs_that_are_started() throws Exception {
      Process child = new ProcessBuilder("ls", "-l", "/proc/self/fd").start();
      String open = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

      assertThat(child.waitFor()).isZero();
      assertThat(open).isNotEmpty().doesNotContain(file.toString());
    }
  }

  @Test
  void directories_are_made_once() {
    Path made = directory.resolve("made");

    assertThat(RawFile.makeDirectory(made, 0700)).isZero();
    assertThat(RawFile.makeDirectory(made, 0700)).isEqualTo((int) EEXIST);
    assertThat(made).isDirectory();
  }

  @Test
  void reads_give_what_there_is_and_0_at_the_end() {
    byte[] into = new byte[8];

    assertThat(RawFile.read(fd, into)).isEqualTo(8);
    assertThat(into).isEqualTo(bytes("01234567"));
    assertThat(RawFile.read(fd, into)).isEqualTo(2);
    assertThat(into).isEqualTo(bytes("89234567"));
    assertThat(RawFile.read(fd, into)).isZero();
    assertThat(RawFile.read(fd, new byte[0])).isZero();
  }

  @Test
  void writes_go_where_was_sought() {
    assertThat(RawFile.seek(fd, 4)).isEqualTo(4);
    assertThat(RawFile.write(fd, bytes("abc"))).isEqualTo(3);
    assertThat(RawFile.write(fd, new byte[0])).isZero();
    assertThat(RawFile.seek(fd, -1)).isEqualTo(EINVAL);

    assertThat(file).hasContent("0123abc789");
  }

  @Test
  void ioctls_answer_0_or_their_error() {
    assertThat(RawFile.control(fd, FIOCLEX)).isZero();
    assertThat(RawFile.control(fd, UNKNOWN_IOCTL)).isEqualTo(ENOTTY);
  }

  @Test
  void polls_answer_with_the_events_that_there_are() {
    int terminal = RawFile.open(Path.of("/dev/ptmx"), RawFile.READ_WRITE);

    assertThat(RawFile.poll(fd)).isEqualTo(RawFile.READABLE);
    assertThat(RawFile.poll(-1)).isZero();
    if (terminal >= 0) { // nobody has typed there yet
      assertThat(RawFile.poll(terminal) & RawFile.READABLE).isZero();
      RawFile.close(terminal);
    }
  }

  @Test
  void what_is_closed_is_closed() {
    int other = RawFile.open(file, RawFile.READ_ONLY);
    Path place = Path.of("/proc/self/fd/" + other);
    assertThat(Files.exists(place)).isTrue();

    RawFile.close(other);

    assertThat(place).satisfies(p -> assertThat(isOpenOn(p, file)).isFalse());
  }

  private static boolean isOpenOn(Path place, Path file) {
    try {
      return Files.readSymbolicLink(place).equals(file);
    } catch (IOException e) {
      return false;
    }
  }

  @Nested
  class Device_files {
    private final NativeBuffer buffer = new NativeBuffer(16);

    @Test
    void are_written_with_a_part_of_a_buffer() throws IOException {
      for (int i = 0; i < 16; i++) {
        buffer.bytes().put(i, (byte) ('a' + i));
      }
      try (DeviceFile device = DeviceFile.open(file)) {
        assertThat(device.write(buffer, 3, 4)).isEqualTo(4);
      }

      assertThat(file).hasContent("defg456789");
    }

    @Test
    void take_ioctls_with_an_argument() throws IOException {
      try (DeviceFile device = DeviceFile.open(file)) {
        assertThat(device.ioctl(FIONREAD, buffer)).isZero();
        assertThat(buffer.bytes().getInt(0)).isEqualTo(10);

        assertThatIOException()
            .isThrownBy(() -> device.ioctl(UNKNOWN_IOCTL, buffer))
            .withMessage("ioctl on " + file + ": Inappropriate ioctl for device");
      }
    }

    @Test
    void that_cannot_be_opened_say_why() {
      Path none = directory.resolve("none");

      assertThatIOException()
          .isThrownBy(() -> DeviceFile.open(none))
          .withMessage("open of " + none + ": No such file or directory");
    }

    @Test
    void that_are_closed_take_no_more() throws IOException {
      DeviceFile device = DeviceFile.open(file);
      device.close();

      assertThatIOException()
          .isThrownBy(() -> device.write(buffer, 0, 4))
          .withMessage("write to " + file + ": Bad file descriptor");
    }
  }

  @Nested
  class Buffers {
    @Test
    void are_zero_little_endian_and_aligned() {
      for (int size : new int[] {1, 63, 64, 65, 4096}) {
        NativeBuffer buffer = new NativeBuffer(size);

        assertThat(buffer.address() % 64).isZero();
        assertThat(buffer.bytes().capacity()).isEqualTo(size);
        assertThat(buffer.bytes().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
          assertThat(buffer.bytes().get(i)).isZero();
        }
      }
    }

    @Test
    void are_the_memory_at_their_address() {
      NativeBuffer buffer = new NativeBuffer(8);

      buffer.pointer().putLong(0, 0x1122_3344_5566_7788L);

      assertThat(buffer.bytes().get(0)).isEqualTo((byte) 0x88);
      assertThat(buffer.pointer().address()).isEqualTo(buffer.address());
    }
  }
}
