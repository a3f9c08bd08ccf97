package io.dsafs.cli.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Man pages and completion, from the program's own command line and from a small one. */
class ManualTest {
  @Command(
      name = "frob",
      description = {"Frobs what 'it' is given.", "", ".hidden names are frobbed, too."},
      footer = {
        "",
        "Examples:",
        "  frob --level 2 C:\\x",
        "",
        "Afterwards all is frobbed.",
        "",
        "Exit codes: 0 frobbed."
      })
  static class Frob {
    @Option(
        names = {"-l", "--level"},
        paramLabel = "N",
        defaultValue = "1",
        description = "how much (default: ${DEFAULT-VALUE})")
    int level;

    @Option(names = "--inner", hidden = true)
    boolean inner;

    @Parameters(paramLabel = "THING", description = "what to frob")
    String thing;
  }

  @Nested
  class A_page {
    private final String page =
        new ManPage(CommandSpec.forAnnotatedObject(new Frob())).text("frob 7", Map.of());

    @Test
    void has_the_sections_that_readers_look_for_in_their_order() {
      assertThat(page.lines().filter(line -> line.startsWith(".SH")))
          .containsExactly(
              ".SH \"NAME\"",
              ".SH \"SYNOPSIS\"",
              ".SH \"DESCRIPTION\"",
              ".SH \"OPTIONS\"",
              ".SH \"EXAMPLES\"",
              ".SH \"EXIT STATUS\"",
              ".SH \"SEE ALSO\"");
    }

    @Test
    void names_itself_for_whatis() {
      assertThat(page).contains("frob \\- frobs what \\(aqit\\(aq is given\n");
    }

    @Test
    void explains_options_and_parameters_but_not_hidden_ones() {
      assertThat(page)
          .contains(".TP\n\\fB\\-l, \\-\\-level=N\\fR\nhow much (default: 1)\n")
          .contains("\\fBTHING\\fR\nwhat to frob\n")
          .doesNotContain("inner");
    }

    @Test
    void takes_nothing_of_the_text_for_a_request() {
      assertThat(page).contains("\n\\&.hidden names", "frob \\-\\-level 2 C:\\ex\n");
    }
  }

  @Nested
  class The_program {
    @Test
    void has_a_page_for_itself_and_each_command() {
      assertThat(Manual.pages()).containsKeys("dsafs", "dsafs-mount", "dsafs-umount", "dsafs-copy");
      assertThat(Manual.pages().get("dsafs"))
          .contains(".SH \"COMMANDS\"", "\\fBdsafs\\-mount(1)\\fR", "XDG_STATE_HOME");
      assertThat(Manual.pages().get("dsafs-mount")).doesNotContain("rehearse", "${");
    }

    @Test
    void completes_its_options() {
      assertThat(Manual.completion()).contains("complete -F", "--device-profile");
    }
  }
}
