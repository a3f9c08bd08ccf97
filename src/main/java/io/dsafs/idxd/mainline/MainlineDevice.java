package io.dsafs.idxd.mainline;

import io.dsafs.core.DeviceType;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.CommandStatus;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.IdxdDevice;
import io.dsafs.spec.CmdCap;
import io.dsafs.spec.Command;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.Field;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.WqCap;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A device of this version, of either kind. */
final class MainlineDevice extends IdxdDevice {
  private static final int VERSION_2 = 0x200;
  private static final int VERSION_3 = 0x300;

  private static final Map<DeviceKind, DeviceType<MainlineDevice>> TYPES =
      new EnumMap<>(DeviceKind.class);

  static {
    for (DeviceKind kind : DeviceKind.values()) {
      TYPES.put(kind, new DeviceType<>(kind.word(), DeviceAttributes.TABLE));
    }
  }

  private final IdxdParameters parameters;
  private final boolean userPasid;
  private final UserFiles files;
  private final EventLog eventLog;
  private final EventService eventService;
  private final long iaacap;
  private final List<Long> dsacap;
  private final boolean interruptHandles;
  private final List<MainlineGroup> groups;
  private final List<MainlineWq> wqs;
  private final MainlineConfig config;

  /** Read buffers that no group had reserved when that was counted last. */
  private volatile int freeTokens;

  /**
   * @param userPasid whether processes are bound
   * @param files the open nodes of all devices
   */
  MainlineDevice(Found found, IdxdParameters parameters, boolean userPasid, UserFiles files) {
    super(found, TYPES.get(found.kind()));
    this.parameters = parameters;
    this.userPasid = userPasid;
    this.iaacap = hasIaaCap() ? registers().iaacap() : 0;
    this.dsacap = hasDsaCaps() ? registers().dsacap() : List.of();
    this.interruptHandles =
        GenCap.CMD_CAP.isSet(capabilities().gencap())
            && (CmdCap.CMDS.get(registers().cmdcap()) >>> Command.REQUEST_INT_HANDLE.code() & 1)
                != 0;
    this.freeTokens = capabilities().maxTokens();
    this.groups = members(capabilities().maxGroups(), id -> new MainlineGroup(this, id));
    this.wqs = members(capabilities().maxWqs(), id -> new MainlineWq(this, id));
    this.config = new MainlineConfig(this);
    this.files = files;
    this.eventLog = new EventLog(this);
    this.eventService = new EventService(this, eventLog, files);
  }

  IdxdParameters parameters() {
    return parameters;
  }

  @Override
  public MainlineConfig config() {
    return config;
  }

  @Override
  public List<MainlineGroup> groups() {
    return groups;
  }

  @Override
  public List<MainlineWq> wqs() {
    return wqs;
  }

  /** Marked by the parameter alone: an open finds out whether the IOMMU can (since 6.16). */
  @Override
  public boolean userPasidEnabled() {
    return userPasid;
  }

  UserFiles files() {
    return files;
  }

  EventLog eventLog() {
    return eventLog;
  }

  /** What is done about the entries of the event log. */
  EventService eventService() {
    return eventService;
  }

  boolean hasIaaCap() {
    return kind() == DeviceKind.IAX && capabilities().version() >= VERSION_2;
  }

  /** IAACAP, 0 on other devices. */
  long iaacap() {
    return iaacap;
  }

  boolean hasDsaCaps() {
    return kind() == DeviceKind.DSA && capabilities().version() >= VERSION_3;
  }

  /** DSACAP0 and up; none on other devices. */
  List<Long> dsacap() {
    return dsacap;
  }

  /** Whether a vector has to be asked for the handle that descriptors name. */
  boolean interruptHandles() {
    return interruptHandles;
  }

  /** Whether a queue has the capability that a flag of WQCAP tells of. */
  boolean hasWqCapability(Field flag) {
    return flag.isSet(capabilities().wqcap());
  }

  /** The size of a queue's entry in words of 64 bits. */
  int wqEntryWords() {
    return wqEntryBytes(capabilities().wqcap()) / Long.BYTES;
  }

  /** The size of a queue's entry by WQCAP. */
  static int wqEntryBytes(long wqcap) {
    return 1 << (WqCap.WQCFG_SIZE.getInt(wqcap) + 5);
  }

  /** A batch of an IAX is one descriptor, whatever GENCAP says: it shows none. */
  int maxBatchSize() {
    return kind() == DeviceKind.IAX ? 0 : capabilities().maxBatchSize();
  }

  @Override
  public int freeTokens() {
    return freeTokens;
  }

  void countFreeTokensLocked() {
    assertLocked();
    freeTokens = unreservedTokens();
  }

  /** Lets errors and halts interrupt, or no more. */
  void setErrorInterrupts(boolean on) {
    registers().setControl(GenCtrl.SOFTERR_INT_EN, on);
    registers().setControl(GenCtrl.HALT_INT_EN, on);
  }

  /** Mirrors idxd_device_disable(), clean-up B included. */
  @Override
  public void disableLocked() throws ErrnoException {
    assertLocked();
    if (!registers().deviceEnabled()) {
      return;
    }
    int status = commands().disableDeviceLocked();
    if (status != CommandStatus.SUCCESS && status != CommandStatus.DEVICE_NOT_ENABLED) {
      log().warn(this, "Device disable failed: 0x%x", status);
    }
    clearStateLocked();
  }

  @Override
  public MainlineCommands commands() {
    return (MainlineCommands) super.commands();
  }

  /** As {@link #resetLocked} for a device that has halted. */
  void restartLocked() throws ErrnoException {
    int unused = commands().resetHaltedDeviceLocked();
    clearStateLocked();
    setErrorInterrupts(true);
  }

  /** Mirrors idxd_device_reset(). */
  void resetLocked() throws ErrnoException {
    int unused = commands().resetDeviceLocked();
    clearStateLocked();
    setErrorInterrupts(true);
  }

  /**
   * Clean-up B: what the device has forgotten, the driver forgets too. Kept are the limit of read
   * buffers, the count of free ones, the queues' driver names, the error and the event log's size.
   * Mirrors idxd_device_clear_state().
   */
  void clearStateLocked() {
    assertLocked();
    if (capabilities().configurable()) {
      wqs.forEach(MainlineWq::cleanUpWithDeviceLocked);
      groups.forEach(MainlineGroup::clearLocked);
      engines().forEach(engine -> engine.setGroupLocked(null));
    }
    setStateLocked(DeviceState.DISABLED);
  }
}
