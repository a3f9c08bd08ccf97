package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;

/**
 * CRC generation and copy with CRC. The CRC of a partial completion is the seed of the rest.
 * Source: hardware reference sections 8.12 and 8.13; no padding, see the doubts of the model.
 */
final class Crc extends Operation {
  static final int SEED_IN_MEMORY = 1 << 16;
  static final int BYPASS_INVERSION = 1 << 17;
  static final int BYPASS_REFLECTION = 1 << 18;
  static final int CRC_64 = 1 << 19;

  private static final Field SEED = Descriptor.CRC.field("crc_seed");
  private static final Field SEED_ADDR = Descriptor.CRC.field("seed_addr");

  private final boolean copy;

  private Crc(boolean copy) {
    this.copy = copy;
  }

  static Crc generation() {
    return new Crc(false);
  }

  static Crc copy() {
    return new Crc(true);
  }

  @Override
  public Status check(Work work) {
    Status status = checkSize(work);
    if (status != null) {
      return status;
    }
    int flags = work.flags();
    int seedBytes = (flags & CRC_64) != 0 ? Long.BYTES : Integer.BYTES;
    if ((flags & SEED_IN_MEMORY) != 0 && (work.get(SEED_ADDR) & (seedBytes - 1)) != 0) {
      return Status.ADDR_ALIGN;
    }
    return copy && overlap(work.source(), work.size(), work.destination(), work.size())
        ? Status.OVERLAP_BUFFERS
        : null;
  }

  @Override
  public void perform(Work work) {
    int flags = work.flags();
    Checksum checksum = (flags & CRC_64) != 0 ? work.buffers().crc64() : work.buffers().crc32();
    long seed = work.get(SEED);
    if ((flags & SEED_IN_MEMORY) != 0) {
      DmaBuffer small = work.buffers().small();
      int wanted = checksum.widthBits() / 8;
      int read = work.read(work.get(SEED_ADDR), small, wanted);
      if (read < wanted) {
        work.endFault(Operand.SOURCE2, false, work.get(SEED_ADDR) + read, 0);
        return;
      }
      seed = small.bytes().getLong(0);
    }
    seed &= checksum.mask();
    boolean plain = (flags & BYPASS_INVERSION) != 0;
    checksum.start(plain ? checksum.reversed(seed) : ~seed & checksum.mask());
    pass(work, checksum);
    long register = checksum.register();
    work.setSpecific0(plain ? checksum.reversed(register) : ~register & checksum.mask());
  }

  private void pass(Work work, Checksum checksum) {
    boolean reflect = (work.flags() & BYPASS_REFLECTION) != 0;
    DmaBuffer buffer = work.buffers().first();
    long size = work.size();
    for (long done = 0; done < size && !work.cancelled(); ) {
      int wanted = chunk(size - done);
      int read = work.read(work.source() + done, buffer, wanted);
      int taken = copy ? work.write(work.destination() + done, buffer, read) : read;
      if (reflect) {
        reflect(buffer, taken);
      }
      checksum.update(buffer, taken);
      done += taken;
      if (taken < read) {
        work.endFault(Operand.DESTINATION, true, work.destination() + done, done);
        return;
      }
      if (read < wanted) {
        work.endFault(Operand.SOURCE, false, work.source() + done, done);
        return;
      }
    }
  }

  /** Reverses the bits of each byte, so that bit 7 goes first. */
  private static void reflect(DmaBuffer buffer, int length) {
    ByteBuffer bytes = buffer.bytes();
    // The buffer is a multiple of eight long; bytes beyond the length do not matter.
    for (int i = 0; i < length; i += Long.BYTES) {
      bytes.putLong(i, Long.reverseBytes(Long.reverse(bytes.getLong(i))));
    }
  }

  @Override
  public boolean writes() {
    return copy;
  }
}
