package io.dsafs.hw;

import io.dsafs.spec.CommandError;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.Status;
import io.dsafs.spec.SwErr;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Errors on demand: makes a device behave as a faulty one, or as one on a faulty machine, would.
 * What is set here stays through resets, until it is taken back.
 *
 * <p>A façade: each unit has its own part. It may be used from any thread.
 */
public final class FaultInjection {
  /** The bits of SWERROR that belong to the register itself. */
  private static final long OWN_BITS = SwErr.VALID.mask() | SwErr.OVERFLOW.mask();

  private final DsaDevice device;
  private final Object lock;
  private final Scheduler scheduler;
  private final CommandUnit commands;
  private final SoftwareErrors errors;
  private final PciConfig config;
  private final MemoryFaults memory;
  private final RecordFaults records;
  private final InterruptUnit interrupts;

  FaultInjection(
      DsaDevice device,
      Object lock,
      Scheduler scheduler,
      CommandUnit commands,
      SoftwareErrors errors,
      PciConfig config,
      MemoryFaults memory,
      RecordFaults records,
      InterruptUnit interrupts) {
    this.device = device;
    this.lock = lock;
    this.scheduler = scheduler;
    this.commands = commands;
    this.errors = errors;
    this.config = config;
    this.memory = memory;
    this.records = records;
    this.interrupts = interrupts;
  }

  // Engines.

  /** All engines of the device, a bit for each. */
  public long engines() {
    return -1L >>> (Long.SIZE - device.profile().engineCount());
  }

  /** The engines that are stalled, a bit for each. */
  public long stalledEngines() {
    synchronized (lock) {
      return scheduler.stalledLocked();
    }
  }

  /**
   * From now on these engines take no descriptor, and all others do; what an engine runs, it
   * finishes.
   *
   * @param bitmap a bit for each engine; bits beyond the last are ignored
   */
  public void stallEngines(long bitmap) {
    scheduler.stall(bitmap);
    device.flushInterrupts();
  }

  // Halt and errors.

  /** What the device needs to leave Halt, or null if it is not in Halt. */
  public GenSts.ResetType halted() {
    synchronized (lock) {
      return device.haltedLocked();
    }
  }

  /**
   * The device meets a fatal error: it records the software error 0x51, as after a change of its
   * configuration that it does not bear, and halts.
   *
   * @return false if it has halted already, so that nothing has happened
   */
  public boolean halt(GenSts.ResetType needed) {
    synchronized (lock) {
      if (device.haltedLocked() != null) {
        return false;
      }
      errors.record(Status.PCI_CONFIG);
      device.haltLocked(needed);
    }
    device.flushInterrupts();
    return true;
  }

  /** Power goes off and on again: the device forgets everything but what is set here. */
  public void powerCycle() {
    device.powerCycle();
  }

  /**
   * Raises a software error as the hardware does: it is kept if the register is free, else counts
   * as an overflow.
   *
   * @param word0 the first word of SWERROR; valid and overflow in it do not matter
   * @param word1 the second word
   * @param faultAddress the third word
   */
  public void raiseSoftwareError(long word0, long word1, long faultAddress) {
    device.injectSwError(word0 & ~OWN_BITS, word1, faultAddress);
  }

  /** The four words of SWERROR. */
  public long[] softwareError() {
    synchronized (lock) {
      return errors.words();
    }
  }

  // Commands.

  /** Whether the next command will be held, or one is. */
  public boolean holdsCommands() {
    synchronized (lock) {
      return commands.isHolding();
    }
  }

  /** What the next command will be answered with. */
  public OptionalInt commandAnswer() {
    synchronized (lock) {
      Integer forced = commands.forcedAnswer();
      return forced == null ? OptionalInt.empty() : OptionalInt.of(forced);
    }
  }

  /** The next command stays active without effect until it is answered, or allowed to run. */
  public void holdCommand() {
    synchronized (lock) {
      commands.hold();
    }
  }

  /**
   * The next command, or the one that is held, is answered with a code and has no effect.
   *
   * @param code 0 to 255; see {@link CommandError}
   */
  public void answerCommand(int code) {
    synchronized (lock) {
      commands.force(code);
    }
    commandMoved();
  }

  /** Commands run again; one that is held runs now, however long nobody has waited for it. */
  public void letCommandsRun() {
    synchronized (lock) {
      commands.letRun();
    }
    commandMoved();
  }

  private void commandMoved() {
    synchronized (lock) {
      scheduler.progressLocked();
    }
    device.flushInterrupts();
  }

  // Memory.

  /**
   * From now on all accesses of the device to some pages fault.
   *
   * @param first an address in the first page
   * @param last an address in the last page, at or above {@code first} as an unsigned number
   */
  public void addPageFault(long first, long last) {
    add(first, last, MemoryFaults.ANY_PASID);
  }

  /** As {@link #addPageFault(long, long)}, for accesses with that PASID. */
  public void addPageFault(long first, long last, int pasid) {
    add(first, last, pasid);
  }

  private void add(long first, long last, int pasid) {
    long page = -(long) MemoryFaults.PAGE_BYTES;
    synchronized (lock) {
      List<MemoryFaults.Range> all = new ArrayList<>(memory.ranges());
      all.add(new MemoryFaults.Range(first & page, last | ~page, pasid));
      memory.set(all);
    }
  }

  /** Accesses fault no more than memory makes them. */
  public void clearPageFaults() {
    synchronized (lock) {
      memory.set(List.of());
    }
  }

  /**
   * The next completion records that the device writes fault, whatever is at their address: without
   * an event log the descriptor ends in the software error 0x1a, with one the record is in an entry
   * of that code.
   *
   * @param times how many; 0: none
   */
  public void failRecords(long times) {
    records.set(times);
  }

  /** How many completion records are still to fault. */
  public long failingRecords() {
    return records.left();
  }

  /** The ranges that fault, a line for each: first and last byte, and the PASID if there is one. */
  public String describePageFaults() {
    StringBuilder text = new StringBuilder();
    for (MemoryFaults.Range range : memory.ranges()) {
      text.append(String.format(Locale.ROOT, "0x%x-0x%x", range.first(), range.last()));
      if (range.pasid() != MemoryFaults.ANY_PASID) {
        text.append(" pasid=").append(range.pasid());
      }
      text.append('\n');
    }
    return text.toString();
  }

  // Interrupts.

  /**
   * All interrupt handles become invalid, as when the host moves a virtual device; the device says
   * so with the cause {@code int_handle_revoked}.
   *
   * @return false on a device whose handles are not asked for by a command: nothing has happened
   */
  public boolean revokeInterruptHandles() {
    synchronized (lock) {
      if (!interrupts.hasHandles()) {
        return false;
      }
      interrupts.revokeHandles();
    }
    device.flushInterrupts();
    return true;
  }

  /** How many interrupt handles are valid because they were asked for. */
  public int requestedHandles() {
    synchronized (lock) {
      return interrupts.requestedHandles();
    }
  }

  // PCI.

  /** How many MSI-X vectors the function has at most. */
  public int mostVectors() {
    return config.mostVectors();
  }

  /** How many MSI-X vectors the function offers. */
  public int vectors() {
    synchronized (lock) {
      return config.vectors();
    }
  }

  /**
   * From now on the function offers so many MSI-X vectors: software sees it when it looks for the
   * capability the next time.
   *
   * @param count 0, no capability, to {@link #mostVectors}
   */
  public void offerVectors(int count) {
    synchronized (lock) {
      config.offerVectors(count);
    }
  }
}
