package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.mem.SharedMemory;

/** A {@link PortalRing} from RING_MAP to its end, looked at by the {@link RingPoller}. */
final class MappedRing {
  private final RingPoller poller;
  private final PortalRing ring;
  private final RingPoller.Entry entry;

  private MappedRing(RingPoller poller, PortalRing ring, RingPoller.Entry entry) {
    this.poller = poller;
    this.ring = ring;
    this.entry = entry;
  }

  /**
   * Maps the caller's memory. Errors in order: ENFILE no descriptor is left to look at it with;
   * EBADF not an open file; EINVAL not a sealed memfd of the layout's size that can be written;
   * ENOMEM no room to map it; ENOSPC too many rings.
   *
   * @param tid the caller
   * @param fd the file's number there
   */
  static MappedRing map(DriverGlobals globals, int tid, int fd, PortalRing.Target target)
      throws ErrnoException {
    SharedMemory.Outcome outcome = globals.tasks().share(tid, fd, RingLayout.SIZE_BYTES);
    if (outcome instanceof SharedMemory.Refused refused) {
      throw new ErrnoException(errno(refused.reason()), "no ring: " + refused.reason());
    }
    SharedMemory memory = ((SharedMemory.Shared) outcome).memory();
    PortalRing ring = new PortalRing(memory, target);
    RingPoller.Entry entry = globals.rings().add(ring);
    if (entry == null) {
      ring.end();
      throw new ErrnoException(Errno.ENOSPC, "too many rings");
    }
    return new MappedRing(globals.rings(), ring, entry);
  }

  private static Errno errno(SharedMemory.Refusal refusal) {
    return switch (refusal) {
      case NO_FILE -> Errno.EBADF;
      case UNFIT -> Errno.EINVAL;
      case NO_DESCRIPTORS -> Errno.ENFILE;
      case NO_MEMORY -> Errno.ENOMEM;
    };
  }

  /** What is ready is taken, by this thread or by one that is at it. */
  void enter() {
    poller.enter(entry);
  }

  /** Takes what was stored, and ends; waits for a store that is under way. */
  void end() {
    try {
      ring.end();
    } finally {
      poller.remove(entry);
    }
  }
}
