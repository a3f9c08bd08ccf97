package io.dsafs.idxd;

/**
 * The shared memory of a {@link PortalRing}, in bytes from its start. All words are little-endian
 * and lie at multiples of their size; lines of 64 bytes keep apart what different threads write.
 *
 * <p>The client claims a slot by taking its bit out of FREE, and a ticket by adding 1 to TICKETS.
 * It fills the slot and puts its bit into READY. The daemon takes all of READY at once, goes
 * through it in the order of tickets, and puts the bit of a posted store back into FREE; the bit of
 * a store with an answer is put back by the client when it has read the answer.
 *
 * <p>Described for programs in Documentation/ioctl.md; {@code struct dsafs_ring_memory} in C.
 */
final class RingLayout {
  /** The version of all this, which a client has to name. */
  static final int VERSION = 1;

  /** One bit of a 64-bit word for each. */
  static final int SLOTS = 64;

  /** u64, both: slots that are nobody's. */
  static final int FREE = 0;

  /** u64, the client's: the next ticket. */
  static final int TICKETS = 64;

  /** u64, both: slots that are filled. */
  static final int READY = 128;

  /** u32, the daemon's: 1 when nobody looks at READY unless asked to by RING_ENTER. */
  static final int NEED_ENTER = 192;

  /** u32, the daemon's: 1 when the ring has ended. */
  static final int ENDED = 196;

  static final int FIRST_SLOT = 4096;

  static final int SLOT_BYTES = 128;

  // In a slot, whose first 64 bytes are the descriptor:

  /** u64. */
  static final int TICKET = 64;

  /** u32: {@link #ENQCMD} or {@link #MOVDIR64B}. */
  static final int KIND = 72;

  /** u32: bytes into the portal's page. */
  static final int OFFSET = 76;

  /** s32, set to 0 by the client and then by the daemon: {@link #ACCEPTED} and so on. */
  static final int ANSWER = 80;

  static final int SIZE_BYTES = FIRST_SLOT + SLOTS * SLOT_BYTES;

  static final int ENQCMD = 3;
  static final int MOVDIR64B = 4;

  static final int ACCEPTED = 1;
  static final int RETRY = 2;

  private RingLayout() {}
}
