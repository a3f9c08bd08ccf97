package io.dsafs.idxd.mainline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.LogLimit;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Evl;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;
import java.util.BitSet;

/**
 * What the driver does about the entries of an event log: completion records that the device could
 * not write are written for it, and counted. Mirrors process_evl_entries() and
 * idxd_evl_fault_work() in irq.c.
 *
 * <p>Source: mainline sections 7.4 and 8.6.
 */
final class EventService {
  private static final int BATCH_FAIL_RESULT = 1;

  private static final LogLimit UNKNOWN_ENTRY = new LogLimit();

  private final MainlineDevice device;
  private final EventLog log;
  private final UserFiles files;
  private final int recordOffset;
  private final int recordBytes;

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
   * told. What is being handled is waited for. Mirrors idxd_cdev_evl_drain_pasid() in cdev.c.
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
    boolean requested = get(EventEntry.RCR) != 0;
    int batch = get(EventEntry.BATCH_ID);
    UserFile file = file();
    if (code == Status.CRA_XLAT.code()) {
      boolean copied = serviceFault(file, true);
      if (!copied && get(EventEntry.BATCH) != 0) {
        failedBatches.set(batch);
      }
    } else if (code == Status.DRAIN_EVL.code()) {
      if (requested) {
        boolean unused = copyRecord(file);
      }
    } else if (code == Status.BATCH_EVL_ERR.code()) {
      boolean failed = failedBatches.get(batch);
      failedBatches.clear(batch);
      if (failed) {
        markBatchFailed();
      }
      boolean unused = serviceFault(file, requested || failed);
    } else if (UNKNOWN_ENTRY.allows()) {
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

  /** Whose descriptor it was; null: the file is closed, or it was the kernel's. */
  @GuardedBy("this")
  private UserFile file() {
    int wq = get(EventEntry.WQ_IDX);
    boolean known = get(EventEntry.WQ_IDX_VALID) != 0 && wq < device.wqs().size();
    return known ? files.find(device.wqs().get(wq), get(EventEntry.PASID)) : null;
  }

  /** Counts a fault and, if it is due, writes the record; false if that failed. */
  @GuardedBy("this")
  private boolean serviceFault(UserFile file, boolean due) {
    if (file != null) {
      file.shown().countFault();
    }
    boolean copied = !due || copyRecord(file);
    if (!copied && file != null) {
      file.shown().countFailure();
    }
    return copied;
  }

  /** A batch succeeds only if each of its records could be written. */
  @GuardedBy("this")
  private void markBatchFailed() {
    if (entry.bytes().get(recordOffset) == Status.SUCCESS.code()) {
      entry.bytes().put(recordOffset, (byte) Status.BATCH_FAIL.code());
      entry.bytes().put(recordOffset + 1, (byte) BATCH_FAIL_RESULT);
    }
  }

  /** Writes the record into the owner's memory, status last. Mirrors idxd_copy_cr(). */
  @GuardedBy("this")
  private boolean copyRecord(UserFile file) {
    AddressSpace owner = file == null ? null : file.owner();
    return owner != null
        && owner.writeFirstByteLast(faultAddress(), entry, recordOffset, recordBytes);
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
            "Event Log head %d tail %d interrupt pending %d\n\n",
            head, tail, Evl.INT_PENDING.getInt(status)));
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
          String.format("entry[%d] = 0x%016x\n", at / Long.BYTES, entry.bytes().getLong(at)));
    }
    text.append('\n');
  }
}
