package io.dsafs.hw;

import io.dsafs.spec.Descriptor;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * A work queue: a ring of descriptors with what came with them, and its counters. All methods are
 * called with the device lock held. Source: hardware reference section 3.1.
 */
final class WorkQueue {
  private static final int WORDS = Descriptor.SIZE_BYTES / 8;

  // What is kept of a slot beside the descriptor.
  private static final int IMS_PORTAL = 1;
  private static final int HAS_PASID = 2;
  private static final int PRIV = 4;

  private final int index;
  private final Bank wqcfg;
  private WqCfg.State state = WqCfg.State.DISABLED;
  private QueueSettings settings;
  private Group group;

  private long[] descriptors = new long[0];
  private long[] sequences = new long[0];
  private int[] pasids = new int[0];
  private byte[] marks = new byte[0];
  private int head;
  private int occupancy;

  /** Turns the arbiter has left for this queue before it goes round anew. */
  private int credits;

  private long lastSequence;

  // What became of what was written to the queue's portals, since the device was made.
  private long accepted;
  private long retried;
  private long dropped;
  private long completed;
  private long failed;
  private long abandoned;

  WorkQueue(int index, Bank wqcfg) {
    this.index = index;
    this.wqcfg = wqcfg;
  }

  int index() {
    return index;
  }

  WqCfg.State state() {
    return state;
  }

  QueueSettings settings() {
    return settings;
  }

  /** The group whose engines serve the queue, or null. */
  Group group() {
    return group;
  }

  void setGroup(Group to) {
    group = to;
  }

  /** Starts to take descriptors. */
  void enable(QueueSettings with) {
    settings = with;
    if (sequences.length != with.size()) {
      descriptors = new long[with.size() * WORDS];
      sequences = new long[with.size()];
      pasids = new int[with.size()];
      marks = new byte[with.size()];
    }
    head = 0;
    occupancy = 0;
    credits = with.priority();
    setState(WqCfg.State.ENABLED);
  }

  /** Takes no more descriptors. */
  void setState(WqCfg.State to) {
    state = to;
    wqcfg.set(index, WqCfg.STATE, to.code());
  }

  // Submission.

  int occupancy() {
    return occupancy;
  }

  /** How many descriptors the queue holds at most when written through a portal. */
  int limit(boolean limitedPortal) {
    if (settings.dedicated() || !limitedPortal) {
      return settings.size();
    }
    return Math.min(wqcfg.getInt(index, WqCfg.THRESHOLD), settings.size());
  }

  /** Takes a descriptor; there is room. */
  void push(ByteBuffer source, int sourceOffset, boolean imsPortal) {
    int slot = head + occupancy;
    if (slot >= sequences.length) {
      slot -= sequences.length;
    }
    boolean swap = source.order() == ByteOrder.BIG_ENDIAN;
    for (int i = 0; i < WORDS; i++) {
      long word = source.getLong(sourceOffset + 8 * i);
      descriptors[slot * WORDS + i] = swap ? Long.reverseBytes(word) : word;
    }
    long first = descriptors[slot * WORDS];
    int mark = imsPortal ? IMS_PORTAL : 0;
    if (!settings.dedicated()) {
      pasids[slot] = Descriptor.PASID.getInt(first);
      mark |= HAS_PASID | (Descriptor.PRIV.isSet(first) ? PRIV : 0);
    } else if (settings.pasidEnabled()) {
      pasids[slot] = settings.pasid();
      mark |= HAS_PASID | (settings.priv() ? PRIV : 0);
    } else {
      pasids[slot] = 0;
    }
    marks[slot] = (byte) mark;
    sequences[slot] = ++lastSequence;
    occupancy++;
    accepted++;
  }

  void countDropped() {
    dropped++;
  }

  void countRetried() {
    retried++;
  }

  /** A descriptor has ended, and its outcome has been told. */
  void countCompleted(boolean success) {
    completed++;
    if (!success) {
      failed++;
    }
  }

  /** A descriptor that an engine had has become void. */
  void countAbandoned() {
    abandoned++;
  }

  // Dispatch.

  /** Whether the arbiter may take a descriptor in this round. */
  boolean takeCredit() {
    if (occupancy == 0 || credits == 0) {
      return false;
    }
    credits--;
    return true;
  }

  void reloadCredits() {
    credits = settings == null ? 1 : settings.priority();
  }

  /** Takes the oldest descriptor out; there is one. */
  void pop(long[] into, Submission submission) {
    System.arraycopy(descriptors, head * WORDS, into, 0, WORDS);
    int mark = marks[head];
    submission.queue = this;
    submission.eventBatch = Submission.NO_BATCH;
    submission.recordLogged = false;
    submission.settings = settings;
    submission.sequence = sequences[head];
    submission.imsPortal = (mark & IMS_PORTAL) != 0;
    submission.hasPasid = (mark & HAS_PASID) != 0;
    submission.priv = (mark & PRIV) != 0;
    submission.pasid = pasids[head];
    head = head + 1 == sequences.length ? 0 : head + 1;
    occupancy--;
  }

  // Draining and abandoning.

  /** The number of the last descriptor that was accepted. */
  long lastSequence() {
    return lastSequence;
  }

  /** Whether a descriptor up to a number is still queued. */
  boolean holds(long upTo) {
    return occupancy > 0 && sequences[head] <= upTo;
  }

  /** Whether a descriptor of a PASID up to a number is still queued. */
  boolean holdsPasid(int pasid, long upTo) {
    for (int i = 0; i < occupancy; i++) {
      int slot = (head + i) % sequences.length;
      if (sequences[slot] <= upTo && isOf(slot, pasid)) {
        return true;
      }
    }
    return false;
  }

  private boolean isOf(int slot, int pasid) {
    return (marks[slot] & HAS_PASID) != 0 && pasids[slot] == pasid;
  }

  /** Abandons everything that is queued. */
  void abandon() {
    abandoned += occupancy;
    occupancy = 0;
  }

  /** Abandons what is queued of one PASID; the rest keeps its order. */
  void abandonPasid(int pasid) {
    int kept = 0;
    for (int i = 0; i < occupancy; i++) {
      int from = (head + i) % sequences.length;
      if (isOf(from, pasid)) {
        abandoned++;
        continue;
      }
      int to = (head + kept) % sequences.length;
      System.arraycopy(descriptors, from * WORDS, descriptors, to * WORDS, WORDS);
      sequences[to] = sequences[from];
      pasids[to] = pasids[from];
      marks[to] = marks[from];
      kept++;
    }
    occupancy = kept;
  }

  /** One line of the listing of queues. */
  String describe() {
    return String.format(
        Locale.ROOT,
        "wq%d %s %s %d %d %d %d %d %d %d%n",
        index,
        wqcfg.isSet(index, WqCfg.MODE) ? "dedicated" : "shared",
        state.name().toLowerCase(Locale.ROOT),
        wqcfg.get(index, WqCfg.SIZE),
        wqcfg.get(index, WqCfg.THRESHOLD),
        occupancy,
        accepted,
        completed,
        dropped + abandoned,
        retried);
  }

  /**
   * The counters, each after its name.
   *
   * @param running how many descriptors of the queue engines are busy with
   */
  String describeCounters(int running) {
    return String.format(
        Locale.ROOT,
        "wq%d submitted %d accepted %d retried %d dropped %d completed %d failed %d abandoned %d"
            + " occupancy %d in_flight %d%n",
        index,
        accepted + retried + dropped,
        accepted,
        retried,
        dropped,
        completed,
        failed,
        abandoned,
        occupancy,
        occupancy + running);
  }
}
