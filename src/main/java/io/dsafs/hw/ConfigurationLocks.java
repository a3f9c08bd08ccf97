package io.dsafs.hw;

import io.dsafs.spec.Access;
import io.dsafs.spec.Field;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.WqCfg;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * When the fields of the configuration tables can be written, and what their writes set off.
 *
 * <p>While the device is enabled, GRPCFG and GENCFG are frozen, and WQCFG of a queue while that
 * queue is enabled. Two choices let a queue that is configured late become useful instead of taking
 * descriptors that nobody runs: its size can be written although the device is enabled, and so can
 * its bit in GRPCFG as long as it is disabled and was in no group when the device was enabled; the
 * queue joins that group when it is enabled. Source: hardware reference sections 2.5, 2.10 and
 * 2.11, driver reference section 4.3, which leaves the choice open.
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
    registers.grpcfg.onWrite(
        GrpCfg.WQS, (group, written) -> addLate(registers.grpcfg, group, written));
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
    wqcfg.writableWhen(WqCfg.OCCUPANCY_LIMIT, wq -> !wqcfg.isSet(wq, WqCfg.OCCUPANCY_INT_EN));
    for (Field field : wqcfg.layout().fields()) {
      if (field.access() == Access.READ_WRITE_LOCKED && !field.equals(WqCfg.OCCUPANCY_LIMIT)) {
        wqcfg.writableWhen(field, modeFields.contains(field) ? openMode : open);
      }
    }
    wqcfg.onRead(WqCfg.OCCUPANCY, wq -> topology.queues()[wq].occupancy());
    Bank.WriteAction look = (wq, written) -> occupancy.checkLocked(topology.queues()[wq]);
    wqcfg.onWrite(WqCfg.OCCUPANCY_LIMIT, look);
    wqcfg.onWrite(WqCfg.OCCUPANCY_INT_EN, look);
    wqcfg.onWrite(WqCfg.OCCUPANCY_INT, look);
  }

  /** Takes over the bits of late queues from a write to the lowest dword of a frozen bitmap. */
  private void addLate(Bank grpcfg, int group, int written) {
    if (!configurable || state.isDisabled()) {
      return; // the bitmap was writable as a whole
    }
    long late = 0;
    for (WorkQueue queue : topology.queues()) {
      if (queue.group() == null && queue.state() == WqCfg.State.DISABLED) {
        late |= 1L << queue.index();
      }
    }
    long before = grpcfg.get(group, GrpCfg.WQS);
    grpcfg.set(group, GrpCfg.WQS, (before & ~late) | (written & late));
  }

  private boolean isQueueDisabled(int wq) {
    return topology.queues()[wq].state() == WqCfg.State.DISABLED;
  }
}
