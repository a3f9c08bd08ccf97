package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;

/**
 * Copy to two destinations; at a fault both have received the same number of bytes. Source:
 * hardware reference section 8.10.
 */
final class Dualcast extends Operation {
  private static final Field DEST2 = Descriptor.DUALCAST.field("dest2");
  private static final long LOW_BITS = 0xfff;

  @Override
  public Status check(Work work) {
    long size = work.size();
    long source = work.source();
    long destination1 = work.destination();
    long destination2 = work.get(DEST2);
    Status status = checkSize(work);
    if (status != null) {
      return status;
    }
    if (((destination1 ^ destination2) & LOW_BITS) != 0) {
      return Status.DCAST_ERR;
    }
    boolean overlapping =
        overlap(source, size, destination1, size)
            || overlap(source, size, destination2, size)
            || overlap(destination1, size, destination2, size);
    return overlapping ? Status.OVERLAP_BUFFERS : null;
  }

  @Override
  public void perform(Work work) {
    DmaBuffer buffer = work.buffers().first();
    long size = work.size();
    long source = work.source();
    long destination1 = work.destination();
    long destination2 = work.get(DEST2);
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int read = work.read(source + done, buffer, wanted);
      // What the second destination takes is known before the first is written.
      int room = work.writableBytes(destination2 + done, read);
      int written = work.write(destination1 + done, buffer, room);
      int again = work.write(destination2 + done, buffer, written);
      done += again;
      if (again == wanted) {
        continue;
      }
      boolean first =
          written < room || (room < read && work.writableBytes(destination1 + done, 1) == 0);
      if (first) {
        work.endFault(Operand.DESTINATION, true, destination1 + done, done);
      } else if (again < read) {
        work.endFault(Operand.DESTINATION2, true, destination2 + done, done);
      } else {
        work.endFault(Operand.SOURCE, false, source + done, done);
      }
      return;
    }
  }

  @Override
  public boolean writes() {
    return true;
  }
}
