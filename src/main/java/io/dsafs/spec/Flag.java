package io.dsafs.spec;

/**
 * The flags of a descriptor that have one meaning for all operations. Source: hardware reference
 * section 4.2; names of the kernel's {@code IDXD_OP_FLAG_*}.
 */
public enum Flag {
  /** In a batch only: starts after all earlier members. */
  FENCE(0),
  /** Block on fault. */
  BOF(1),
  /** Completion record address valid. */
  CRAV(2),
  /** Request completion record. */
  RCR(3),
  /** Request completion interrupt. */
  RCI(4),
  /** Cache control 3; the steering tag of the record in version 1.0. */
  CRSTS(5),
  /** Check result. */
  CR(7),
  /** Cache control 1. */
  CC(8),
  /** Traffic class of address 1. */
  ADDR1_TCS(9),
  ADDR2_TCS(10),
  ADDR3_TCS(11),
  /** Traffic class of the completion record. */
  CR_TCS(12),
  /** Strict ordering. */
  STORD(13),
  /** Destination readback, cache control 2. */
  DRDBK(14),
  /** Destination steering tag of version 1.0; reserved. */
  DSTS(15);

  private final int mask;

  Flag(int bit) {
    mask = 1 << bit;
  }

  public int mask() {
    return mask;
  }

  public boolean in(int flags) {
    return (flags & mask) != 0;
  }
}
