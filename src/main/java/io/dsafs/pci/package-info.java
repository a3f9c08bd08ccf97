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
 * <p>Locks, in the order they may be taken: the bus's list of functions, a device's driver-core
 * lock, the device's own monitor (BAR mappings, vectors, enable count). No monitor is held while a
 * handler or a driver runs.
 */
package io.dsafs.pci;
