package io.dsafs.idxd.swq;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Device;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.IdxdEngine;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of a group's directory. Mirrors idxd_group_attributes in sysfs.c.
 *
 * <p>All stores check in this order: EINVAL not a number; EPERM not configurable; EPERM device
 * enabled; then their own.
 */
final class GroupAttributes {
  private static final int MAX_TRAFFIC_CLASS = 7;
  private static final int TOKENS_PER_ENGINE = 4;

  static final List<Attribute<SwqGroup>> TABLE =
      List.of(
          readOnly("work_queues", g -> names(wqsOf(g)), since(5, 6)),
          readOnly("engines", g -> names(enginesOf(g)), since(5, 6)),
          attr(
              "use_token_limit",
              0644,
              g -> g.useTokenLimit() ? "1\n" : "0\n",
              GroupAttributes::storeUseTokenLimit,
              since(5, 6)),
          attr(
              "tokens_allowed",
              0644,
              g -> g.tokensAllowed() + "\n",
              GroupAttributes::storeTokensAllowed,
              since(5, 6)),
          attr(
              "tokens_reserved",
              0644,
              g -> g.tokensReserved() + "\n",
              GroupAttributes::storeTokensReserved,
              since(5, 6)),
          attr(
              "traffic_class_a",
              0644,
              g -> g.trafficClassA() + "\n",
              GroupAttributes::storeTrafficClassA,
              since(5, 6)),
          attr(
              "traffic_class_b",
              0644,
              g -> g.trafficClassB() + "\n",
              GroupAttributes::storeTrafficClassB,
              since(5, 6)));

  private GroupAttributes() {}

  private static Stream<SwqWq> wqsOf(SwqGroup group) {
    return group.device().wqs().stream().filter(wq -> wq.group() == group);
  }

  private static Stream<IdxdEngine> enginesOf(SwqGroup group) {
    return group.device().engines().stream().filter(engine -> engine.group() == group);
  }

  /** An empty list has no newline either: the reader gets 0 bytes (14.24). */
  private static String names(Stream<? extends Device> members) {
    String joined = members.map(Device::name).collect(Collectors.joining(" "));
    return joined.isEmpty() ? "" : joined + "\n";
  }

  /** A store's own part, with the device lock held. */
  private interface Change {
    void apply() throws ErrnoException;
  }

  private static void change(SwqGroup group, Change own) throws ErrnoException {
    SwqDevice device = group.device();
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
  private static void storeUseTokenLimit(SwqGroup group, String text) throws ErrnoException {
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
  private static void storeTokensAllowed(SwqGroup group, String text) throws ErrnoException {
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
  private static void storeTokensReserved(SwqGroup group, String text) throws ErrnoException {
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

  private static void storeTrafficClassA(SwqGroup group, String text) throws ErrnoException {
    long value = KernelText.parseSigned(text);
    change(group, () -> group.setTrafficClassALocked(trafficClass(value)));
  }

  private static void storeTrafficClassB(SwqGroup group, String text) throws ErrnoException {
    long value = KernelText.parseSigned(text);
    change(group, () -> group.setTrafficClassBLocked(trafficClass(value)));
  }

  /** EINVAL: not 0 to 7. */
  private static int trafficClass(long value) throws ErrnoException {
    if (value < 0 || value > MAX_TRAFFIC_CLASS) {
      throw new ErrnoException(Errno.EINVAL, "no traffic class: " + value);
    }
    return (int) value;
  }
}
