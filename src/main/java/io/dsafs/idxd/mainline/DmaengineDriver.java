package io.dsafs.idxd.mainline;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import io.dsafs.idxd.BindingSteps;
import io.dsafs.idxd.SoftwareStatus;
import io.dsafs.idxd.WqType;

/**
 * The driver {@code dmaengine}: gives a queue to clients in the kernel, as a channel. Mirrors
 * idxd_dmaengine_drv_probe() and _remove() in dma.c.
 */
final class DmaengineDriver extends WqDriver {
  DmaengineDriver(ObjectBus bus, Module module) {
    super("dmaengine", bus, module, WqType.KERNEL);
  }

  /** ENODEV: the queue's driver name; its type is then none, whatever it was. */
  @Override
  void check(MainlineWq wq) throws ErrnoException {
    try {
      checkDriverName(wq);
    } catch (ErrnoException e) {
      setType(wq, WqType.NONE);
      throw e;
    }
  }

  /** Errors in order: ENXIO whatever {@link WqEnabling#enable} answers; that of the channel. */
  @Override
  void enable(MainlineWq wq) throws ErrnoException {
    try {
      WqEnabling.enable(wq);
    } catch (ErrnoException e) {
      throw new ErrnoException(Errno.ENXIO, e.getMessage());
    }
    try {
      BindingSteps.registerChannel(wq);
    } catch (ErrnoException e) {
      WqEnabling.disable(wq);
      wq.device().setSoftwareStatus(SoftwareStatus.DMA_CHAN_ERR);
      throw e;
    }
  }
}
