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
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What it takes to run a descriptor, and the descriptor: an engine's, one after the other, run by
 * one thread at a time. That thread may be held up for ever in the memory of a client; the engine
 * then gets another execution, and what is left of this one is void.
 *
 * <p>{@link #load} and {@link #retire} are called with the device lock held, {@link #run} without.
 */
final class Execution {
  /** What the executions of a device share. */
  record Units(
      DeviceState device,
      Iommu iommu,
      DescriptorChecks checks,
      Completions completions,
      BatchUnit batches,
      MemoryFaults faults,
      int recordBytes) {}

  private final Units units;
  private final Submission submission = new Submission(this::isVoid);
  private final Work work;
  private final Work member;
  private final BatchUnit.MemberRunner memberRunner = this::runMember;
  private final DmaBuffer record;
  private final DmaBuffer zeros;

  /** A descriptor has been taken that no thread has begun to run. */
  private final AtomicBoolean ready = new AtomicBoolean();

  private volatile int generation;
  private volatile boolean givenUp;

  /** Counts signs of life. Read by others, approximately: seconds are what matters. */
  private int beats;

  /** What went wrong when the descriptor was taken, to be thrown where it is run. */
  private Throwable failure;

  Execution(Units units) {
    this.units = units;
    record = new DmaBuffer(units.recordBytes());
    zeros = new DmaBuffer(units.recordBytes());
    Buffers buffers = new Buffers();
    work = new Work(buffers, this::isVoid);
    member = new Work(buffers, this::isVoid);
  }

  /** Takes the next descriptor of a group; answers false if there is none. */
  boolean load(Group group) {
    if (!group.take(work.words(), submission)) {
      return false;
    }
    generation = units.device().generation();
    failure = null;
    beat();
    ready.set(true);
    return true;
  }

  /** True for one thread, which is to run the descriptor. */
  boolean begin() {
    return ready.compareAndSet(true, false);
  }

  /** Whether there is a descriptor that no thread has begun to run. */
  boolean isReady() {
    return ready.get();
  }

  /** The descriptor was taken, and then something failed that must not be lost. */
  void failLater(Throwable unforeseen) {
    failure = unforeseen;
  }

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

  /** Whether the descriptor has become void meanwhile. Asked between pieces: a sign of life. */
  boolean isVoid() {
    beat();
    return givenUp || generation != units.device().generation();
  }

  private void beat() {
    beats++;
  }

  /** Another number than before: the thread that runs this is not held up. */
  int beats() {
    return beats;
  }

  /** The descriptor is void, and so is whatever the thread that runs it still does. */
  void giveUp() {
    givenUp = true;
  }

  /** Counts what has become of the descriptor. */
  void retire() {
    if (isVoid()) {
      submission.queue.countAbandoned();
    } else {
      submission.queue.countCompleted(
          work.succeeded() || work.status() == Status.SUCCESS_PRED.code());
    }
  }

  /** Runs the descriptor to its completion. */
  void run() {
    if (failure != null) {
      throw new IllegalStateException("taking a descriptor failed", failure);
    }
    boolean hasPasid = submission.hasPasid;
    AddressSpace memory =
        hasPasid ? units.iommu().lookup(submission.pasid) : units.iommu().kernel();
    begin(work, units.faults().over(memory, hasPasid, submission.pasid));
    process(work, -1);
  }

  private boolean runMember(int batchIndex) {
    begin(member, work.memory());
    process(member, batchIndex);
    return !submission.recordLogged;
  }

  /**
   * Which pages the device may ask for. Source: DSA specification (341204), Page Fault Handling.
   */
  private void begin(Work on, AddressSpace memory) {
    QueueSettings settings = submission.settings;
    boolean asking = units.device().asksForPages(settings);
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
    Completions completions = units.completions();
    Operation operation = units.checks().check(on, submission, batchIndex >= 0);
    boolean ready = operation != null;
    if (ready && completions.isProbeNeeded(on, operation.writes())) {
      ready = completions.probe(on, zeros) && !isVoid();
    }
    if (ready) {
      if (on.opcode() == Opcode.BATCH.code()) {
        units.batches().run(on, member, memberRunner);
      } else {
        operation.perform(on);
      }
    }
    if (!isVoid()) {
      completions.complete(on, submission, record, batchIndex, operation != null);
    }
  }
}
