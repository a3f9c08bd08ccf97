package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import io.dsafs.idxd.BindingSteps;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.idxd.WqType;

/**
 * The driver {@code user}: gives a queue to processes, through its node. Mirrors
 * idxd_user_drv_probe() and _remove() in cdev.c.
 */
final class UserDriver extends WqDriver {
  UserDriver(ObjectBus bus, Module module) {
    super("user", bus, module, WqType.USER);
  }

  /**
   * Errors in order: ENODEV the queue's driver name; EOPNOTSUPP no PASID for processes, without
   * which one could write into another's memory.
   */
  @Override
  void check(MainlineWq wq) throws ErrnoException {
    checkDriverName(wq);
    if (!wq.device().userPasidEnabled()) {
      wq.device().setSoftwareStatus(SoftwareStatus.WQ_USER_NO_IOMMU);
      throw new ErrnoException(Errno.EOPNOTSUPP, "no user queue without PASID");
    }
  }

  /** Errors in order: those of {@link WqEnabling#enable}; that of the node. */
  @Override
  void enable(MainlineWq wq) throws ErrnoException {
    WqEnabling.enable(wq);
    try {
      BindingSteps.createNode(wq, number -> new MainlineCdev(wq, number));
    } catch (ErrnoException e) {
      WqEnabling.disable(wq);
      wq.device().setSoftwareStatus(SoftwareStatus.CDEV_ERR);
      throw e;
    }
  }
}
