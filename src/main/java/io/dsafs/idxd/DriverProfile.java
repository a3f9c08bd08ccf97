package io.dsafs.idxd;

import io.dsafs.core.ErrnoException;

/**
 * The driver of one kernel version: a package of its own below this one.
 *
 * <p>A version is what it assembles: a bus and drivers with their rules, kinds of objects with
 * their tables of attributes, a PCI driver with its probe. All of it is made of the parts of this
 * package, and nothing here asks which version runs.
 */
public interface DriverProfile {
  /**
   * Makes what a load of the module registers; nothing is registered yet, but for char regions.
   *
   * <p>ENODEV: the CPU lacks what this version needs. EBUSY: no major is free.
   */
  LoadedDriver assemble(Platform platform) throws ErrnoException;
}
