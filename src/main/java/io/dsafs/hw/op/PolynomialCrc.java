package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.IaxDescriptor;
import io.dsafs.spec.IaxRecord;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;

/**
 * CRC64 of an IAA: a CRC with any polynomial up to 64 bits wide, which stands at the upper end of
 * its field. The bits of each byte are taken from the highest, or from the lowest; register and
 * result are inverted in the width of the polynomial, or not. Source: the vendor's test of the
 * device.
 */
final class PolynomialCrc extends Operation {
  private static final int INVERT = 1 << 14;
  private static final int LOW_BIT_FIRST = 1 << 15;

  @Override
  public Status check(Work work) {
    if ((work.get(IaxDescriptor.OPERATION_FLAGS) & ~(INVERT | LOW_BIT_FIRST)) != 0) {
      return Status.INVALID_COMP_FLAG;
    }
    return checkSize(work);
  }

  @Override
  public void perform(Work work) {
    int flags = work.getInt(IaxDescriptor.OPERATION_FLAGS);
    boolean lowFirst = (flags & LOW_BIT_FIRST) != 0;
    long polynomial = work.get(IaxDescriptor.POLYNOMIAL);
    long ones = (flags & INVERT) != 0 ? -Long.lowestOneBit(polynomial) : 0;
    if (polynomial == 0) {
      ones = 0;
    }
    long inverted = lowFirst ? Long.reverse(ones) : ones;
    long[] table = work.buffers().deflation().crcTable();
    fill(table, lowFirst ? Long.reverse(polynomial) : polynomial, lowFirst);
    DmaBuffer buffer = work.buffers().first();
    long size = work.size();
    long register = inverted;
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int read = work.read(work.source() + done, buffer, wanted);
      register =
          lowFirst
              ? updateLowFirst(table, register, buffer.bytes(), read)
              : updateHighFirst(table, register, buffer.bytes(), read);
      done += read;
      if (read < wanted) {
        work.endFault(Operand.SOURCE, false, work.source() + done, done);
        return;
      }
    }
    work.set(IaxRecord.CRC64_RESULT, register ^ inverted);
  }

  private static void fill(long[] table, long polynomial, boolean lowFirst) {
    for (int value = 0; value < table.length; value++) {
      long register = lowFirst ? value : (long) value << 56;
      for (int bit = 0; bit < 8; bit++) {
        if (lowFirst) {
          register = (register & 1) != 0 ? register >>> 1 ^ polynomial : register >>> 1;
        } else {
          register = register < 0 ? register << 1 ^ polynomial : register << 1;
        }
      }
      table[value] = register;
    }
  }

  private static long updateLowFirst(long[] table, long from, ByteBuffer bytes, int length) {
    long r = from;
    for (int i = 0; i < length; i++) {
      r = r >>> 8 ^ table[((int) r ^ bytes.get(i)) & 0xff];
    }
    return r;
  }

  private static long updateHighFirst(long[] table, long from, ByteBuffer bytes, int length) {
    long r = from;
    for (int i = 0; i < length; i++) {
      r = r << 8 ^ table[((int) (r >>> 56) ^ bytes.get(i)) & 0xff];
    }
    return r;
  }

  @Override
  public boolean writes() {
    return false;
  }
}
