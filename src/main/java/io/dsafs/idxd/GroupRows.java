package io.dsafs.idxd;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.idxd.DeviceRows.bit;
import static io.dsafs.idxd.DeviceRows.number;

import io.dsafs.core.Attribute;
import io.dsafs.core.Device;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.core.KernelVersion;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rows of a group's directory that several versions have alike; a version's table picks them.
 * Mirrors idxd_group_attributes in sysfs.c.
 *
 * <p>All stores check in this order: EINVAL not a number; EPERM not configurable; EPERM device
 * enabled; then their own.
 */
public final class GroupRows {
  private static final int MAX_TRAFFIC_CLASS = 7;
  private static final int TOKENS_PER_ENGINE = 4;

  private GroupRows() {}

  public static <G extends IdxdGroup> Attribute<G> workQueues() {
    return readOnly("work_queues", g -> names(wqsOf(g)), since(5, 6));
  }

  public static <G extends IdxdGroup> Attribute<G> engines() {
    return readOnly("engines", g -> names(enginesOf(g)), since(5, 6));
  }

  /** Whether the device's limit of read buffers (tokens) counts for the group. */
  public static <G extends IdxdGroup> Attribute<G> useTokenLimit(String name, KernelVersion since) {
    return attr(name, 0644, g -> bit(g.useTokenLimit()), GroupRows::storeUseTokenLimit, since);
  }

  /** How many of them the group may use. */
  public static <G extends IdxdGroup> Attribute<G> tokensAllowed(String name, KernelVersion since) {
    return attr(name, 0644, g -> number(g.tokensAllowed()), GroupRows::storeTokensAllowed, since);
  }

  /** How many of them are the group's alone. */
  public static <G extends IdxdGroup> Attribute<G> tokensReserved(
      String name, KernelVersion since) {
    return attr(name, 0644, g -> number(g.tokensReserved()), GroupRows::storeTokensReserved, since);
  }

  public static <G extends IdxdGroup> Attribute<G> trafficClassA() {
    return attr(
        "traffic_class_a",
        0644,
        g -> number(g.trafficClassA()),
        GroupRows::storeTrafficClassA,
        since(5, 6));
  }

  public static <G extends IdxdGroup> Attribute<G> trafficClassB() {
    return attr(
        "traffic_class_b",
        0644,
        g -> number(g.trafficClassB()),
        GroupRows::storeTrafficClassB,
        since(5, 6));
  }

  private static Stream<? extends IdxdWq> wqsOf(IdxdGroup group) {
    return group.device().wqs().stream().filter(wq -> wq.group() == group);
  }

  private static Stream<IdxdEngine> enginesOf(IdxdGroup group) {
    return group.device().engines().stream().filter(engine -> engine.group() == group);
  }

  /** An empty list has no newline either: the reader gets 0 bytes (swq-v1 14.24). */
  private static String names(Stream<? extends Device> members) {
    String joined = members.map(Device::name).collect(Collectors.joining(" "));
    return joined.isEmpty() ? "" : joined + "\n";
  }

  /** A store's own part, with the device lock held. */
  private interface Change {
    void apply() throws ErrnoException;
  }

  private static void change(IdxdGroup group, Change own) throws ErrnoException {
    IdxdDevice device = group.device();
    device.deviceLock.lock();
    try {
      if (!device.capabilities().configurable()) {
        throw new ErrnoException(Errno.EPERM, device + " is not configurable");
      }
      if (device.state() == DeviceState.ENABLED) {
        throw new ErrnoException(Errno.EPERM, device + " is enabled");
      }
      own.apply();
    } finally {
      device.deviceLock.unlock();
    }
  }

  /** EPERM: the device has no token limit set. Any value but 0 counts as 1. */
  private static void storeUseTokenLimit(IdxdGroup group, String text) throws ErrnoException {
    long value = KernelText.parseUnsigned(text);
    change(
        group,
        () -> {
          if (group.device().tokenLimit() == 0) {
            throw new ErrnoException(Errno.EPERM, "no token limit is set");
          }
          group.setUseTokenLimitLocked(value != 0);
        });
  }

  /**
   * EINVAL: below 4 for each engine of the group, or above what the group has reserved and what is
   * free.
   */
  private static void storeTokensAllowed(IdxdGroup group, String text) throws ErrnoException {
    long value = KernelText.parseUnsigned(text);
    change(
        group,
        () -> {
          int least = TOKENS_PER_ENGINE * group.engineCount();
          int most = group.tokensReserved() + group.device().freeTokens();
          if (Long.compareUnsigned(value, least) < 0 || Long.compareUnsigned(value, most) > 0) {
            throw new ErrnoException(Errno.EINVAL, "tokens must be " + least + " to " + most);
          }
          group.setTokensAllowedLocked((int) value);
        });
  }

  /** EINVAL: above what the device has; above what is free with the group's own returned. */
  private static void storeTokensReserved(IdxdGroup group, String text) throws ErrnoException {
    long value = KernelText.parseUnsigned(text);
    change(
        group,
        () -> {
          int most = group.tokensReserved() + group.device().freeTokens();
          if (Long.compareUnsigned(value, most) > 0) {
            throw new ErrnoException(Errno.EINVAL, "tokens must be at most " + most);
          }
          group.setTokensReservedLocked((int) value);
        });
  }

  private static void storeTrafficClassA(IdxdGroup group, String text) throws ErrnoException {
    long value = KernelText.parseSigned(text);
    change(group, () -> group.setTrafficClassALocked(trafficClass(group, value)));
  }

  private static void storeTrafficClassB(IdxdGroup group, String text) throws ErrnoException {
    long value = KernelText.parseSigned(text);
    change(group, () -> group.setTrafficClassBLocked(trafficClass(group, value)));
  }

  /** Errors in order: EPERM the version keeps them; EINVAL not 0 to 7. */
  private static int trafficClass(IdxdGroup group, long value) throws ErrnoException {
    if (!group.trafficClassesWritable()) {
      throw new ErrnoException(Errno.EPERM, "traffic classes cannot be chosen");
    }
    if (value < 0 || value > MAX_TRAFFIC_CLASS) {
      throw new ErrnoException(Errno.EINVAL, "no traffic class: " + value);
    }
    return (int) value;
  }
}
