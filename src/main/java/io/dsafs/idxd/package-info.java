/**
 * The idxd driver with shared work queues (v1, 30 March 2020), in the files of the kernel: init
 * ({@link io.dsafs.idxd.Idxd}, {@code IdxdPciDriver}), device ({@code DeviceCommands}, {@code
 * DeviceConfig}, {@code IdxdWq}), sysfs ({@code DeviceAttributes} and its siblings, {@code
 * DsaDriver}), cdev ({@code IdxdCdev}, {@code CdevFile}), submit ({@code KernelQueue}), irq ({@code
 * MiscInterrupt}, {@code CompletionInterrupt}) and dma ({@link io.dsafs.idxd.DmaEngine}).
 *
 * <p>Start with {@link io.dsafs.idxd.Idxd}: loading it registers everything else. Kept out: what
 * the device does. The driver reaches it only through a mapped BAR.
 *
 * <p>Where the posted code is wrong the driver does the sensible thing or copies the fault, as the
 * reference says for each; a comment names the entry (14.x).
 *
 * <p>Locks, in the order they may be taken:
 *
 * <ol>
 *   <li>the driver-core lock of a device ({@link io.dsafs.core.Device#lock}), the parent's first;
 *   <li>the wq lock ({@code IdxdWq.wqLock}): binding and unbinding a wq, opening and closing its
 *       node;
 *   <li>the device lock ({@code IdxdDevice.deviceLock}): commands, whole sequences of them, the
 *       configuration pass, attribute stores, changes of state, counts;
 *   <li>leaves, under which nothing else is taken: the list of a completion vector, the waiters of
 *       an error queue, the allocators.
 * </ol>
 *
 * <p>Configuration and states are volatile: they are read without a lock, as the kernel's show
 * functions do, and changed with the device lock held. No lock is held while a descriptor is
 * written to a portal, and none but the first two while listeners, wakers or callbacks run.
 *
 * <p>Rings of stores ({@code PortalRing}) have a flag each that says who serves one. Nobody waits
 * for it but who ends the ring, and that with no lock held.
 */
package io.dsafs.idxd;
