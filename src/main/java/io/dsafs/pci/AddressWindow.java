package io.dsafs.pci;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The host bridges' window of 64-bit prefetchable memory, given out from the top down.
 *
 * <p>The first DSA function gets the addresses seen on a real machine: BAR0 at 0x206ffff40000, BAR2
 * at 0x206ffff00000. Source: dsa-hardware section 1.2.
 */
final class AddressWindow {
  private static final long END = 0x207000000000L;

  /** Each function has its own aligned area of at least this size. */
  private static final long FUNCTION_BYTES = 1 << 20;

  /** Each BAR has at least this much of the area. */
  private static final long BAR_BYTES = 256 << 10;

  @GuardedBy("this")
  private long lowest = END;

  /** Gives each BAR of a function an address, the largest BAR first. */
  synchronized Map<Bar, Long> allocate(List<Bar> bars) {
    List<Bar> largestFirst =
        bars.stream().sorted(Comparator.comparingLong(Bar::size).reversed()).toList();
    long total = largestFirst.stream().mapToLong(AddressWindow::area).sum();
    long areaBytes = Math.max(FUNCTION_BYTES, ceilingPowerOfTwo(total));
    lowest = (lowest - areaBytes) & -areaBytes;
    Map<Bar, Long> addresses = new LinkedHashMap<>();
    long next = lowest;
    for (Bar bar : largestFirst) {
      addresses.put(bar, next);
      next += area(bar);
    }
    return addresses;
  }

  private static long area(Bar bar) {
    return Math.max(BAR_BYTES, bar.size());
  }

  private static long ceilingPowerOfTwo(long value) {
    return value <= 1 ? 1 : Long.highestOneBit(value - 1) << 1;
  }
}
