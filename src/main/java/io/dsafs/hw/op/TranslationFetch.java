package io.dsafs.hw.op;

import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;

/**
 * Translation fetch: walks the pages of a region, or every stride of it. Source: specification
 * section 8.3.11.
 */
final class TranslationFetch extends Operation {
  static final int USE_STRIDE = 1 << 16;

  private static final Field STRIDE = Descriptor.TRANSL_FETCH.field("region_stride");

  @Override
  public Status check(Work work) {
    Status status = checkSize(work);
    if (status != null) {
      return status;
    }
    long last = work.source() + work.size() - 1;
    if (Long.compareUnsigned(last, work.source()) < 0) {
      return Status.XFER_ERANGE;
    }
    if ((work.flags() & USE_STRIDE) != 0) {
      long stride = work.get(STRIDE);
      if (stride < Work.PAGE_BYTES || Long.bitCount(stride) != 1) {
        return Status.ADDR_ALIGN;
      }
    }
    return null;
  }

  @Override
  public void perform(Work work) {
    boolean strided = (work.flags() & USE_STRIDE) != 0;
    long step = strided ? work.get(STRIDE) : Buffers.CHUNK_BYTES;
    long size = work.size();
    for (long done = 0; done < size && !work.cancelled(); done += step) {
      int wanted = strided ? 1 : chunk(size - done);
      int readable = work.readableBytes(work.source() + done, wanted);
      if (readable < wanted) {
        work.endFault(Operand.SOURCE, false, work.source() + done + readable, 0);
        return;
      }
    }
  }

  @Override
  public boolean writes() {
    return false;
  }
}
