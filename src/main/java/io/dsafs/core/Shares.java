package io.dsafs.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;

/**
 * Something of which there is only so much, and of which nobody may take so much that nothing is
 * left for the others: who takes leaves at least as much as they then have. One alone may have
 * half, each of two a third, and whoever comes next still finds something.
 *
 * @param <K> who takes, told apart by equality
 */
public final class Shares<K> {
  private final long total;

  @GuardedBy("this")
  private final Map<K, Long> taken = new HashMap<>();

  @GuardedBy("this")
  private long left;

  /**
   * @param total how much there is
   */
  public Shares(long total) {
    this.total = total;
    this.left = total;
  }

  /** Takes an amount of 0 or more, and says whether that was possible. */
  public synchronized boolean take(K who, long amount) {
    long theirs = taken.getOrDefault(who, 0L) + amount;
    if (theirs > left - amount) {
      return false;
    }
    put(who, theirs);
    left -= amount;
    return true;
  }

  /** Gives back what was taken, or a part of it. */
  public synchronized void give(K who, long amount) {
    put(who, taken.getOrDefault(who, 0L) - amount);
    left += amount;
  }

  @GuardedBy("this")
  private void put(K who, long amount) {
    if (amount == 0) {
      taken.remove(who);
    } else {
      taken.put(who, amount);
    }
  }

  /** How much is taken, by all. */
  public synchronized long taken() {
    return total - left;
  }
}
