package io.dsafs.core;

import java.util.concurrent.atomic.AtomicInteger;

/** A loaded module: what {@code /sys/module/NAME} shows. */
public final class Module {
  private final String name;
  private final String version;
  private final AtomicInteger references = new AtomicInteger();
  private volatile boolean going;

  public Module(String name, String version) {
    this.name = name;
    this.version = version;
  }

  public String name() {
    return name;
  }

  public String version() {
    return version;
  }

  public int references() {
    return references.get();
  }

  /** Takes a reference; false if the module is being unloaded. Mirrors try_module_get(). */
  public boolean tryGet() {
    if (going) {
      return false;
    }
    references.incrementAndGet();
    return true;
  }

  /** Drops a reference. Mirrors module_put(). */
  public void put() {
    references.decrementAndGet();
  }

  /** Whether {@link #unload} was called. */
  public boolean going() {
    return going;
  }

  /** From now on {@link #tryGet} fails. */
  public void unload() {
    going = true;
  }
}
