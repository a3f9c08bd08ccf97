package io.dsafs.cli.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The man page of one command, in roff with the man macros.
 *
 * <p>The commands' footers have a shape that this takes apart: a line that ends with a colon and
 * has indented lines below it begins a section, lines without indentation are paragraphs.
 */
final class ManPage {
  /** Ends a footer line that begins a section of its own. */
  private static final String COLON = ":";

  private final CommandSpec spec;
  private final StringBuilder page = new StringBuilder();

  ManPage(CommandSpec spec) {
    this.spec = spec;
  }

  /** The page's name: {@code dsafs-mount} for {@code dsafs mount}. */
  static String name(CommandSpec spec) {
    return spec.qualifiedName("-");
  }

  /**
   * The page.
   *
   * @param version of the program
   * @param more sections that the command's model has no place for, in order
   */
  String text(String version, Map<String, List<String>> more) {
    String name = name(spec);
    macro("TH", name.toUpperCase(Locale.ROOT), "1", "", version, "dsafs");
    // No hyphens and no stretched lines: most of it is names.
    page.append(".nh\n.ad l\n");
    section("NAME");
    line(name + " - " + uncapitalized(first(spec.usageMessage().description())));
    synopsis();
    section("DESCRIPTION");
    paragraphs(List.of(spec.usageMessage().description()));
    arguments();
    subcommands();
    more.forEach(
        (title, lines) -> {
          section(title);
          lines.forEach(this::definition);
        });
    footer();
    seeAlso();
    return page.toString();
  }

  private void synopsis() {
    section("SYNOPSIS");
    CommandLine command = spec.commandLine();
    String synopsis = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0).strip();
    // One form a line, each as wide as it is.
    for (String form : synopsis.replaceAll("\\n\\s+", " ").split("\n")) {
      line(form.isEmpty() ? command.getCommandName() : form);
    }
  }

  private void arguments() {
    List<ArgSpec> shown = new ArrayList<>();
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (!parameter.hidden()) {
        shown.add(parameter);
      }
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        shown.add(option);
      }
    }
    if (!shown.isEmpty()) {
      section("OPTIONS");
    }
    for (ArgSpec argument : shown) {
      definition(label(argument) + "\t" + String.join(" ", described(argument)));
    }
  }

  private static String label(ArgSpec argument) {
    if (argument instanceof OptionSpec option) {
      String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
      return String.join(", ", option.names()) + value;
    }
    return argument.paramLabel();
  }

  /** The description with its variables filled in. */
  private static List<String> described(ArgSpec argument) {
    List<String> lines = new ArrayList<>();
    for (String line : argument.renderedDescription()) {
      lines.add(line.replace("%n", " ").replace("%%", "%"));
    }
    return lines;
  }

  private void subcommands() {
    List<CommandSpec> shown = shownSubcommands(spec);
    if (shown.isEmpty()) {
      return;
    }
    section("COMMANDS");
    for (CommandSpec command : shown) {
      definition(name(command) + "(1)\t" + first(command.usageMessage().description()));
    }
  }

  static List<CommandSpec> shownSubcommands(CommandSpec spec) {
    return spec.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .filter(command -> !command.usageMessage().hidden())
        .distinct()
        .toList();
  }

  private void footer() {
    List<String> lines = List.of(spec.usageMessage().footer());
    boolean verbatim = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean indented = line.startsWith("  ");
      if (verbatim && !indented) {
        macro("fi");
        macro("RE");
        verbatim = false;
      }
      if (indented && !verbatim) {
        macro("RS", "4");
        macro("nf");
        verbatim = true;
      }
      if (line.isEmpty()) {
        continue;
      }
      boolean heads =
          !indented
              && line.endsWith(COLON)
              && i + 1 < lines.size()
              && lines.get(i + 1).startsWith("  ");
      if (heads) {
        section(line.substring(0, line.length() - 1).toUpperCase(Locale.ROOT));
      } else if (indented) {
        line(line.substring(2));
      } else if (line.startsWith("Exit codes: ")) {
        section("EXIT STATUS");
        line(line.substring("Exit codes: ".length()));
      } else {
        macro("PP");
        line(line);
      }
    }
    if (verbatim) {
      macro("fi");
      macro("RE");
    }
  }

  private void seeAlso() {
    List<String> names = new ArrayList<>();
    CommandSpec top = spec.root();
    for (CommandSpec command : shownSubcommands(top)) {
      names.add(name(command) + "(1)");
    }
    names.add(0, name(top) + "(1)");
    names.remove(name(spec) + "(1)");
    section("SEE ALSO");
    line(String.join(", ", names));
  }

  private void paragraphs(List<String> texts) {
    boolean begun = false;
    for (String text : texts) {
      if (text.isBlank()) {
        continue;
      }
      if (begun) {
        macro("PP");
      }
      line(text);
      begun = true;
    }
  }

  /** A term, a tab, and what it is. */
  private void definition(String termAndText) {
    String[] parts = termAndText.split("\t", 2);
    macro("TP");
    page.append("\\fB").append(escaped(parts[0])).append("\\fR\n");
    line(parts[1]);
  }

  private void section(String title) {
    macro("SH", title);
  }

  private void macro(String name, String... arguments) {
    page.append('.').append(name);
    for (String argument : arguments) {
      page.append(" \"").append(escaped(argument)).append('"');
    }
    page.append('\n');
  }

  /** A line of text; a control character at its start would make a request of it. */
  private void line(String text) {
    String escaped = escaped(text);
    boolean control = escaped.startsWith(".") || escaped.startsWith("'");
    page.append(control ? "\\&" : "").append(escaped).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("'", "\\(aq")
        .replace("\"", "\\(dq");
  }

  private static String first(String[] description) {
    String sentence = description.length == 0 ? "" : description[0];
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private static String uncapitalized(String sentence) {
    return sentence.isEmpty()
        ? sentence
        : sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
  }
}
