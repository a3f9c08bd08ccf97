package io.dsafs.cli;

import java.util.List;
import java.util.Map;

/**
 * What a mounted tree said at one moment, as its files say it.
 *
 * @param machine what it is and whose
 * @param nanos when, by {@link System#nanoTime}
 * @param devices in order of their addresses
 */
record TopSample(MachineFile machine, long nanos, List<Device> devices) {
  /** The name of a counter in the counters file. */
  static final String SUBMITTED = "submitted";

  static final String ACCEPTED = "accepted";
  static final String RETRIED = "retried";
  static final String DROPPED = "dropped";
  static final String COMPLETED = "completed";
  static final String FAILED = "failed";
  static final String ABANDONED = "abandoned";

  /** All that only grow. */
  static final List<String> GROWING =
      List.of(SUBMITTED, ACCEPTED, RETRIED, DROPPED, COMPLETED, FAILED, ABANDONED);

  /**
   * A device.
   *
   * @param address of its PCI function, such as {@code 0000:6a:01.0}
   * @param name the driver's, such as {@code dsa0}; null while no driver is bound
   * @param state as the driver says; null while no driver is bound
   * @param hardwareState as the device says
   * @param errors how many software errors there were
   * @param lastError the code of the last, or 0
   * @param events how many entries of the event log were written; 0 without one
   * @param lastEvent the error code of the last, or 0
   * @param nanos when the counters were read
   */
  record Device(
      String address,
      String name,
      String state,
      String hardwareState,
      long errors,
      int lastError,
      long events,
      int lastEvent,
      long nanos,
      List<Queue> queues,
      List<Client> clients) {}

  /**
   * A work queue. What comes from the driver is null where it does not say, and while none is
   * bound.
   *
   * @param index in its device
   * @param id such as {@code wq0.3}; {@code wq3} while no driver is bound
   * @param label the name attribute
   */
  record Queue(
      int index,
      String id,
      String label,
      String mode,
      String state,
      String type,
      Integer size,
      Integer threshold,
      long occupancy,
      long inFlight,
      Counters counters) {
    /** Whether anything was ever done to it. */
    boolean isUsed() {
      return counters.value(SUBMITTED) > 0
          || (size != null && size > 0)
          || (state != null && !state.equals("disabled"));
    }
  }

  /** Counters by name; one that is not there is 0. */
  record Counters(Map<String, Long> values) {
    Counters {
      values = Map.copyOf(values);
    }

    long value(String name) {
      return values.getOrDefault(name, 0L);
    }

    /** Writes that the queue did not take. */
    long rejected() {
      return value(RETRIED) + value(DROPPED);
    }
  }

  /**
   * Who has a queue open.
   *
   * @param pasid 0: none
   */
  record Client(String queue, long pid, String process, long pasid) {}
}
