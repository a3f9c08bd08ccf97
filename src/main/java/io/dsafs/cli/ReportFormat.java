package io.dsafs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsafs.survey.Report;
import io.dsafs.survey.Report.Result;
import io.dsafs.survey.Report.Status;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** How the results of a check are written. */
enum ReportFormat {
  /** For people: what failed, and how many did not. */
  TABLE {
    @Override
    String write(String subject, Report report) {
      StringBuilder text = new StringBuilder(subject).append('\n');
      for (String group : groups(report)) {
        List<Result> results = ofGroup(report, group);
        text.append(
            String.format(
                Locale.ROOT,
                "  %-36s %4d ok %4d failed %4d skipped%n",
                group,
                count(results, Status.PASS),
                count(results, Status.FAIL),
                count(results, Status.SKIP)));
        for (Result result : results) {
          if (result.status() == Status.FAIL) {
            text.append("    FAIL ").append(result.name()).append('\n');
            result.details().forEach(line -> text.append("         ").append(line).append('\n'));
          }
        }
      }
      return text.append(summary(report)).append('\n').toString();
    }
  },

  /** Test Anything Protocol, version 13. */
  TAP {
    @Override
    String write(String subject, Report report) {
      StringBuilder text = new StringBuilder("TAP version 13\n");
      text.append("1..").append(report.results().size()).append('\n');
      text.append("# ").append(subject).append('\n');
      int number = 0;
      for (Result result : report.results()) {
        number++;
        text.append(result.status() == Status.FAIL ? "not ok " : "ok ")
            .append(number)
            .append(" - ")
            .append(result.group())
            .append(": ")
            .append(result.name().replace("#", "\\#"));
        if (result.status() == Status.SKIP) {
          text.append(" # SKIP ").append(String.join("; ", result.details()));
        }
        text.append('\n');
        if (result.status() == Status.FAIL) {
          result.details().forEach(line -> text.append("# ").append(line).append('\n'));
        }
      }
      return text.toString();
    }
  },

  /** The XML that build servers read. */
  JUNIT {
    @Override
    String write(String subject, Report report) {
      StringBuilder text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
      text.append(
          String.format(
              Locale.ROOT,
              "<testsuites name=\"%s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">%n",
              escape(subject),
              report.results().size(),
              report.count(Status.FAIL),
              report.count(Status.SKIP)));
      for (String group : groups(report)) {
        List<Result> results = ofGroup(report, group);
        text.append(
            String.format(
                Locale.ROOT,
                "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"0\""
                    + " skipped=\"%d\">%n",
                escape(group),
                results.size(),
                count(results, Status.FAIL),
                count(results, Status.SKIP)));
        results.forEach(result -> text.append(testCase(result)));
        text.append("  </testsuite>\n");
      }
      return text.append("</testsuites>\n").toString();
    }
  },

  /** An object with the subject, the numbers and all results. */
  JSON {
    @Override
    String write(String subject, Report report) {
      JsonMapper mapper = JsonMapper.builder().build();
      ObjectNode root = mapper.createObjectNode();
      root.put("subject", subject);
      for (Status status : Status.values()) {
        root.put(status.label(), report.count(status));
      }
      ArrayNode results = root.putArray("results");
      for (Result result : report.results()) {
        ObjectNode node = results.addObject();
        node.put("group", result.group());
        node.put("name", result.name());
        node.put("status", result.status().label());
        if (!result.details().isEmpty()) {
          result.details().forEach(node.putArray("details")::add);
        }
      }
      try {
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
      } catch (JsonProcessingException e) {
        throw new IllegalStateException(e);
      }
    }
  };

  /**
   * Writes a report.
   *
   * @param subject what was looked at, one line
   */
  abstract String write(String subject, Report report);

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static List<String> groups(Report report) {
    return report.results().stream().map(Result::group).distinct().toList();
  }

  private static List<Result> ofGroup(Report report, String group) {
    return report.results().stream().filter(result -> result.group().equals(group)).toList();
  }

  private static long count(List<Result> results, Status status) {
    return results.stream().filter(result -> result.status() == status).count();
  }

  private static String summary(Report report) {
    long failed = report.count(Status.FAIL);
    return failed == 0
        ? "all " + report.count(Status.PASS) + " passed"
        : failed + " of " + (failed + report.count(Status.PASS)) + " failed";
  }

  private static String testCase(Result result) {
    String open =
        String.format(
            "    <testcase classname=\"%s\" name=\"%s\"",
            escape(result.group()), escape(result.name()));
    String details = escape(String.join("\n", result.details()));
    return switch (result.status()) {
      case PASS -> open + "/>\n";
      case SKIP -> open + "><skipped message=\"" + details + "\"/></testcase>\n";
      case FAIL ->
          open
              + "><failure message=\""
              + escape(result.details().get(0))
              + "\">"
              + details
              + "</failure></testcase>\n";
    };
  }

  /** XML 1.0 has no words for most control characters. */
  private static String escape(String text) {
    return text.chars()
        .mapToObj(
            c ->
                switch (c) {
                  case '&' -> "&amp;";
                  case '<' -> "&lt;";
                  case '>' -> "&gt;";
                  case '"' -> "&quot;";
                  case '\n' -> "\n";
                  default -> c < ' ' ? "?" : String.valueOf((char) c);
                })
        .collect(Collectors.joining());
  }
}
