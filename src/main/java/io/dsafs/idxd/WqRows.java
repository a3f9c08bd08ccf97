package io.dsafs.idxd;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelText.equalsWord;
import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.idxd.DeviceRows.bit;
import static io.dsafs.idxd.DeviceRows.number;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.core.KernelVersion;
import java.util.List;
import java.util.function.Predicate;

/**
 * Rows of a work queue's directory that several versions have alike, and parts of stores; a
 * version's table picks them. Mirrors idxd_wq_attributes in sysfs.c.
 *
 * <p>"The permissions" below are, in this order: EPERM not configurable; EPERM queue not disabled.
 * The state of the device does not matter, nor do the modes and priorities that WQCAP offers.
 */
public final class WqRows {
  private static final int MAX_PRIORITY = 15;

  private WqRows() {}

  public static <W extends IdxdWq> Attribute<W> clients() {
    return readOnly("clients", wq -> number(wq.clientCount()), since(5, 6));
  }

  public static <W extends IdxdWq> Attribute<W> state() {
    return readOnly("state", wq -> wq.state().word() + "\n", since(5, 6));
  }

  public static <W extends IdxdWq> Attribute<W> groupId() {
    return attr(
        "group_id",
        0644,
        wq -> number(wq.group() == null ? -1 : wq.group().id()),
        WqRows::storeGroupId,
        since(5, 6));
  }

  /**
   * The word of the mode.
   *
   * @param sharedStorable whether {@code shared} can be stored
   */
  public static <W extends IdxdWq> Attribute<W> mode(Predicate<? super W> sharedStorable) {
    return attr(
        "mode",
        0644,
        wq -> wq.dedicated() ? "dedicated\n" : "shared\n",
        (wq, text) -> storeMode(wq, text, sharedStorable.test(wq)),
        since(5, 6));
  }

  public static <W extends IdxdWq> Attribute<W> size(Attribute.Store<? super W> store) {
    return attr("size", 0644, wq -> number(wq.size()), store, since(5, 6));
  }

  public static <W extends IdxdWq> Attribute<W> priority() {
    return attr("priority", 0644, wq -> number(wq.priority()), WqRows::storePriority, since(5, 6));
  }

  /** Whether descriptors may wait for pages. */
  public static <W extends IdxdWq> Attribute<W> blockOnFault(
      Attribute.Store<? super W> store, KernelVersion since) {
    return attr("block_on_fault", 0644, wq -> bit(wq.blockOnFault()), store, since);
  }

  /** How many descriptors a shared queue takes from processes. */
  public static <W extends IdxdWq> Attribute<W> threshold(
      Attribute.Store<? super W> store, KernelVersion since) {
    return attr("threshold", 0644, wq -> number(wq.threshold()), store, since);
  }

  public static <W extends IdxdWq> Attribute<W> type() {
    return attr("type", 0644, wq -> wq.queueType().word() + "\n", WqRows::storeType, since(5, 6));
  }

  public static <W extends IdxdWq> Attribute<W> name(Attribute.Store<? super W> store) {
    return attr("name", 0644, wq -> wq.queueName() + "\n", store, since(5, 6));
  }

  /** A part of a store that needs the device lock. */
  @FunctionalInterface
  public interface Change {
    void apply() throws ErrnoException;
  }

  /** Runs a part of a store with the device lock held. */
  public static void locked(IdxdWq wq, Change change) throws ErrnoException {
    wq.device().deviceLock.lock();
    try {
      change.apply();
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  /** The permissions of this class. */
  public static void checkPermissions(IdxdWq wq) throws ErrnoException {
    checkConfigurable(wq);
    checkDisabled(wq);
  }

  /** EPERM: the device cannot be configured. */
  public static void checkConfigurable(IdxdWq wq) throws ErrnoException {
    if (!wq.device().capabilities().configurable()) {
      throw new ErrnoException(Errno.EPERM, wq.device() + " is not configurable");
    }
  }

  /** EINVAL: together with the other queues more than the device has. */
  public static void checkSize(IdxdWq wq, long size) throws ErrnoException {
    int most = wq.device().capabilities().maxWqSize();
    if (Long.compareUnsigned(size, most) > 0 || size + sizeOfOthers(wq) > most) {
      throw invalid("the sizes would exceed " + most);
    }
  }

  /** EPERM: the queue is not disabled. */
  public static void checkDisabled(IdxdWq wq) throws ErrnoException {
    if (wq.state() != WqState.DISABLED) {
      throw new ErrnoException(Errno.EPERM, wq + " is not disabled");
    }
  }

  /** EINVAL. */
  public static ErrnoException invalid(String reason) {
    return new ErrnoException(Errno.EINVAL, reason);
  }

  /** Errors in order: EINVAL not a number; the permissions; EINVAL no such group and not -1. */
  private static void storeGroupId(IdxdWq wq, String text) throws ErrnoException {
    long id = KernelText.parseSigned(text);
    locked(
        wq,
        () -> {
          checkPermissions(wq);
          List<? extends IdxdGroup> groups = wq.device().groups();
          if (id < -1 || id >= groups.size()) {
            throw invalid("no group " + id);
          }
          wq.setGroupLocked(id == -1 ? null : groups.get((int) id));
        });
  }

  /** Errors in order: the permissions; EINVAL not a mode, or shared where it is not possible. */
  private static void storeMode(IdxdWq wq, String text, boolean sharedStorable)
      throws ErrnoException {
    locked(
        wq,
        () -> {
          checkPermissions(wq);
          if (equalsWord(text, "dedicated")) {
            wq.setDedicatedLocked(true);
          } else if (equalsWord(text, "shared") && sharedStorable) {
            wq.setDedicatedLocked(false);
          } else {
            throw invalid("mode not possible: " + text.strip());
          }
        });
  }

  private static int sizeOfOthers(IdxdWq wq) {
    return wq.device().wqs().stream().filter(w -> w != wq).mapToInt(IdxdWq::size).sum();
  }

  /** Errors in order: EINVAL not a number; the permissions; EINVAL above 15. */
  private static void storePriority(IdxdWq wq, String text) throws ErrnoException {
    long priority = KernelText.parseUnsigned(text);
    locked(
        wq,
        () -> {
          checkPermissions(wq);
          if (Long.compareUnsigned(priority, MAX_PRIORITY) > 0) {
            throw invalid("priority above " + MAX_PRIORITY);
          }
          wq.setPriorityLocked((int) priority);
        });
  }

  /**
   * Errors in order: EPERM queue not disabled; EINVAL not a type. A device that cannot be
   * configured takes it too.
   */
  private static void storeType(IdxdWq wq, String text) throws ErrnoException {
    locked(
        wq,
        () -> {
          checkDisabled(wq);
          for (WqType type : WqType.values()) {
            if (equalsWord(text, type.word())) {
              wq.setQueueTypeLocked(type);
              return;
            }
          }
          throw invalid("no such type: " + text.strip());
        });
  }
}
