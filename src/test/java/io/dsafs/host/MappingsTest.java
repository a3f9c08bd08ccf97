package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The mappings of this process, by question (Linux 6.11) and as text. */
class MappingsTest {
  private final Path maps = Path.of("/proc/self/maps");
  private int fd;

  @BeforeEach
  void open() {
    fd = RawFile.open(maps, RawFile.READ_ONLY);
    assertThat(fd).isNotNegative();
  }

  @AfterEach
  void close() {
    RawFile.close(fd);
  }

  private record Line(long start, long end, String access, String device, String inode) {
    static Line of(String text) {
      String[] words = text.split(" +");
      String[] range = words[0].split("-");
      return new Line(
          Long.parseUnsignedLong(range[0], 16),
          Long.parseUnsignedLong(range[1], 16),
          words[1],
          words[3],
          words[4]);
    }
  }

  /** Mappings come and go while a JVM runs; those of files stay. */
  private List<Line> filesOfThisProcess() throws IOException {
    List<Line> lines =
        Files.readAllLines(maps).stream()
            .filter(line -> line.endsWith(".so") || line.contains("/modules"))
            .map(Line::of)
            .toList();
    assertThat(lines).isNotEmpty();
    return lines;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void are_as_the_kernel_prints_them(boolean asText) throws IOException {
    Mappings mappings = new Mappings(fd, asText);
    for (Line line : filesOfThisProcess()) {
      for (long address : new long[] {line.start(), line.end() - 1}) {
        Mapping mapping = mappings.at(address);

        assertThat(mapping).as("%x", address).isNotNull();
        assertThat(mapping.start).isEqualTo(line.start());
        assertThat(mapping.end).isEqualTo(line.end());
        assertThat(mapping.allows(false)).isEqualTo(line.access().charAt(0) == 'r');
        assertThat(mapping.allows(true)).isEqualTo(line.access().charAt(1) == 'w');
        assertThat(String.format(Locale.ROOT, "%02x:%02x", mapping.major, mapping.minor))
            .isEqualTo(line.device());
        assertThat(mapping.ofFile).isEqualTo(!line.inode().equals("0"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void do_not_reach_where_there_is_none(boolean asText) {
    Mappings mappings = new Mappings(fd, asText);

    for (long address : new long[] {0, 4096, 1L << 56, Long.MAX_VALUE, Long.MIN_VALUE, -4096}) {
      assertThat(mappings.at(address)).as("%x", address).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void of_private_memory_have_no_file(boolean asText) {
    NativeBuffer own = new NativeBuffer(64);

    Mapping mapping = new Mappings(fd, asText).at(own.address());

    assertThat(mapping.ofFile).isFalse();
    assertThat(mapping.allows(true)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void go_with_the_address_space(boolean asText) throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    int theirs = RawFile.open(Path.of("/proc/" + process.pid() + "/maps"), RawFile.READ_ONLY);
    long stack = 0;
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/maps"))) {
      stack = line.endsWith("[stack]") ? Line.of(line).start() : stack;
    }
    Mappings mappings = new Mappings(theirs, asText);
    assertThat(mappings.at(stack)).isNotNull();

    process.destroyForcibly().waitFor();

    assertThat(mappings.at(stack)).isNull();
    RawFile.close(theirs);
  }

  /** Its server could be anybody, and take as long as it likes. */
  @Test
  void of_files_on_disks_and_in_memory_are_answered_for_by_the_kernel() throws IOException {
    Filesystems filesystems = new Filesystems();
    int self = (int) ProcessHandle.current().pid();
    Mappings mappings = new Mappings(fd);
    for (Line line : filesOfThisProcess()) {
      assertThat(filesystems.answers(mappings.at(line.start()), self)).as("%s", line).isTrue();
    }
    assertThat(filesystems.answers(mappings.at(new NativeBuffer(8).address()), self)).isTrue();
  }

  @Test
  void of_an_unknown_filesystem_are_not() {
    Mapping unknown = new Mapping();
    unknown.ofFile = true;
    unknown.minor = 0xfffff;
    int self = (int) ProcessHandle.current().pid();

    assertThat(new Filesystems().answers(unknown, self)).isFalse();
  }

  /** A long access is made in pieces by two threads. */
  @Test
  void of_any_length_are_moved_whole() {
    int size = 3 * 1024 * 1024 + 5;
    AddressSpace memory =
        new ProcessMemories(Paging.STRICT).of((int) ProcessHandle.current().pid());
    NativeBuffer theirs = new NativeBuffer(size);
    DmaBuffer ours = new DmaBuffer(size);
    for (int round = 0; round < 20; round++) {
      for (int at = 0; at < size; at += 997) {
        ours.bytes().put(at, (byte) (at * 31 + round));
      }
      assertThat(memory.write(theirs.address(), ours, 0, size)).isEqualTo(size);
      assertThat(theirs.bytes().mismatch(ours.bytes())).isEqualTo(-1);

      theirs.bytes().put(size - 1, (byte) round).put(1_000_000, (byte) -round);
      assertThat(memory.read(theirs.address(), ours, 0, size)).isEqualTo(size);
      assertThat(theirs.bytes().mismatch(ours.bytes())).isEqualTo(-1);
    }
  }
}
