/**
 * The PCI bus: enumeration, configuration space, BAR mapping, MSI-X and the quirk table.
 *
 * <p>Start with {@link io.dsafs.pci.PciBus} (a function is found and becomes a device) and {@link
 * io.dsafs.pci.PciDevice} (what a driver may do with it). Kept out: everything about DSA except its
 * row in {@link io.dsafs.pci.QuirkTable}; of the hardware only {@link io.dsafs.hw.Endpoint} is
 * known.
 *
 * <p>Threads: register access through a {@link io.dsafs.pci.MappedBar} takes no lock. The hard part
 * of an interrupt runs on the thread that sent the message, its thread part on the bus's executor,
 * one vector's never twice at once.
 *
 * <p>Locks, in the order they may be taken: the bus's rescan lock (functions come or go), a
 * device's driver-core lock, then the monitors of the bus's slots, of a device and of its MSI-X
 * capability, which are never held together. No monitor but the rescan lock is held while a driver
 * runs, and none while a handler runs.
 */
package io.dsafs.pci;
