package io.dsafs.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dsafs top}: what the queues of a mounted tree do, and for whom. */
@Command(
    name = "top",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Shows devices, queues and their clients, with rates; q quits.",
    footer = {
      "",
      "Examples:",
      "  dsafs top",
      "  dsafs top /tmp/dsa --once --interval 5",
      "  dsafs top /tmp/dsa --json | jq '.devices[].queues[].perSecond.completed'",
      "",
      "On a terminal the view is refreshed in place; otherwise block follows block."
    })
final class TopCommand implements Callable<Integer> {
  private static final double LONGEST_SECONDS = 86_400;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "MOUNTPOINT",
      arity = "0..1",
      description = "where the tree is mounted; may be left out if there is one only")
  private Path mountPoint;

  @Option(
      names = {"-i", "--interval"},
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "between two samples, such as 0.5 (default: ${DEFAULT-VALUE})")
  private double interval;

  @Option(
      names = {"-n", "--count"},
      paramLabel = "N",
      description = "end after N refreshes")
  private Integer count;

  @Option(names = "--once", description = "print once, as text, and end")
  private boolean once;

  @Option(names = "--json", description = "print once, as a JSON object, and end")
  private boolean json;

  @Option(
      names = {"-a", "--all"},
      description = "show queues, too, to which nothing was ever done")
  private boolean all;

  @Override
  public Integer call() throws CommandFailure, IOException, InterruptedException {
    check();
    Path root = MountPoint.given(mountPoint).path();
    TopSampler sampler = new TopSampler(root, System::nanoTime);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      TopSample before = sampler.sample();
      pause();
      out.println(new TopJson(root).render(before, sampler.sample()));
      out.flush();
      return 0;
    }
    TopText text = new TopText(root, all);
    Optional<LiveTerminal> terminal = once ? Optional.empty() : LiveTerminal.open(out);
    if (terminal.isPresent()) {
      String last;
      try (LiveTerminal screen = terminal.get()) {
        last = showLive(screen, sampler, text);
      }
      out.print(last);
      out.flush();
    } else {
      printBlocks(out, sampler, text);
    }
    return 0;
  }

  private void check() {
    if (!(interval > 0 && interval <= LONGEST_SECONDS)) {
      throw wrong("--interval must be above 0 and at most " + (int) LONGEST_SECONDS + " seconds");
    }
    if (count != null && count < 1) {
      throw wrong("--count must be at least 1");
    }
    if (count != null && (once || json)) {
      throw wrong(
          "--count does not go with " + (json ? "--json" : "--once") + ", which prints once");
    }
  }

  private ParameterException wrong(String why) {
    return new ParameterException(spec.commandLine(), why);
  }

  private long intervalNanos() {
    return (long) (interval * TimeUnit.SECONDS.toNanos(1));
  }

  private void pause() throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(intervalNanos());
  }

  /** How many times to show rates. */
  private long refreshes() {
    return once ? 1 : count == null ? Long.MAX_VALUE : count;
  }

  private void printBlocks(PrintWriter out, TopSampler sampler, TopText text)
      throws CommandFailure, InterruptedException {
    TopSample before = sampler.sample();
    for (long i = 0; i < refreshes() && !isClosed(out); i++) {
      pause();
      TopSample now = sampler.sample();
      out.print((i == 0 ? "" : "\n") + text.render(before, now));
      out.flush();
      before = now;
    }
  }

  /** Whether the reader has seen enough. System.out keeps a broken pipe from whoever wraps it. */
  private static boolean isClosed(PrintWriter out) {
    return out.checkError() || System.out.checkError();
  }

  /**
   * Shows views until the user quits. The first comes at once, without rates, and does not count.
   *
   * @return the last, which is to stay where the terminal's other screen vanishes
   */
  private String showLive(LiveTerminal screen, TopSampler sampler, TopText text)
      throws CommandFailure, InterruptedException {
    TopSample before = null;
    TopSample now = sampler.sample();
    for (long i = 0; ; i++) {
      String view = text.render(before, now);
      List<String> lines = new ArrayList<>(view.lines().toList());
      lines.add("");
      lines.add("q: quit");
      screen.show(lines);
      if (i == refreshes() || screen.awaitQuit(intervalNanos())) {
        return view;
      }
      before = now;
      now = sampler.sample();
    }
  }
}
