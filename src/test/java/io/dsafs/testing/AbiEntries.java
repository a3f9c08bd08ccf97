package io.dsafs.testing;

import io.dsafs.abi.AbiEntry;
import io.dsafs.abi.AbiLibrary;
import io.dsafs.abi.PathPattern;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** What Documentation/ABI says, in the form in which tests compare it with attribute tables. */
public final class AbiEntries {
  private AbiEntries() {}

  /**
   * The attributes of a document: by path, the version that brought it and its mode.
   *
   * @param document path below Documentation/ABI
   * @param wanted which paths
   */
  public static Map<String, String> modesAndVersions(String document, Predicate<String> wanted) {
    Map<String, String> entries = new TreeMap<>();
    for (AbiEntry entry : AbiLibrary.document(document).entries()) {
      for (PathPattern what : entry.what()) {
        if (entry.mode().isPresent() && wanted.test(what.toString())) {
          String version = entry.field("KernelVersion").orElse("?");
          entries.put(
              what.toString(), String.format(Locale.ROOT, "%s %04o", version, entry.mode().get()));
        }
      }
    }
    return entries;
  }
}
