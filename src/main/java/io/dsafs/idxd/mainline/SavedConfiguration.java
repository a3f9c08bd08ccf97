package io.dsafs.idxd.mainline;

import io.dsafs.core.Driver;
import io.dsafs.idxd.IdxdGroup;
import io.dsafs.idxd.WqState;
import io.dsafs.idxd.WqType;
import java.util.ArrayList;
import java.util.List;

/**
 * What the driver keeps of a device's configuration while its function is reset: the device's, the
 * groups' and engines', and that of the queues that are enabled. Not kept are the operations of
 * queues, progress limits, and queues that are disabled. Mirrors idxd_device_config_save() and
 * idxd_device_config_restore() in init.c.
 *
 * <p>Source: mainline section 3.9.
 */
final class SavedConfiguration {
  private record Group(
      int tokensAllowed,
      int tokensReserved,
      boolean useTokenLimit,
      int trafficClassA,
      int trafficClassB) {}

  private record Queue(
      int id,
      IdxdGroup group,
      boolean dedicated,
      boolean blockOnFault,
      boolean atsDisabled,
      boolean prsDisabled,
      int threshold,
      int size,
      int priority,
      WqType type,
      String name,
      long maxXferBytes,
      int maxBatchSize,
      int enqcmdsRetries,
      String driverName) {}

  private final Driver driver;
  private final int tokenLimit;
  private final int eventLogEntries;
  private final List<Group> groups = new ArrayList<>();
  private final List<IdxdGroup> engineGroups = new ArrayList<>();
  private final List<Queue> queues = new ArrayList<>();

  SavedConfiguration(MainlineDevice device) {
    driver = device.driver();
    tokenLimit = device.tokenLimit();
    eventLogEntries = device.eventLog().entries();
    device.groups().forEach(group -> groups.add(save(group)));
    device.engines().forEach(engine -> engineGroups.add(engine.group()));
    for (MainlineWq wq : device.wqs()) {
      if (wq.state() == WqState.ENABLED) {
        queues.add(save(wq));
      }
    }
  }

  private static Group save(MainlineGroup group) {
    return new Group(
        group.tokensAllowed(),
        group.tokensReserved(),
        group.useTokenLimit(),
        group.trafficClassA(),
        group.trafficClassB());
  }

  private static Queue save(MainlineWq wq) {
    return new Queue(
        wq.id(),
        wq.group(),
        wq.dedicated(),
        wq.blockOnFault(),
        wq.atsDisabled(),
        wq.prsDisabled(),
        wq.threshold(),
        wq.size(),
        wq.priority(),
        wq.queueType(),
        wq.queueName(),
        wq.maxXferBytes(),
        wq.maxBatchSize(),
        wq.enqcmdsRetries(),
        wq.driverName());
  }

  /** The driver that the device was bound to, or null. */
  Driver driver() {
    return driver;
  }

  /** The queues of that type that were enabled, by number. */
  List<Integer> queues(WqType type) {
    return queues.stream().filter(queue -> queue.type() == type).map(Queue::id).toList();
  }

  /** Gives the configuration back to a device that is as after its probe. */
  void restoreLocked(MainlineDevice device) {
    device.setTokenLimitLocked(tokenLimit);
    device.eventLog().setEntriesLocked(eventLogEntries);
    for (int id = 0; id < groups.size(); id++) {
      restoreLocked(device.groups().get(id), groups.get(id));
    }
    for (int id = 0; id < engineGroups.size(); id++) {
      device.engines().get(id).setGroupLocked(engineGroups.get(id));
    }
    queues.forEach(queue -> restoreLocked(device.wqs().get(queue.id()), queue));
  }

  private static void restoreLocked(MainlineGroup group, Group saved) {
    group.setTokensAllowedLocked(saved.tokensAllowed());
    group.setTokensReservedLocked(saved.tokensReserved());
    group.setUseTokenLimitLocked(saved.useTokenLimit());
    group.setTrafficClassALocked(saved.trafficClassA());
    group.setTrafficClassBLocked(saved.trafficClassB());
  }

  private static void restoreLocked(MainlineWq wq, Queue saved) {
    wq.setGroupLocked(saved.group());
    wq.setDedicatedLocked(saved.dedicated());
    wq.setAtsDisabledLocked(saved.atsDisabled());
    wq.setPrsDisabledLocked(saved.prsDisabled());
    wq.setBlockOnFaultLocked(saved.blockOnFault());
    wq.setSizeLocked(saved.size());
    wq.setThresholdLocked(saved.threshold());
    wq.setPriorityLocked(saved.priority());
    // The type first: a change of it empties the name.
    wq.setQueueTypeLocked(saved.type());
    wq.setQueueNameLocked(saved.name());
    wq.setMaxXferBytesLocked(saved.maxXferBytes());
    wq.setMaxBatchSizeLocked(saved.maxBatchSize());
    wq.setEnqcmdsRetries(saved.enqcmdsRetries());
    wq.setDriverNameLocked(saved.driverName());
  }
}
