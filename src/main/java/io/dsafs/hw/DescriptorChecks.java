package io.dsafs.hw;

import io.dsafs.hw.op.Operation;
import io.dsafs.hw.op.OperationTable;
import io.dsafs.hw.op.Rule;
import io.dsafs.hw.op.Work;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Status;

/**
 * The checks of a descriptor in the model's order; the first that fails ends the work. Source:
 * hardware reference section 4.5.
 */
final class DescriptorChecks {
  private static final long LIST_ALIGNMENT = 64;

  /** Bits 30:20 of the first word, which ENQCMD always writes as 0. */
  private static final long TRUSTED_RESERVED = 0x7ff0_0000L;

  private static final long INTERRUPT_HANDLE = 0xffffL << 32;

  private final Object lock;
  private final OperationTable table;
  private final DeviceState device;
  private final InterruptUnit interrupts;
  private final long[] opcap = new long[4];
  private final long recordMask;
  private final boolean batchOfOne;

  DescriptorChecks(
      Object lock,
      DeviceProfile profile,
      OperationTable table,
      DeviceState device,
      InterruptUnit interrupts) {
    this.lock = lock;
    this.table = table;
    this.device = device;
    this.interrupts = interrupts;
    for (int word = 0; word < opcap.length; word++) {
      opcap[word] = profile.opcapWord(word);
    }
    recordMask = profile.kind().recordBytes() - 1L;
    batchOfOne = GenCap.BATCH_OF_ONE.isSet(profile.gencap());
  }

  /**
   * Checks 1 to 13; whether the record can be written is left to the caller.
   *
   * @param member whether the descriptor is a member of a batch
   * @return the operation to perform, or null if the work has ended
   */
  Operation check(Work work, Submission from, boolean member) {
    int flags = work.flags();
    int opcode = work.opcode();
    boolean crav = Flag.CRAV.in(flags);
    if (crav && (work.completionAddress() & recordMask) != 0) {
      work.end(Status.CRA_ALIGN);
      return null;
    }
    Rule rule = table.rule(opcode);
    if (rule == null || !isAllowed(opcode, from, member)) {
      work.end(Status.BAD_OPCODE);
      return null;
    }
    int invalid = rule.invalidFlags(flags) | invalidHere(flags, from, member);
    if (invalid != 0) {
      work.endInvalidFlags(invalid);
      return null;
    }
    if (hasReservedBits(work, rule, flags, from, member)) {
      work.end(Status.NOZERO_RESERVE);
      return null;
    }
    if (!from.settings.dedicated() && from.priv && !device.pasidPrivileged()) {
      work.end(Status.PRIV_BAD);
      return null;
    }
    Operation operation = table.operation(opcode);
    Status failed = opcode == Opcode.BATCH.code() ? checkBatch(work) : operation.check(work);
    if (failed == null && Flag.RCI.in(flags) && !isHandlePermitted(work, from)) {
      failed = Status.INT_HANDLE_INVAL;
    }
    if (failed == null && !areClassesCarried(flags, rule.selectors(flags), from)) {
      failed = Status.TRAFFIC_CLASS_CONF;
    }
    if (failed != null) {
      work.end(failed);
      return null;
    }
    return operation;
  }

  private boolean isAllowed(int opcode, Submission from, boolean member) {
    boolean supported = (opcap[opcode / Long.SIZE] >>> opcode & 1) != 0;
    if (!supported || !from.settings.allows(opcode)) {
      return false;
    }
    if (opcode == Opcode.TRANSL_FETCH.code() && !device.addressTranslation()) {
      return false;
    }
    return !member || (opcode != Opcode.BATCH.code() && opcode != Opcode.DRAIN.code());
  }

  /** Flags that are invalid because of the queue or the place of the descriptor. */
  private static int invalidHere(int flags, Submission from, boolean member) {
    int forbidden = 0;
    if (!member) {
      forbidden |= Flag.FENCE.mask();
    }
    if (!from.settings.blockOnFault()) {
      forbidden |= Flag.BOF.mask();
    }
    if (!Flag.CRAV.in(flags)) {
      forbidden |= Flag.RCR.mask() | Flag.CR_TCS.mask();
    }
    if (isInterruptForbidden(from)) {
      forbidden |= Flag.RCI.mask();
    }
    return flags & forbidden;
  }

  private static boolean isInterruptForbidden(Submission from) {
    return !from.settings.userInterrupts() && from.settings.pasidEnabled() && !from.priv;
  }

  private static boolean hasReservedBits(
      Work work, Rule rule, int flags, Submission from, boolean member) {
    long[] words = work.words();
    boolean shared = !from.settings.dedicated();
    return rule.reservedBitSet(words, flags)
        || (!Flag.CRAV.in(flags) && work.completionAddress() != 0)
        || (!Flag.RCI.in(flags) && (words[Descriptor.INT_HANDLE.word()] & INTERRUPT_HANDLE) != 0)
        || (shared && !member && (words[0] & TRUSTED_RESERVED) != 0);
  }

  private Status checkBatch(Work work) {
    if (work.size() < (batchOfOne ? 1 : 2) || work.size() > work.maxBatch()) {
      return Status.DESC_CNT_ERANGE;
    }
    return (work.get(Descriptor.SRC_ADDR) & (LIST_ALIGNMENT - 1)) != 0
        ? Status.DESCLIST_ALIGN
        : null;
  }

  /** Whether a descriptor that asks for an interrupt may have it. */
  boolean isHandlePermitted(Work work, Submission from) {
    synchronized (lock) {
      return interrupts.isPermitted(
          from.imsPortal, work.interruptHandle(), from.hasPasid, from.pasid);
    }
  }

  /** Whether the class of the completion record is carried by a virtual channel. */
  boolean isRecordClassCarried(int flags, Submission from) {
    return device.carries(trafficClass(flags, Flag.CR_TCS, from));
  }

  private boolean areClassesCarried(int flags, int selectors, Submission from) {
    if (device.carries(from.trafficClassA) && device.carries(from.trafficClassB)) {
      return true;
    }
    return isCarried(flags, selectors, Flag.ADDR1_TCS, from)
        && isCarried(flags, selectors, Flag.ADDR2_TCS, from)
        && isCarried(flags, selectors, Flag.ADDR3_TCS, from)
        && (!Flag.CRAV.in(flags) || isRecordClassCarried(flags, from));
  }

  private boolean isCarried(int flags, int selectors, Flag selector, Submission from) {
    return !selector.in(selectors) || device.carries(trafficClass(flags, selector, from));
  }

  private static int trafficClass(int flags, Flag selector, Submission from) {
    return selector.in(flags) ? from.trafficClassB : from.trafficClassA;
  }
}
