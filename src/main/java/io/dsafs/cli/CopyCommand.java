package io.dsafs.cli;

import io.dsafs.host.DeviceFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dsafs copy}: has a queue move this process's own memory, and checks every byte. */
@Command(
    name = "copy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Submits real work to a queue, verifies the results, prints rate and latency.",
    footer = {
      "",
      "Examples:",
      "  dsafs copy --wq dsa0/wq0.0",
      "  dsafs copy /tmp/dsa --wq dsa0/wq0.1 --op crc --size 64K --count 1000 --via write",
      "",
      "The queue must be enabled and of type user; tools/dsa-setup does that."
    })
final class CopyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MOUNTPOINT",
      arity = "0..1",
      description = "where the tree is mounted; may be left out if there is one only")
  private Path mountPoint;

  @Option(
      names = "--wq",
      paramLabel = "DEVICE/QUEUE",
      required = true,
      description = "the queue, such as dsa0/wq0.0")
  private String queue;

  @Option(
      names = "--op",
      paramLabel = "OP",
      defaultValue = "memmove",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  private CopyJob.Operation operation;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "1M",
      converter = ByteSize.Converter.class,
      description = "bytes of each operation, such as 4096, 64K, 1M (default: ${DEFAULT-VALUE})")
  private ByteSize size;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "100",
      description = "how many operations (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(
      names = "--via",
      paramLabel = "WAY",
      description = "${COMPLETION-CANDIDATES} (default: what the queue's mode calls for)")
  private CopyJob.Way way;

  @Override
  public Integer call() throws CommandFailure, IOException {
    if (size.bytes() > CopyJob.LARGEST_BYTES) {
      throw new ParameterException(
          spec.commandLine(), "--size must be at most " + CopyJob.LARGEST_BYTES + " bytes");
    }
    if (count < 1) {
      throw new ParameterException(spec.commandLine(), "--count must be at least 1");
    }
    Path root = MountPoint.given(mountPoint).path();
    String name = queue.substring(queue.indexOf('/') + 1);
    CopyJob.Way chosen = way != null ? way : wayFor(root, name);
    Path node = root.resolve("dev/dsa").resolve(name);
    if (!Files.exists(node)) {
      throw new CommandFailure(
          "there is no "
              + node
              + ": the queue must be enabled and of type user. Set it up: tools/dsa-setup "
              + root
              + " --wq user:shared:16:8");
    }
    long[] nanos = new long[count];
    try (DeviceFile file = DeviceFile.open(node)) {
      CopyJob job = new CopyJob(file, operation, (int) size.bytes(), chosen);
      for (int i = 0; i < count; i++) {
        nanos[i] = job.run(i);
      }
    } catch (IOException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
    report(spec.commandLine(), name, chosen, nanos);
    return 0;
  }

  private static CopyJob.Way wayFor(Path root, String name) throws IOException {
    Path mode = root.resolve("sys/bus/dsa/devices").resolve(name).resolve("mode");
    boolean shared = Files.exists(mode) && Files.readString(mode).strip().equals("shared");
    return shared ? CopyJob.Way.ENQCMD : CopyJob.Way.MOVDIR64B;
  }

  private void report(CommandLine commandLine, String name, CopyJob.Way chosen, long[] nanos) {
    PrintWriter out = commandLine.getOut();
    Arrays.sort(nanos);
    double seconds = Arrays.stream(nanos).sum() / 1e9;
    out.printf(
        Locale.ROOT,
        "%s: %d x %s of %d bytes by %s, verified%n",
        name,
        nanos.length,
        operation,
        size.bytes(),
        chosen);
    out.printf(
        Locale.ROOT,
        "  %.0f operations/s, %.3f GB/s, latency p50 %.1f us, p99 %.1f us%n",
        nanos.length / seconds,
        nanos.length * size.bytes() / seconds / 1e9,
        nanos[nanos.length / 2] / 1e3,
        nanos[(int) (nanos.length * 0.99)] / 1e3);
  }
}
