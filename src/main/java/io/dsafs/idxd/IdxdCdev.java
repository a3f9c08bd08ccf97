package io.dsafs.idxd;

import io.dsafs.core.CharDevice;
import io.dsafs.core.CharDevices;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceNumber;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.TaskMemory;
import java.util.List;

/**
 * The node of a user queue while the queue is enabled: {@code /dev/dsa/wq0.0}. Mirrors struct
 * idxd_cdev and the creation, deletion and open in cdev.c; the open file is the version's.
 */
public abstract class IdxdCdev extends Device implements CharDevice {
  private static final DeviceType<IdxdCdev> TYPE = new DeviceType<>("idxd_cdev", List.of());

  private final IdxdWq wq;
  private final DeviceNumber number;

  /**
   * @param parent whose directory the node's is in
   */
  protected IdxdCdev(IdxdWq wq, Device parent, DeviceNumber number) {
    super(wq.device().kind().word() + "/" + wq.name(), parent, wq.bus(), TYPE);
    this.wq = wq;
    this.number = number;
  }

  /** Makes the node of a version. */
  @FunctionalInterface
  public interface Maker {
    IdxdCdev make(DeviceNumber number);
  }

  /**
   * Makes the node of a queue, with the wq lock held. It answers opens when everything else is in
   * place. ENOSPC: no minor is left. Mirrors idxd_wq_add_cdev().
   */
  public static IdxdCdev create(IdxdWq wq, Maker maker) throws ErrnoException {
    DriverGlobals.CharRegion region = region(wq);
    int minor = region.minors().allocate();
    if (minor < 0) {
      throw new ErrnoException(Errno.ENOSPC, "no minor is left");
    }
    IdxdCdev node = maker.make(new DeviceNumber(region.major(), minor));
    wq.device().globals().model().addDevice(node);
    wq.setCdev(node);
    try {
      node.charDevices().activate(node.number, node);
    } catch (ErrnoException e) {
      node.unregister();
      throw e;
    }
    return node;
  }

  private static DriverGlobals.CharRegion region(IdxdWq wq) {
    return wq.device().globals().region(wq.device().kind());
  }

  /** Takes the node away; open files stay. Mirrors idxd_wq_del_cdev(). */
  public void delete() {
    charDevices().deactivate(number);
    unregister();
  }

  private void unregister() {
    wq.device().globals().model().removeDevice(this);
    releaseNumber(number);
    wq.setCdev(null);
  }

  /** The minor is free again. */
  protected void releaseNumber(DeviceNumber given) {
    region(wq).minors().release(given.minor());
  }

  private CharDevices charDevices() {
    return wq.device().globals().model().charDevices();
  }

  @Override
  public DeviceNumber number() {
    return number;
  }

  public IdxdWq wq() {
    return wq;
  }

  /** Whether the queue still has this node; a queue enabled again has another. */
  public boolean current() {
    return wq.cdev() == this;
  }

  /**
   * Opens the queue. Errors in order: ENXIO the node or the module is going; EBUSY dedicated and
   * open; EINVAL the opener's memory cannot be reached; ENFILE no descriptor is left to reach it
   * with; those of binding it; dedicated: EBUSY, ENXIO of the commands that put the opener's PASID
   * in place.
   *
   * <p>The wq lock makes the check of the client count and its raising one (14.33). Mirrors
   * idxd_cdev_open().
   */
  @Override
  public final OpenFile open(int tid, int flags) throws ErrnoException {
    if (!wq.device().globals().module().tryGet()) {
      throw new ErrnoException(Errno.ENXIO, "the module is going away");
    }
    wq.wqLock.lock();
    try {
      return openLocked(tid, flags);
    } catch (ErrnoException e) {
      wq.device().globals().module().put();
      throw e;
    } finally {
      wq.wqLock.unlock();
    }
  }

  private OpenFile openLocked(int tid, int flags) throws ErrnoException {
    IdxdDevice device = wq.device();
    if (!current()) {
      throw new ErrnoException(Errno.ENXIO, "the node is gone");
    }
    if (wq.dedicated() && wq.clientCount() > 0) {
      throw new ErrnoException(Errno.EBUSY, wq + " is dedicated and open");
    }
    TaskMemory.Outcome found = device.globals().tasks().find(tid);
    AddressSpace opener = found instanceof TaskMemory.Found memory ? memory.space() : null;
    try {
      int pasid = device.userPasidEnabled() ? bindOpener(found, tid) : 0;
      return bound(new QueueFile.Opening(this, opener, pasid, tid, flags));
    } catch (ErrnoException e) {
      if (opener != null) {
        device.globals().tasks().done(opener);
      }
      throw e;
    }
  }

  /** The opener is bound: puts its PASID in place and counts it. */
  private OpenFile bound(QueueFile.Opening opening) throws ErrnoException {
    IdxdDevice device = wq.device();
    int pasid = opening.pasid();
    device.deviceLock.lock();
    try {
      if (pasid != 0 && wq.dedicated()) {
        wq.setPasidLocked(pasid);
      }
      wq.addClientsLocked(1);
    } catch (ErrnoException e) {
      // The posted code leaks the binding (14.3). The queue stays disabled until it is unbound.
      device.globals().iommu().unbind(pasid);
      device.log().err(wq, "PASID %d not set: %s", pasid, e.getMessage());
      throw e;
    } finally {
      device.deviceLock.unlock();
    }
    QueueFile file = newFile(opening);
    device.addOpenFile(file);
    return file;
  }

  /** What the version puts behind the open. */
  protected abstract QueueFile newFile(QueueFile.Opening opening);

  private int bindOpener(TaskMemory.Outcome found, int tid) throws ErrnoException {
    if (found instanceof TaskMemory.Refused refused) {
      // The limit that was met is that of this machine, not the opener's own.
      boolean full = refused.reason() == TaskMemory.Refusal.NO_DESCRIPTORS;
      Errno errno = full ? Errno.ENFILE : Errno.EINVAL;
      wq.log()
          .err(
              wq,
              "PASID allocation for thread %d failed: its memory cannot be reached: %d",
              tid,
              -errno.number());
      throw new ErrnoException(errno, "the opener's address space: " + refused.reason());
    }
    AddressSpace opener = ((TaskMemory.Found) found).space();
    try {
      DriverGlobals globals = wq.device().globals();
      return globals.pasidOf(globals.iommu().bind(wq.device().pci().name(), opener));
    } catch (ErrnoException e) {
      wq.log()
          .err(wq, "PASID allocation for %s failed: %d", opener.describe(), -e.errno().number());
      throw e;
    }
  }
}
