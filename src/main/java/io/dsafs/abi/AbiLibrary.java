package io.dsafs.abi;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The documents that are part of the program, by the driver profile that they describe.
 *
 * <p>They are the files of Documentation/ABI; its file {@code index} has a line for each, with the
 * profile ("all" for every one) and the path.
 */
public final class AbiLibrary {
  private static final String DIRECTORY = "/io/dsafs/abi/documents/";
  private static final String ALL = "all";

  private AbiLibrary() {}

  private record Line(String profile, String path) {}

  /** The names of the profiles, in the order of the index. */
  public static Set<String> profiles() {
    Set<String> names = new LinkedHashSet<>();
    for (Line line : index()) {
      if (!line.profile().equals(ALL)) {
        names.add(line.profile());
      }
    }
    return names;
  }

  /** The documents about a profile. */
  public static List<AbiDocument> documents(String profile) {
    List<AbiDocument> documents = new ArrayList<>();
    for (Line line : index()) {
      boolean wanted = line.profile().equals(profile) || line.profile().equals(ALL);
      if (wanted) {
        documents.add(AbiDocument.parse(line.path(), lines(line.path())));
      }
    }
    return documents;
  }

  /** The document of a path below Documentation/ABI. */
  public static AbiDocument document(String path) {
    return AbiDocument.parse(path, lines(path));
  }

  private static List<Line> index() {
    return lines("index").stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.strip().split("\\s+", 2))
        .map(words -> new Line(words[0], words[1]))
        .toList();
  }

  private static List<String> lines(String path) {
    try (InputStream stream = AbiLibrary.class.getResourceAsStream(DIRECTORY + path)) {
      if (stream == null) {
        throw new IllegalStateException("the program lacks its document " + path);
      }
      return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
          .lines()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
