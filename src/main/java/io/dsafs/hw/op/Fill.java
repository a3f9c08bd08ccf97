package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;

/**
 * Fill with a pattern of 8 or 16 bytes that starts at the destination address. Source: hardware
 * reference section 8.5.
 */
final class Fill extends Operation {
  static final int PATTERN_16 = 1 << 18;

  private static final Field PATTERN_UPPER = Descriptor.FILL.field("pattern_upper");

  @Override
  public void perform(Work work) {
    DmaBuffer buffer = work.buffers().first();
    long low = work.source();
    long high = (work.flags() & PATTERN_16) != 0 ? work.get(PATTERN_UPPER) : low;
    long size = work.size();
    long destination = work.destination();
    Patterns.fill(buffer, low, high, chunk(size));
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int written = work.write(destination + done, buffer, wanted);
      done += written;
      if (written < wanted) {
        work.endFault(Operand.DESTINATION, true, destination + done, done);
        return;
      }
    }
    work.end(Status.SUCCESS);
  }

  @Override
  public boolean writes() {
    return true;
  }
}
