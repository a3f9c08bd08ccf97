package io.dsafs.hw;

import io.dsafs.hw.op.Operand;
import io.dsafs.hw.op.Work;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Status;
import io.dsafs.spec.SwErr;

/**
 * Tells the outcome of a descriptor: completion record, error, interrupt. With an event log, errors
 * go there in place of SWERROR, and so do records that cannot be written. Source: hardware
 * reference sections 2.8 and 4.7.
 */
final class Completions {
  private static final int HANDLE_SHIFT = 32;

  private final Object lock;
  private final DeviceState device;
  private final SoftwareErrors errors;
  private final EventLog events;
  private final InterruptUnit interrupts;
  private final DescriptorChecks checks;
  private final RecordFaults faults;
  private final boolean faultInfo;
  private final int recordBytes;

  Completions(
      Object lock,
      DeviceProfile profile,
      DeviceState device,
      SoftwareErrors errors,
      EventLog events,
      InterruptUnit interrupts,
      DescriptorChecks checks,
      RecordFaults faults) {
    this.lock = lock;
    this.device = device;
    this.errors = errors;
    this.events = events;
    this.interrupts = interrupts;
    this.checks = checks;
    this.faults = faults;
    faultInfo = GenCap.FAULT_INFO.isSet(profile.gencap());
    recordBytes = profile.kind().recordBytes();
  }

  /**
   * Whether the record of a descriptor can be written, without changing what software looks at: its
   * first byte. If not, the work has ended.
   *
   * @param zeros a buffer of the size of a record, filled with 0
   */
  boolean probe(Work work, DmaBuffer zeros) {
    AddressSpace memory = work.memory();
    int length = recordBytes;
    boolean writable;
    if (memory == null || faults.take()) {
      writable = false;
    } else if (work.has(Flag.RCR)) {
      // The record will be written for certain, so its rest may be cleared: one access, not two.
      writable = memory.write(work.completionAddress() + 1, zeros, 0, length - 1) == length - 1;
    } else {
      writable = memory.writableBytes(work.completionAddress(), length) == length;
    }
    if (!writable) {
      endUnwritable(work);
    }
    return writable;
  }

  private static void endUnwritable(Work work) {
    work.endFault(Status.CRA_XLAT, Operand.COMPLETION_RECORD, true, work.completionAddress());
  }

  /**
   * Tells the outcome. The order is record, error, interrupt.
   *
   * @param scratch of the size of a record
   * @param batchIndex of a member, or -1
   * @param handleChecked whether the interrupt handle is known to be permitted
   */
  void complete(
      Work work, Submission from, DmaBuffer scratch, int batchIndex, boolean handleChecked) {
    int flags = work.flags();
    boolean logging = events.isEnabled();
    Status event = logging ? eventInsteadOfRecord(work, from) : null;
    boolean due = isRecordDue(work, flags) && isTellable(work, flags, from);
    if (due) {
      compose(work, scratch);
      if (event == null && !write(work, scratch)) {
        if (logging) {
          event = Status.CRA_XLAT;
        } else {
          endUnwritable(work);
        }
      }
    }
    if (!isAlive(work, event)) {
      return;
    }
    if (due && from.isVoid.getAsBoolean()) {
      return; // given up while its record was held up
    }
    if (event != null) {
      // The interrupt, if one was asked for, is for software to give: it has the record first.
      logRecord(event, work, from, due, scratch, batchIndex);
      return;
    }
    boolean recorded = isErrorRecorded(work, flags, from);
    boolean interrupting =
        Flag.RCI.in(flags)
            && isInterruptDue(work, flags, from)
            && (handleChecked || checks.isHandlePermitted(work, from));
    if (!recorded && !interrupting) {
      return;
    }
    if (recorded && logging) {
      logError(work, from, due, scratch, batchIndex);
      recorded = false;
    }
    synchronized (lock) {
      if (recorded) {
        record(work, from, batchIndex);
      }
      if (interrupting) {
        interrupts.completed(from.imsPortal, work.interruptHandle());
      }
    }
    interrupts.flush();
  }

  /**
   * The event that stands in for the record of a descriptor, because software must see it after the
   * records it finds in the log: those of a drain where records of before may have faulted, and of
   * a batch with a member whose record is there. Null: the record goes to memory.
   */
  private Status eventInsteadOfRecord(Work work, Submission from) {
    if (work.opcode() == Opcode.DRAIN.code()) {
      return isGood(work) && !device.asksForPages(from.settings) ? Status.DRAIN_EVL : null;
    }
    boolean batch = work.opcode() == Opcode.BATCH.code() && (isGood(work) || work.has(Flag.CRAV));
    return batch && from.recordLogged ? Status.BATCH_EVL_ERR : null;
  }

  private static boolean is(Work work, Status status) {
    return work.status() == status.code();
  }

  private static boolean isGood(Work work) {
    return is(work, Status.SUCCESS) || is(work, Status.SUCCESS_PRED) || is(work, Status.BATCH_FAIL);
  }

  /** Whether nothing forbids writing a record: see the table in the reference. */
  private boolean isTellable(Work work, int flags, Submission from) {
    boolean silent =
        is(work, Status.CRA_ALIGN)
            || is(work, Status.CRA_XLAT)
            || is(work, Status.PRIV_BAD)
            || isRecordClassWrong(work, flags, from);
    return !silent;
  }

  private boolean isRecordClassWrong(Work work, int flags, Submission from) {
    return is(work, Status.TRAFFIC_CLASS_CONF)
        && Flag.CRAV.in(flags)
        && !checks.isRecordClassCarried(flags, from);
  }

  private static boolean isRecordDue(Work work, int flags) {
    return isGood(work) ? Flag.RCR.in(flags) && Flag.CRAV.in(flags) : Flag.CRAV.in(flags);
  }

  private boolean isErrorRecorded(Work work, int flags, Submission from) {
    if (isGood(work)) {
      return false;
    }
    return !Flag.CRAV.in(flags)
        || is(work, Status.INT_HANDLE_INVAL)
        || !isTellable(work, flags, from);
  }

  private boolean isInterruptDue(Work work, int flags, Submission from) {
    return isTellable(work, flags, from)
        && !is(work, Status.INT_HANDLE_INVAL)
        && !Flag.RCI.in(work.invalidFlags());
  }

  /** A descriptor whose process has gone is dropped: nobody is left to be told. */
  private static boolean isAlive(Work work, Status event) {
    boolean told = event == null && isGood(work);
    return told || work.memory() == null || work.memory().alive();
  }

  private void compose(Work work, DmaBuffer scratch) {
    long first =
        work.status()
            | (work.faultWrite() ? Status.WRITE_FAULT : 0)
            | (long) work.result() << 8
            | (faultInfo ? (long) work.faultOperand().code() << 17 : 0)
            | work.bytesCompleted() << 32;
    scratch.bytes().putLong(0, first);
    scratch.bytes().putLong(8, work.faultAddress());
    for (int at = 16; at < recordBytes; at += Long.BYTES) {
      scratch.bytes().putLong(at, work.specific(at / Long.BYTES));
    }
  }

  private boolean write(Work work, DmaBuffer scratch) {
    return work.memory() != null
        && !faults.take()
        && work.memory().writeFirstByteLast(work.completionAddress(), scratch, 0, recordBytes);
  }

  private void record(Work work, Submission from, int batchIndex) {
    long word0 = errorOf(work, from, batchIndex);
    errors.record(word0, batchWord(batchIndex) | errorInformation(work), work.faultAddress());
  }

  private static long errorOf(Work work, Submission from, int batchIndex) {
    long word = describe(from.queue.index(), work.opcode(), from.pasid, from.priv);
    word = SwErr.ERROR.with(word, work.status());
    word = SwErr.FAULT_RW.with(word, work.faultWrite() ? 1 : 0);
    return SwErr.BATCH.with(word, batchIndex >= 0 ? 1 : 0);
  }

  private static long batchWord(int batchIndex) {
    return batchIndex >= 0 ? SwErr.BATCH_IDX.with(0, batchIndex) : 0;
  }

  private long errorInformation(Work work) {
    if (is(work, Status.INVALID_FLAGS)) {
      return SwErr.INVALID_FLAGS.with(0, work.invalidFlags());
    }
    if (is(work, Status.INT_HANDLE_INVAL)) {
      return (long) work.interruptHandle() << HANDLE_SHIFT;
    }
    return faultInfo ? EventEntry.OPERAND_ID.with(0, work.faultOperand().code()) : 0;
  }

  // The event log.

  private void logError(
      Work work, Submission from, boolean due, DmaBuffer scratch, int batchIndex) {
    long word0 = errorOf(work, from, batchIndex) | batchId(from, batchIndex >= 0);
    long word1 = batchWord(batchIndex) | errorInformation(work);
    DmaBuffer record = null;
    if (is(work, Status.INT_HANDLE_INVAL)) {
      word1 |= notification(work, from, due);
      record = due ? scratch : null;
    }
    word0 = EventEntry.ERR_INFO_VALID.with(word0, word1 >>> HANDLE_SHIFT != 0 ? 1 : 0);
    append(word0, word1, work.faultAddress(), record, from);
  }

  private void logRecord(
      Status event, Work work, Submission from, boolean due, DmaBuffer scratch, int batchIndex) {
    boolean member = batchIndex >= 0;
    boolean faulted = event == Status.CRA_XLAT;
    long word0 = describe(from.queue.index(), work.opcode(), from.pasid, from.priv);
    word0 = EventEntry.ERROR.with(word0, event.code()) | EventEntry.ERR_INFO_VALID.mask();
    word0 = EventEntry.FAULT_RW.with(word0, faulted ? 1 : 0);
    word0 = EventEntry.BATCH.with(word0, member ? 1 : 0);
    word0 |= batchId(from, member || event == Status.BATCH_EVL_ERR);
    long word1 = batchWord(batchIndex) | notification(work, from, due);
    if (faulted) {
      word1 = EventEntry.OPERAND_ID.with(word1, Operand.COMPLETION_RECORD.code());
      boolean first = member && !from.recordLogged;
      word1 = EventEntry.FIRST_ERR_IN_BATCH.with(word1, first ? 1 : 0);
      from.recordLogged |= member;
    }
    append(word0, word1, work.completionAddress(), due ? scratch : null, from);
  }

  /** How software is to tell the program once it has written the record. */
  private static long notification(Work work, Submission from, boolean due) {
    long word = EventEntry.RCR.with(0, due ? 1 : 0);
    if (work.has(Flag.RCI)) {
      word = EventEntry.RCI.with(word, 1);
      word = EventEntry.IMS.with(word, from.imsPortal ? 1 : 0);
      word = EventEntry.INT_HANDLE.with(word, work.interruptHandle());
    }
    return word;
  }

  /** The number of the batch in the first word of an entry, given at its first event. */
  private long batchId(Submission from, boolean batched) {
    if (!batched) {
      return 0;
    }
    if (from.eventBatch == Submission.NO_BATCH) {
      synchronized (lock) {
        from.eventBatch = events.batchIdLocked();
      }
    }
    return EventEntry.BATCH_ID.with(0, from.eventBatch);
  }

  private void append(long word0, long word1, long address, DmaBuffer record, Submission from) {
    events.append(word0, word1, address, record, from.isVoid);
    interrupts.flush();
  }

  /** The first word of SWERROR for an error of a descriptor. */
  static long describe(int queue, int operation, int pasid, boolean priv) {
    long word = SwErr.DESC_VALID.mask() | SwErr.WQ_IDX_VALID.mask();
    word = SwErr.WQ_IDX.with(word, queue);
    word = SwErr.OPERATION.with(word, operation);
    word = SwErr.PASID.with(word, pasid);
    return SwErr.PRIV.with(word, priv ? 1 : 0);
  }

  /** Whether the record must be known to be writable before the work is done. */
  boolean isProbeNeeded(Work work, boolean writes) {
    // Work without effect on memory may find out when it writes its record; and where a record that
    // cannot be written is kept in the event log, so may all.
    return work.has(Flag.CRAV)
        && !events.isEnabled()
        && (writes || !work.has(Flag.RCR) || work.opcode() == Opcode.BATCH.code());
  }
}
