package io.dsafs.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The terminal as a screen that is drawn anew again and again, with keys read as they are pressed.
 * However the program ends, short of SIGKILL, the terminal is as before.
 */
final class LiveTerminal implements AutoCloseable {
  private static final String CLEAR_REST_OF_LINE = "\u001b[K";
  private static final String CLEAR_REST = "\u001b[J";
  private static final String HOME = "\u001b[H";

  /** The other screen, and no cursor on it. */
  private static final String ENTER = "\u001b[?1049h\u001b[?25l" + HOME;

  private static final String LEAVE = "\u001b[?25h\u001b[?1049l";

  private static final int CONTROL_C = 3;
  private static final int CONTROL_D = 4;

  private final PrintWriter out;
  private final String saved;
  private final BlockingQueue<Integer> keys = new LinkedBlockingQueue<>();
  private final Thread hook = new Thread(this::restore, "restore-terminal");
  private boolean restored;

  private LiveTerminal(PrintWriter out, String saved) {
    this.out = out;
    this.saved = saved;
  }

  /**
   * Takes the terminal over.
   *
   * @return empty if input or output is not a terminal, or there is no stty(1)
   */
  static Optional<LiveTerminal> open(PrintWriter out) {
    if (System.console() == null) {
      return Optional.empty();
    }
    Optional<String> saved = stty("-g");
    if (saved.isEmpty()) {
      return Optional.empty();
    }
    LiveTerminal terminal = new LiveTerminal(out, saved.get());
    terminal.enter();
    return Optional.of(terminal);
  }

  private void enter() {
    Runtime.getRuntime().addShutdownHook(hook);
    // Ctrl-C arrives as a key: it is one of the two ways to quit, not an accident.
    stty("-icanon", "-echo", "-isig", "min", "1", "time", "0");
    out.print(ENTER);
    out.flush();
    Thread reader = new Thread(this::readKeys, "keys");
    reader.setDaemon(true);
    reader.start();
  }

  private void readKeys() {
    InputStream in = System.in;
    try {
      int key;
      do {
        key = in.read();
        keys.add(key);
      } while (key >= 0);
    } catch (IOException e) {
      keys.add(-1);
    }
  }

  /** Draws lines; what the screen has no room for is left out. */
  void show(List<String> lines) {
    Size size = size();
    StringBuilder screen = new StringBuilder(HOME);
    int count = Math.min(lines.size(), size.rows);
    for (int i = 0; i < count; i++) {
      String line = lines.get(i);
      boolean last = i + 1 == count;
      // Cleared first: after a full line, the last character would be.
      screen.append(last ? CLEAR_REST : CLEAR_REST_OF_LINE);
      screen.append(line.length() > size.columns ? line.substring(0, size.columns) : line);
      // No newline after the last row, which would scroll.
      screen.append(last ? "" : "\r\n");
    }
    out.print(screen);
    out.flush();
  }

  /**
   * Waits for a key that quits: q, Ctrl-C, Ctrl-D, or the end of the terminal.
   *
   * @return false if none came in that time
   */
  boolean awaitQuit(long nanos) throws InterruptedException {
    long deadline = System.nanoTime() + nanos;
    Integer key;
    do {
      key = keys.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (key != null && isQuit(key)) {
        return true;
      }
    } while (key != null);
    return false;
  }

  private static boolean isQuit(int key) {
    return key < 0 || key == 'q' || key == 'Q' || key == CONTROL_C || key == CONTROL_D;
  }

  @Override
  public void close() {
    restore();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException stopping) {
      return; // the hook finds it restored
    }
  }

  private synchronized void restore() {
    if (!restored) {
      restored = true;
      out.print(LEAVE);
      out.flush();
      stty(saved);
    }
  }

  private record Size(int rows, int columns) {}

  /** The size of the screen; without limits if it is not known. */
  private static Size size() {
    String[] words = stty("size").orElse("0 0").split(" ");
    int rows = Integer.parseInt(words[0]);
    int columns = Integer.parseInt(words[1]);
    boolean known = rows > 0 && columns > 0;
    return known ? new Size(rows, columns) : new Size(Integer.MAX_VALUE, Integer.MAX_VALUE);
  }

  /** What stty(1) prints; empty if it fails. */
  private static Optional<String> stty(String... arguments) {
    List<String> command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      return process.waitFor() == 0 ? Optional.of(output) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
