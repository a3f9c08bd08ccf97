/**
 * The idxd driver, as far as all kernel versions agree, in the files of the kernel: init ({@link
 * io.dsafs.idxd.Idxd}, {@link io.dsafs.idxd.IdxdPciDriver}), device ({@link
 * io.dsafs.idxd.DeviceCommands}, {@link io.dsafs.idxd.DeviceConfig}, {@link io.dsafs.idxd.IdxdWq}),
 * binding ({@link io.dsafs.idxd.BindingSteps}), cdev ({@link io.dsafs.idxd.IdxdCdev}, {@link
 * io.dsafs.idxd.QueueFile}), submit ({@link io.dsafs.idxd.KernelQueue}), irq ({@link
 * io.dsafs.idxd.ErrorReports}, {@link io.dsafs.idxd.CompletionInterrupt}) and dma ({@link
 * io.dsafs.idxd.DmaEngine}).
 *
 * <p>Start with {@link io.dsafs.idxd.Idxd}: loading it registers everything else, and with {@link
 * io.dsafs.idxd.DriverProfile}: a kernel version is a package below this one that implements it.
 * Kept out: which version runs, and what the device does. The driver reaches it only through a
 * mapped BAR.
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
 */
package io.dsafs.idxd;
