package io.dsafs.idxd.mainline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.LogLimit;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Evl;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;
import java.util.BitSet;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * What the driver does about the entries of an event log: completion records that the device could
 * not write are written for it, and counted. Mirrors process_evl_entries() and
 * idxd_evl_fault_work() in irq.c.
 *
 * <p>The interrupt only takes entries out of the log and moves its head, so that the device has
 * room again whatever becomes of them. A record is written by a worker of the queue, since a
 * process can have its page wait for a program that never brings it; nobody waits for that but the
 * records of the same queue.
 *
 * <p>Source: mainline sections 7.4 and 8.6.
 */
final class EventService {
  private static final int BATCH_FAIL_RESULT = 1;

  private static final LogLimit UNKNOWN_ENTRY = new LogLimit();
  private static final LogLimit NOT_SERVICED = new LogLimit();

  private final MainlineDevice device;
  private final EventLog log;
  private final UserFiles files;
  private final int recordOffset;
  private final int recordBytes;

  /** Of each queue that had a fault, else null: they write records. */
  @GuardedBy("this")
  private final Executor[] workers;

  /** The entry that is looked at. */
  @GuardedBy("this")
  private final DmaBuffer entry;

  /** Entries of files that are closed. */
  @GuardedBy("this")
  private final BitSet skipped = new BitSet();

  /** Batches a record of whose could not be written. */
  @GuardedBy("this")
  private final BitSet failedBatches = new BitSet(EventEntry.BATCH_IDS);

  /**
   * @param log present or not
   */
  EventService(MainlineDevice device, EventLog log, UserFiles files) {
    this.device = device;
    this.log = log;
    this.files = files;
    this.recordOffset = device.kind().eventRecordOffset();
    this.recordBytes = device.kind().recordBytes();
    this.workers = new Executor[device.wqs().size()];
    this.entry = new DmaBuffer(log.entryBytes());
  }

  /** A fresh log begins. */
  synchronized void begin() {
    skipped.clear();
    failedBatches.clear();
  }

  /** Handles what the device has written since the last time. Mirrors process_evl_entries(). */
  synchronized void service() {
    if (log.address() == 0) {
      return;
    }
    int entries = log.entries();
    device.registers().acknowledgeEventLog();
    long status = device.registers().eventLogStatus();
    int head = Evl.HEAD.getInt(status) % entries;
    int tail = Evl.TAIL.getInt(status) % entries;
    while (head != tail) {
      if (skipped.get(head)) {
        skipped.clear(head);
      } else if (read(head)) {
        handle();
      }
      head = (head + 1) % entries;
    }
    device.registers().writeEventLogHead(head);
  }

  /**
   * Marks what the log still holds of a file that is being closed: nobody is there any more to be
   * told. What a worker has begun is not waited for, unlike in the kernel: close(2) has returned
   * before the driver hears of it, and the worker may be held up by the process. Mirrors
   * idxd_cdev_evl_drain_pasid() in cdev.c.
   */
  synchronized void skip(IdxdWq wq, int pasid) {
    if (log.address() == 0) {
      return;
    }
    int entries = log.entries();
    long status = device.registers().eventLogStatus();
    int tail = Evl.TAIL.getInt(status) % entries;
    for (int at = Evl.HEAD.getInt(status) % entries; at != tail; at = (at + 1) % entries) {
      if (read(at) && get(EventEntry.PASID) == pasid && get(EventEntry.WQ_IDX) == wq.id()) {
        skipped.set(at);
      }
    }
  }

  /** False if the log has just been taken away. */
  @GuardedBy("this")
  private boolean read(int index) {
    int bytes = log.entryBytes();
    long at = log.address() + (long) index * bytes;
    return device.globals().kernelMemory().read(at, entry, 0, bytes) == bytes;
  }

  /** A field of the entry that was read. */
  @GuardedBy("this")
  private int get(Field field) {
    return field.getInt(entry.bytes().getLong(field.word() * Long.BYTES));
  }

  /** Mirrors process_evl_entry(). */
  @GuardedBy("this")
  private void handle() {
    int code = get(EventEntry.ERROR) & Status.CODE_MASK;
    if (code == Status.CRA_XLAT.code()
        || code == Status.BATCH_EVL_ERR.code()
        || (code == Status.DRAIN_EVL.code() && get(EventEntry.RCR) != 0)) {
      handOver(code);
    } else if (code != Status.DRAIN_EVL.code() && UNKNOWN_ENTRY.allows()) {
      device
          .log()
          .warn(
              device.pci(),
              "Device error 0x%x operation 0x%x fault addr 0x%x pasid %d wq idx %d",
              get(EventEntry.ERROR),
              get(EventEntry.OPERATION),
              faultAddress(),
              get(EventEntry.PASID),
              get(EventEntry.WQ_IDX));
    }
  }

  /** A record that is to be written, perhaps, and what the log says of it. */
  private record Fault(
      UserFile file,
      int code,
      boolean requested,
      boolean inBatch,
      boolean firstOfBatch,
      int batch,
      long address,
      DmaBuffer record) {}

  /** Gives a fault to the worker of its queue; one that takes no more has it counted as failed. */
  @GuardedBy("this")
  private void handOver(int code) {
    UserFile file = file();
    DmaBuffer record = new DmaBuffer(recordBytes);
    record.bytes().put(0, entry.bytes(), recordOffset, recordBytes);
    Fault fault =
        new Fault(
            file,
            code,
            get(EventEntry.RCR) != 0,
            get(EventEntry.BATCH) != 0,
            get(EventEntry.BATCH) != 0 && get(EventEntry.FIRST_ERR_IN_BATCH) != 0,
            get(EventEntry.BATCH_ID),
            faultAddress(),
            record);
    if (file == null) {
      work(fault); // Nobody's memory, so nothing to be held up by.
      return;
    }
    int wq = file.wq().id();
    if (workers[wq] == null) {
      workers[wq] = device.globals().newWorkqueue();
    }
    try {
      workers[wq].execute(() -> work(fault));
    } catch (RejectedExecutionException e) {
      count(fault, false);
      if (NOT_SERVICED.allows()) {
        device.log().warn(device.pci(), "Failed to service fault work.");
      }
    }
  }

  /** Whose descriptor it was; null: the file is closed, or it was the kernel's. */
  @GuardedBy("this")
  private UserFile file() {
    int wq = get(EventEntry.WQ_IDX);
    boolean known = get(EventEntry.WQ_IDX_VALID) != 0 && wq < device.wqs().size();
    return known ? files.find(device.wqs().get(wq), get(EventEntry.PASID)) : null;
  }

  /** Mirrors idxd_evl_fault_work(). */
  private void work(Fault fault) {
    boolean due = fault.requested;
    if (fault.code == Status.CRA_XLAT.code()) {
      due = true;
      if (fault.firstOfBatch) {
        // An earlier batch of that number may have ended without a record.
        boolean unused = takeFailure(fault.batch);
      }
    } else if (fault.code == Status.BATCH_EVL_ERR.code() && takeFailure(fault.batch)) {
      due = true;
      markBatchFailed(fault.record);
    }
    boolean copied = !due || copy(fault);
    count(fault, copied);
    if (!copied && fault.code == Status.CRA_XLAT.code() && fault.inBatch) {
      recordFailure(fault.batch);
    }
  }

  private synchronized boolean takeFailure(int batch) {
    boolean failed = failedBatches.get(batch);
    failedBatches.clear(batch);
    return failed;
  }

  private synchronized void recordFailure(int batch) {
    failedBatches.set(batch);
  }

  /** Counts a fault that was serviced, and whether in vain; a drain is none. */
  private static void count(Fault fault, boolean copied) {
    if (fault.file == null || fault.code == Status.DRAIN_EVL.code()) {
      return;
    }
    fault.file.shown().countFault();
    if (!copied) {
      fault.file.shown().countFailure();
    }
  }

  /**
   * A batch succeeds only if each of its records could be written; one that has ended otherwise, so
   * far, is continued as one with a failure.
   */
  private static void markBatchFailed(DmaBuffer record) {
    if (record.bytes().get(0) == Status.SUCCESS.code()) {
      record.bytes().put(0, (byte) Status.BATCH_FAIL.code());
    }
    record.bytes().put(1, (byte) BATCH_FAIL_RESULT);
  }

  /**
   * Writes the record into the owner's memory, status last, unless the file has been closed since.
   * Mirrors idxd_copy_cr().
   */
  private boolean copy(Fault fault) {
    UserFile file = fault.file;
    return file != null
        && files.find(file.wq(), file.pasid()) == file
        && file.owner() != null
        && file.owner().writeFirstByteLast(fault.address, fault.record, 0, recordBytes);
  }

  @GuardedBy("this")
  private long faultAddress() {
    return entry.bytes().getLong(EventEntry.FAULT_ADDR.word() * Long.BYTES);
  }

  /**
   * What debugfs shows: the state of the log, then each entry that was written, the oldest first,
   * decoded and in 64-bit words; nothing before the first enable. Mirrors debugfs_evl_show().
   */
  synchronized String describe() {
    if (log.address() == 0) {
      return "";
    }
    int entries = log.entries();
    long status = device.registers().eventLogStatus();
    int head = Evl.HEAD.getInt(status) % entries;
    int tail = Evl.TAIL.getInt(status) % entries;
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Event Log head %d tail %d interrupt pending %d\n\n",
            head,
            tail,
            Evl.INT_PENDING.getInt(status)));
    for (int step = 0; step < entries; step++) {
      int at = (tail + step) % entries;
      if (read(at) && entry.bytes().getLong(0) != 0) {
        boolean processed =
            Math.floorMod(at - head, entries) >= Math.floorMod(tail - head, entries);
        describeEntry(text, at, processed);
      }
    }
    return text.toString();
  }

  @GuardedBy("this")
  private void describeEntry(StringBuilder text, int index, boolean processed) {
    text.append(
        String.format(
            Locale.ROOT,
            "Event Log entry %d (%s):\n"
                + "desc valid %d wq idx valid %d\n"
                + "batch %d fault rw %d priv %d error 0x%x\n"
                + "wq idx %d op 0x%x pasid %d batch idx %d\n"
                + "fault addr 0x%x\n",
            index,
            processed ? "processed" : "not processed",
            get(EventEntry.DESC_VALID),
            get(EventEntry.WQ_IDX_VALID),
            get(EventEntry.BATCH),
            get(EventEntry.FAULT_RW),
            get(EventEntry.PRIV),
            get(EventEntry.ERROR),
            get(EventEntry.WQ_IDX),
            get(EventEntry.OPERATION),
            get(EventEntry.PASID),
            get(EventEntry.BATCH_IDX),
            faultAddress()));
    for (int at = 0; at < log.entryBytes(); at += Long.BYTES) {
      text.append(
          String.format(
              Locale.ROOT, "entry[%d] = 0x%016x\n", at / Long.BYTES, entry.bytes().getLong(at)));
    }
    text.append('\n');
  }
}
