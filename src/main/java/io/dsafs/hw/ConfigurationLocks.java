package io.dsafs.hw;

import io.dsafs.spec.Access;
import io.dsafs.spec.Field;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.WqCfg;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * When the fields of the configuration tables can be written, and what their writes set off.
 * Source: hardware reference sections 2.5, 2.10 and 2.11.
 */
final class ConfigurationLocks {
  private final boolean configurable;
  private final boolean hasEventLog;
  private final DeviceState state;
  private final Topology topology;
  private final OccupancyInterrupts occupancy;

  ConfigurationLocks(
      DeviceProfile profile, DeviceState state, Topology topology, OccupancyInterrupts occupancy) {
    configurable = profile.configurable();
    hasEventLog = profile.hasEventLog();
    this.state = state;
    this.topology = topology;
    this.occupancy = occupancy;
  }

  void hangOn(Registers registers) {
    registers.gencfg.lockedFieldsWritableWhen(index -> configurable && state.isDisabled());
    registers.gencfg.writableWhen(GenCfg.EVL_EN, index -> hasEventLog);
    registers.grpcfg.lockedFieldsWritableWhen(index -> configurable && state.isDisabled());
    if (registers.evlcfg != null) {
      registers.evlcfg.lockedFieldsWritableWhen(index -> state.isDisabled());
    }
    hangOnQueues(registers.wqcfg);
  }

  private void hangOnQueues(Bank wqcfg) {
    IntPredicate open = wq -> configurable && isQueueDisabled(wq);
    IntPredicate openMode =
        wq -> isQueueDisabled(wq) && (configurable || wqcfg.isSet(wq, WqCfg.MODE_SUPPORT));
    List<Field> modeFields =
        List.of(
            WqCfg.MODE,
            WqCfg.PASID,
            WqCfg.PASID_EN,
            WqCfg.PRIV,
            WqCfg.OCCUPANCY_INTH,
            WqCfg.OCCUPANCY_TABLE_SEL);
    wqcfg.writableWhen(WqCfg.SIZE, wq -> configurable && state.isDisabled());
    wqcfg.writableWhen(WqCfg.OCCUPANCY_LIMIT, wq -> !wqcfg.isSet(wq, WqCfg.OCCUPANCY_INT_EN));
    for (Field field : wqcfg.layout().fields()) {
      boolean otherwise = field.equals(WqCfg.SIZE) || field.equals(WqCfg.OCCUPANCY_LIMIT);
      if (field.access() == Access.READ_WRITE_LOCKED && !otherwise) {
        wqcfg.writableWhen(field, modeFields.contains(field) ? openMode : open);
      }
    }
    wqcfg.onRead(WqCfg.OCCUPANCY, wq -> topology.queues()[wq].occupancy());
    Bank.WriteAction look = (wq, written) -> occupancy.checkLocked(topology.queues()[wq]);
    wqcfg.onWrite(WqCfg.OCCUPANCY_LIMIT, look);
    wqcfg.onWrite(WqCfg.OCCUPANCY_INT_EN, look);
    wqcfg.onWrite(WqCfg.OCCUPANCY_INT, look);
  }

  private boolean isQueueDisabled(int wq) {
    return topology.queues()[wq].state() == WqCfg.State.DISABLED;
  }
}
