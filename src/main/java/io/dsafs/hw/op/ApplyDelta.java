package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;

/**
 * Apply delta record: writes the words of the entries, whose indexes must grow. A fragment shorter
 * than an entry at the end is ignored. Source: specification section 8.3.9.
 */
final class ApplyDelta extends Operation {
  private static final int ENTRY_BYTES = CreateDelta.ENTRY_BYTES;
  private static final int WORD_BYTES = 8;
  private static final int RECORD_CHUNK_BYTES = Buffers.CHUNK_BYTES / ENTRY_BYTES * ENTRY_BYTES;

  private static final Field RECORD_SIZE = Descriptor.AP_DELTA.field("delta_rec_size");

  @Override
  public Status check(Work work) {
    Status status = checkSize(work);
    if (status != null) {
      return status;
    }
    long size = work.size();
    long recordBytes = work.get(RECORD_SIZE);
    if (size > CreateDelta.MAX_TRANSFER_BYTES) {
      return Status.XFER_ERANGE;
    }
    if (((size | work.destination()) & (WORD_BYTES - 1)) != 0) {
      return Status.ADDR_ALIGN;
    }
    if (recordBytes < ENTRY_BYTES || recordBytes > work.maxTransferBytes()) {
      return Status.DR_ERANGE;
    }
    return overlap(work.source(), recordBytes, work.destination(), size)
        ? Status.OVERLAP_BUFFERS
        : null;
  }

  @Override
  public void perform(Work work) {
    DmaBuffer record = work.buffers().first();
    long size = work.get(RECORD_SIZE) / ENTRY_BYTES * ENTRY_BYTES;
    int last = -1;
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = (int) Math.min(size - done, RECORD_CHUNK_BYTES);
      int read = work.read(work.source() + done, record, wanted);
      int whole = read / ENTRY_BYTES * ENTRY_BYTES;
      int applied = apply(work, record.bytes(), whole, last, done);
      if (applied < whole) {
        return;
      }
      done += applied;
      if (read < wanted) {
        work.endFault(Operand.SOURCE, false, work.source() + done + (read - whole), done);
        return;
      }
      last = index(record.bytes(), whole - ENTRY_BYTES);
    }
  }

  /**
   * Applies entries; words that are next to each other are written at once.
   *
   * @param before the index of the entry before these, or -1
   * @param done bytes of the record before these
   * @return the bytes applied; fewer than {@code length} if the work has ended
   */
  private static int apply(Work work, ByteBuffer record, int length, int before, long done) {
    DmaBuffer words = work.buffers().second();
    int last = before;
    for (int from = 0; from < length; ) {
      Status refusal = null;
      int to = from;
      for (; to < length; to += ENTRY_BYTES) {
        int index = index(record, to);
        if (index <= last) {
          refusal = Status.DR_OFFSET_NOINC;
        } else if ((long) index * WORD_BYTES >= work.size()) {
          refusal = Status.DR_OFFSET_ERANGE;
        }
        if (refusal != null || (to > from && index != last + 1)) {
          break;
        }
        words.bytes().putLong((to - from) / ENTRY_BYTES * WORD_BYTES, record.getLong(to + 2));
        last = index;
      }
      int run = (to - from) / ENTRY_BYTES;
      if (run > 0) {
        long target = work.destination() + (long) index(record, from) * WORD_BYTES;
        int written = work.write(target, words, run * WORD_BYTES);
        if (written < run * WORD_BYTES) {
          int applied = from + written / WORD_BYTES * ENTRY_BYTES;
          work.endFault(Operand.DESTINATION, true, target + written, done + applied);
          return applied;
        }
      }
      if (refusal != null) {
        work.end(refusal);
        work.setBytesCompleted(done + to);
        return to;
      }
      from = to;
    }
    return length;
  }

  private static int index(ByteBuffer record, int at) {
    return record.getShort(at) & 0xffff;
  }

  @Override
  public boolean writes() {
    return true;
  }
}
