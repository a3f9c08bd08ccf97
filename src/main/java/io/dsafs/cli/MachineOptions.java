package io.dsafs.cli;

import io.dsafs.core.KernelLog;
import io.dsafs.host.Paging;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What machine a mount emulates: one annotated field an option. */
final class MachineOptions {
  /** The kernel whose driver is replicated. */
  enum Abi {
    /** The series "Add shared workqueue support for idxd driver", 30 March 2020. */
    SWQ_V1("swq-v1");

    private final String label;

    Abi(String label) {
      this.label = label;
    }

    @Override
    public String toString() {
      return label;
    }
  }

  /** On or off, as it is written on the command line. */
  enum Switch {
    ON,
    OFF;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--abi",
      paramLabel = "PROFILE",
      defaultValue = "swq-v1",
      description = "the driver to replicate: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
  Abi abi = Abi.SWQ_V1;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "1",
      description = "how many devices, 1 to 256 (default: ${DEFAULT-VALUE})")
  int devices = 1;

  @Option(
      names = "--topology",
      paramLabel = "spr-2s|FILE.json",
      description =
          "in place of --devices, a whole machine: spr-2s, the eight devices of a two-socket Xeon"
              + " in their places, or a file, see Documentation/topology.md")
  String topology;

  @Option(
      names = "--from",
      paramLabel = "FILE.json",
      description =
          "in place of --devices and --device-profile, the machine that a recording is of: its"
              + " functions and what they can do, not how they were configured; see dsafs record")
  Path from;

  @Option(
      names = "--device-profile",
      paramLabel = "P|N|R|FILE.json",
      defaultValue = "P",
      description = {
        "what the devices can do (default: ${DEFAULT-VALUE}):",
        "P: all; N: as P without cmdmem, so no PASID and no shared queues; R: as P, not"
            + " configurable; FILE.json: register values, see Documentation/device-profile.md"
      })
  String deviceProfile = "P";

  @Option(
      names = "--no-cmdmem",
      description = "leave the cmdmem quirk out: no PASID, no shared queues")
  boolean noCmdmem;

  @Option(names = "--no-enqcmd", description = "a CPU without ENQCMD: the driver does not load")
  boolean noEnqcmd;

  @Option(
      names = "--no-movdir64b",
      description = "a CPU without MOVDIR64B: the driver does not load")
  boolean noMovdir64b;

  @Option(
      names = "--iommu",
      paramLabel = "on|off",
      defaultValue = "on",
      description = "address translation (default: ${DEFAULT-VALUE}); off: no PASID")
  Switch iommu = Switch.ON;

  @Option(
      names = "--paging",
      paramLabel = "strict|lenient",
      defaultValue = "strict",
      description = {
        "what a device does without block-on-fault at a page that is not present"
            + " (default: ${DEFAULT-VALUE}):",
        "strict: it stops with a page fault, as hardware does; lenient: it brings the page in"
      })
  Paging paging = Paging.STRICT;

  @Option(
      names = "--strict-abi",
      description = "without our extensions: no cmd_status, write(2) to a queue is EINVAL")
  boolean strictAbi;

  @Option(
      names = "--bind-errno",
      description =
          "a failed bind gives the probe's errno, as kernels from mid-2021 on do; in this"
              + " profile it is ENODEV otherwise")
  boolean bindErrno;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description =
          "the least severe lines that dev/kmsg keeps: ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE})")
  KernelLog.Level logLevel = KernelLog.Level.INFO;

  /** Refuses values that no machine has, as wrong usage. */
  void check(CommandLine commandLine) {
    if (devices < 1 || devices > MachineTopology.MOST_FUNCTIONS) {
      throw new ParameterException(commandLine, "--devices must be 1 to 256, not " + devices);
    }
    if (topology != null && commandLine.getParseResult().hasMatchedOption("--devices")) {
      throw new ParameterException(
          commandLine, "--devices and --topology both say which devices there are: give one");
    }
    for (String other : List.of("--devices", "--topology", "--device-profile")) {
      if (from != null && commandLine.getParseResult().hasMatchedOption(other)) {
        throw new ParameterException(
            commandLine, other + " and --from both say what the machine is: give one");
      }
    }
  }
}
