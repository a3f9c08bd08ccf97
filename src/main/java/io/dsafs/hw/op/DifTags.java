package io.dsafs.hw.op;

import io.dsafs.spec.Field;

/** The running tags of one side of a DIF operation. */
final class DifTags {
  private static final int APP_INCREMENTING = 1 << 4;
  private static final int REF_FIXED = 1 << 7;

  private int reference;
  private int mask;
  private int application;
  private boolean referenceFixed;
  private boolean applicationCounts;

  /** Starts with the seeds of a descriptor and the flags of this side. */
  void start(Work work, Field ref, Field appMask, Field app, int sideFlags) {
    reference = work.getInt(ref);
    mask = work.getInt(appMask);
    application = work.getInt(app);
    referenceFixed = (sideFlags & REF_FIXED) != 0;
    applicationCounts = (sideFlags & APP_INCREMENTING) != 0;
  }

  /** On to the next block; the mask does not feed back. */
  void advance() {
    if (!referenceFixed) {
      reference++;
    }
    if (applicationCounts) {
      application = (application + 1) & 0xffff;
    }
  }

  int reference() {
    return reference;
  }

  /** The application tag as it is stored: bits of the mask are 0. */
  int maskedApplication() {
    return application & ~mask;
  }

  boolean applicationChecked() {
    return mask != 0xffff;
  }

  /** The eight bytes of a completion record: reference tag, mask, running application tag. */
  long record() {
    return (reference & 0xffff_ffffL) | (long) mask << 32 | (long) application << 48;
  }
}
