package io.dsafs.cli;

import io.dsafs.fuse.MountFailure;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program: {@code dsafs COMMAND}. */
@Command(
    name = "dsafs",
    mixinStandardHelpOptions = true,
    versionProvider = ProgramVersion.class,
    description =
        "A software replica of the Intel Data Streaming Accelerator and its Linux driver, as a"
            + " filesystem.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  dsafs run -- accel-config list -i    a program with a tree of its own, at /sys and /dev",
      "  dsafs mount /tmp/dsa             one device, as on a Xeon of 2023",
      "  cat /tmp/dsa/sys/bus/dsa/devices/dsa0/state",
      "  tools/dsa-setup /tmp/dsa --wq user:shared:16:8",
      "  dsafs copy /tmp/dsa --wq dsa0/wq0.0 --op memmove --size 1M --via enqcmd",
      "  dsafs top /tmp/dsa               what the queues do, and for whom",
      "  dsafs umount /tmp/dsa",
      "  dsafs check /tmp/dsa --write     is the tree as documented, does it behave so",
      "  dsafs record / > machine.json    what a machine with the devices has",
      "  dsafs mount /tmp/dsa --from machine.json",
      "  dsafs diff machine.json /tmp/dsa",
      "",
      "Exit codes: 0 worked, 1 failed, 2 wrong usage."
    },
    subcommands = {
      RunCommand.class,
      ShellCommand.class,
      MountCommand.class,
      UmountCommand.class,
      ListCommand.class,
      CopyCommand.class,
      TopCommand.class,
      CheckCommand.class,
      RecordCommand.class,
      DiffCommand.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    // Before anything is loaded: libraries, too, print numbers, which some languages write in
    // digits
    // of their own. The launcher sees to the character set.
    Locale.setDefault(Locale.ROOT);
    System.exit(commandLine().execute(arguments));
  }

  /** The command line with all its commands. */
  public static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Main());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setParameterExceptionHandler(
        (mistake, arguments) -> {
          CommandLine command = mistake.getCommandLine();
          command.getErr().println("dsafs: " + mistake.getMessage());
          UnmatchedArgumentException.printSuggestions(mistake, command.getErr());
          command.getErr().println("See: " + command.getCommandSpec().qualifiedName() + " --help");
          return CommandLine.ExitCode.USAGE;
        });
    commandLine.setExecutionExceptionHandler(
        (failure, command, result) -> {
          boolean foreseen = failure instanceof CommandFailure || failure instanceof MountFailure;
          command.getErr().println("dsafs: " + (foreseen ? failure.getMessage() : failure));
          if (!foreseen) {
            failure.printStackTrace(command.getErr());
          }
          return CommandLine.ExitCode.SOFTWARE;
        });
    return commandLine;
  }
}
