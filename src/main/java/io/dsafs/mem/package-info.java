/**
 * Memory as the device sees it: address spaces, page faults, PASIDs.
 *
 * <p>Start with {@link io.dsafs.mem.AddressSpace} (an access answers how far it got; a fault is a
 * value, never an exception) and {@link io.dsafs.mem.Iommu} (the PASID table). Kept out: how the
 * memory of a live process is reached (host) and who may bind what (idxd).
 *
 * <p>Threads: every type here may be used from any thread. The PASID table is read without a lock.
 */
package io.dsafs.mem;
