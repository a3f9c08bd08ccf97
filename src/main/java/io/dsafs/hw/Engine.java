package io.dsafs.hw;

import io.dsafs.hw.op.Buffers;
import io.dsafs.hw.op.Operation;
import io.dsafs.hw.op.Work;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.mem.Iommu;
import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Status;

/**
 * An engine: takes a descriptor from its group, runs it, is idle again. It is passive; which thread
 * runs it is decided elsewhere, and only one does at a time.
 *
 * <p>{@link #load} and {@link #retire} are called with the device lock held, {@link #run} without.
 */
final class Engine {
  private final int index;
  private final Object lock;
  private final DeviceState device;
  private final Iommu iommu;
  private final DescriptorChecks checks;
  private final Completions completions;
  private final BatchUnit batches;
  private final MemoryFaults faults;

  private final Submission submission = new Submission(this::isVoid);
  private final Work work;
  private final Work member;
  private final BatchUnit.MemberRunner memberRunner = this::runMember;
  private final DmaBuffer record;
  private final DmaBuffer zeros;

  private Group group;
  private boolean busy;
  private boolean stalled;

  /** Whether the work is so short that handing it to another thread would take longer. */
  private boolean quick;

  private volatile int generation;

  Engine(
      int index,
      Object lock,
      DeviceState device,
      Iommu iommu,
      DescriptorChecks checks,
      Completions completions,
      BatchUnit batches,
      MemoryFaults faults,
      int recordBytes) {
    this.index = index;
    this.lock = lock;
    this.device = device;
    this.iommu = iommu;
    this.checks = checks;
    this.completions = completions;
    this.batches = batches;
    this.faults = faults;
    record = new DmaBuffer(recordBytes);
    zeros = new DmaBuffer(recordBytes);
    Buffers buffers = new Buffers();
    work = new Work(buffers, this::isVoid);
    member = new Work(buffers, this::isVoid);
  }

  int index() {
    return index;
  }

  void setGroup(Group to) {
    group = to;
  }

  boolean isBusy() {
    return busy;
  }

  /** Whether the engine takes nothing; what it is busy with it finishes. */
  boolean isStalled() {
    return stalled;
  }

  void setStalled(boolean on) {
    stalled = on;
  }

  /** Takes the next descriptor of the group and is busy with it. */
  boolean load() {
    assert Thread.holdsLock(lock);
    if (busy || stalled || group == null || !group.take(work.words(), submission)) {
      return false;
    }
    busy = true;
    generation = device.generation();
    return true;
  }

  void setQuick(boolean isQuick) {
    quick = isQuick;
  }

  /** Asked only by the thread that runs the engine. */
  boolean isQuick() {
    return quick;
  }

  /** What the engine is busy with. */
  Submission submission() {
    return submission;
  }

  /** The number of bytes the descriptor says, whatever the operation. */
  long size() {
    return work.size();
  }

  boolean isBatch() {
    return work.opcode() == Opcode.BATCH.code();
  }

  boolean isDrain() {
    return work.opcode() == Opcode.DRAIN.code();
  }

  /** Whether what the engine is busy with has become void meanwhile. */
  boolean isVoid() {
    return generation != device.generation();
  }

  /** Is idle again. */
  void retire() {
    assert Thread.holdsLock(lock);
    busy = false;
    if (isVoid()) {
      submission.queue.countAbandoned();
    } else {
      submission.queue.countCompleted(
          work.succeeded() || work.status() == Status.SUCCESS_PRED.code());
    }
  }

  /** Runs the descriptor to its completion. */
  void run() {
    AddressSpace memory = submission.hasPasid ? iommu.lookup(submission.pasid) : iommu.kernel();
    begin(work, faults.over(memory, submission.hasPasid, submission.pasid));
    process(work, -1);
  }

  private boolean runMember(int batchIndex) {
    begin(member, work.memory());
    process(member, batchIndex);
    return !submission.recordLogged;
  }

  /** Which pages the device may ask for. Source: hardware reference section 7.1. */
  private void begin(Work on, AddressSpace memory) {
    QueueSettings settings = submission.settings;
    boolean asking = device.asksForPages(settings);
    boolean blocking = asking && on.has(Flag.BOF) && settings.blockOnFault();
    AddressSpace resident = memory == null ? null : memory.resident();
    on.begin(
        asking ? memory : resident,
        blocking ? memory : resident,
        settings.maxTransferBytes(),
        settings.maxBatch(),
        blocking);
  }

  private void process(Work on, int batchIndex) {
    Operation operation = checks.check(on, submission, batchIndex >= 0);
    boolean ready = operation != null;
    if (ready && completions.isProbeNeeded(on, operation.writes())) {
      ready = completions.probe(on, zeros);
    }
    if (ready) {
      if (on.opcode() == Opcode.BATCH.code()) {
        batches.run(on, member, memberRunner);
      } else {
        operation.perform(on);
      }
    }
    if (!isVoid()) {
      completions.complete(on, submission, record, batchIndex, operation != null);
    }
  }
}
