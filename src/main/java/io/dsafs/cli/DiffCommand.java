package io.dsafs.cli;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dsafs diff}: tells what differs between two trees, recorded or not. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compares two trees; each is a directory or a recording.",
      "A line for each difference: - only in A, + only in B, ! differs."
    },
    footer = {
      "",
      "Examples:",
      "  dsafs diff machine.json /tmp/dsa",
      "  dsafs diff machine.json / --ignore cdev_major --ignore 'sys/module/**'",
      "",
      "Exit codes: 0 the same, 1 different, 2 wrong usage."
    })
final class DiffCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "A", description = "a directory, or a file made by dsafs record")
  private Path first;

  @Parameters(paramLabel = "B", description = "the same")
  private Path second;

  @Option(
      names = "--ignore",
      paramLabel = "PATTERN",
      description = "leave out what has this name, or with a slash in it, this path; * ** ? [] {}")
  private List<String> ignored = List.of();

  @Override
  public Integer call() throws CommandFailure, IOException {
    for (Path place : List.of(first, second)) {
      if (!Files.exists(place)) {
        throw new ParameterException(spec.commandLine(), "there is no " + place);
      }
    }
    List<PathMatcher> matchers = ignored.stream().map(DiffCommand::matcher).toList();
    List<String> differences =
        RecordingFile.readOrRecord(first)
            .differences(
                RecordingFile.readOrRecord(second),
                path -> matchers.stream().anyMatch(matcher -> matcher.matches(Path.of(path))));
    differences.forEach(spec.commandLine().getOut()::println);
    spec.commandLine().getOut().flush();
    return differences.isEmpty() ? 0 : 1;
  }

  private static PathMatcher matcher(String pattern) {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    return pattern.contains("/") ? matcher : path -> matcher.matches(path.getFileName());
  }
}
