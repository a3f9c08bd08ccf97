package io.dsafs.survey;

import io.dsafs.host.RawFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files of a machine: {@code sys/} and {@code dev/} below a directory.
 *
 * <p>Paths are those of the machine, such as {@code /sys/bus/dsa}. Any directory that looks so is
 * taken: a mount point, a copy, {@code /}.
 */
public final class MachineTree {
  /** Where the functions of the PCI bus are. */
  static final String FUNCTIONS = "/sys/bus/pci/devices";

  /** Where the devices of the driver's bus are. */
  static final String DEVICES = "/sys/bus/dsa/devices";

  private static final String INTEL = "0x8086";

  /** DSA of the first to third kind, and IAA. Source: mainline reference section 10.3. */
  private static final Set<String> DEVICE_IDS =
      Set.of("0x0b25", "0x0cfe", "0x11fb", "0x1212", "0x1216", "0xb02d", "0xfd2d");

  private static final int READ_BYTES = 65536;

  private final Path root;

  private MachineTree(Path root) {
    this.root = root;
  }

  /**
   * The tree below a directory.
   *
   * @throws IOException if it is no directory
   */
  public static MachineTree at(Path root) throws IOException {
    return new MachineTree(root.toRealPath());
  }

  /** Whether there is anything here that this program is about. */
  public boolean isMachine() {
    return Files.isDirectory(path("/sys/bus/dsa")) || Files.isDirectory(path(FUNCTIONS));
  }

  /** The place in the file system. */
  Path path(String path) {
    return root.resolve(path.substring(1));
  }

  /** What the file is, a link not followed; nothing if it is not there. */
  Optional<FileFacts> facts(String path) {
    try {
      Map<String, Object> attributes =
          Files.readAttributes(path(path), "unix:mode,size", LinkOption.NOFOLLOW_LINKS);
      return Optional.of(FileFacts.of((int) attributes.get("mode"), (long) attributes.get("size")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  boolean exists(String path) {
    return facts(path).isPresent();
  }

  /** Whether it is a directory, or a link to one. */
  boolean isDirectory(String path) {
    return Files.isDirectory(path(path));
  }

  /** The names in a directory, sorted; none if it cannot be read. */
  List<String> list(String path) {
    List<String> names = new ArrayList<>();
    try (Stream<Path> entries = Files.list(path(path))) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    } catch (IOException e) {
      return List.of();
    }
    Collections.sort(names);
    return names;
  }

  /** The target of a link as it stands; nothing if it is no link. */
  Optional<String> target(String path) {
    try {
      return Optional.of(Files.readSymbolicLink(path(path)).toString());
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /**
   * The path with all links followed; nothing if it leads nowhere, or out of the tree.
   *
   * @return a path of the machine
   */
  Optional<String> real(String path) {
    try {
      Path real = path(path).toRealPath();
      return real.startsWith(root) ? Optional.of("/" + root.relativize(real)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Reads a file. */
  Content read(String path) {
    try {
      return Content.of(Files.readAllBytes(path(path)));
    } catch (NoSuchFileException e) {
      return Content.failed("ENOENT");
    } catch (AccessDeniedException e) {
      return Content.failed("EACCES");
    } catch (IOException e) {
      return readAgain(path);
    }
  }

  /** Which error it was Java does not say. */
  private Content readAgain(String path) {
    int fd = RawFile.open(path(path), RawFile.READ_ONLY);
    if (fd < 0) {
      return Content.failed(Errors.name(-fd));
    }
    byte[] bytes = new byte[READ_BYTES];
    long count = RawFile.read(fd, bytes);
    RawFile.close(fd);
    return count < 0
        ? Content.failed(Errors.name((int) -count))
        : Content.of(Arrays.copyOf(bytes, (int) count));
  }

  /** A file's text without its last newline; nothing if it cannot be read. */
  Optional<String> line(String path) {
    Content content = read(path);
    return content.failed()
        ? Optional.empty()
        : Optional.of(content.text().replaceFirst("\n$", ""));
  }

  /** The addresses of the functions that are DSA or IAA devices, sorted. */
  List<String> functions() {
    return list(FUNCTIONS).stream().filter(this::isFunction).toList();
  }

  /** Whether the function at an address is a DSA or IAA device, or the driver has it. */
  boolean isFunction(String address) {
    String directory = FUNCTIONS + "/" + address;
    boolean known =
        line(directory + "/vendor").filter(INTEL::equals).isPresent()
            && line(directory + "/device").filter(DEVICE_IDS::contains).isPresent();
    return known || target(directory + "/driver").filter(t -> t.endsWith("/idxd")).isPresent();
  }

  /** Which driver profile the tree is of: the mainline one has a driver "idxd" on its bus. */
  public String profile() {
    return isDirectory("/sys/bus/dsa/drivers/idxd") ? "mainline" : "swq-v1";
  }

  @Override
  public String toString() {
    return root.toString();
  }
}
