package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.IaxDescriptor;
import io.dsafs.spec.IaxError;
import io.dsafs.spec.IaxRecord;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;

/**
 * Decompress of an IAA: a DEFLATE stream from source 1 to the destination, with the checksums of
 * what comes out.
 *
 * <p>Of source 2, the state to start from, the two checksums are taken; a state within a block, a
 * part of a token, or bytes to drop make it an error (22), as does a source 2 too short to tell. No
 * state is written: an overflow that software asks to go on from is unrecoverable (25). Not done,
 * and refused as an invalid flag (0x30): big-endian words, mini-blocks for indexing; filters are
 * refused with 0x31. The source is read as far as the next end of a block that stops it, or to its
 * end.
 *
 * <p>Source: driver reference sections 8.4 and 8.5; flags, layout of the state and error codes: the
 * query processing library; history of 4 KiB and what the checks mean: the same.
 */
final class Decompress extends Operation {
  private static final int ENABLE = 1;
  private static final int FLUSH_OUTPUT = 1 << 1;
  private static final int STOP_ON_EOB = 1 << 2;
  private static final int CHECK_FOR_EOB = 1 << 3;
  private static final int SELECT_FINAL_EOB = 1 << 4;
  private static final int IGNORE_END_SHIFT = 6;
  private static final int IGNORE_END_MASK = 7;
  private static final int SUPPRESS_OUTPUT = 1 << 9;
  private static final int KNOWN =
      ENABLE
          | FLUSH_OUTPUT
          | STOP_ON_EOB
          | CHECK_FOR_EOB
          | SELECT_FINAL_EOB
          | IGNORE_END_MASK << IGNORE_END_SHIFT
          | SUPPRESS_OUTPUT;

  // The state, in bytes from its start.
  private static final int STATE_CRC = 0;
  private static final int STATE_XOR = 4;
  private static final int STATE_DROPPED = 20;
  private static final int STATE_INPUT_SIZES = 440;
  private static final int STATE_INPUT_SIZES_BYTES = 32;
  private static final int STATE_POSITION = 1076;
  private static final int STATE_BYTES = 1088;
  private static final int STATE_ALIGNMENT = 32;
  private static final int AT_BLOCK_HEADER = 1;
  private static final int POSITION_MASK = 0xf;

  @Override
  public Status check(Work work) {
    int flags = work.getInt(IaxDescriptor.OPERATION_FLAGS);
    if ((flags & ~KNOWN) != 0 || (flags & ENABLE) == 0) {
      return Status.INVALID_COMP_FLAG;
    }
    if (work.get(IaxDescriptor.FILTER_FLAGS) != 0) {
      return Status.INVALID_FILTER_FLAG;
    }
    boolean writing = (flags & SUPPRESS_OUTPUT) == 0;
    long room = work.get(IaxDescriptor.MAX_DST_SIZE);
    if (writing && (room == 0 || room > work.maxTransferBytes())) {
      return Status.XFER_ERANGE;
    }
    Status status = checkSize(work);
    if (status == null && (work.flags() & IaxOperations.READ_STATE) != 0) {
      status = checkState(work);
    }
    if (status == null
        && writing
        && overlap(work.source(), work.size(), work.destination(), room)) {
      status = Status.OVERLAP_BUFFERS;
    }
    return status;
  }

  private static Status checkState(Work work) {
    long place = work.get(IaxDescriptor.SRC2_ADDR) | work.get(IaxDescriptor.SRC2_SIZE);
    return place % STATE_ALIGNMENT != 0 ? Status.ADDR_ALIGN : null;
  }

  @Override
  public void perform(Work work) {
    int flags = work.getInt(IaxDescriptor.OPERATION_FLAGS);
    Deflation deflation = work.buffers().deflation();
    DataChecksums checksums = deflation.checksums();
    boolean rfc3720 = (work.flags() & IaxOperations.CRC_RFC3720) != 0;
    checksums.start(rfc3720, 0, 0);
    if ((work.flags() & IaxOperations.READ_STATE) != 0 && !readState(work, checksums, rfc3720)) {
      return;
    }
    Inflate inflate = deflation.inflate();
    BitSource in = inflate.in();
    OutputWindow out = inflate.out();
    in.start(work, flags >> IGNORE_END_SHIFT & IGNORE_END_MASK);
    out.start(
        work, checksums, work.get(IaxDescriptor.MAX_DST_SIZE), (flags & SUPPRESS_OUTPUT) != 0);
    boolean onlyFinal = (flags & SELECT_FINAL_EOB) != 0;
    Inflate.Stop stop = inflate.run((flags & STOP_ON_EOB) != 0, onlyFinal);
    boolean taken = !out.faulted() && out.flush();
    if (!taken) {
      work.endFault(Operand.DESTINATION, true, out.address(), 0);
    } else if (in.faulted()) {
      work.endFault(Operand.SOURCE, false, in.address(), 0);
    } else {
      work.setBytesCompleted(in.usedBytes());
      conclude(work, stop, inflate, (flags & CHECK_FOR_EOB) != 0, onlyFinal);
    }
    work.set(IaxRecord.OUTPUT_SIZE, out.written());
    checksums.tell(work);
  }

  private static void conclude(
      Work work, Inflate.Stop stop, Inflate inflate, boolean checking, boolean onlyFinal) {
    if (stop == Inflate.Stop.ERROR) {
      work.endAnalytics(inflate.error());
    } else if (stop == Inflate.Stop.NO_OUTPUT) {
      if ((work.flags() & IaxOperations.WRITE_STATE_ON_OVERFLOW) != 0) {
        work.endAnalytics(IaxError.UNRECOVERABLE_OUTPUT_OVERFLOW);
      } else {
        work.end(Status.OUTPUT_OVERFLOW);
      }
    } else if (checking && !inflate.endedWithBlock(onlyFinal)) {
      work.endAnalytics(IaxError.BAD_EOF);
    }
  }

  /** Reads the state to start from; answers whether it is one. */
  private static boolean readState(Work work, DataChecksums checksums, boolean rfc3720) {
    DmaBuffer buffer = work.buffers().first();
    long size = work.get(IaxDescriptor.SRC2_SIZE);
    long place = work.get(IaxDescriptor.SRC2_ADDR);
    if ((work.flags() & IaxOperations.STATE_SELECT) != 0) {
      place += size;
    }
    if (size < STATE_BYTES) {
      work.endAnalytics(IaxError.AECS_ERROR);
      return false;
    }
    int read = work.read(place, buffer, STATE_BYTES);
    if (read < STATE_BYTES) {
      work.endFault(Operand.SOURCE2, false, place + read, 0);
      return false;
    }
    ByteBuffer state = buffer.bytes();
    boolean fresh = (state.getShort(STATE_POSITION) & POSITION_MASK) == AT_BLOCK_HEADER;
    fresh &= state.getInt(STATE_DROPPED) == 0;
    for (int i = 0; i < STATE_INPUT_SIZES_BYTES; i++) {
      fresh &= state.get(STATE_INPUT_SIZES + i) == 0;
    }
    if (!fresh) {
      work.endAnalytics(IaxError.AECS_ERROR);
      return false;
    }
    checksums.start(rfc3720, state.getInt(STATE_CRC), state.getInt(STATE_XOR));
    return true;
  }

  @Override
  public boolean writes() {
    return true;
  }
}
