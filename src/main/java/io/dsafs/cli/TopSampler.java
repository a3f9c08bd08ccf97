package io.dsafs.cli;

import io.dsafs.cli.TopSample.Client;
import io.dsafs.cli.TopSample.Counters;
import io.dsafs.cli.TopSample.Device;
import io.dsafs.cli.TopSample.Queue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads samples of a mounted tree from its files, which may come and go meanwhile: devices are
 * unbound, queues reset. What is not there is left out.
 */
final class TopSampler {
  /** The first word of the line of the counters that is not a queue's. */
  private static final String DEVICE = "device";

  private static final Pattern DEVICE_NAME = Pattern.compile("(?:dsa|iax)(\\d+)");
  private static final Pattern QUEUE_NAME = Pattern.compile("wq(\\d+)");
  private static final Pattern CLIENT =
      Pattern.compile("(wq\\d+\\.\\d+) pasid (\\d+) pid (\\d+) \\((.*)\\)");

  private final Path root;
  private final LongSupplier clock;

  /**
   * @param root where the tree is mounted
   * @param clock nanoseconds
   */
  TopSampler(Path root, LongSupplier clock) {
    this.root = root;
    this.clock = clock;
  }

  /** What the tree says now. */
  TopSample sample() throws CommandFailure {
    MachineFile machine =
        MachineFile.read(root)
            .orElseThrow(
                () ->
                    new CommandFailure(
                        "no dsafs answers at " + root + ". See what is: dsafs list"));
    Map<String, Path> bound = boundDevices();
    List<Device> devices = new ArrayList<>();
    for (Path function : sorted(root.resolve("sys/kernel/debug/dsafs"))) {
      String address = function.getFileName().toString();
      List<String> counters = lines(function.resolve("counters"));
      if (!counters.isEmpty()) {
        devices.add(device(function, address, counters, bound.get(address)));
      }
    }
    return new TopSample(machine, clock.getAsLong(), devices);
  }

  /** The directories of the driver's devices, by the address of their function. */
  private Map<String, Path> boundDevices() {
    Map<String, Path> found = new HashMap<>();
    for (Path device : sorted(root.resolve("sys/bus/dsa/devices"))) {
      if (DEVICE_NAME.matcher(device.getFileName().toString()).matches()) {
        try {
          found.put(device.toRealPath().getParent().getFileName().toString(), device);
        } catch (IOException gone) {
          continue;
        }
      }
    }
    return found;
  }

  private Device device(Path function, String address, List<String> counters, Path directory) {
    long nanos = clock.getAsLong();
    Map<String, String> own = Map.of();
    List<Queue> queues = new ArrayList<>();
    for (String line : counters) {
      String[] words = line.split(" ", -1);
      Matcher queue = QUEUE_NAME.matcher(words[0]);
      if (words[0].equals(DEVICE)) {
        own = pairs(words);
      } else if (queue.matches()) {
        queues.add(queue(Integer.parseInt(queue.group(1)), pairs(words), directory));
      }
    }
    return new Device(
        address,
        directory == null ? null : directory.getFileName().toString(),
        directory == null ? null : text(directory.resolve("state")),
        own.get("state"),
        number(own.get("errors")),
        (int) number(own.get("last_error")),
        number(own.get("events")),
        (int) number(own.get("last_event")),
        nanos,
        queues,
        clients(function.resolve("clients")));
  }

  private static Queue queue(int index, Map<String, String> pairs, Path device) {
    String id = "wq" + index;
    Path directory = null;
    if (device != null) {
      Matcher name = DEVICE_NAME.matcher(device.getFileName().toString());
      id = name.replaceFirst("wq$1." + index);
      directory = device.resolve(id);
    }
    Map<String, Long> counters = new HashMap<>();
    for (String name : TopSample.GROWING) {
      counters.put(name, number(pairs.get(name)));
    }
    return new Queue(
        index,
        id,
        attribute(directory, "name"),
        attribute(directory, "mode"),
        attribute(directory, "state"),
        attribute(directory, "type"),
        integer(attribute(directory, "size")),
        integer(attribute(directory, "threshold")),
        number(pairs.get("occupancy")),
        number(pairs.get("in_flight")),
        new Counters(counters));
  }

  private static List<Client> clients(Path file) {
    List<Client> found = new ArrayList<>();
    for (String line : lines(file)) {
      Matcher client = CLIENT.matcher(line);
      if (client.matches()) {
        long pasid = number(client.group(2));
        found.add(new Client(client.group(1), number(client.group(3)), client.group(4), pasid));
      }
    }
    return found;
  }

  /** Names and values in turn, after the first word. */
  private static Map<String, String> pairs(String[] words) {
    Map<String, String> pairs = new HashMap<>();
    for (int i = 1; i + 1 < words.length; i += 2) {
      pairs.put(words[i], words[i + 1]);
    }
    return pairs;
  }

  private static String attribute(Path directory, String name) {
    return directory == null ? null : text(directory.resolve(name));
  }

  /** The number; 0 if it is not one. */
  private static long number(String text) {
    try {
      return text == null ? 0 : Long.decode(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static Integer integer(String text) {
    try {
      return text == null ? null : Integer.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** The text of a file without the newline; null if it has none or is not there. */
  private static String text(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() || lines.get(0).isBlank() ? null : lines.get(0).strip();
  }

  private static List<String> lines(Path file) {
    try {
      // Names of processes are any bytes.
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException gone) {
      return List.of();
    }
  }

  private static List<Path> sorted(Path directory) {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
      found.forEach(entries::add);
    } catch (IOException | DirectoryIteratorException gone) {
      return List.of();
    }
    entries.sort(null);
    return entries;
  }
}
