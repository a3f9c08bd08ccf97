package io.dsafs.idxd;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import java.util.List;

/** The files of an engine's directory. Mirrors idxd_engine_attributes in sysfs.c. */
public final class EngineAttributes {
  public static final List<Attribute<IdxdEngine>> TABLE =
      List.of(
          attr(
              "group_id",
              0644,
              e -> (e.group() == null ? -1 : e.group().id()) + "\n",
              EngineAttributes::storeGroupId,
              since(5, 6)));

  private EngineAttributes() {}

  /**
   * Errors in order: EINVAL not a number; EPERM not configurable; EINVAL no such group and not -1.
   * The state does not matter: the hardware follows when the device is enabled next (14.22).
   * Mirrors engine_group_id_store().
   */
  private static void storeGroupId(IdxdEngine engine, String text) throws ErrnoException {
    long id = KernelText.parseSigned(text);
    IdxdDevice device = engine.device();
    device.deviceLock.lock();
    try {
      if (!device.capabilities().configurable()) {
        throw new ErrnoException(Errno.EPERM, device + " is not configurable");
      }
      if (id < -1 || id >= device.groups().size()) {
        throw new ErrnoException(Errno.EINVAL, "no group " + id);
      }
      engine.setGroupLocked(id == -1 ? null : device.groups().get((int) id));
    } finally {
      device.deviceLock.unlock();
    }
  }
}
