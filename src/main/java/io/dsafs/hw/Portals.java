package io.dsafs.hw;

import io.dsafs.spec.Portal;
import io.dsafs.spec.Status;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;

/**
 * BAR2: where descriptors are written. Takes the device lock itself. Source: hardware reference
 * sections 2.13 and 3.1.
 */
final class Portals {
  private static final long ALIGNMENT = 64;

  /** Where the operation code is in a descriptor. */
  private static final int OPCODE_OFFSET = 7;

  private final Object lock;
  private final PciConfig config;
  private final DeviceState state;
  private final Topology topology;
  private final Scheduler scheduler;
  private final InterruptUnit interrupts;
  private final SoftwareErrors errors;
  private boolean refusing;

  Portals(
      Object lock,
      PciConfig config,
      DeviceState state,
      Topology topology,
      Scheduler scheduler,
      InterruptUnit interrupts,
      SoftwareErrors errors) {
    this.lock = lock;
    this.config = config;
    this.state = state;
    this.topology = topology;
    this.scheduler = scheduler;
    this.interrupts = interrupts;
    this.errors = errors;
  }

  /**
   * Takes a descriptor, or does not.
   *
   * @param offset in BAR2
   * @param deferrable whether the write is to be answered, as those for shared queues are
   * @return whether it was accepted
   */
  boolean submit(long offset, ByteBuffer source, int sourceOffset, boolean deferrable) {
    Engine engine;
    synchronized (lock) {
      WorkQueue queue = queueAt(offset);
      if (queue == null) {
        return false;
      }
      Portal portal = Portal.at(offset);
      if (!accepts(queue, portal, deferrable) && !acceptsLater(queue, portal, deferrable)) {
        if (deferrable) {
          queue.countRetried();
        } else {
          dropped(queue, source, sourceOffset);
        }
        return false;
      }
      queue.push(source, sourceOffset, portal.ims());
      engine = scheduler.claimLocked(queue.group());
    }
    if (engine != null) {
      scheduler.start(engine);
    }
    return true;
  }

  private WorkQueue queueAt(long offset) {
    boolean aligned = offset >= 0 && offset % ALIGNMENT == 0;
    long index = offset / Portal.WQ_BYTES;
    return aligned && index < topology.queues().length && config.isDecoding()
        ? topology.queues()[(int) index]
        : null;
  }

  /** From now on nothing is accepted. */
  void refuseLocked() {
    refusing = true;
  }

  private boolean accepts(WorkQueue queue, Portal portal, boolean deferrable) {
    return takes(queue, portal, deferrable) && hasRoom(queue, portal);
  }

  private boolean takes(WorkQueue queue, Portal portal, boolean deferrable) {
    return state.isEnabled()
        && !refusing
        && queue.state() == WqCfg.State.ENABLED
        && isServed(queue)
        && (!portal.ims() || interrupts.hasIms())
        && queue.settings().dedicated() != deferrable;
  }

  private static boolean hasRoom(WorkQueue queue, Portal portal) {
    return queue.occupancy() < queue.limit(portal.limited());
  }

  /**
   * Whether a full queue accepts after all: a thread that writes many descriptors finds it full of
   * its own, which it is to run itself when it has answered.
   */
  private boolean acceptsLater(WorkQueue queue, Portal portal, boolean deferrable) {
    return takes(queue, portal, deferrable)
        && scheduler.awaitRoomLocked(
            queue.group(), () -> !takes(queue, portal, deferrable) || hasRoom(queue, portal))
        && accepts(queue, portal, deferrable);
  }

  /** What no engine would ever take is not accepted. */
  private static boolean isServed(WorkQueue queue) {
    return queue.group() != null && queue.group().hasEngines();
  }

  /** A posted write that is not accepted; only a full dedicated queue tells. */
  private void dropped(WorkQueue queue, ByteBuffer source, int sourceOffset) {
    queue.countDropped();
    boolean full =
        state.isEnabled()
            && queue.state() == WqCfg.State.ENABLED
            && queue.settings().dedicated()
            && queue.occupancy() >= queue.settings().size();
    if (full) {
      QueueSettings settings = queue.settings();
      int operation = source.get(sourceOffset + OPCODE_OFFSET) & 0xff;
      int pasid = settings.pasidEnabled() ? settings.pasid() : 0;
      boolean priv = settings.pasidEnabled() && settings.priv();
      long word = Completions.describe(queue.index(), operation, pasid, priv);
      errors.record(SwErr.ERROR.with(word, Status.DWQ_FULL.code()), 0, 0);
    }
  }
}
