package io.dsafs.spec;

/**
 * The places of BAR2 where descriptors are written: four pages per queue. Source: hardware
 * reference section 2.13.
 */
public enum Portal {
  UNLIMITED(0, false, false),
  LIMITED(1, true, false),
  UNLIMITED_IMS(2, false, true),
  LIMITED_IMS(3, true, true);

  public static final int PAGE_BYTES = 0x1000;

  /** The pages of one queue. */
  public static final int WQ_BYTES = 0x4000;

  private static final Portal[] VALUES = values();

  private final int page;
  private final boolean limited;
  private final boolean ims;

  Portal(int page, boolean limited, boolean ims) {
    this.page = page;
    this.limited = limited;
    this.ims = ims;
  }

  /** The portal at an offset of BAR2. */
  public static Portal at(long offset) {
    return VALUES[(int) (offset / PAGE_BYTES) & 3];
  }

  /** Where the portal of a queue starts in BAR2. */
  public long offset(int wq) {
    return (long) wq * WQ_BYTES + (long) page * PAGE_BYTES;
  }

  /** Whether the threshold of a shared queue bounds it, rather than the size. */
  public boolean limited() {
    return limited;
  }

  /** Whether interrupt handles index the interrupt message storage, rather than the MSI-X table. */
  public boolean ims() {
    return ims;
  }
}
