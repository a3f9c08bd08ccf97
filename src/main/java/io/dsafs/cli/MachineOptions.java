package io.dsafs.cli;

import io.dsafs.core.KernelLog;
import io.dsafs.host.Paging;
import io.dsafs.idxd.DriverProfile;
import io.dsafs.idxd.mainline.MainlineProfile;
import io.dsafs.idxd.swq.SwqProfile;
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
    SWQ_V1("swq-v1", "P", false),
    /** Linux 6.19. */
    MAINLINE("mainline", "S", true);

    private final String label;
    private final String deviceProfile;
    private final boolean bindErrno;

    Abi(String label, String deviceProfile, boolean bindErrno) {
      this.label = label;
      this.deviceProfile = deviceProfile;
      this.bindErrno = bindErrno;
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
              + " functions, what they can do, and the driver, not how they were configured; see dsafs"
              + " record")
  Path from;

  @Option(
      names = "--device-profile",
      paramLabel = "P|N|R|S|A|V2|FILE.json",
      description = {
        "what the devices can do (default: P; with --abi mainline S):",
        "P: all; N: as P without cmdmem, so no PASID and no shared queues; R: as P, not"
            + " configurable;",
        "S: the DSA of Sapphire Rapids; A: its IAA; V2: a DSA of version 2 with an event log;",
        "FILE.json: register values, see Documentation/device-profile.md"
      })
  String deviceProfile;

  @Option(
      names = "--iax",
      paramLabel = "on|off",
      defaultValue = "on",
      description =
          "with --abi mainline, an IAA (profile A) next to each device (default: ${DEFAULT-VALUE});"
              + " swq-v1 knows none")
  Switch iax = Switch.ON;

  @Option(
      names = "--iaa-crypto",
      description =
          "with --abi mainline: the module iaa_crypto is loaded, which takes the first queue of"
              + " each IAA device")
  boolean iaaCrypto;

  @Option(
      names = "--no-cmdmem",
      description = "leave the cmdmem quirk out: no PASID, no shared queues")
  boolean noCmdmem;

  @Option(
      names = "--no-enqcmd",
      description = "a CPU without ENQCMD: no driver (swq-v1), no shared queues (mainline)")
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
      description = "swq-v1 without our extensions: no cmd_status, write(2) to a queue is EINVAL")
  boolean strictAbi;

  @Option(
      names = "--bind-errno",
      description =
          "a failed bind gives the probe's errno, as kernels from mid-2021 on do (mainline always);"
              + " in swq-v1 it is ENODEV otherwise")
  boolean bindErrno;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description =
          "the least severe lines that dev/kmsg keeps: ${COMPLETION-CANDIDATES}"
              + " (default: ${DEFAULT-VALUE})")
  KernelLog.Level logLevel = KernelLog.Level.INFO;

  /** The driver that {@code --abi} names. */
  DriverProfile driverProfile() {
    return switch (abi) {
      case SWQ_V1 -> new SwqProfile(strictAbi);
      case MAINLINE -> new MainlineProfile(iaaCrypto);
    };
  }

  /** The device profile that is given, or the one that goes with the driver. */
  String deviceProfile() {
    return deviceProfile != null ? deviceProfile : abi.deviceProfile;
  }

  /** Whether a failed bind gives the probe's errno. */
  boolean bindReturnsProbeErrno() {
    return bindErrno || abi.bindErrno;
  }

  /** Whether an IAA stands next to each DSA. */
  boolean hasIax() {
    return abi == Abi.MAINLINE && iax == Switch.ON;
  }

  /** Refuses values that no machine has, as wrong usage. */
  void check(CommandLine commandLine) throws CommandFailure {
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
    if (from != null && !commandLine.getParseResult().hasMatchedOption("--abi")) {
      abi = RecordedMachine.abi(from);
    }
    if (from != null && !commandLine.getParseResult().hasMatchedOption("--iaa-crypto")) {
      iaaCrypto = RecordedMachine.iaaCrypto(from);
    }
  }
}
