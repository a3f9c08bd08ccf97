package io.dsafs.hw;

import io.dsafs.spec.IntCause;
import io.dsafs.spec.WqCfg;

/**
 * The interrupt of a queue whose occupancy has fallen to a limit: sent once until software clears
 * the mark. Source: hardware reference section 2.11.
 */
final class OccupancyInterrupts {
  private final Bank wqcfg;
  private final InterruptUnit interrupts;

  OccupancyInterrupts(Bank wqcfg, InterruptUnit interrupts) {
    this.wqcfg = wqcfg;
    this.interrupts = interrupts;
  }

  /** Looks at a queue whose occupancy or settings have changed. */
  void checkLocked(WorkQueue queue) {
    int index = queue.index();
    if (!wqcfg.isSet(index, WqCfg.OCCUPANCY_INT_EN)
        || wqcfg.isSet(index, WqCfg.OCCUPANCY_INT)
        || queue.state() != WqCfg.State.ENABLED
        || queue.occupancy() > wqcfg.getInt(index, WqCfg.OCCUPANCY_LIMIT)) {
      return;
    }
    boolean ims = wqcfg.isSet(index, WqCfg.OCCUPANCY_TABLE_SEL);
    int handle = wqcfg.getInt(index, WqCfg.OCCUPANCY_INTH);
    if (!interrupts.isUsable(ims, handle)) {
      // Enable WQ looks at the handle only if the interrupt is enabled by then.
      return;
    }
    wqcfg.set(index, WqCfg.OCCUPANCY_INT, 1);
    if (!ims && handle == 0) {
      interrupts.raise(IntCause.OCCUPANCY);
    } else {
      interrupts.send(ims, handle);
    }
  }

  /** Sends what was posted; called without the lock. */
  void flush() {
    interrupts.flush();
  }
}
