package io.dsafs.abi;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A document in the form of the kernel's Documentation/ABI.
 *
 * <p>Read in the kernel's looseness: a field may lack its colon, be followed by spaces or tabs, and
 * go on in lines that are indented; an entry may have several What lines, and its fields may come
 * in any order; blank lines may be missing between entries. Lines in front of the first What are no
 * entry.
 *
 * @param name for messages
 */
public record AbiDocument(String name, List<AbiEntry> entries) {
  private static final Set<String> FIELDS =
      Set.of(
          "What",
          "Date",
          "KernelVersion",
          "Contact",
          "Users",
          "Description",
          "Mode",
          "Source",
          "Type",
          "Format",
          "Visible",
          "For");

  private static final Pattern FIELD = Pattern.compile("(\\w+)(?:\\s*:|\\t| {2})\\s*(.*)");

  /** Copies what is given. */
  public AbiDocument {
    entries = List.copyOf(entries);
  }

  /** Reads a document. */
  public static AbiDocument parse(String name, List<String> lines) {
    Reader reader = new Reader(name);
    for (String line : lines) {
      reader.line(line);
    }
    reader.endEntry();
    return new AbiDocument(name, reader.entries);
  }

  private static final class Reader {
    private final String document;
    private final List<AbiEntry> entries = new ArrayList<>();
    private List<PathPattern> what = new ArrayList<>();
    private Map<String, StringBuilder> fields = new LinkedHashMap<>();
    private StringBuilder open;
    private int number;
    private int start;

    Reader(String document) {
      this.document = document;
    }

    void line(String line) {
      number++;
      Matcher field = FIELD.matcher(line);
      boolean begins = field.matches() && FIELDS.contains(field.group(1));
      if (begins && field.group(1).equals("What")) {
        what(field.group(2));
      } else if (begins && !what.isEmpty()) {
        open = new StringBuilder(field.group(2));
        fields.put(field.group(1), open);
      } else if (open != null) {
        open.append('\n').append(line.strip());
      } else if (!what.isEmpty() && fields.isEmpty() && !line.isBlank()) {
        // A What that goes on in the next line without its name.
        what.add(PathPattern.of(line));
      }
    }

    /** Begins an entry, unless the one before consists of What lines only. */
    private void what(String path) {
      if (!fields.isEmpty()) {
        endEntry();
      }
      if (what.isEmpty()) {
        start = number;
      }
      open = null;
      what.add(PathPattern.of(path));
    }

    void endEntry() {
      if (!what.isEmpty()) {
        Map<String, String> texts = new LinkedHashMap<>();
        fields.forEach((name, text) -> texts.put(name, text.toString().strip()));
        entries.add(new AbiEntry(what, texts, document + ":" + start));
      }
      what = new ArrayList<>();
      fields = new LinkedHashMap<>();
      open = null;
    }
  }
}
