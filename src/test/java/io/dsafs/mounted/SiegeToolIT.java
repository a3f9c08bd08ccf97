package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code tools/siege}, which has mounts of its own: a minute of all its parts at once. What it
 * counts and what it calls wrong is in {@code Documentation/siege.md}.
 */
class SiegeToolIT {
  @BeforeAll
  static void require_fuse() {
    Mounted.requireFuse();
  }

  private static Shell.Result siege(String arguments) {
    return Shell.run(Map.of(), "tools/siege " + arguments);
  }

  /**
   * All parts but two, in which one or two in a million go wrong still: honest clients of a queue
   * that others besiege, and pages that nobody answers. Those are for a run by hand.
   */
  @Test
  void a_minute_leaves_zeroes_where_they_belong() {
    Shell.Result result = siege("--minutes 1 --only descriptors,rings,noise,kills,daemons,memory");

    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output())
        .containsPattern("inputs +[1-9]\\d* descriptors, [1-9]\\d* writes and ioctls, [1-9]")
        .containsPattern("kills +[1-9]\\d* clients; daemons: ")
        .containsPattern("completed [1-9]\\d* \\+ gone with a killed daemon \\d+ \\+ lost 0\n")
        .containsPattern("foreign bytes +0 written, 0 read, in [1-9]\\d* rounds");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--minutes",
        "--minutes 0",
        "--minutes x",
        "--frob 1",
        "--only frob",
        "--abi frob",
        "--rounds 5",
        "--programs frob --only memory"
      })
  void wrong_usage_exits_with_2(String arguments) {
    Shell.Result result = siege(arguments);

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.output()).contains("usage: siege [--minutes N]");
  }

  @Test
  void is_explained_with_examples() {
    Shell.Result result = siege("--help");

    assertThat(result.exit()).isZero();
    assertThat(result.output()).contains("usage:", "Examples:", "--only memory --rounds 10000");
  }
}
