package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.IaxDescriptor;
import io.dsafs.spec.IaxError;
import io.dsafs.spec.IaxRecord;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;

/**
 * Compress of an IAA: source 1 becomes tokens of the DEFLATE format, with the checksums of what
 * goes in.
 *
 * <p>The device makes no codes: source 2 brings them, with bits to put out first (the header of the
 * block is among them) and the checksums so far; all of that is taken. Asked to, it writes source 2
 * back, with bits that fill no byte. Without a source 2 this model makes a block of fixed codes,
 * the last one unless a stored block is to follow. Counting tokens in place of putting them out is
 * done as well. Not done, and refused as an invalid flag (0x30): big-endian words, mini-blocks for
 * indexing, and headers made by the device.
 *
 * <p>Source: driver reference sections 8.4 and 8.5; flags, layout of source 2 and error codes: the
 * query processing library, the vendor's test of the device.
 */
final class Compress extends Operation {
  private static final int STATISTICS = 1;
  private static final int FLUSH_OUTPUT = 1 << 1;
  private static final int APPEND_SHIFT = 2;
  private static final int APPEND_MASK = 3;
  private static final int ONLY_LITERALS = 1 << 4;
  private static final int KNOWN =
      STATISTICS | FLUSH_OUTPUT | APPEND_MASK << APPEND_SHIFT | ONLY_LITERALS;

  // What is appended.
  private static final int END_OF_BLOCK = 1;
  private static final int STORED_BLOCK = 2;
  private static final int FINAL_STORED_BLOCK = 3;

  private static final int FIXED_HEADER = 2;
  private static final int HEADER_BITS = 3;
  private static final int STATE_ALIGNMENT = 32;
  private static final int HISTORY = Deflation.HISTORY_BYTES;

  @Override
  public Status check(Work work) {
    int flags = work.getInt(IaxDescriptor.OPERATION_FLAGS);
    if ((flags & ~KNOWN) != 0) {
      return Status.INVALID_COMP_FLAG;
    }
    long room = work.get(IaxDescriptor.MAX_DST_SIZE);
    if (room == 0 || room > work.maxTransferBytes()) {
      return Status.XFER_ERANGE;
    }
    Status status = checkSize(work);
    boolean stateful = (work.flags() & (IaxOperations.READ_STATE | IaxOperations.WRITE_STATE)) != 0;
    if (status == null && stateful) {
      status = checkState(work);
    }
    if (status == null && overlap(work.source(), work.size(), work.destination(), room)) {
      status = Status.OVERLAP_BUFFERS;
    }
    return status;
  }

  private static Status checkState(Work work) {
    long size = work.get(IaxDescriptor.SRC2_SIZE);
    if (size < CompressState.SIZE_BYTES) {
      return Status.XFER_ERANGE;
    }
    boolean aligned = (work.get(IaxDescriptor.SRC2_ADDR) | size) % STATE_ALIGNMENT == 0;
    return aligned ? null : Status.ADDR_ALIGN;
  }

  @Override
  public void perform(Work work) {
    int flags = work.getInt(IaxDescriptor.OPERATION_FLAGS);
    int append = flags >> APPEND_SHIFT & APPEND_MASK;
    Deflation deflation = work.buffers().deflation();
    CompressState state = deflation.state();
    Tokens tokens = deflation.tokens();
    boolean given = (work.flags() & IaxOperations.READ_STATE) != 0;
    if (!given) {
      state.setFixed();
    } else if (!readState(work, state)) {
      return;
    }
    deflation
        .checksums()
        .start((work.flags() & IaxOperations.CRC_RFC3720) != 0, state.crc(), state.xor());
    boolean counting = (flags & STATISTICS) != 0;
    tokens.start(work, state, work.get(IaxDescriptor.MAX_DST_SIZE), counting);
    boolean done = counting || begin(state, tokens, given, append);
    done = done && pass(work, deflation, (flags & ONLY_LITERALS) != 0);
    done = done && end(tokens, append, counting, (flags & FLUSH_OUTPUT) != 0);
    if (done && (work.flags() & IaxOperations.WRITE_STATE) != 0) {
      state.setChecksums(deflation.checksums());
      state.setWaiting(tokens.waiting(), tokens.waitingCount());
      writeState(work, state);
    }
    conclude(work, deflation);
  }

  private static boolean begin(CompressState state, Tokens tokens, boolean given, int append) {
    if (!given) {
      int last = append == END_OF_BLOCK ? 1 : 0;
      return tokens.put(FIXED_HEADER | last, HEADER_BITS);
    }
    int bits = Math.min(state.waitingBits(), 8 * CompressState.WAITING_BYTES);
    boolean taken = true;
    for (int at = 0; at < bits && taken; at += 8) {
      int count = Math.min(8, bits - at);
      taken = tokens.put(state.waiting(at / 8) & ((1 << count) - 1), count);
    }
    return taken;
  }

  /** Passes over the source; answers whether all of it was taken. */
  private static boolean pass(Work work, Deflation deflation, boolean onlyLiterals) {
    Matcher matcher = deflation.matcher();
    Tokens tokens = deflation.tokens();
    DmaBuffer buffer = work.buffers().first();
    ByteBuffer bytes = buffer.bytes();
    matcher.start();
    long size = work.size();
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = (int) Math.min(size - done, buffer.sizeBytes() - HISTORY);
      int read = work.read(work.source() + done, buffer, HISTORY, wanted);
      if (read < wanted) {
        work.endFault(Operand.SOURCE, false, work.source() + done + read, 0);
        return false;
      }
      deflation.checksums().update(buffer, HISTORY, read);
      int limit = HISTORY + read;
      for (int at = HISTORY; at < limit; ) {
        long position = done + at - HISTORY;
        int length = onlyLiterals ? 0 : matcher.find(bytes, at, limit, position);
        boolean taken =
            length == 0
                ? tokens.literal(bytes.get(at) & 0xff)
                : tokens.match(length, matcher.distance());
        if (!taken) {
          return false;
        }
        int next = at + Math.max(1, length);
        for (; at < next; at++) {
          matcher.add(bytes, at, limit, done + at - HISTORY);
        }
      }
      bytes.put(0, bytes, limit - HISTORY, HISTORY);
      done += read;
    }
    work.setBytesCompleted(size);
    return true;
  }

  private static boolean end(Tokens tokens, int append, boolean counting, boolean flush) {
    boolean taken = append == 0 || tokens.literal(Deflation.END_OF_BLOCK);
    if (!counting && (append == STORED_BLOCK || append == FINAL_STORED_BLOCK)) {
      taken =
          taken
              && tokens.put(append == FINAL_STORED_BLOCK ? 1 : 0, HEADER_BITS)
              && tokens.alignToByte()
              && tokens.put(0, 16)
              && tokens.put(0xffff, 16);
    }
    int used = tokens.waitingCount();
    if (taken && flush) {
      taken = tokens.alignToByte();
    }
    tokens.setLastBits(flush ? used : 0);
    return taken && tokens.flush();
  }

  private static void conclude(Work work, Deflation deflation) {
    Tokens tokens = deflation.tokens();
    if (tokens.withoutWord()) {
      work.endAnalytics(IaxError.INVALID_HUFFCODE);
    } else if (tokens.full()) {
      work.endAnalytics(IaxError.UNRECOVERABLE_OUTPUT_OVERFLOW);
    } else if (tokens.faulted()) {
      work.endFault(Operand.DESTINATION, true, tokens.address(), 0);
    }
    work.set(IaxRecord.OUTPUT_SIZE, tokens.written());
    work.set(IaxRecord.OUTPUT_BITS, tokens.lastBits());
    deflation.checksums().tell(work);
  }

  private static long place(Work work, boolean second) {
    return work.get(IaxDescriptor.SRC2_ADDR) + (second ? work.get(IaxDescriptor.SRC2_SIZE) : 0);
  }

  private static boolean readState(Work work, CompressState state) {
    long place = place(work, (work.flags() & IaxOperations.STATE_SELECT) != 0);
    int read = work.read(place, state.memory(), CompressState.SIZE_BYTES);
    if (read < CompressState.SIZE_BYTES) {
      work.endFault(Operand.SOURCE2, false, place + read, 0);
      return false;
    }
    return true;
  }

  private static void writeState(Work work, CompressState state) {
    long place = place(work, (work.flags() & IaxOperations.STATE_SELECT) == 0);
    int written = work.write(place, state.memory(), CompressState.SIZE_BYTES);
    if (written < CompressState.SIZE_BYTES) {
      work.endFault(Operand.SOURCE2, true, place + written, 0);
    }
  }

  @Override
  public boolean writes() {
    return true;
  }
}
