package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.mem.SharedMemory;
import io.dsafs.spec.Descriptor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Stores to one mapped portal that come through memory shared with the process: see {@link
 * RingLayout}.
 *
 * <p>Nothing in that memory is believed. Each word is read once, a descriptor is copied before it
 * is looked at, and a slot is a bit of a word and so always one of the 64. Whatever the process
 * writes, at most 64 stores in its own name come of one look.
 *
 * <p>Stores that one thread has made, or that one has seen another make, are taken in that order:
 * READY is one word, so who has the later one in hand has the earlier one, too, and tickets tell
 * which is which.
 *
 * <p>Any thread may serve; one does at a time, and nobody waits for it but who ends the ring.
 */
final class PortalRing {
  /** Where the stores go. Each carries out one, with the checks and errnos of its ioctl. */
  interface Target {
    /**
     * @param offset in the page, not checked yet
     * @param descriptor from position 0; left as it was, but for what is filled in
     * @return 0 accepted, 1 retry
     */
    int enqcmd(long offset, ByteBuffer descriptor) throws ErrnoException;

    /** As {@link #enqcmd}, without an answer. */
    void movdir64b(long offset, ByteBuffer descriptor) throws ErrnoException;

    /** False once the process that made the ring has ended or replaced its image. */
    boolean alive();
  }

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** How long to look again and again for the end of a store under way before sleeping. */
  private static final int PATIENT_LOOKS = 1000;

  private static final long SLEEP_NANOS = 50_000;

  private final SharedMemory memory;
  private final ByteBuffer bytes;
  private final Target target;

  // Of whoever has taken `busy`; the memory may be touched by nobody else.
  private final ByteBuffer descriptor =
      ByteBuffer.allocateDirect(Descriptor.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final long[] tickets = new long[RingLayout.SLOTS];
  private final int[] slots = new int[RingLayout.SLOTS];
  private boolean unmapped;

  /** What NEED_ENTER says. */
  private boolean needEnter = true;

  private final AtomicBoolean busy = new AtomicBoolean();

  /** Somebody was turned away by `busy`: the holder looks once more. */
  private volatile boolean again;

  /** A thread looks at the ring by itself. */
  private volatile boolean attended;

  /** Nobody begins to take any more, but who ends the ring. */
  private volatile boolean ended;

  /** What is left is dropped. */
  private volatile boolean abandoned;

  /**
   * @param memory of the layout's size; the ring closes it
   */
  PortalRing(SharedMemory memory, Target target) {
    this.memory = memory;
    this.bytes = memory.bytes();
    this.target = target;
    INTS.setVolatile(bytes, RingLayout.ENDED, 0);
    INTS.setVolatile(bytes, RingLayout.NEED_ENTER, 1);
  }

  /**
   * Takes what is ready. If another thread is at it, that thread does, or comes again.
   *
   * @return whether there was anything
   */
  boolean enter() {
    again = true;
    boolean any = false;
    while (again && !ended && busy.compareAndSet(false, true)) {
      any |= takeAndFree(false);
    }
    return any;
  }

  /** As {@link #enter}, once, for a thread that comes again until {@link #rest} lets it go. */
  boolean serve() {
    return !ended && busy.compareAndSet(false, true) && takeAndFree(true);
  }

  private boolean takeAndFree(boolean comesAgain) {
    try {
      again = false;
      if (ended) {
        // Who ends the ring takes the rest.
        return false;
      }
      if (comesAgain && needEnter && attended) {
        tellNeedEnter(false);
      }
      return takeReady();
    } finally {
      busy.set(false);
    }
  }

  private boolean takeReady() {
    if ((long) LONGS.getVolatile(bytes, RingLayout.READY) == 0) {
      return false;
    }
    int count = sortByTicket((long) LONGS.getAndSet(bytes, RingLayout.READY, 0L));
    boolean alive = target.alive();
    for (int i = 0; i < count && alive && !abandoned; i++) {
      store(slots[i]);
    }
    return true;
  }

  /** Fills {@link #slots} with the set bits, those with the lowest tickets first. */
  private int sortByTicket(long ready) {
    int count = 0;
    for (long left = ready; left != 0; left &= left - 1) {
      int slot = Long.numberOfTrailingZeros(left);
      long ticket = bytes.getLong(at(slot) + RingLayout.TICKET);
      int to = count++;
      while (to > 0 && Long.compareUnsigned(tickets[to - 1], ticket) > 0) {
        tickets[to] = tickets[to - 1];
        slots[to] = slots[to - 1];
        to--;
      }
      tickets[to] = ticket;
      slots[to] = slot;
    }
    return count;
  }

  private static int at(int slot) {
    return RingLayout.FIRST_SLOT + slot * RingLayout.SLOT_BYTES;
  }

  private void store(int slot) {
    int at = at(slot);
    descriptor.put(0, bytes, at, Descriptor.SIZE_BYTES);
    int kind = bytes.getInt(at + RingLayout.KIND);
    long offset = bytes.getInt(at + RingLayout.OFFSET) & 0xffffffffL;
    if (kind == RingLayout.MOVDIR64B) {
      // The descriptor has been copied: the slot can have the next.
      long unused = (long) LONGS.getAndBitwiseOr(bytes, RingLayout.FREE, 1L << slot);
      post(offset);
    } else {
      INTS.setRelease(bytes, at + RingLayout.ANSWER, answer(kind, offset));
    }
  }

  private void post(long offset) {
    try {
      target.movdir64b(offset, descriptor);
    } catch (ErrnoException nobodyToTell) {
      // The client's own function has checked the offset, and nothing else can be wrong.
    }
  }

  private int answer(int kind, long offset) {
    if (kind != RingLayout.ENQCMD) {
      return -Errno.EINVAL.number();
    }
    try {
      return target.enqcmd(offset, descriptor) == 0 ? RingLayout.ACCEPTED : RingLayout.RETRY;
    } catch (ErrnoException e) {
      return -e.errno().number();
    }
  }

  /**
   * From now on a thread looks at the ring by itself, until {@link #rest}. Clients are told when it
   * first does.
   */
  void attend() {
    attended = true;
  }

  /**
   * The thread that looked at the ring wants to stop: clients have to enter again. False if there
   * may be something to be taken; then it has to go on.
   */
  boolean rest() {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    boolean idle = unmapped || idleWhenToldToEnter();
    busy.set(false);
    return idle && (ended || !again);
  }

  private boolean idleWhenToldToEnter() {
    tellNeedEnter(true);
    // Either the client sees this after it has set its bit, or its bit is seen here.
    VarHandle.fullFence();
    boolean idle = (long) LONGS.getVolatile(bytes, RingLayout.READY) == 0;
    attended = !idle;
    if (!idle) {
      tellNeedEnter(false);
    }
    return idle;
  }

  private void tellNeedEnter(boolean need) {
    needEnter = need;
    INTS.setVolatile(bytes, RingLayout.NEED_ENTER, need ? 1 : 0);
  }

  boolean alive() {
    return target.alive();
  }

  boolean hasEnded() {
    return ended;
  }

  /**
   * Takes all that was stored before, and then nothing more. When this returns no store is under
   * way: the PASID that it was given may have another owner next. So this waits for one that is.
   */
  void end() {
    ended = true;
    for (int looks = 0; !finish(); looks++) {
      if (looks < PATIENT_LOOKS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(this, SLEEP_NANOS);
      }
    }
  }

  /**
   * Ends the ring of a process that is no more, and drops what it has stored; false if a store is
   * under way.
   */
  boolean abandon() {
    abandoned = true;
    ended = true;
    return finish();
  }

  /** Takes the rest and gives the memory back, once, unless a store is under way. */
  private boolean finish() {
    if (!busy.compareAndSet(false, true)) {
      return false;
    }
    try {
      if (!unmapped) {
        finishOnce();
      }
    } finally {
      busy.set(false);
    }
    return true;
  }

  private void finishOnce() {
    try {
      // A store that comes too late to be taken here sees this, enters, and is refused.
      tellNeedEnter(true);
      VarHandle.fullFence();
      boolean unused = !abandoned && takeReady();
    } finally {
      unmapped = true;
      INTS.setVolatile(bytes, RingLayout.ENDED, 1);
      memory.close();
    }
  }
}
