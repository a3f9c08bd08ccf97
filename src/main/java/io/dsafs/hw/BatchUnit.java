package io.dsafs.hw;

import io.dsafs.hw.op.Buffers;
import io.dsafs.hw.op.Operand;
import io.dsafs.hw.op.OperationTable;
import io.dsafs.hw.op.Work;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Status;

/**
 * Runs the members of a batch in order. Members are copied out of the list before any of them runs,
 * so that a record may lie on its member's place. Source: hardware reference section 4.8.
 */
final class BatchUnit {
  private static final int LIST_CHUNK = Buffers.CHUNK_BYTES / Descriptor.SIZE_BYTES;

  /** Runs one member to its completion. */
  @FunctionalInterface
  interface MemberRunner {
    /** False once the record of a member is in the event log: it is not where it belongs yet. */
    boolean run(int index);
  }

  private final boolean continuation;

  BatchUnit(long gencap) {
    continuation = GenCap.BATCH_CONTINUATION.isSet(gencap);
  }

  /**
   * Runs a batch and leaves the outcome in it.
   *
   * @param member is filled with one member after the other
   * @param runner runs what {@code member} holds
   */
  void run(Work batch, Work member, MemberRunner runner) {
    DmaBuffer list = batch.buffers().list();
    long address = batch.get(Descriptor.SRC_ADDR);
    long count = batch.size();
    boolean failed = (batch.flags() & OperationTable.BATCH_ERROR) != 0;
    boolean recorded = true;
    boolean abandoned = false;
    int processed = 0;
    int missing = 0;
    for (long base = 0; base < count && !abandoned && missing == 0 && !batch.cancelled(); ) {
      int wanted = (int) Math.min(count - base, LIST_CHUNK);
      long from = address + base * Descriptor.SIZE_BYTES;
      int read = batch.readList(from, list, wanted * Descriptor.SIZE_BYTES);
      int whole = read / Descriptor.SIZE_BYTES;
      for (int i = 0; i < whole && !abandoned && !batch.cancelled(); i++) {
        load(list, i, member.words());
        if ((failed || !recorded) && member.has(Flag.FENCE)) {
          // A record that faulted counts as a failure here, and only here.
          abandoned = true;
        } else {
          recorded = runner.run((int) base + i);
          processed++;
          failed |= !member.succeeded();
        }
      }
      missing = wanted - whole;
      if (missing > 0 && !abandoned) {
        batch.endFault(Status.BATCH_PAGE_FAULT, Operand.SOURCE, false, from + read);
      }
      base += whole;
    }
    if (batch.succeeded() && (failed || abandoned)) {
      batch.end(Status.BATCH_FAIL);
    }
    batch.setBytesCompleted(processed);
    batch.setResult(continuation && (failed || abandoned) ? 1 : 0);
  }

  private static void load(DmaBuffer list, int index, long[] words) {
    for (int i = 0; i < words.length; i++) {
      words[i] = list.bytes().getLong(index * Descriptor.SIZE_BYTES + 8 * i);
    }
    // PASID and privilege of a member are ignored.
    words[0] &= -1L << 32;
  }
}
