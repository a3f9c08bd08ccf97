package io.dsafs.pci;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.Bus;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.Driver;
import io.dsafs.core.IdAllocator;
import io.dsafs.hw.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

/**
 * The PCI bus: it finds functions, makes devices of them and brings them back on a rescan.
 *
 * <p>Source: drivers/pci/probe.c.
 */
public final class PciBus extends Bus {
  /** Interrupt numbers below belong to the machine's own controllers. */
  private static final int FIRST_IRQ = 24;

  private static final int IRQ_COUNT = 32768 - FIRST_IRQ;

  /** A function that is plugged in, whether the kernel has a device for it or not. */
  private record Slot(Endpoint endpoint, int numaNode) {}

  private final DeviceModel model;
  private final QuirkTable quirks;
  private final Executor irqThread;
  private final boolean iommu;

  /** Held while functions come or go: pci_rescan_remove_lock. */
  private final Object rescanLock = new Object();

  private final AddressWindow window = new AddressWindow();
  private final IdAllocator irqNumbers = new IdAllocator(FIRST_IRQ, IRQ_COUNT);

  @GuardedBy("slots")
  private final Map<PciAddress, Slot> slots = new TreeMap<>();

  @GuardedBy("slots")
  private final Map<String, Device> hostBridges = new HashMap<>();

  /** A bus whose functions are behind an IOMMU. */
  public PciBus(DeviceModel model, QuirkTable quirks, Executor irqThread) {
    this(model, quirks, irqThread, true);
  }

  /**
   * @param irqThread runs the thread parts of interrupt handlers
   * @param iommu whether an IOMMU takes charge of functions as they appear: it switches on PASID,
   *     PRI and ATS where a function has them
   */
  public PciBus(DeviceModel model, QuirkTable quirks, Executor irqThread, boolean iommu) {
    super("pci", PciBusAttributes.TABLE);
    this.model = model;
    this.quirks = quirks;
    this.irqThread = irqThread;
    this.iommu = iommu;
  }

  DeviceModel model() {
    return model;
  }

  /**
   * Plugs a function in, lets the firmware set it up, and enumerates it.
   *
   * @param numaNode of the function, -1 for none
   * @return the device, already offered to the drivers
   * @throws IllegalStateException if the address is taken
   */
  public PciDevice addFunction(PciAddress address, Endpoint endpoint, int numaNode) {
    synchronized (slots) {
      if (slots.putIfAbsent(address, new Slot(endpoint, numaNode)) != null) {
        throw new IllegalStateException(address + " is taken");
      }
    }
    Firmware.powerOn(new ConfigSpace(endpoint));
    synchronized (rescanLock) {
      return enumerate(address, new Slot(endpoint, numaNode));
    }
  }

  /** Finds plugged functions that have no device, on all buses. */
  void rescan() {
    rescan(address -> true);
  }

  /** As {@link #rescan()}, on the bus of that address only. Mirrors pci_rescan_bus(). */
  void rescan(PciAddress near) {
    rescan(address -> address.domain() == near.domain() && address.bus() == near.bus());
  }

  private void rescan(Predicate<PciAddress> wanted) {
    Map<PciAddress, Slot> plugged;
    synchronized (slots) {
      plugged = new TreeMap<>(slots);
    }
    synchronized (rescanLock) {
      plugged.forEach(
          (address, slot) -> {
            if (wanted.test(address) && device(address.toString()) == null) {
              enumerate(address, slot);
            }
          });
    }
  }

  /**
   * Takes a device away; the function stays plugged in. Mirrors pci_stop_and_remove_bus_device().
   */
  void remove(PciDevice device) {
    synchronized (rescanLock) {
      // Of two writers only the first removes.
      if (device(device.name()) == device) {
        model.removeDevice(device);
        if (iommu) {
          device.detachFromIommu();
        }
      }
    }
  }

  /** Whether the machine has the NUMA node: node 0 and those that functions are on. */
  boolean isOnline(int numaNode) {
    synchronized (slots) {
      return numaNode == 0 || slots.values().stream().anyMatch(s -> s.numaNode() == numaNode);
    }
  }

  /** The machine stops: the drivers make their functions quiet, the last device first. */
  public void shutdown() {
    List<Device> present = new ArrayList<>(devices());
    for (int i = present.size() - 1; i >= 0; i--) {
      ((PciDevice) present.get(i)).shutdown();
    }
  }

  @Override
  protected boolean match(Device device, Driver driver) {
    return driver instanceof PciDriver pciDriver && pciDriver.fits((PciDevice) device);
  }

  /** Mirrors pci_setup_device(), pci_device_add() and pci_bus_add_device(). */
  private PciDevice enumerate(PciAddress address, Slot slot) {
    Endpoint endpoint = slot.endpoint();
    PciDevice device =
        new PciDevice(
            address, hostBridge(address), this, endpoint, slot.numaNode(), irqNumbers, irqThread);
    quirks.apply(device, QuirkTable.Phase.EARLY);
    device.setUpBars(window);
    quirks.apply(device, QuirkTable.Phase.HEADER);
    quirks.apply(device, QuirkTable.Phase.FINAL);
    if (iommu) {
      device.attachToIommu();
    }
    endpoint.connect(device.interruptSink());
    model.addDevice(device);
    return device;
  }

  private Device hostBridge(PciAddress address) {
    Device added;
    synchronized (slots) {
      Device known = hostBridges.get(address.hostBridgeName());
      if (known != null) {
        return known;
      }
      added = new Device(address.hostBridgeName(), null, null, null);
      hostBridges.put(added.name(), added);
    }
    model.addDevice(added);
    return added;
  }
}
