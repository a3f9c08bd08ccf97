package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;

/**
 * Create delta record: for every 8-byte word that differs, its index in two bytes and the word of
 * source 2. Source: hardware reference section 8.8.
 */
final class CreateDelta extends Operation {
  /** An index and a word. */
  static final int ENTRY_BYTES = 10;

  static final long MAX_TRANSFER_BYTES = 0x80000;
  private static final int MIN_RECORD_BYTES = 80;
  private static final int WORD_BYTES = 8;

  /** As many whole entries as go through the buffer at once. */
  private static final int PENDING_BYTES = Buffers.CHUNK_BYTES / ENTRY_BYTES * ENTRY_BYTES;

  private static final int EQUAL = 0;
  private static final int DIFFERENT = 1;
  private static final int OVERFLOW = 2;

  private static final Field DELTA_ADDR = Descriptor.CR_DELTA.field("delta_addr");
  private static final Field MAX_DELTA_SIZE = Descriptor.CR_DELTA.field("max_delta_size");
  private static final Field EXPECTED_MASK = Descriptor.CR_DELTA.field("expected_res_mask");

  @Override
  public Status check(Work work) {
    Status status = checkSize(work);
    if (status != null) {
      return status;
    }
    long size = work.size();
    long limit = work.get(MAX_DELTA_SIZE);
    if (size > MAX_TRANSFER_BYTES) {
      return Status.XFER_ERANGE;
    }
    if (((size | work.source() | work.destination()) & (WORD_BYTES - 1)) != 0) {
      return Status.ADDR_ALIGN;
    }
    if (limit < MIN_RECORD_BYTES || limit > work.maxTransferBytes()) {
      return Status.DR_ERANGE;
    }
    long record = work.get(DELTA_ADDR);
    return overlap(record, limit, work.source(), size)
            || overlap(record, limit, work.destination(), size)
        ? Status.OVERLAP_BUFFERS
        : null;
  }

  @Override
  public void perform(Work work) {
    DmaBuffer first = work.buffers().first();
    DmaBuffer second = work.buffers().second();
    ByteBuffer entries = work.buffers().third().bytes();
    long size = work.size();
    long limit = work.get(MAX_DELTA_SIZE) / ENTRY_BYTES * ENTRY_BYTES;
    long stored = 0;
    int pending = 0;
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int read1 = work.read(work.source() + done, first, wanted);
      int read2 = work.read(work.destination() + done, second, wanted);
      int common = Math.min(read1, read2) & -WORD_BYTES;
      for (int at = nextDifference(first, second, 0, common);
          at < common;
          at = nextDifference(first, second, at + WORD_BYTES, common)) {
        if (stored + pending == limit) {
          if (flush(work, stored, pending)) {
            finish(work, OVERFLOW, limit, done + at);
          }
          return;
        }
        if (pending == PENDING_BYTES) {
          if (!flush(work, stored, pending)) {
            return;
          }
          stored += pending;
          pending = 0;
        }
        entries.putShort(pending, (short) ((done + at) / WORD_BYTES));
        entries.putLong(pending + 2, second.bytes().getLong(at));
        pending += ENTRY_BYTES;
      }
      done += common;
      if (common < wanted) {
        if (!flush(work, stored, pending)) {
          return;
        }
        partial(work, stored + pending);
        if ((read1 & -WORD_BYTES) == common) {
          work.endFault(Operand.SOURCE, false, work.source() + done, done);
        } else {
          work.endFault(Operand.SOURCE2, false, work.destination() + done, done);
        }
        return;
      }
    }
    if (flush(work, stored, pending)) {
      stored += pending;
      finish(work, stored == 0 ? EQUAL : DIFFERENT, stored, 0);
    }
  }

  /** The next word that differs, or {@code length}. */
  private static int nextDifference(DmaBuffer first, DmaBuffer second, int from, int length) {
    ByteBuffer a = first.bytes();
    ByteBuffer b = second.bytes();
    a.limit(length).position(from);
    b.limit(length).position(from);
    int at = a.mismatch(b);
    a.clear();
    b.clear();
    return at < 0 ? length : (from + at) & -WORD_BYTES;
  }

  /** Writes the pending entries; at a fault ends with those that are stored whole. */
  private static boolean flush(Work work, long stored, int pending) {
    if (pending == 0) {
      return true;
    }
    long record = work.get(DELTA_ADDR) + stored;
    DmaBuffer entries = work.buffers().third();
    int writable = work.writableBytes(record, pending);
    int whole = writable / ENTRY_BYTES * ENTRY_BYTES;
    int written = work.write(record, entries, whole);
    if (written == pending) {
      return true;
    }
    whole = Math.min(whole, written / ENTRY_BYTES * ENTRY_BYTES);
    long index = entries.bytes().getShort(whole) & 0xffff;
    partial(work, stored + whole);
    work.endFault(
        Operand.DESTINATION, true, record + Math.max(written, writable), index * WORD_BYTES);
    return false;
  }

  private static void partial(Work work, long recordBytes) {
    work.setResult(recordBytes > 0 ? DIFFERENT : EQUAL);
    work.setSpecific0(recordBytes);
  }

  private static void finish(Work work, int result, long recordBytes, long offset) {
    work.setResult(result);
    work.setSpecific0(recordBytes);
    work.setBytesCompleted(offset);
    work.endChecked((work.getInt(EXPECTED_MASK) >>> result & 1) != 0);
  }

  @Override
  public boolean writes() {
    return true;
  }
}
