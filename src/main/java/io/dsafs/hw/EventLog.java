package io.dsafs.hw;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.mem.Iommu;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Evl;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Status;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The event log: a ring of entries in memory, written here and read by software. Enabled, it takes
 * what would be a software error, and completion records that could not be written.
 *
 * <p>A full log stops whoever has an event until software moves the head; where GENCAP says that
 * the log may overflow, and on a device that is stepped and so has nobody to wait for, the event is
 * lost and SWERROR says 0x54.
 *
 * <p>Methods named {@code ...Locked} are called with the device lock held, all others without.
 * Events take turns: an entry is in memory before the tail passes it, and memory is not written
 * with the device lock held. Source: hardware reference section 2.8.
 */
final class EventLog {
  /** Bit 32 of GENCAP, as versions after the first use it. */
  private static final long MAY_OVERFLOW = 1L << 32;

  private static final BooleanSupplier NEVER_VOID = () -> false;

  private final Object lock;
  private final Registers registers;
  private final Iommu iommu;
  private final SoftwareErrors errors;
  private final InterruptUnit interrupts;
  private final Scheduler scheduler;
  private final int entryBytes;
  private final int recordOffset;
  private final boolean mayOverflow;

  /** Held while an entry is on its way; taken before the device lock. */
  private final ReentrantLock turn = new ReentrantLock();

  @GuardedBy("turn")
  private final DmaBuffer entry;

  private volatile boolean enabled;
  private long base;
  private int entries;
  private boolean hasPasid;
  private int pasid;
  private int nextBatch;

  /** Entries written since the device was made, under the device lock. */
  private long count;

  private int lastCode;

  /** Counts the times the log was enabled: an event of before is not written after. */
  private int generation;

  /** A command was written while another was active, under the lock: told when it is released. */
  private volatile boolean commandError;

  EventLog(
      Object lock,
      DeviceProfile profile,
      Registers registers,
      Iommu iommu,
      SoftwareErrors errors,
      InterruptUnit interrupts,
      Scheduler scheduler) {
    this.lock = lock;
    this.registers = registers;
    this.iommu = iommu;
    this.errors = errors;
    this.interrupts = interrupts;
    this.scheduler = scheduler;
    entryBytes = EventEntry.sizeBytes(profile.gencap());
    recordOffset = profile.kind().eventRecordOffset();
    entry = new DmaBuffer(entryBytes);
    mayOverflow = (profile.gencap() & MAY_OVERFLOW) != 0;
    if (registers.evlstatus != null) {
      registers.evlstatus.onWrite(Evl.HEAD, (index, written) -> scheduler.progressLocked());
    }
  }

  /** Whether events go to the log. */
  boolean isEnabled() {
    return enabled;
  }

  /** The device is being enabled with the log: it begins anew, empty. */
  void enableLocked() {
    registers.evlstatus.reset();
    base = registers.evlcfg.get(Evl.BASE_ADDR) << Evl.BASE_ADDR.shift();
    entries = registers.evlcfg.getInt(0, Evl.SIZE);
    hasPasid = registers.evlcfg.isSet(0, Evl.PASID_EN);
    pasid = registers.evlcfg.getInt(0, Evl.PASID);
    generation++;
    enabled = true;
  }

  /** The device is Disabled: whoever waits for room gives up. */
  void disableLocked() {
    enabled = false;
    commandError = false;
    generation++;
    scheduler.progressLocked();
  }

  /** How many entries were written since the device was made. */
  long countLocked() {
    return count;
  }

  /** The error code of the last of them; 0 if there was none. */
  int lastCodeLocked() {
    return lastCode;
  }

  /** A number for a batch of which an event tells. */
  int batchIdLocked() {
    int id = nextBatch;
    nextBatch = (nextBatch + 1) % EventEntry.BATCH_IDS;
    return id;
  }

  /** An event that belongs to no descriptor, found under the device lock. */
  void commandErrorLocked() {
    commandError = true;
  }

  /**
   * Writes what was found under the device lock. Waits neither for room nor for its turn: whoever
   * has the turn, and may be waiting for the head that this thread is to move, does it afterwards.
   */
  void flush() {
    while (commandError && turn.tryLock()) {
      try {
        if (commandError) {
          commandError = false;
          long word0 = EventEntry.ERROR.with(0, Status.CMD_ACTIVE.code());
          appendInTurn(word0, 0, 0, null, NEVER_VOID, false);
        }
      } finally {
        turn.unlock();
      }
    }
  }

  /**
   * Writes an entry, once there is room.
   *
   * @param word0 what the first word of an entry says; likewise the others
   * @param record a completion record that goes along, or null
   * @param isVoid whether the event has lost its meaning meanwhile
   */
  void append(long word0, long word1, long address, DmaBuffer record, BooleanSupplier isVoid) {
    turn.lock();
    try {
      appendInTurn(word0, word1, address, record, isVoid, true);
    } finally {
      turn.unlock();
    }
    flush();
  }

  @GuardedBy("turn")
  private void appendInTurn(
      long word0,
      long word1,
      long address,
      DmaBuffer record,
      BooleanSupplier isVoid,
      boolean waiting) {
    long place;
    int begun;
    synchronized (lock) {
      if (!enabled) {
        return;
      }
      begun = generation;
      if (waiting && !mayOverflow && scheduler.isAutomatic()) {
        scheduler.waitLocked(() -> generation != begun || !isFullLocked() || isVoid.getAsBoolean());
      }
      if (generation != begun || isVoid.getAsBoolean()) {
        return;
      }
      if (isFullLocked()) {
        errors.record(Status.EVL_FULL);
        return;
      }
      place = base + (long) tailLocked() * entryBytes;
    }
    compose(word0, word1, address, record);
    AddressSpace memory = hasPasid ? iommu.lookup(pasid) : iommu.kernel();
    boolean written = memory != null && memory.write(place, entry, 0, entryBytes) == entryBytes;
    synchronized (lock) {
      if (generation != begun) {
        return;
      }
      if (!written) {
        errors.record(Status.EVL_FULL);
        return;
      }
      count++;
      lastCode = EventEntry.ERROR.getInt(word0);
      registers.evlstatus.set(Evl.TAIL, (tailLocked() + 1) % entries);
      interruptLocked();
    }
  }

  private int tailLocked() {
    return registers.evlstatus.getInt(0, Evl.TAIL);
  }

  private boolean isFullLocked() {
    return (tailLocked() + 1) % entries == registers.evlstatus.getInt(0, Evl.HEAD) % entries;
  }

  private void interruptLocked() {
    if (registers.genctrl.isSet(0, GenCtrl.EVL_INT_EN)
        && !registers.evlstatus.isSet(0, Evl.INT_PENDING)) {
      registers.evlstatus.set(Evl.INT_PENDING, 1);
      interrupts.raise(IntCause.EVL);
    }
  }

  @GuardedBy("turn")
  private void compose(long word0, long word1, long address, DmaBuffer record) {
    for (int at = 0; at < entryBytes; at += Long.BYTES) {
      entry.bytes().putLong(at, 0);
    }
    entry.bytes().putLong(0, word0);
    entry.bytes().putLong(8, word1);
    entry.bytes().putLong(16, address);
    if (record != null) {
      entry.bytes().put(recordOffset, record.bytes(), 0, record.sizeBytes());
    }
  }
}
