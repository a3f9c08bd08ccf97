package io.dsafs.hw;

import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GrpCfg;
import io.dsafs.spec.WqCfg;
import java.util.ArrayList;
import java.util.List;

/**
 * Which queues and engines there are, and the groups they form. Groups are formed when the device
 * is enabled and stay until it is disabled: engines follow the membership as it was programmed
 * then. (A queue outside of all groups has size 0, or the device would not have been enabled, and
 * so cannot be enabled either.) All methods are called with the device lock held.
 */
final class Topology {
  private final DeviceProfile profile;
  private final Registers registers;
  private final WorkQueue[] queues;
  private final Engine[] engines;
  private final long[] allOperations;

  Topology(DeviceProfile profile, Registers registers, Engine[] engines) {
    this.profile = profile;
    this.registers = registers;
    this.engines = engines.clone();
    queues = new WorkQueue[profile.queueCount()];
    for (int i = 0; i < queues.length; i++) {
      queues[i] = new WorkQueue(i, registers.wqcfg);
    }
    allOperations = new long[4];
    for (int word = 0; word < allOperations.length; word++) {
      allOperations[word] = profile.opcapWord(word);
    }
  }

  /** In order of index; not to be changed. */
  WorkQueue[] queues() {
    return queues;
  }

  /** Forms the groups that GRPCFG says. */
  void form() {
    dissolve();
    for (int index = 0; index < registers.grpcfg.count(); index++) {
      long queueBits = registers.grpcfg.get(index, GrpCfg.WQS);
      long engineBits = registers.grpcfg.get(index, GrpCfg.ENGINES);
      List<WorkQueue> groupQueues = new ArrayList<>();
      for (WorkQueue queue : queues) {
        if ((queueBits >>> queue.index() & 1) != 0) {
          groupQueues.add(queue);
        }
      }
      List<Engine> groupEngines = new ArrayList<>();
      for (Engine engine : engines) {
        if ((engineBits >>> engine.index() & 1) != 0) {
          groupEngines.add(engine);
        }
      }
      Group group =
          new Group(
              groupQueues.toArray(new WorkQueue[0]),
              groupEngines.toArray(new Engine[0]),
              registers.grpcfg.getInt(index, GrpCfg.TC_A),
              registers.grpcfg.getInt(index, GrpCfg.TC_B));
      groupQueues.forEach(queue -> queue.setGroup(group));
      groupEngines.forEach(engine -> engine.setGroup(group));
    }
  }

  private void dissolve() {
    for (WorkQueue queue : queues) {
      queue.setGroup(null);
    }
    for (Engine engine : engines) {
      engine.setGroup(null);
    }
  }

  /** The configuration of a queue that is about to be enabled. */
  QueueSettings settingsOf(int index) {
    long[] operations = allOperations;
    if (profile.hasOperationConfig()) {
      operations = new long[allOperations.length];
      for (int word = 0; word < operations.length; word++) {
        operations[word] = registers.wqcfg.get(index, WqCfg.opConfig(word));
      }
    }
    boolean userInterrupts = registers.gencfg.isSet(0, GenCfg.USER_INT_EN);
    return new QueueSettings(registers.wqcfg, index, userInterrupts, operations);
  }

  /** Everything queued is abandoned and no queue takes more. */
  void vanish() {
    for (WorkQueue queue : queues) {
      queue.abandon();
      queue.setState(WqCfg.State.DISABLED);
    }
  }
}
