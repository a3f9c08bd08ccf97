package io.dsafs.pci;

import io.dsafs.core.Device;
import io.dsafs.core.Driver;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A driver of PCI functions: an id table, and ids added at run time through {@code new_id}.
 *
 * <p>Source: drivers/pci/pci-driver.c.
 */
public abstract class PciDriver extends Driver {
  private final PciBus pciBus;
  private final List<PciId> idTable;
  private final List<PciId> dynamicIds = new CopyOnWriteArrayList<>();

  protected PciDriver(String name, PciBus bus, Module module, List<PciId> idTable) {
    super(name, bus, module, DynamicIdAttributes.TABLE);
    this.pciBus = bus;
    this.idTable = List.copyOf(idTable);
  }

  /** Takes the function, with its lock held; what was acquired through it is undone on error. */
  protected abstract void probe(PciDevice device) throws ErrnoException;

  /** Lets the function go, with its lock held; what was acquired through it is undone after. */
  protected abstract void remove(PciDevice device);

  /** The function is about to be reset, its lock held. Mirrors reset_prepare(). */
  protected void resetPrepare(PciDevice device) {}

  /** The function has been reset and has its configuration back. Mirrors reset_done(). */
  protected void resetDone(PciDevice device) {}

  /** The machine stops: the function must be quiet after this. */
  protected void shutdown(PciDevice device) {}

  @Override
  protected final void probe(Device device) throws ErrnoException {
    PciDevice function = (PciDevice) device;
    if (!fits(function)) {
      throw new ErrnoException(Errno.ENODEV, device + " is not in the id table of " + name());
    }
    probe(function);
  }

  @Override
  protected final void remove(Device device) {
    remove((PciDevice) device);
  }

  /** Mirrors pci_match_device(): an override decides alone. */
  final boolean fits(PciDevice device) {
    String override = device.driverOverride();
    return override != null ? override.equals(name()) : knows(device.identity());
  }

  /** Whether a dynamic id or a row of the table matches. */
  final boolean knows(PciIdentity identity) {
    return dynamicIds.stream().anyMatch(id -> id.matches(identity))
        || idTable.stream().anyMatch(id -> id.matches(identity));
  }

  /** Adds an id and tries the driver on every unbound function. Mirrors pci_add_dynid(). */
  final void addDynamicId(PciId id) {
    dynamicIds.add(id);
    pciBus.model().attach(this);
  }

  /** Removes the first dynamic id with those numbers and says whether there was one. */
  final boolean removeDynamicId(PciId wanted) {
    for (PciId id : dynamicIds) {
      if (id.isMeantBy(wanted)) {
        return dynamicIds.remove(id);
      }
    }
    return false;
  }
}
