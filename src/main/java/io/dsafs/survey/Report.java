package io.dsafs.survey;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a survey came to: a list of results. */
public final class Report {
  /** What became of one thing that was looked at. */
  public enum Status {
    PASS,
    FAIL,
    SKIP;

    /** As it is written. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * One thing that was looked at.
   *
   * @param group what it belongs to: a document, or a list of checks
   * @param name what was looked at
   * @param details what is wrong, or why it was left out; empty otherwise
   */
  public record Result(String group, String name, Status status, List<String> details) {
    /** Copies what is given. */
    public Result {
      details = List.copyOf(details);
    }
  }

  private final List<Result> results = new ArrayList<>();

  /** Adds what passed if nothing is wrong with it, else failed. */
  void add(String group, String name, List<String> wrong) {
    Status status = wrong.isEmpty() ? Status.PASS : Status.FAIL;
    results.add(new Result(group, name, status, wrong));
  }

  void skip(String group, String name, String reason) {
    results.add(new Result(group, name, Status.SKIP, List.of(reason)));
  }

  /** All results, in the order in which they came. */
  public List<Result> results() {
    return List.copyOf(results);
  }

  /** How many there are of a status. */
  public long count(Status status) {
    return results.stream().filter(result -> result.status() == status).count();
  }
}
