package io.dsafs.core;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A loaded module: what {@code /sys/module/NAME} shows.
 *
 * <p>A parameter of a module is a row as an attribute of a device is: name, mode, show and store.
 */
public final class Module {
  private static final int GOING = -1;

  private final String name;
  private final String version;
  private final AttributeGroup<?> parameters;

  /** Those who hold it, or {@link #GOING}: one word, so that nobody gets it while it goes. */
  private final AtomicInteger references = new AtomicInteger();

  /**
   * @param version null for a module that names none
   */
  public Module(String name, String version) {
    this(name, version, null);
  }

  private Module(String name, String version, AttributeGroup<?> parameters) {
    this.name = name;
    this.version = version;
    this.parameters = parameters;
  }

  /**
   * A module with parameters.
   *
   * @param values what the rows show and store
   */
  public static <T> Module withParameters(
      String name, String version, T values, List<Attribute<T>> parameters) {
    return new Module(name, version, new AttributeGroup<>("parameters", values, parameters));
  }

  public String name() {
    return name;
  }

  public String version() {
    return version;
  }

  /** The directory of its parameters, or null. */
  public AttributeGroup<?> parameters() {
    return parameters;
  }

  public int references() {
    return Math.max(references.get(), 0);
  }

  /** Takes a reference; false if the module is being unloaded. Mirrors try_module_get(). */
  public boolean tryGet() {
    return references.getAndUpdate(held -> held == GOING ? GOING : held + 1) != GOING;
  }

  /** Drops a reference. Mirrors module_put(). */
  public void put() {
    references.decrementAndGet();
  }

  /** Whether it was unloaded. */
  public boolean going() {
    return references.get() == GOING;
  }

  /**
   * From now on {@link #tryGet} fails, unless somebody holds the module: then all stays as it is.
   * Mirrors try_stop_module().
   *
   * @return whether the module is going
   */
  public boolean unload() {
    return references.compareAndSet(0, GOING) || going();
  }
}
