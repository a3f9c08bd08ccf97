package io.dsafs.cli.docs;

import io.dsafs.cli.Main;
import io.dsafs.cli.ProgramVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The man pages of all commands and the completion for bash, from the model of the command line.
 *
 * <p>Picocli's own generator writes AsciiDoc, for which a release would need Asciidoctor with its
 * Ruby; the pages have so little structure that writing them as roff is less than that.
 */
public final class Manual {
  /** What the environment changes; the launcher reads most of it. Tab between name and text. */
  private static final List<String> ENVIRONMENT =
      List.of(
          "JAVA_HOME\tthe Java to run with; otherwise the one in PATH",
          "XDG_STATE_HOME\twhere the logs of daemons are, in dsafs/; default ~/.local/state",
          "XDG_CACHE_HOME\twhere an installed dsafs keeps the class data that makes it start"
              + " quickly, in dsafs/; default ~/.cache");

  private static final List<String> FILES =
      List.of(
          "MOUNTPOINT/sys/bus/dsa/devices\tthe devices, their queues, groups and engines",
          "MOUNTPOINT/dev/dsa\tthe nodes of enabled user queues",
          "MOUNTPOINT/dev/kmsg\tthe driver's log",
          "MOUNTPOINT/sys/kernel/debug/dsafs\tthe device's registers; errors on demand",
          "~/.local/state/dsafs/mount.log\tthe daemon's own log; mount.log.old that of the one"
              + " before");

  private Manual() {}

  /** Writes {@code man/man1/*.1} and the completion below the directory that is named. */
  public static void main(String[] arguments) throws IOException {
    Path share = Path.of(arguments[0]);
    Path pages = Files.createDirectories(share.resolve("man/man1"));
    for (Map.Entry<String, String> page : pages().entrySet()) {
      Files.writeString(pages.resolve(page.getKey() + ".1"), page.getValue());
    }
    Path completions = Files.createDirectories(share.resolve("bash-completion/completions"));
    Files.writeString(completions.resolve("dsafs"), completion());
  }

  /** The pages by name, the program's own first. */
  static Map<String, String> pages() {
    CommandLine program = Main.commandLine();
    String version = ProgramVersion.text();
    Map<String, String> pages = new LinkedHashMap<>();
    Map<String, List<String>> more = new LinkedHashMap<>();
    more.put("ENVIRONMENT", ENVIRONMENT);
    more.put("FILES", FILES);
    add(pages, program.getCommandSpec(), version, more);
    for (CommandSpec command : ManPage.shownSubcommands(program.getCommandSpec())) {
      add(pages, command, version, Map.of());
    }
    return pages;
  }

  private static void add(
      Map<String, String> pages,
      CommandSpec command,
      String version,
      Map<String, List<String>> more) {
    pages.put(ManPage.name(command), new ManPage(command).text(version, more));
  }

  static String completion() {
    return AutoComplete.bash("dsafs", Main.commandLine());
  }
}
