package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The sessions of {@code Documentation/user-guide.md}, run as they stand there but for the mount
 * point: each command must print what the guide says, numbers aside.
 */
class UserGuideIT {
  private static final Path GUIDE = Path.of("Documentation/user-guide.md");
  private static final String PLACE = "/tmp/dsa";

  /** Between the outputs of commands. */
  private static final String MARK = "@@@";

  /** A command of a session with the lines that it prints. */
  private record Step(String command, List<String> output) {}

  private static List<List<Step>> sessions() throws IOException {
    List<List<Step>> sessions = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(GUIDE)) {
      if (line.equals("```console")) {
        inside = true;
        sessions.add(new ArrayList<>());
      } else if (line.equals("```")) {
        inside = false;
      } else if (inside && line.startsWith("$ ")) {
        sessions.get(sessions.size() - 1).add(new Step(line.substring(2), new ArrayList<>()));
      } else if (inside) {
        List<Step> session = sessions.get(sessions.size() - 1);
        session.get(session.size() - 1).output().add(line);
      }
    }
    return sessions;
  }

  @Test
  void sessions_go_as_they_are_written() throws IOException {
    Mounted.requireFuse();
    assumeTrue(
        Shell.run(Map.of(), "[ $(id -u) = 0 ] && unshare --mount true").exit() == 0,
        "SKIPPED: some of the sessions take root and a mount namespace");
    boolean canRun = Shell.run(Map.of(), "fuse-mount/dsafs --help | grep -q '^  run '").exit() == 0;
    List<Step> steps =
        sessions().stream()
            .filter(session -> canRun || !session.get(0).command().startsWith("dsafs run"))
            .flatMap(List::stream)
            .toList();
    Path place = Mounted.newMountPoint();

    List<String> script = new ArrayList<>(List.of("exec 2>&1; PATH=$PWD/fuse-mount:$PATH"));
    for (Step step : steps) {
      script.add("echo " + MARK);
      script.add(step.command().replace(PLACE, place.toString()));
    }
    Shell.Result result =
        Shell.run(
            Map.of("M", place.toString()),
            String.join("\n", script)
                + "\nmountpoint -q $M && dsafs umount --lazy $M; rm -rf $M $M-my-test $M-machine.json");

    assertThat(comparable(result.output().replace(place.toString(), PLACE)))
        .isEqualTo(comparable(expected(steps)));
  }

  private static String expected(List<Step> steps) {
    StringBuilder text = new StringBuilder();
    for (Step step : steps) {
      text.append(MARK).append('\n');
      step.output().forEach(line -> text.append(line).append('\n'));
    }
    return text.toString();
  }

  /** Without the numbers that differ from one time to another. */
  private static String comparable(String output) {
    return Stream.of(output.split("\n"))
        .map(line -> line.replaceAll("^bash: line \\d+: ", "bash: "))
        .map(line -> line.replaceAll("^(\\d),\\d+,\\d+,", "$1,N,N,"))
        .map(line -> line.replaceAll("pid \\d+", "pid N"))
        .map(line -> line.replaceAll("0x[0-9a-f]{16}", "0xN"))
        .map(line -> line.replaceAll("^  \\d.*operations/s.*", "  N operations/s"))
        .reduce("", (all, line) -> all + line + "\n");
  }
}
