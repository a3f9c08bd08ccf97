package io.dsafs.idxd.swq;

import io.dsafs.core.DeviceType;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.CommandStatus;
import io.dsafs.idxd.CompletionInterrupt;
import io.dsafs.idxd.DeviceConfig;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.IdxdDevice;
import java.util.List;

/** A device of this version: a disabled one is ready to be configured. */
final class SwqDevice extends IdxdDevice {
  private static final DeviceType<SwqDevice> TYPE = new DeviceType<>("dsa", DeviceAttributes.TABLE);

  private final boolean strictAbi;
  private final List<SwqGroup> groups;
  private final List<SwqWq> wqs;
  private final SwqConfig config;

  SwqDevice(Found found, boolean strictAbi) {
    super(found, TYPE);
    this.strictAbi = strictAbi;
    this.groups = members(capabilities().maxGroups(), id -> new SwqGroup(this, id));
    this.wqs = members(capabilities().maxWqs(), id -> new SwqWq(this, id));
    this.config = new SwqConfig(this);
  }

  /** Whether what March 2020 did not have is left out. */
  boolean strictAbi() {
    return strictAbi;
  }

  @Override
  public DeviceConfig config() {
    return config;
  }

  @Override
  public List<SwqGroup> groups() {
    return groups;
  }

  @Override
  public List<SwqWq> wqs() {
    return wqs;
  }

  /** One switch for the kernel's PASID and those of processes. */
  @Override
  public boolean userPasidEnabled() {
    return systemPasid().enabled();
  }

  @Override
  public int freeTokens() {
    return unreservedTokens();
  }

  /** Lets errors interrupt, and says who may use the completion vectors; entry 0 is left alone. */
  void setUpInterruptRegisters() {
    registers().setErrorInterrupts(true);
    for (CompletionInterrupt handler : completionInterrupts()) {
      registers().writeMsixPermission(handler.vector(), systemPasid().pasid());
    }
  }

  @Override
  public void disableLocked() throws ErrnoException {
    assertLocked();
    if (!registers().deviceEnabled()) {
      return;
    }
    int status = commands().disableDeviceLocked();
    // A test of bits, not of the value: any odd status passes (14.25).
    if (status != CommandStatus.SUCCESS && (status & CommandStatus.DEVICE_NOT_ENABLED) == 0) {
      throw CommandStatus.refused("disabling " + this, status);
    }
    setStateLocked(DeviceState.CONF_READY);
  }

  /** The device has stopped by itself: nothing is enabled any more. */
  void markHaltedLocked() {
    assertLocked();
    wqs.forEach(SwqWq::markDisabledLocked);
    setStateLocked(DeviceState.HALTED);
  }
}
