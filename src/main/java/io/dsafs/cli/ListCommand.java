package io.dsafs.cli;

import io.dsafs.host.Escapes;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dsafs list}: the mounted trees and their devices. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the mounted trees with their devices, one device a line.",
    footer = {"", "Example:", "  dsafs list"})
final class ListCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    for (MountPoint place : MountPoint.all()) {
      String name = Escapes.line(place.path().toString());
      Optional<MachineFile> machine =
          place.isStale() ? Optional.empty() : MachineFile.read(place.path());
      if (machine.isEmpty()) {
        out.printf("%s\tstale: its daemon is gone; dsafs umount %s%n", name, name);
        continue;
      }
      out.printf("%s\t%s\tpid %s%n", name, machine.get().value("abi"), machine.get().value("pid"));
      printDevices(out, place.path());
    }
    for (String name : MountPoint.nameless()) {
      out.printf("%s\tis not looked at: the name is not UTF-8%n", name);
    }
    return 0;
  }

  private static void printDevices(PrintWriter out, Path root) throws IOException {
    Path devices = root.resolve("sys/bus/dsa/devices");
    if (!Files.isDirectory(devices)) {
      return; // the driver has refused to load
    }
    try (DirectoryStream<Path> found = Files.newDirectoryStream(devices, "dsa[0-9]*")) {
      for (Path device : sorted(found)) {
        out.printf(
            Locale.ROOT,
            "  %s\t%s\t%s\tqueues enabled: %d%n",
            device.getFileName(),
            device.toRealPath().getParent().getFileName(),
            Files.readString(device.resolve("state")).strip(),
            enabledQueues(device));
      }
    }
  }

  private static long enabledQueues(Path device) throws IOException {
    long enabled = 0;
    try (DirectoryStream<Path> queues = Files.newDirectoryStream(device, "wq*")) {
      for (Path queue : queues) {
        if (Files.readString(queue.resolve("state")).strip().equals("enabled")) {
          enabled++;
        }
      }
    }
    return enabled;
  }

  private static Iterable<Path> sorted(DirectoryStream<Path> found) {
    Stream<Path> all = StreamSupport.stream(found.spliterator(), false);
    return all.sorted(
            (a, b) -> {
              String one = a.getFileName().toString();
              String other = b.getFileName().toString();
              int byLength = Integer.compare(one.length(), other.length());
              return byLength != 0 ? byLength : one.compareTo(other);
            })
        .toList();
  }
}
