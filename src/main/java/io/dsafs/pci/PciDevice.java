package io.dsafs.pci;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.core.AttributeGroup;
import io.dsafs.core.Device;
import io.dsafs.core.Devres;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.IdAllocator;
import io.dsafs.core.KernelLog;
import io.dsafs.hw.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * A PCI function: what its driver may do with it.
 *
 * <p>Mirrors struct pci_dev and the functions of include/linux/pci.h.
 */
public final class PciDevice extends Device {
  private static final int DEFAULT_DMA_BITS = 32;

  private static final int POWER_CONTROL = 4;
  private static final int POWER_STATE = 3;

  private static final int DEVICE_CAPABILITIES = 0x04;
  private static final int CAPABLE_OF_RESET = 1 << 28;
  private static final int DEVICE_CONTROL = 0x08;
  private static final int INITIATE_RESET = 1 << 15;

  private static final int PASID_CAPABILITY = 4;
  private static final int PASID_CONTROL = 6;
  private static final int PASID_ENABLE = 1;
  private static final int PASID_PRIVILEGED = 4;

  private static final int PRI_CONTROL = 4;
  private static final int PRI_CAPACITY = 8;
  private static final int PRI_ALLOCATION = 0xc;
  private static final int PRI_ENABLE = 1;

  private static final int ATS_CONTROL = 6;
  private static final int ATS_ENABLE = 1 << 15;

  private final PciAddress address;
  private final PciBus pciBus;
  private final Endpoint endpoint;
  private final ConfigSpace config;
  private final PciIdentity identity;
  private final Msix msix;

  /** Made before the device is registered, and fixed from then on. */
  private volatile List<Bar> bars = List.of();

  private volatile Map<Bar, Long> addresses = Map.of();

  private volatile boolean cmdmem;
  private volatile int numaNode;
  private volatile int dmaBits = DEFAULT_DMA_BITS;
  private volatile int coherentDmaBits = DEFAULT_DMA_BITS;
  private volatile String driverOverride;
  private volatile boolean msiAllowed = true;
  private volatile boolean brokenParityStatus;
  private volatile boolean d3coldAllowed = true;

  @GuardedBy("this")
  private int enableCount;

  @GuardedBy("this")
  private final Map<MappedBar, Devres.Resource> mappings = new HashMap<>();

  @GuardedBy("this")
  private final Map<Integer, Devres.Resource> irqResources = new HashMap<>();

  @GuardedBy("this")
  private AttributeGroup<?> msiIrqs;

  PciDevice(
      PciAddress address,
      Device hostBridge,
      PciBus bus,
      Endpoint endpoint,
      int numaNode,
      IdAllocator irqNumbers,
      Executor irqThread) {
    super(address.toString(), hostBridge, bus, PciDeviceAttributes.TYPE);
    this.address = address;
    this.pciBus = bus;
    this.endpoint = endpoint;
    this.config = new ConfigSpace(endpoint);
    this.identity = PciIdentity.read(config);
    this.msix = new Msix(config, endpoint, irqNumbers, irqThread);
    this.numaNode = numaNode;
    power().enableKeptOn();
  }

  public PciAddress address() {
    return address;
  }

  PciIdentity identity() {
    return identity;
  }

  public int vendor() {
    return identity.vendor();
  }

  public int deviceId() {
    return identity.device();
  }

  public int subsystemVendor() {
    return identity.subsystemVendor();
  }

  public int subsystemDevice() {
    return identity.subsystemDevice();
  }

  /** The class code, 24 bits. */
  public int deviceClass() {
    return identity.deviceClass();
  }

  int revision() {
    return config.read8(ConfigSpace.REVISION);
  }

  /** The NUMA node, -1 for none. */
  public int numaNode() {
    return numaNode;
  }

  void setNumaNode(int node) {
    numaNode = node;
  }

  /** Whether memory writes to the function can be answered synchronously (non-posted). */
  public boolean cmdmem() {
    return cmdmem;
  }

  /** Set by the quirk, early in enumeration. */
  public void setCmdmem() {
    cmdmem = true;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  ConfigSpace config() {
    return config;
  }

  Endpoint.InterruptSink interruptSink() {
    return msix;
  }

  PciBus pciBus() {
    return pciBus;
  }

  /** The only driver that may have the function, or null for any. */
  String driverOverride() {
    return driverOverride;
  }

  void setDriverOverride(String driverName) {
    driverOverride = driverName;
  }

  boolean msiAllowed() {
    return msiAllowed;
  }

  void setMsiAllowed(boolean allowed) {
    msiAllowed = allowed;
  }

  boolean brokenParityStatus() {
    return brokenParityStatus;
  }

  void setBrokenParityStatus(boolean broken) {
    brokenParityStatus = broken;
  }

  boolean d3coldAllowed() {
    return d3coldAllowed;
  }

  void setD3coldAllowed(boolean allowed) {
    d3coldAllowed = allowed;
  }

  void log(KernelLog.Level level, String text) {
    pciBus.model().log().print(level, driverString() + " " + this + ": " + text);
  }

  /** Sizes the BARs and gives an address to those that the firmware left without one. */
  void setUpBars(AddressWindow window) {
    bars = Bar.findAll(config);
    Map<Bar, Long> assigned = new LinkedHashMap<>();
    bars.forEach(bar -> assigned.put(bar, bar.read(config)));
    if (assigned.containsValue(0L)) {
      assigned.putAll(window.allocate(bars));
      assigned.forEach((bar, start) -> bar.assign(config, start));
    }
    addresses = assigned;
  }

  private Bar bar(int index) {
    return bars.stream().filter(b -> b.index() == index).findFirst().orElse(null);
  }

  /** The physical address a BAR starts at; 0 without such a BAR. */
  public long resourceStart(int bar) {
    Bar found = bar(bar);
    return found == null ? 0 : addresses.get(found);
  }

  /** The length of a BAR in bytes; 0 without such a BAR. */
  public long resourceLength(int bar) {
    Bar found = bar(bar);
    return found == null ? 0 : found.size();
  }

  /** IORESOURCE_ flags of a BAR; 0 without such a BAR. */
  int resourceFlags(int bar) {
    Bar found = bar(bar);
    return found == null ? 0 : found.flags();
  }

  /**
   * Makes the function answer memory accesses, until the driver goes. Mirrors pcim_enable_device():
   * when the driver goes, its vectors and bus mastering go too.
   */
  public void enable() throws ErrnoException {
    enableUnmanaged();
    devres()
        .add(
            () -> {
              freeVectors();
              disableUnmanaged();
            });
  }

  /** Mirrors pci_enable_device(). */
  synchronized void enableUnmanaged() {
    if (enableCount++ == 0) {
      wakeUp();
      config.change16(ConfigSpace.COMMAND, 0, ConfigSpace.COMMAND_MEMORY);
    }
  }

  /** Puts the function into power state D0. */
  private void wakeUp() {
    int at = config.findCapability(ConfigSpace.CAP_POWER);
    if (at != 0) {
      config.change16(at + POWER_CONTROL, POWER_STATE, 0);
    }
  }

  /** Mirrors pci_disable_device(): the last one stops bus mastering; memory space stays on. */
  synchronized void disableUnmanaged() {
    if (--enableCount == 0) {
      config.change16(ConfigSpace.COMMAND, ConfigSpace.COMMAND_MASTER, 0);
    }
  }

  synchronized int enableCount() {
    return enableCount;
  }

  /** Lets the function write to memory and send messages. Mirrors pci_set_master(). */
  public void setMaster() {
    config.change16(ConfigSpace.COMMAND, 0, ConfigSpace.COMMAND_MASTER);
  }

  /**
   * How far streaming DMA reaches. Mirrors pci_set_dma_mask().
   *
   * @param bits width of an address, 1 to 64
   */
  public void setDmaMask(int bits) throws ErrnoException {
    dmaBits = checkDmaBits(bits);
  }

  /** How far coherent DMA reaches. Mirrors pci_set_consistent_dma_mask(). */
  public void setCoherentDmaMask(int bits) throws ErrnoException {
    coherentDmaBits = checkDmaBits(bits);
  }

  private static int checkDmaBits(int bits) throws ErrnoException {
    if (bits < 1 || bits > Long.SIZE) {
      throw new ErrnoException(Errno.EIO, "no DMA mask has " + bits + " bits");
    }
    return bits;
  }

  int dmaBits() {
    return dmaBits;
  }

  int coherentDmaBits() {
    return coherentDmaBits;
  }

  /**
   * Maps a range of a BAR until the driver goes. Mirrors devm_ioremap().
   *
   * @param size in bytes
   * @return the mapping, or null if the range is not within one BAR
   */
  public MappedBar ioremap(long physicalAddress, long size) {
    for (Bar bar : bars) {
      long offset = physicalAddress - addresses.get(bar);
      if (offset >= 0 && size > 0 && size <= bar.size() - offset) {
        MappedBar mapping = new MappedBar(endpoint, bar.index(), offset, size);
        synchronized (this) {
          mappings.put(mapping, devres().add(() -> unmap(mapping)));
        }
        return mapping;
      }
    }
    return null;
  }

  /** Undoes a mapping early. Mirrors devm_iounmap(). */
  public void iounmap(MappedBar mapping) {
    Devres.Resource resource;
    synchronized (this) {
      resource = mappings.get(mapping);
    }
    if (resource != null) {
      devres().release(resource);
    }
  }

  private synchronized void unmap(MappedBar mapping) {
    mappings.remove(mapping);
    mapping.unmap();
  }

  /** How many MSI-X vectors the function has, or -1 without the capability. */
  public int msixVectorCount() {
    return msix.vectorCount();
  }

  /**
   * Takes exactly that many MSI-X vectors. Mirrors pci_enable_msix_range().
   *
   * <p>EINVAL: {@code msi_bus} forbids it; vectors are allocated already; no capability; count
   * below 1. ENOSPC: the function has fewer.
   */
  public void allocateVectors(int count) throws ErrnoException {
    if (!msiAllowed) {
      throw new ErrnoException(Errno.EINVAL, "MSI-X is forbidden");
    }
    msix.allocate(count);
    AttributeGroup<?> group = MsiIrqs.group(msix.irqs());
    synchronized (this) {
      msiIrqs = group;
    }
    pciBus.model().addGroup(this, group);
  }

  /** Frees all vectors, with their handlers. Mirrors pci_free_irq_vectors(). */
  public void freeVectors() {
    AttributeGroup<?> group;
    synchronized (this) {
      group = msiIrqs;
      msiIrqs = null;
    }
    if (group != null) {
      pciBus.model().removeGroup(this, group);
    }
    msix.free();
  }

  /**
   * Puts a handler behind a vector and unmasks it, until the driver goes. Mirrors
   * devm_request_threaded_irq().
   *
   * <p>EINVAL: the vector is not allocated. EBUSY: it has a handler.
   *
   * @param name as /proc/interrupts shows it
   */
  public void requestIrq(int vector, String name, IrqHandler handler) throws ErrnoException {
    msix.requestIrq(vector, name, handler);
    synchronized (this) {
      irqResources.put(vector, devres().add(() -> releaseIrq(vector)));
    }
  }

  /** Takes a handler away early, when it has ended. Mirrors devm_free_irq(). */
  public void freeIrq(int vector) {
    Devres.Resource resource;
    synchronized (this) {
      resource = irqResources.get(vector);
    }
    if (resource != null) {
      devres().release(resource);
    }
  }

  private void releaseIrq(int vector) {
    synchronized (this) {
      irqResources.remove(vector);
    }
    msix.freeIrq(vector);
  }

  /** Waits until the vector's handler is idle. Mirrors synchronize_irq(). */
  public void synchronizeIrq(int vector) {
    msix.synchronizeIrq(vector);
  }

  /** The names of the requested interrupts, in the order of their vectors. */
  public List<String> irqNames() {
    List<String> names = new ArrayList<>();
    msix.requested().forEach(vector -> names.add(vector.name()));
    return names;
  }

  /** What the IOMMU does before a driver sees the function. Source: intel-iommu.c. */
  void attachToIommu() {
    // ATS last: with it on, the others must not change.
    enablePasid();
    enablePri();
    enableAts();
  }

  /** What the IOMMU does when the function's device goes. */
  void detachFromIommu() {
    clearControl(ConfigSpace.EXT_CAP_ATS, ATS_CONTROL, ATS_ENABLE);
    clearControl(ConfigSpace.EXT_CAP_PRI, PRI_CONTROL, PRI_ENABLE);
    clearControl(ConfigSpace.EXT_CAP_PASID, PASID_CONTROL, PASID_ENABLE | PASID_PRIVILEGED);
  }

  private void clearControl(int capability, int register, int bits) {
    int at = config.findExtendedCapability(capability);
    if (at != 0) {
      config.change16(at + register, bits, 0);
    }
  }

  /** Mirrors pci_enable_pasid(), with privileged mode where there is one. */
  public void enablePasid() {
    int at = config.findExtendedCapability(ConfigSpace.EXT_CAP_PASID);
    if (at != 0) {
      int privileged = config.read16(at + PASID_CAPABILITY) & PASID_PRIVILEGED;
      config.change16(at + PASID_CONTROL, 0, PASID_ENABLE | privileged);
    }
  }

  /** Whether requests with a PASID may be privileged. */
  public boolean pasidPrivileged() {
    int at = config.findExtendedCapability(ConfigSpace.EXT_CAP_PASID);
    int enabled = PASID_ENABLE | PASID_PRIVILEGED;
    return at != 0 && (config.read16(at + PASID_CONTROL) & enabled) == enabled;
  }

  /** Mirrors pci_enable_pri(), with all the requests that the function can have outstanding. */
  public void enablePri() {
    int at = config.findExtendedCapability(ConfigSpace.EXT_CAP_PRI);
    if (at != 0) {
      config.write32(at + PRI_ALLOCATION, config.read32(at + PRI_CAPACITY));
      config.change16(at + PRI_CONTROL, 0, PRI_ENABLE);
    }
  }

  /** Mirrors pci_enable_ats(), with 4 KiB as the smallest unit. */
  public void enableAts() {
    int at = config.findExtendedCapability(ConfigSpace.EXT_CAP_ATS);
    if (at != 0) {
      config.change16(at + ATS_CONTROL, 0, ATS_ENABLE);
    }
  }

  boolean hasFunctionLevelReset() {
    int at = config.findCapability(ConfigSpace.CAP_EXPRESS);
    return at != 0 && (config.read32(at + DEVICE_CAPABILITIES) & CAPABLE_OF_RESET) != 0;
  }

  /**
   * Resets the function and gives it back its configuration and vectors; the driver is told before
   * and after. Mirrors pci_reset_function().
   *
   * <p>While the function resets, its registers read as all ones, and a handler that read them
   * would take that for anything, such as a halt that only a system reset ends. On a machine a
   * message that was sent before has long been handled by then: the reset waits for pending
   * transactions first, and takes a tenth of a second. Here it does not, and so handlers are waited
   * for, and messages that are late wait until registers can be read again.
   *
   * <p>ENOTTY: the function has no function-level reset.
   */
  public void reset() throws ErrnoException {
    if (!hasFunctionLevelReset()) {
      throw new ErrnoException(Errno.ENOTTY, this + " has no function-level reset");
    }
    lock.lock();
    try {
      wakeUp();
      PciDriver bound = (PciDriver) driver();
      msix.suspend();
      try {
        if (bound != null) {
          bound.resetPrepare(this);
        }
        resetAndRestore();
      } finally {
        msix.resume();
      }
      if (bound != null) {
        bound.resetDone(this);
      }
    } finally {
      lock.unlock();
    }
  }

  private void resetAndRestore() {
    SavedConfig saved = SavedConfig.save(config);
    // No interrupts, memory accesses or writes to memory while it resets.
    config.write16(ConfigSpace.COMMAND, ConfigSpace.COMMAND_INTX_DISABLE);
    int express = config.findCapability(ConfigSpace.CAP_EXPRESS);
    config.change16(express + DEVICE_CONTROL, 0, INITIATE_RESET);
    saved.restore();
    msix.restore();
  }

  /** Calls the driver's shutdown, if there is one. Mirrors pci_device_shutdown(). */
  void shutdown() {
    lock.lock();
    try {
      if (driver() instanceof PciDriver bound) {
        bound.shutdown(this);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  protected Map<String, String> extraEventVariables() {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("PCI_CLASS", String.format(Locale.ROOT, "%04X", deviceClass()));
    variables.put("PCI_ID", String.format(Locale.ROOT, "%04X:%04X", vendor(), deviceId()));
    variables.put(
        "PCI_SUBSYS_ID",
        String.format(Locale.ROOT, "%04X:%04X", subsystemVendor(), subsystemDevice()));
    variables.put("PCI_SLOT_NAME", name());
    variables.put("MODALIAS", identity.modalias());
    return variables;
  }
}
