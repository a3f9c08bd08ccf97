package io.dsafs.cli;

import io.dsafs.cli.TopSample.Counters;
import io.dsafs.cli.TopSample.Device;
import io.dsafs.cli.TopSample.Queue;
import java.util.function.ToLongFunction;

/** What counters of a sample grew by in a second since an earlier one of the same mount. */
final class TopRates {
  private static final double NANOS_PER_SECOND = 1e9;

  private final TopSample before;
  private final TopSample now;

  /**
   * @param before null if there is none: no rate is known then
   */
  TopRates(TopSample before, TopSample now) {
    boolean same =
        before != null && before.machine().value("pid").equals(now.machine().value("pid"));
    this.before = same ? before : null;
    this.now = now;
  }

  /** The time between the samples, or null. */
  Double seconds() {
    return before == null ? null : (now.nanos() - before.nanos()) / NANOS_PER_SECOND;
  }

  /**
   * The growth of something counted.
   *
   * @param device of the later sample
   * @return a second; null if the earlier sample does not have the queue
   */
  Double of(Device device, Queue queue, ToLongFunction<Counters> counted) {
    if (before == null) {
      return null;
    }
    for (Device earlier : before.devices()) {
      if (earlier.address().equals(device.address()) && device.nanos() > earlier.nanos()) {
        for (Queue candidate : earlier.queues()) {
          if (candidate.index() == queue.index()) {
            long grown =
                counted.applyAsLong(queue.counters()) - counted.applyAsLong(candidate.counters());
            return grown * NANOS_PER_SECOND / (device.nanos() - earlier.nanos());
          }
        }
      }
    }
    return null;
  }
}
