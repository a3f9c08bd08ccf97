package io.dsafs.hw.op;

/**
 * Cache flush: no effect on memory, but the destination must be writable. Source: hardware
 * reference section 8.15.
 */
final class CacheFlush extends Operation {
  @Override
  public void perform(Work work) {
    long size = work.size();
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int writable = work.writableBytes(work.destination() + done, wanted);
      done += writable;
      if (writable < wanted) {
        work.endFault(Operand.DESTINATION, true, work.destination() + done, done);
        return;
      }
    }
  }

  @Override
  public boolean writes() {
    return false;
  }
}
