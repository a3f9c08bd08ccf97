package io.dsafs.hw;

import io.dsafs.hw.op.Operand;
import io.dsafs.hw.op.Work;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.CompletionRecord;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Status;
import io.dsafs.spec.SwErr;

/**
 * Tells the outcome of a descriptor: completion record, software error, interrupt. Source: hardware
 * reference section 4.7.
 */
final class Completions {
  private static final int FAULT_OPERAND_SHIFT = 61;
  private static final int HANDLE_SHIFT = 32;

  private final Object lock;
  private final SoftwareErrors errors;
  private final InterruptUnit interrupts;
  private final DescriptorChecks checks;
  private final boolean faultInfo;

  Completions(
      Object lock,
      long gencap,
      SoftwareErrors errors,
      InterruptUnit interrupts,
      DescriptorChecks checks) {
    this.lock = lock;
    this.errors = errors;
    this.interrupts = interrupts;
    this.checks = checks;
    faultInfo = GenCap.FAULT_INFO.isSet(gencap);
  }

  /**
   * Whether the record of a descriptor can be written, without changing what software looks at: its
   * first byte. If not, the work has ended.
   *
   * @param zeros a buffer whose first 32 bytes are 0
   */
  boolean probe(Work work, DmaBuffer zeros) {
    AddressSpace memory = work.memory();
    int length = CompletionRecord.SIZE_BYTES;
    boolean writable;
    if (memory == null) {
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
   * @param scratch 32 bytes for the record
   * @param batchIndex of a member, or -1
   * @param handleChecked whether the interrupt handle is known to be permitted
   */
  void complete(
      Work work, Submission from, DmaBuffer scratch, int batchIndex, boolean handleChecked) {
    int flags = work.flags();
    if (isTellable(work, flags, from)) {
      if (isRecordDue(work, flags) && !write(work, scratch)) {
        endUnwritable(work);
      }
    }
    if (!isAlive(work)) {
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
  private static boolean isAlive(Work work) {
    return isGood(work) || work.memory() == null || work.memory().alive();
  }

  private boolean write(Work work, DmaBuffer scratch) {
    if (work.memory() == null) {
      return false;
    }
    long first =
        work.status()
            | (work.faultWrite() ? Status.WRITE_FAULT : 0)
            | (long) work.result() << 8
            | (faultInfo ? (long) work.faultOperand().code() << 17 : 0)
            | work.bytesCompleted() << 32;
    scratch.bytes().putLong(0, first);
    scratch.bytes().putLong(8, work.faultAddress());
    scratch.bytes().putLong(16, work.specific0());
    scratch.bytes().putLong(24, work.specific1());
    return work.memory()
        .writeFirstByteLast(work.completionAddress(), scratch, 0, CompletionRecord.SIZE_BYTES);
  }

  private void record(Work work, Submission from, int batchIndex) {
    long word0 = describe(from.queue.index(), work.opcode(), from.pasid, from.priv);
    word0 = SwErr.ERROR.with(word0, work.status());
    word0 = SwErr.FAULT_RW.with(word0, work.faultWrite() ? 1 : 0);
    long word1 = 0;
    if (batchIndex >= 0) {
      word0 = SwErr.BATCH.with(word0, 1);
      word1 = SwErr.BATCH_IDX.with(word1, batchIndex);
    }
    if (is(work, Status.INVALID_FLAGS)) {
      word1 = SwErr.INVALID_FLAGS.with(word1, work.invalidFlags());
    } else if (is(work, Status.INT_HANDLE_INVAL)) {
      word1 |= (long) work.interruptHandle() << HANDLE_SHIFT;
    } else if (faultInfo) {
      word1 |= (long) work.faultOperand().code() << FAULT_OPERAND_SHIFT;
    }
    errors.record(word0, word1, work.faultAddress());
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
  static boolean isProbeNeeded(Work work, boolean writes) {
    // Work without effect on memory may find out when it writes its record.
    return work.has(Flag.CRAV)
        && (writes || !work.has(Flag.RCR) || work.opcode() == Opcode.BATCH.code());
  }
}
