package io.dsafs.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An ABI document and the tables that it describes: names, modes and versions of files. */
public final class AbiDocument {
  private static final Pattern FIELD = Pattern.compile("(What|KernelVersion|Mode):\t+(.*)");

  private final Path document;
  private final Pattern own;
  private final Map<String, String> implemented = new TreeMap<>();

  /**
   * @param document its path
   * @param own what the tables hold of it
   */
  public AbiDocument(String document, String own) {
    this.document = Path.of(document);
    this.own = Pattern.compile(own);
  }

  /** A table, whose files are in that directory. */
  public <T> AbiDocument with(String directory, List<Attribute<T>> table) {
    for (Attribute<T> attribute : table) {
      String entry = String.format("%s %04o", attribute.since(), attribute.mode());
      implemented.put(directory + attribute.name(), entry);
    }
    return this;
  }

  private Map<String, String> documented() throws IOException {
    Map<String, String> entries = new TreeMap<>();
    String what = "";
    for (String line : Files.readAllLines(document)) {
      Matcher field = FIELD.matcher(line);
      if (field.matches() && field.group(1).equals("What")) {
        what = field.group(2);
      } else if (field.matches() && own.matcher(what).matches()) {
        entries.merge(what, field.group(2), (before, more) -> before + " " + more);
      }
    }
    return entries;
  }

  /** Compares both ways. */
  public void assertAgrees() throws IOException {
    assertThat(documented()).isEqualTo(implemented);
  }
}
