package io.dsafs.idxd;

import io.dsafs.core.DeviceModel;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciDevice;
import io.dsafs.pci.PciDriver;
import io.dsafs.pci.PciId;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Takes a PCI function and makes a device with queues, groups and engines of it: the steps of a
 * probe, which each version puts in its own order. Mirrors idxd_pci_driver in init.c.
 *
 * <p>Whatever a probe acquires is on the function's devres: a failed probe undoes all of it, and so
 * does the removal.
 */
public abstract class IdxdPciDriver extends PciDriver {
  /** The BAR of the portals. */
  public static final int WQ_BAR = 2;

  protected static final int MMIO_BAR = 0;

  private final DriverGlobals globals;
  private final ConcurrentHashMap<PciDevice, IdxdDevice> devices = new ConcurrentHashMap<>();

  protected IdxdPciDriver(DriverGlobals globals, List<PciId> ids) {
    super("idxd", globals.platform().pciBus(), globals.module(), ids);
    this.globals = globals;
  }

  /** The open queue nodes of a function, a line for each. */
  String describeOpenFiles(String function) {
    for (IdxdDevice device : devices.values()) {
      if (device.pci().name().equals(function)) {
        return device.describeOpenFiles();
      }
    }
    return "";
  }

  protected final DriverGlobals globals() {
    return globals;
  }

  protected final KernelLog log() {
    return globals.log();
  }

  /** The device that was made of a function, or null. */
  protected final IdxdDevice device(PciDevice pci) {
    return devices.get(pci);
  }

  /** ENOMEM: no mapping. */
  protected static MappedBar map(PciDevice pci, int bar) throws ErrnoException {
    MappedBar mapping = pci.ioremap(pci.resourceStart(bar), pci.resourceLength(bar));
    if (mapping == null) {
      throw new ErrnoException(Errno.ENOMEM, "BAR " + bar + " cannot be mapped");
    }
    return mapping;
  }

  /** Only a timeout is an error; the status is not looked at. Mirrors idxd_device_reset(). */
  protected static void reset(DeviceCommands commands, ReentrantLock deviceLock)
      throws ErrnoException {
    deviceLock.lock();
    try {
      int unused = commands.resetDeviceLocked();
    } finally {
      deviceLock.unlock();
    }
  }

  /** ENOMEM: no number is left. */
  protected final int allocateId(PciDevice pci) throws ErrnoException {
    int id = globals.deviceIds().allocate();
    if (id < 0) {
      throw new ErrnoException(Errno.ENOMEM, "no device number is left");
    }
    pci.devres().add(() -> globals.deviceIds().release(id));
    return id;
  }

  /** From now on {@link #device} knows it. */
  protected final void keep(IdxdDevice device) {
    devices.put(device.pci(), device);
    device.pci().devres().add(() -> devices.remove(device.pci()));
  }

  /**
   * Allocates all vectors and makes the handlers of completions; none is requested yet.
   *
   * @param noMsix the refusal of a function without MSI-X
   * @param maker of the handler of a vector, from 1 on
   */
  protected final void allocateVectors(
      IdxdDevice device, Errno noMsix, IntFunction<CompletionInterrupt> maker)
      throws ErrnoException {
    PciDevice pci = device.pci();
    int vectors = pci.msixVectorCount();
    if (vectors < 1) {
      log().err(pci, "Not MSI-X interrupt capable.");
      throw new ErrnoException(noMsix, "no MSI-X");
    }
    pci.allocateVectors(vectors);
    device.setCompletionInterrupts(IntStream.range(1, vectors).mapToObj(maker).toList());
  }

  /** Shows the members in that order. */
  protected final void addObjects(IdxdDevice device, boolean groupsFirst) {
    DeviceModel model = globals.model();
    device.pci().devres().add(() -> removeObjects(device));
    model.addDevice(device);
    device.wqs().forEach(model::addDevice);
    if (groupsFirst) {
      device.groups().forEach(model::addDevice);
    }
    device.engines().forEach(model::addDevice);
    if (!groupsFirst) {
      device.groups().forEach(model::addDevice);
    }
  }

  /** Bound queues are unbound on the way. Mirrors idxd_cleanup_sysfs(). */
  private void removeObjects(IdxdDevice device) {
    DeviceModel model = globals.model();
    device.wqs().forEach(model::removeDevice);
    device.engines().forEach(model::removeDevice);
    device.groups().forEach(model::removeDevice);
    model.removeDevice(device);
    // Files that are open from before answer for themselves from now on (swq-v1 14.36).
    device.markGone();
    device.wqs().forEach(wq -> wq.errorQueue().wakeAll());
  }

  /** The rest is on the function's devres, which goes next in reverse. Mirrors idxd_remove(). */
  @Override
  protected void remove(PciDevice pci) {
    log().debug(pci, "idxd_remove called");
  }

  @Override
  protected void shutdown(PciDevice pci) {
    IdxdDevice device = devices.get(pci);
    if (device != null) {
      quiesce(device);
    }
  }

  /** Stops the device and completes what it has not. Mirrors idxd_shutdown(). */
  protected void quiesce(IdxdDevice device) {
    device.deviceLock.lock();
    try {
      device.disableLocked();
    } catch (ErrnoException e) {
      log().err(device.pci(), "Disabling device failed: %s", e.getMessage());
    } finally {
      device.deviceLock.unlock();
    }
    quiesceInterrupts(device);
    for (CompletionInterrupt completion : device.completionInterrupts()) {
      device.pci().synchronizeIrq(completion.vector());
      completion.list().abortAll();
    }
  }

  /** No interrupt comes any more. */
  protected void quiesceInterrupts(IdxdDevice device) {
    device.registers().setErrorInterrupts(false);
  }
}
