package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Status;

/**
 * Memory move, as if the source were first copied aside. Where the destination lies in the source,
 * above its start, the move runs from the end. Source: specification section 8.3.4.
 */
final class MemoryMove extends Operation {
  private final boolean mayOverlap;

  /**
   * @param mayOverlap whether the device can move overlapping ranges (GENCAP bit 1)
   */
  MemoryMove(boolean mayOverlap) {
    this.mayOverlap = mayOverlap;
  }

  @Override
  public Status check(Work work) {
    Status status = checkSize(work);
    if (status == null
        && !mayOverlap
        && overlap(work.source(), work.size(), work.destination(), work.size())) {
      status = Status.OVERLAP_BUFFERS;
    }
    return status;
  }

  @Override
  public void perform(Work work) {
    long distance = work.destination() - work.source();
    if (distance != 0 && Long.compareUnsigned(distance, work.size()) < 0) {
      moveFromEnd(work);
    } else {
      moveFromStart(work);
    }
  }

  private static void moveFromStart(Work work) {
    DmaBuffer buffer = work.buffers().first();
    long source = work.source();
    long destination = work.destination();
    long size = work.size();
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int read = work.read(source + done, buffer, wanted);
      int written = work.write(destination + done, buffer, read);
      done += written;
      if (written < read) {
        work.endFault(Operand.DESTINATION, true, destination + done, done);
        return;
      }
      if (read < wanted) {
        work.endFault(Operand.SOURCE, false, source + done, done);
        return;
      }
    }
  }

  private static void moveFromEnd(Work work) {
    DmaBuffer buffer = work.buffers().first();
    long source = work.source();
    long destination = work.destination();
    for (long left = work.size(); left > 0 && !work.cancelled(); ) {
      int wanted = chunk(left);
      long start = left - wanted;
      // Only a piece that is accessible as a whole may be written: bytes before a fault in it must
      // stay as they are.
      boolean whole =
          work.writableBytes(destination + start, wanted) == wanted
              && work.read(source + start, buffer, wanted) == wanted;
      if (!whole) {
        movePagesFromEnd(work, left);
        return;
      }
      if (work.write(destination + start, buffer, wanted) < wanted) {
        movePagesFromEnd(work, left);
        return;
      }
      left = start;
    }
  }

  /** Goes on in pieces that cross no page, until one faults. */
  private static void movePagesFromEnd(Work work, long from) {
    DmaBuffer buffer = work.buffers().first();
    for (long left = from; left > 0; ) {
      long sourceEnd = work.source() + left;
      long destinationEnd = work.destination() + left;
      int piece = (int) Math.min(left, Math.min(inPage(sourceEnd), inPage(destinationEnd)));
      if (work.read(sourceEnd - piece, buffer, piece) < piece) {
        work.endFault(Operand.SOURCE, false, sourceEnd - 1, work.size() - left);
        work.setResult(1);
        return;
      }
      if (work.write(destinationEnd - piece, buffer, piece) < piece) {
        work.endFault(Operand.DESTINATION, true, destinationEnd - 1, work.size() - left);
        work.setResult(1);
        return;
      }
      left -= piece;
    }
  }

  /** How many bytes before an end lie in the page of the last one. */
  private static int inPage(long end) {
    return (int) ((end - 1) & (Work.PAGE_BYTES - 1)) + 1;
  }

  @Override
  public boolean writes() {
    return true;
  }
}
