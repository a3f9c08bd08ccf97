package io.dsafs.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Attribute;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** An ABI document and the tables that it describes: names, modes and versions of files. */
public final class AbiDocument {
  private final String document;
  private final Pattern own;
  private final Map<String, String> implemented = new TreeMap<>();

  /**
   * @param document its path below Documentation/ABI
   * @param own what the tables hold of it
   */
  public AbiDocument(String document, String own) {
    this.document = document;
    this.own = Pattern.compile(own);
  }

  /** A table, whose files are in that directory. */
  public <T> AbiDocument with(String directory, List<Attribute<T>> table) {
    for (Attribute<T> attribute : table) {
      String entry = String.format(Locale.ROOT, "%s %04o", attribute.since(), attribute.mode());
      implemented.put(directory + attribute.name(), entry);
    }
    return this;
  }

  private Map<String, String> documented() {
    return AbiEntries.modesAndVersions(document, what -> own.matcher(what).matches());
  }

  /** Compares both ways. */
  public void assertAgrees() {
    assertThat(documented()).isEqualTo(implemented);
  }
}
