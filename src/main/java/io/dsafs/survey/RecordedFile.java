package io.dsafs.survey;

/**
 * A file as it was recorded.
 *
 * @param type "file", "directory", "link" or "node"
 * @param mode four octal digits; null for a link
 * @param target of a link; else null
 * @param text what it holds, if that is ASCII; else null
 * @param hex what it holds otherwise, two digits a byte; else null
 * @param error the name of the error with which reading it failed; else null
 * @param size in bytes, of a file that was not read although it could be; else null
 * @param changes whether it differs from one look to the next on the same machine
 */
public record RecordedFile(
    String type,
    String mode,
    String target,
    String text,
    String hex,
    String error,
    Long size,
    boolean changes) {

  /** What it holds, in words for people; empty if it was not read. */
  String content() {
    if (text != null) {
      return Quoting.quote(text);
    }
    if (hex != null) {
      return "hex " + hex;
    }
    if (error != null) {
      return error;
    }
    return target != null ? "to " + target : "";
  }
}
