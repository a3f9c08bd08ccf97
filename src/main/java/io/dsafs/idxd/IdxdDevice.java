package io.dsafs.idxd;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.pci.MappedBar;
import io.dsafs.pci.PciDevice;
import io.dsafs.spec.DeviceKind;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A device under the driver: {@code dsa0}. Mirrors struct idxd_device and the idxd_device_
 * functions in device.c, as far as all versions agree.
 */
public abstract class IdxdDevice extends Device {
  /** Held over commands, sequences of them, and every change of configuration or state. */
  public final ReentrantLock deviceLock;

  private final DriverGlobals globals;
  private final PciDevice pci;
  private final DeviceKind kind;
  private final int id;
  private final IdxdRegisters registers;
  private final DeviceCommands commands;
  private final Capabilities capabilities;
  private final SystemPasid systemPasid;
  private final MappedBar userPortals;
  private final List<IdxdEngine> engines;

  /** For listings. */
  private final Set<QueueFile> openFiles = ConcurrentHashMap.newKeySet();

  private volatile List<CompletionInterrupt> completionInterrupts = List.of();
  private volatile DeviceState state = DeviceState.DISABLED;
  private volatile int tokenLimit;
  private volatile boolean gone;
  private volatile DmaDevice dmaDevice;

  /** The driver's copy of SWERR; it is never cleared. */
  private volatile SoftwareError softwareError = SoftwareError.NONE;

  /**
   * What a probe has found.
   *
   * @param deviceLock the one that {@code commands} ask for
   * @param userPortals all portals, as user space maps them
   */
  public record Found(
      DriverGlobals globals,
      PciDevice pci,
      DeviceKind kind,
      int id,
      IdxdRegisters registers,
      DeviceCommands commands,
      ReentrantLock deviceLock,
      Capabilities capabilities,
      SystemPasid systemPasid,
      MappedBar userPortals) {}

  /**
   * @param type the files of the version and kind
   */
  protected IdxdDevice(Found found, DeviceType<?> type) {
    super(found.kind().word() + found.id(), found.pci(), found.globals().bus(), type);
    this.globals = found.globals();
    this.pci = found.pci();
    this.kind = found.kind();
    this.id = found.id();
    this.registers = found.registers();
    this.commands = found.commands();
    this.deviceLock = found.deviceLock();
    this.capabilities = found.capabilities();
    this.systemPasid = found.systemPasid();
    this.userPortals = found.userPortals();
    this.engines = members(capabilities.maxEngines(), id -> new IdxdEngine(this, id));
  }

  /** Makes the members of a kind, numbered from 0. */
  protected static <T> List<T> members(int count, IntFunction<T> maker) {
    return IntStream.range(0, count).mapToObj(maker).toList();
  }

  public DriverGlobals globals() {
    return globals;
  }

  public KernelLog log() {
    return globals.log();
  }

  public PciDevice pci() {
    return pci;
  }

  public DeviceKind kind() {
    return kind;
  }

  public int id() {
    return id;
  }

  public IdxdRegisters registers() {
    return registers;
  }

  public DeviceCommands commands() {
    return commands;
  }

  public Capabilities capabilities() {
    return capabilities;
  }

  /** Writes what the attributes say into the device's tables. */
  public abstract DeviceConfig config();

  public abstract List<? extends IdxdGroup> groups();

  public abstract List<? extends IdxdWq> wqs();

  public final List<IdxdEngine> engines() {
    return engines;
  }

  /** Tokens that no group has reserved, as the version counts them. */
  public abstract int freeTokens();

  /** Tokens that no group has reserved at this moment. */
  protected final int unreservedTokens() {
    return capabilities.maxTokens() - groups().stream().mapToInt(IdxdGroup::tokensReserved).sum();
  }

  public MappedBar userPortals() {
    return userPortals;
  }

  /** The vectors from 1 on. */
  public List<CompletionInterrupt> completionInterrupts() {
    return completionInterrupts;
  }

  public void setCompletionInterrupts(List<CompletionInterrupt> handlers) {
    completionInterrupts = handlers;
  }

  /** Whether processes that open a queue are bound, each under its PASID. */
  public abstract boolean userPasidEnabled();

  public SystemPasid systemPasid() {
    return systemPasid;
  }

  public void addOpenFile(QueueFile file) {
    openFiles.add(file);
  }

  public void removeOpenFile(QueueFile file) {
    openFiles.remove(file);
  }

  /** A line for each open queue node: queue, PASID, opener. */
  public String describeOpenFiles() {
    StringBuilder text = new StringBuilder();
    openFiles.stream().map(QueueFile::describe).sorted().forEach(text::append);
    return text.toString();
  }

  /** The DMA device while this one is bound, else null. */
  public DmaDevice dmaDevice() {
    return dmaDevice;
  }

  public void setDmaDevice(DmaDevice registered) {
    dmaDevice = registered;
  }

  public DeviceState state() {
    return state;
  }

  public void setStateLocked(DeviceState next) {
    assertLocked();
    state = next;
  }

  /** True once the PCI driver has let the function go; open files outlive that (14.36). */
  public boolean gone() {
    return gone;
  }

  public void markGone() {
    gone = true;
  }

  public int tokenLimit() {
    return tokenLimit;
  }

  public void setTokenLimitLocked(int tokens) {
    assertLocked();
    tokenLimit = tokens;
  }

  public void setSoftwareStatus(SoftwareStatus status) {
    commands.setLastStatus(status.value());
  }

  /** The driver's copy of the last error it was told of. */
  public SoftwareError softwareError() {
    return softwareError;
  }

  /** Takes the device's error over and acknowledges it. */
  public SoftwareError collectSoftwareError() {
    deviceLock.lock();
    try {
      softwareError = registers.readSoftwareError();
      registers.acknowledgeSoftwareError();
      return softwareError;
    } finally {
      deviceLock.unlock();
    }
  }

  public void assertLocked() {
    assert deviceLock.isHeldByCurrentThread() : "the device lock is not held";
  }

  /**
   * Enables the device. Errors in order: ENXIO the device says it is enabled; EBUSY it does not
   * answer; ENXIO it refuses. Mirrors idxd_device_enable().
   */
  public void enableLocked() throws ErrnoException {
    assertLocked();
    if (registers.deviceEnabled()) {
      throw new ErrnoException(Errno.ENXIO, this + " is enabled already");
    }
    int status = commands.enableDeviceLocked();
    if (status != CommandStatus.SUCCESS && status != CommandStatus.DEVICE_ENABLED) {
      throw CommandStatus.refused("enabling " + this, status);
    }
    state = DeviceState.ENABLED;
  }

  /**
   * Disables the device; nothing if it is not enabled. Errors in order: EBUSY it does not answer;
   * ENXIO it refuses. Mirrors idxd_device_disable().
   */
  public abstract void disableLocked() throws ErrnoException;
}
