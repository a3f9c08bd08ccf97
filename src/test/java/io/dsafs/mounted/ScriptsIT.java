package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** All shell scripts of the project, wherever they are. */
class ScriptsIT {
  private static final String ALL =
      "grep -rlIE '^#!.*[/ ](ba)?sh' tools fuse-mount .ci Documentation src";

  private static Shell.Result sh(String script) {
    return Shell.run(Map.of(), script);
  }

  @Test
  void pass_shellcheck() {
    assumeTrue(sh("command -v shellcheck").exit() == 0, "SKIPPED: shellcheck is not installed");

    assertThat(sh("shellcheck $(" + ALL + ")")).isEqualTo(new Shell.Result(0, ""));
  }

  @Test
  void say_under_which_licence_they_are() {
    assertThat(sh(ALL + " | xargs grep -L 'SPDX-License-Identifier: Apache-2.0'").text()).isEmpty();
  }

  @Test
  void explain_themselves_if_they_are_tools() {
    assertThat(
            sh("for t in tools/dsa-setup tools/bench tools/release tools/device-guide"
                    + " tools/mutants; do"
                    + " $t --help | grep -q '^usage: ' || echo $t; done")
                .text())
        .isEmpty();
  }
}
