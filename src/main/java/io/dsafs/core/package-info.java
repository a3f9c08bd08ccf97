/**
 * The driver model: buses, devices, drivers, attributes, managed resources, char devices, the log.
 *
 * <p>Start with {@link io.dsafs.core.DeviceModel} (what is registered on one machine, and how a
 * device meets its driver) and {@link io.dsafs.core.Attribute} (a file is a table entry). Kept out:
 * files and paths (vfs), PCI (pci) and everything that DSA is about (idxd, hw).
 *
 * <p>Locks, in the order they may be taken: the driver-core lock of a device ({@link
 * io.dsafs.core.Device#lock}), a parent's before its child's; then whatever the driver takes. The
 * registries are concurrent maps and need no lock. Listeners are called with the device lock held
 * and must not call back into the model.
 */
package io.dsafs.core;
