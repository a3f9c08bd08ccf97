package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Field;
import io.dsafs.spec.Status;
import java.nio.ByteBuffer;

/**
 * The DIF family: blocks of data with an eight-byte field of guard, application tag and reference
 * tag, each big-endian. Check, insert, strip and update differ in which side has the field; DIX
 * writes the fields alone. Source: hardware reference section 8.14.
 */
final class Dif extends Operation {
  /** Reserved bits of the DIF flags. */
  static final int RESERVED_DIF_FLAGS = 0xf0;

  /** Reserved bits of the destination's flags. */
  static final int RESERVED_DESTINATION_FLAGS = 0x07;

  static final Field SOURCE_FLAGS = Descriptor.DIF.field("src_dif_flags");
  static final Field DESTINATION_FLAGS = Descriptor.DIF.field("dest_dif_flags");
  static final Field DIF_FLAGS = Descriptor.DIF.field("dif_flags");

  private static final Field SOURCE_REF = Descriptor.DIF.field("src_ref_tag_seed");
  private static final Field SOURCE_MASK = Descriptor.DIF.field("src_app_tag_mask");
  private static final Field SOURCE_APP = Descriptor.DIF.field("src_app_tag_seed");
  private static final Field DESTINATION_REF = Descriptor.DIF.field("dest_ref_tag_seed");
  private static final Field DESTINATION_MASK = Descriptor.DIF.field("dest_app_tag_mask");
  private static final Field DESTINATION_APP = Descriptor.DIF.field("dest_app_tag_seed");

  private static final int[] BLOCK_BYTES = {512, 520, 4096, 4104};
  private static final int FIELD_BYTES = 8;

  private static final int INVERT_SEED = 1 << 2;
  private static final int INVERT_RESULT = 1 << 3;

  private static final int ALL_F_IS_ERROR = 1;
  private static final int ALL_F_DETECT = 1 << 1;
  private static final int APP_F_DETECT = 1 << 2;
  private static final int APP_REF_F_DETECT = 1 << 3;
  private static final int GUARD_UNCHECKED = 1 << 5;
  private static final int REF_UNCHECKED = 1 << 6;

  private static final int PASS_APP = 1 << 3;
  private static final int PASS_GUARD = 1 << 5;
  private static final int PASS_REF = 1 << 6;

  private static final int GUARD_ERROR = 1;
  private static final int APP_ERROR = 2;
  private static final int REF_ERROR = 4;
  private static final int ALL_F_ERROR = 8;

  private final boolean checks;
  private final boolean copies;
  private final boolean generates;

  private Dif(boolean checks, boolean copies, boolean generates) {
    this.checks = checks;
    this.copies = copies;
    this.generates = generates;
  }

  static Dif check() {
    return new Dif(true, false, false);
  }

  static Dif insert() {
    return new Dif(false, true, true);
  }

  static Dif strip() {
    return new Dif(true, true, false);
  }

  static Dif update() {
    return new Dif(true, true, true);
  }

  static Dif dix() {
    return new Dif(false, false, true);
  }

  private static int blockBytes(Work work) {
    return BLOCK_BYTES[work.getInt(DIF_FLAGS) & 3];
  }

  private int sourceUnit(int block) {
    return checks ? block + FIELD_BYTES : block;
  }

  private int destinationUnit(int block) {
    return (copies ? block : 0) + (generates ? FIELD_BYTES : 0);
  }

  @Override
  public Status check(Work work) {
    Status status = checkSize(work);
    if (status != null) {
      return status;
    }
    int block = blockBytes(work);
    int sourceUnit = sourceUnit(block);
    if (work.size() % sourceUnit != 0) {
      return Status.XFER_ERANGE;
    }
    if (generates && !copies && (work.destination() & (FIELD_BYTES - 1)) != 0) {
      return Status.ADDR_ALIGN;
    }
    long destinationBytes = work.size() / sourceUnit * destinationUnit(block);
    return destinationBytes != 0
            && overlap(work.source(), work.size(), work.destination(), destinationBytes)
        ? Status.OVERLAP_BUFFERS
        : null;
  }

  @Override
  public void perform(Work work) {
    DifTags sourceTags = work.buffers().sourceTags();
    DifTags destinationTags = work.buffers().destinationTags();
    sourceTags.start(work, SOURCE_REF, SOURCE_MASK, SOURCE_APP, work.getInt(SOURCE_FLAGS));
    destinationTags.start(
        work, DESTINATION_REF, DESTINATION_MASK, DESTINATION_APP, work.getInt(DESTINATION_FLAGS));
    int block = blockBytes(work);
    int sourceUnit = sourceUnit(block);
    int destinationUnit = destinationUnit(block);
    int most = Buffers.CHUNK_BYTES / Math.max(sourceUnit, destinationUnit);
    long blocks = work.size() / sourceUnit;
    for (long done = 0; done < blocks && !work.cancelled(); ) {
      int wanted = (int) Math.min(blocks - done, most);
      long source = work.source() + done * sourceUnit;
      long destination = work.destination() + done * destinationUnit;
      int read = work.read(source, work.buffers().first(), wanted * sourceUnit);
      int readable = read / sourceUnit;
      // Nothing of a block may be written that does not fit as a whole.
      int room = work.writableBytes(destination, readable * destinationUnit);
      int accessible = destinationUnit == 0 ? readable : room / destinationUnit;
      int good = process(work, accessible, done);
      int written = work.write(destination, work.buffers().second(), good * destinationUnit);
      if (good < accessible) {
        return;
      }
      done += good;
      if (good < wanted || written < good * destinationUnit) {
        if (good < readable) {
          work.endFault(Operand.DESTINATION, true, destination + room, done * sourceUnit);
        } else {
          work.endFault(Operand.SOURCE, false, source + read, done * sourceUnit);
        }
        break;
      }
    }
    if (checks) {
      work.setSpecific0(sourceTags.record());
    }
    if (generates) {
      work.setSpecific1(destinationTags.record());
    }
  }

  /**
   * Checks blocks of the first buffer and leaves what they become in the second.
   *
   * @return the number of good blocks; fewer than {@code count} if the work has ended
   */
  private int process(Work work, int count, long before) {
    DifTags sourceTags = work.buffers().sourceTags();
    DifTags destinationTags = work.buffers().destinationTags();
    int sourceFlags = work.getInt(SOURCE_FLAGS);
    int destinationFlags = copies && checks ? work.getInt(DESTINATION_FLAGS) : 0;
    DmaBuffer first = work.buffers().first();
    ByteBuffer in = first.bytes();
    ByteBuffer out = work.buffers().second().bytes();
    int block = blockBytes(work);
    int sourceUnit = sourceUnit(block);
    int destinationUnit = destinationUnit(block);
    for (int i = 0; i < count; i++) {
      int from = i * sourceUnit;
      int to = i * destinationUnit;
      int guard = guard(work.getInt(DIF_FLAGS), in, from, block);
      long stored = 0;
      if (checks) {
        stored = Long.reverseBytes(in.getLong(from + block));
        int errors = errors(stored, guard, sourceTags, sourceFlags);
        if (errors != 0) {
          work.end(Status.DIF_ERR);
          work.setResult(errors);
          work.setBytesCompleted((before + i) * sourceUnit);
          return i;
        }
        sourceTags.advance();
      }
      if (copies) {
        out.put(to, in, from, block);
      }
      if (generates) {
        int field = to + (copies ? block : 0);
        out.putLong(
            field, Long.reverseBytes(tuple(guard, destinationTags, destinationFlags, stored)));
        destinationTags.advance();
      }
    }
    return count;
  }

  private static int guard(int difFlags, ByteBuffer in, int from, int block) {
    int seed = (difFlags & INVERT_SEED) != 0 ? 0xffff : 0;
    int crc = Crc16.update(seed, in, from, block);
    return (difFlags & INVERT_RESULT) != 0 ? ~crc & 0xffff : crc;
  }

  /** The DIF status of a block, 0 for a good one or one that is not to be checked. */
  private static int errors(long stored, int guard, DifTags tags, int flags) {
    int application = (int) (stored >>> 32) & 0xffff;
    int reference = (int) stored;
    boolean allF = (flags & ALL_F_DETECT) != 0 && stored == -1;
    if (allF && (flags & ALL_F_IS_ERROR) != 0) {
      return ALL_F_ERROR;
    }
    boolean applicationF = application == 0xffff;
    if (allF
        || ((flags & APP_F_DETECT) != 0 && applicationF)
        || ((flags & APP_REF_F_DETECT) != 0 && applicationF && reference == -1)) {
      return 0;
    }
    int errors = 0;
    if ((flags & GUARD_UNCHECKED) == 0 && (int) (stored >>> 48) != guard) {
      errors |= GUARD_ERROR;
    }
    if (tags.applicationChecked() && application != tags.maskedApplication()) {
      errors |= APP_ERROR;
    }
    if ((flags & REF_UNCHECKED) == 0 && reference != tags.reference()) {
      errors |= REF_ERROR;
    }
    return errors;
  }

  /** A field as one number, the guard in its top bits. */
  private static long tuple(int guard, DifTags tags, int passFlags, long stored) {
    long fresh =
        (long) guard << 48
            | (long) tags.maskedApplication() << 32
            | (tags.reference() & 0xffff_ffffL);
    long passed =
        ((passFlags & PASS_GUARD) != 0 ? 0xffffL << 48 : 0)
            | ((passFlags & PASS_APP) != 0 ? 0xffffL << 32 : 0)
            | ((passFlags & PASS_REF) != 0 ? 0xffff_ffffL : 0);
    return (stored & passed) | (fresh & ~passed);
  }

  @Override
  public boolean writes() {
    return copies || generates;
  }
}
