package io.dsafs.idxd.swq;

import io.dsafs.core.DeviceType;
import io.dsafs.core.ErrnoException;
import io.dsafs.idxd.CommandStatus;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.WqState;

/** A work queue of this version. */
final class SwqWq extends IdxdWq {
  private static final DeviceType<SwqWq> TYPE = new DeviceType<>("wq", WqAttributes.TABLE);

  private final SwqDevice device;
  private volatile int openerPasid;

  SwqWq(SwqDevice device, int id) {
    super(device, id, TYPE);
    this.device = device;
  }

  @Override
  public SwqDevice device() {
    return device;
  }

  @Override
  public void clearClientsLocked() {
    super.clearClientsLocked();
    openerPasid = 0;
  }

  /** Mirrors idxd_wq_disable(). */
  @Override
  public void disableLocked() throws ErrnoException {
    device.assertLocked();
    if (state() != WqState.ENABLED) {
      return;
    }
    int status = device.commands().disableWqLocked(id());
    if (status != CommandStatus.SUCCESS) {
      throw CommandStatus.refused("disabling " + this, status);
    }
    setStateLocked(WqState.DISABLED);
  }

  /** On an error of the last step the queue stays disabled (14.3). */
  @Override
  public void setPasidLocked(int pasid) throws ErrnoException {
    whileOffLocked(() -> device.registers().setWqPasid(id(), true, pasid));
    openerPasid = pasid;
  }

  /**
   * The posted code clears the bits in the first dword, which holds the size; the PASID is in the
   * third (14.2).
   */
  @Override
  public void clearPasidLocked() throws ErrnoException {
    openerPasid = 0;
    whileOffLocked(() -> device.registers().setWqPasid(id(), false, 0));
  }

  /** The PASID that an open file of this dedicated queue has put in place, or 0. */
  int openerPasid() {
    return openerPasid;
  }
}
