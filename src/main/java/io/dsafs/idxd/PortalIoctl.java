package io.dsafs.idxd;

/**
 * The ioctls by which a process without a real mapping reaches its portal: they stand for mmap(2),
 * munmap(2) and the stores ENQCMD and MOVDIR64B, singly or through a ring.
 *
 * <p>Command words are those of the Linux macros _IOW and _IOWR with the magic 0xDA; all fields are
 * in native byte order.
 */
public enum PortalIoctl {
  /**
   * In: u64 length, u32 protection, u32 flags, u64 offset. Out: u64 handle, u32 page kind, u32
   * reserved. 40 bytes.
   */
  PORTAL_MAP(1, 40, Direction.IN_OUT),
  /** In: u64 handle. 8 bytes. */
  PORTAL_UNMAP(2, 8, Direction.IN),
  /**
   * In: u64 handle, u64 offset in the page, 64 bytes of descriptor. The result is 0 if the queue
   * accepted it and 1 if it asks to retry. 80 bytes.
   */
  ENQCMD(3, 80, Direction.IN_OUT),
  /** In: as {@link #ENQCMD}. The result is always 0: nobody answers. 80 bytes. */
  MOVDIR64B(4, 80, Direction.IN),
  /**
   * In: u64 handle, s32 file descriptor of a sealed memfd, u32 version of {@link RingLayout}. 16
   * bytes.
   */
  RING_MAP(5, 16, Direction.IN),
  /** In: u64 handle. The stores that are ready are taken. 8 bytes. */
  RING_ENTER(6, 8, Direction.IN),
  /** In: u64 handle. 8 bytes. */
  RING_UNMAP(7, 8, Direction.IN);

  private enum Direction {
    IN(1),
    IN_OUT(3);

    private final int bits;

    Direction(int bits) {
      this.bits = bits;
    }
  }

  private static final int MAGIC = 0xda;
  private static final PortalIoctl[] ALL = values();

  private final int command;
  private final int sizeBytes;

  PortalIoctl(int number, int sizeBytes, Direction direction) {
    this.sizeBytes = sizeBytes;
    this.command = direction.bits << 30 | sizeBytes << 16 | MAGIC << 8 | number;
  }

  /** The command word that ioctl(2) takes. */
  public int command() {
    return command;
  }

  /** The length of the argument. */
  public int sizeBytes() {
    return sizeBytes;
  }

  /** The ioctl of a command word, or null. */
  static PortalIoctl of(int command) {
    for (PortalIoctl ioctl : ALL) {
      if (ioctl.command == command) {
        return ioctl;
      }
    }
    return null;
  }
}
