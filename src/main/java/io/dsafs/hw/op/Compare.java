package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;

/**
 * Compare and compare pattern: the first difference, or a page fault before it. Source: hardware
 * reference sections 8.6 and 8.7.
 */
final class Compare extends Operation {
  private static final Field EXPECTED = Descriptor.COMPARE.field("expected_res");

  private final boolean pattern;

  private Compare(boolean pattern) {
    this.pattern = pattern;
  }

  /** Two sources. */
  static Compare sources() {
    return new Compare(false);
  }

  /** A source with a pattern of eight bytes. */
  static Compare pattern() {
    return new Compare(true);
  }

  @Override
  public void perform(Work work) {
    DmaBuffer first = work.buffers().first();
    DmaBuffer second = work.buffers().second();
    long size = work.size();
    long source1 = work.source();
    long source2 = work.destination();
    if (pattern) {
      Patterns.fill(second, source2, source2, chunk(size));
    }
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int read1 = work.read(source1 + done, first, wanted);
      int read2 = pattern ? wanted : work.read(source2 + done, second, wanted);
      int common = Math.min(read1, read2);
      int difference = mismatch(first, second, common);
      if (difference >= 0) {
        different(work, done + difference);
        return;
      }
      done += common;
      if (common < wanted) {
        if (read1 == common) {
          work.endFault(Operand.SOURCE, false, source1 + done, done);
        } else {
          work.endFault(Operand.SOURCE2, false, source2 + done, done);
        }
        return;
      }
    }
    finish(work, 0, 0);
  }

  private void different(Work work, long offset) {
    // A difference within whole words of the pattern is reported at the start of its word.
    boolean inWord = pattern && offset < (work.size() & -8);
    finish(work, 1, inWord ? offset & -8 : offset);
  }

  private static void finish(Work work, int result, long offset) {
    work.setResult(result);
    work.setBytesCompleted(offset);
    work.endChecked((work.getInt(EXPECTED) & 1) == result);
  }

  static int mismatch(DmaBuffer first, DmaBuffer second, int length) {
    first.bytes().limit(length).position(0);
    second.bytes().limit(length).position(0);
    int at = first.bytes().mismatch(second.bytes());
    first.bytes().clear();
    second.bytes().clear();
    return at;
  }

  @Override
  public boolean writes() {
    return false;
  }
}
