package io.dsafs.core;

import java.util.function.Predicate;

/**
 * One text file of an object: a row of the object's table.
 *
 * @param name the file's name
 * @param mode permission bits, such as 0644
 * @param show makes the whole text, newline included; null where the file cannot be read
 * @param store takes one whole write; null where the file cannot be written
 * @param since the kernel release that brought the file
 * @param visible whether an object has the file at all; asked once, when the object appears
 */
public record Attribute<T>(
    String name,
    int mode,
    Show<? super T> show,
    Store<? super T> store,
    KernelVersion since,
    Predicate<? super T> visible) {

  /** Makes an attribute's text: ISO-8859-1, at most 4095 bytes. */
  @FunctionalInterface
  public interface Show<T> {
    String show(T object) throws ErrnoException;
  }

  /** Takes an attribute's text: one write, up to its first NUL, at most 4096 bytes. */
  @FunctionalInterface
  public interface Store<T> {
    void store(T object, String text) throws ErrnoException;
  }

  public static <T> Attribute<T> attr(
      String name, int mode, Show<? super T> show, Store<? super T> store, KernelVersion since) {
    return new Attribute<>(name, mode, show, store, since, object -> true);
  }

  /** A file that is only read, mode 0444. */
  public static <T> Attribute<T> readOnly(String name, Show<? super T> show, KernelVersion since) {
    return attr(name, 0444, show, null, since);
  }

  /** A file that is only written, mode 0200. */
  public static <T> Attribute<T> writeOnly(
      String name, Store<? super T> store, KernelVersion since) {
    return attr(name, 0200, null, store, since);
  }

  public Attribute<T> visibleWhen(Predicate<? super T> condition) {
    return new Attribute<>(name, mode, show, store, since, condition);
  }
}
