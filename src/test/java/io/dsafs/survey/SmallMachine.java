package io.dsafs.survey;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A copy of the files of a machine with one device.
 *
 * <pre>
 * /sys/devices/pci0000:6a/0000:6a:01.0/dsa3/wq3.0
 * /sys/bus/dsa/devices/{dsa3,wq3.0}    /sys/bus/pci/devices/0000:6a:01.0
 * </pre>
 */
final class SmallMachine {
  static final String FUNCTION = "0000:6a:01.0";
  static final String DIRECTORY = "/sys/devices/pci0000:6a/" + FUNCTION;

  private final Path root;
  final MachineTree tree;

  SmallMachine(Path root) {
    this.root = root;
    file(DIRECTORY + "/vendor", "0x8086\n");
    file(DIRECTORY + "/device", "0x0b25\n");
    file(DIRECTORY + "/dsa3/max_work_queues", "8\n");
    file(DIRECTORY + "/dsa3/op_cap", "0x1f\n");
    file(DIRECTORY + "/dsa3/wq3.0/size", "16\n");
    link("/sys/bus/dsa/devices/dsa3", DIRECTORY + "/dsa3");
    link("/sys/bus/dsa/devices/wq3.0", DIRECTORY + "/dsa3/wq3.0");
    link("/sys/bus/pci/devices/" + FUNCTION, DIRECTORY);
    file(
        "/sys/kernel/debug/dsafs/" + FUNCTION + "/registers",
        """
        GENCAP 0x10 0x00000000deadbeef
          max_xfer_shift RO 0x1f
          config_en RO 0x1
        WQCAP 0x20 0x0000000000000080
          total_wq_size RO 0x80
        """);
    try {
      tree = MachineTree.at(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path(String path) {
    return root.resolve(path.substring(1));
  }

  void file(String path, String text) {
    bytes(path, text.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(String path, byte... content) {
    try {
      Files.createDirectories(path(path).getParent());
      Files.write(path(path), content);
      Files.setPosixFilePermissions(path(path), PosixFilePermissions.fromString("rw-r--r--"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A relative link, as sysfs has them. */
  void link(String path, String target) {
    try {
      Path parent = Files.createDirectories(path(path).getParent());
      Files.createSymbolicLink(path(path), parent.relativize(path(target)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String text(String path) {
    return tree.read(path).text();
  }
}
