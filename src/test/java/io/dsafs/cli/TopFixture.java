package io.dsafs.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory with the files of a mounted tree that {@code dsafs top} reads: two functions, of
 * which {@code 0000:6a:01.0} has a driver that calls it dsa3 and {@code 0000:6a:02.0} has none.
 */
final class TopFixture {
  static final String DSA = "0000:6a:01.0";
  static final String UNBOUND = "0000:6a:02.0";

  private final Path root;

  TopFixture(Path root) {
    this.root = root;
  }

  TopFixture write(String path, String text) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
      return this;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private TopFixture debug(String function, String file, String text) {
    return write("sys/kernel/debug/dsafs/" + function + "/" + file, text);
  }

  TopFixture counters(String function, String text) {
    return debug(function, "counters", text);
  }

  /** A device of the driver's, in its place and in the directory of its bus. */
  TopFixture device(String function, String name) throws IOException {
    Path bus = Files.createDirectories(root.resolve("sys/bus/dsa/devices"));
    write("sys/devices/pci0000:6a/" + function + "/" + name + "/state", "enabled\n");
    Files.createSymbolicLink(
        bus.resolve(name), Path.of("../../../devices/pci0000:6a", function, name));
    return this;
  }

  static TopFixture standard(Path root) throws IOException {
    TopFixture tree = new TopFixture(root);
    tree.write("sys/kernel/debug/dsafs/machine", "abi swq-v1\npid 4711\ndevices 2\n");
    tree.write("sys/kernel/debug/dsafs/pasids", "");
    tree.device(DSA, "dsa3");
    String queue = "sys/bus/dsa/devices/dsa3/wq3.0/";
    tree.write(queue + "name", "app\n").write(queue + "mode", "shared\n");
    tree.write(queue + "state", "enabled\n").write(queue + "type", "user\n");
    tree.write(queue + "size", "16\n").write(queue + "threshold", "8\n");
    String unused = "sys/bus/dsa/devices/dsa3/wq3.1/";
    tree.write(unused + "name", "\n").write(unused + "mode", "dedicated\n");
    tree.write(unused + "state", "disabled\n").write(unused + "type", "none\n");
    tree.write(unused + "size", "0\n");
    tree.counters(
        DSA,
        "device state enabled errors 3 last_error 0x1a\n"
            + "wq0 submitted 1000 accepted 900 retried 60 dropped 40 completed 890 failed 5"
            + " abandoned 7 occupancy 2 in_flight 3 new_one 9\n"
            + "wq1 submitted 0 accepted 0 retried 0 dropped 0 completed 0 failed 0"
            + " abandoned 0 occupancy 0 in_flight 0\n");
    tree.debug(
        DSA,
        "clients",
        "wq3.0 pasid 2 pid 812 (my (odd) name)\nwq3.0 pasid 0 pid 9 (x\u001b[2J)\n");
    tree.counters(UNBOUND, "device state disabled errors 0 last_error 0x00\nwq0 submitted 0\n");
    return tree;
  }

  /** One second later: 250 more submitted, of which 50 were to be retried. */
  void advance() {
    counters(
        DSA,
        "device state enabled errors 3 last_error 0x1a\n"
            + "wq0 submitted 1250 accepted 1100 retried 110 dropped 40 completed 1093 failed 5"
            + " abandoned 7 occupancy 0 in_flight 0\n"
            + "wq1 submitted 0 accepted 0 retried 0 dropped 0 completed 0 failed 0"
            + " abandoned 0 occupancy 0 in_flight 0\n");
  }
}
