package io.dsafs.abi;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An entry of a document: one file, or files of one form in several places.
 *
 * @param what where; one or more
 * @param fields the fields by name, as they stand, but for What; lines joined by a newline
 * @param origin document and line, for messages
 */
public record AbiEntry(List<PathPattern> what, Map<String, String> fields, String origin) {
  /** What kind of file an entry describes. */
  public enum Type {
    FILE,
    /** A file of its own size; its content is no text. */
    BINARY,
    DIRECTORY,
    /** A directory in which others put files too: what is not documented is no fault. */
    OPEN_DIRECTORY,
    LINK,
    /** A char device; in a replica, and in a copy, a regular file. */
    NODE;

    /** As it is written. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /** Copies what is given. */
  public AbiEntry {
    what = List.copyOf(what);
    fields = Map.copyOf(fields);
  }

  /** A field's text, without white space around it. */
  public Optional<String> field(String name) {
    return Optional.ofNullable(fields.get(name)).map(String::strip).filter(text -> !text.isEmpty());
  }

  /** What kind of file it is; nothing if the document says neither that nor a mode. */
  public Optional<Type> type() {
    Optional<String> said = field("Type");
    if (said.isEmpty()) {
      return field("Mode").map(mode -> Type.FILE);
    }
    return Optional.of(
        Arrays.stream(Type.values())
            .filter(type -> type.label().equals(said.get()))
            .findAny()
            .orElseThrow(() -> new AbiSyntaxException(origin + ": no type '" + said.get() + "'")));
  }

  /** The permission bits. */
  public Optional<Integer> mode() {
    return field("Mode").map(this::octal);
  }

  private int octal(String mode) {
    try {
      return Integer.parseInt(mode, 8);
    } catch (NumberFormatException e) {
      throw new AbiSyntaxException(origin + ": no mode '" + mode + "'");
    }
  }

  /** What its content, or a link's target, looks like. */
  public Optional<Format> format() {
    return field("Format").map(text -> Format.parse(text, origin));
  }

  /** When it is there; always if the document does not say. */
  public Condition visible() {
    return field("Visible").map(text -> Condition.parse(text, origin)).orElse(Condition.ALWAYS);
  }

  /** The objects for each of which there is one, if a placeholder is in its own name. */
  public Optional<PathPattern> forEach() {
    return field("For").map(PathPattern::of);
  }

  /** The same entry; fields that it does not have are the other's. */
  public AbiEntry orElse(AbiEntry other) {
    Map<String, String> both = new HashMap<>(other.fields);
    both.putAll(fields);
    return new AbiEntry(what, both, origin);
  }
}
