package io.dsafs.core;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.BitSet;

/** Gives out the lowest free number. */
public final class IdAllocator {
  private final int first;
  private final int count;

  @GuardedBy("this")
  private final BitSet taken = new BitSet();

  /** Numbers from {@code first} on, {@code count} of them. */
  public IdAllocator(int first, int count) {
    this.first = first;
    this.count = count;
  }

  /** Takes the lowest free number, or answers -1 if none is left. */
  public synchronized int allocate() {
    int index = taken.nextClearBit(0);
    if (index >= count) {
      return -1;
    }
    taken.set(index);
    return first + index;
  }

  public synchronized void release(int number) {
    taken.clear(number - first);
  }
}
