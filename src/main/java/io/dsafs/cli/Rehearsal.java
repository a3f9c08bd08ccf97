package io.dsafs.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Touches what a first user touches, so that the class data archive holds it. */
final class Rehearsal {
  private Rehearsal() {}

  /** Reads the attributes of a queue and configures it. */
  static void lookRound(Path root) throws IOException {
    Path devices = root.resolve("sys/bus/dsa/devices");
    Path queue = devices.resolve("wq0.0");
    try (var files = Files.list(devices.resolve("dsa0"))) {
      files.forEach(file -> file.toFile().canRead());
    }
    Files.readString(devices.resolve("dsa0/state"));
    Files.writeString(devices.resolve("engine0.0/group_id"), "0");
    Files.writeString(queue.resolve("group_id"), "0");
    Files.writeString(queue.resolve("mode"), "dedicated");
    Files.writeString(queue.resolve("size"), "16");
    Files.writeString(queue.resolve("priority"), "10");
    Files.writeString(queue.resolve("type"), "user");
    Files.writeString(queue.resolve("name"), "rehearsal");
    Path driver = root.resolve("sys/bus/dsa/drivers/dsa");
    Files.writeString(driver.resolve("bind"), "dsa0");
    Files.writeString(driver.resolve("bind"), "wq0.0");
    Files.write(root.resolve("dev/dsa/wq0.0"), new byte[64]);
    Files.writeString(driver.resolve("unbind"), "dsa0");
  }
}
