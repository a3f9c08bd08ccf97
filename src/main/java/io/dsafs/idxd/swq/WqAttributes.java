package io.dsafs.idxd.swq;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelText.equalsWord;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.idxd.IdxdCdev;
import io.dsafs.idxd.WqState;
import io.dsafs.idxd.WqType;
import java.util.List;

/**
 * The files of a work queue's directory. Mirrors idxd_wq_attributes in sysfs.c.
 *
 * <p>"The permissions" below are, in this order: EPERM not configurable; EPERM queue not disabled.
 * The state of the device does not matter, nor do the modes and priorities that WQCAP offers.
 */
final class WqAttributes {
  /** With the newline that may come with it. */
  private static final int MAX_NAME_BYTES = 1024;

  private static final int MAX_PRIORITY = 15;

  static final List<Attribute<SwqWq>> TABLE =
      List.of(
          readOnly("clients", wq -> wq.clientCount() + "\n", since(5, 6)),
          readOnly("state", wq -> wq.state().word() + "\n", since(5, 6)),
          attr(
              "group_id",
              0644,
              wq -> (wq.group() == null ? -1 : wq.group().id()) + "\n",
              WqAttributes::storeGroupId,
              since(5, 6)),
          attr(
              "mode",
              0644,
              wq -> wq.dedicated() ? "dedicated\n" : "shared\n",
              WqAttributes::storeMode,
              since(5, 6)),
          attr("size", 0644, wq -> wq.size() + "\n", WqAttributes::storeSize, since(5, 6)),
          attr(
              "priority",
              0644,
              wq -> wq.priority() + "\n",
              WqAttributes::storePriority,
              since(5, 6)),
          attr(
              "block_on_fault",
              0644,
              wq -> wq.blockOnFault() ? "1\n" : "0\n",
              WqAttributes::storeBlockOnFault,
              since(5, 7)),
          attr(
              "threshold",
              0644,
              wq -> wq.threshold() + "\n",
              WqAttributes::storeThreshold,
              since(5, 7)),
          attr(
              "type",
              0644,
              wq -> wq.queueType().word() + "\n",
              WqAttributes::storeType,
              since(5, 6)),
          attr("name", 0644, wq -> wq.queueName() + "\n", WqAttributes::storeName, since(5, 6)),
          readOnly("cdev_minor", WqAttributes::showCdevMinor, since(5, 6)));

  private WqAttributes() {}

  private static String showCdevMinor(SwqWq wq) {
    IdxdCdev node = wq.cdev();
    return (node == null ? -1 : node.number().minor()) + "\n";
  }

  /** A part of a store that needs the device lock. */
  private interface Change {
    void apply() throws ErrnoException;
  }

  private static void locked(SwqWq wq, Change change) throws ErrnoException {
    wq.device().deviceLock.lock();
    try {
      change.apply();
    } finally {
      wq.device().deviceLock.unlock();
    }
  }

  private static void checkPermissions(SwqWq wq) throws ErrnoException {
    if (!wq.device().capabilities().configurable()) {
      throw new ErrnoException(Errno.EPERM, wq.device() + " is not configurable");
    }
    checkDisabled(wq);
  }

  private static void checkDisabled(SwqWq wq) throws ErrnoException {
    if (wq.state() != WqState.DISABLED) {
      throw new ErrnoException(Errno.EPERM, wq + " is not disabled");
    }
  }

  private static ErrnoException invalid(String reason) {
    return new ErrnoException(Errno.EINVAL, reason);
  }

  /** Errors in order: EINVAL not a number; the permissions; EINVAL no such group and not -1. */
  private static void storeGroupId(SwqWq wq, String text) throws ErrnoException {
    long id = KernelText.parseSigned(text);
    locked(
        wq,
        () -> {
          checkPermissions(wq);
          List<SwqGroup> groups = wq.device().groups();
          if (id < -1 || id >= groups.size()) {
            throw invalid("no group " + id);
          }
          wq.setGroupLocked(id == -1 ? null : groups.get((int) id));
        });
  }

  /** Errors in order: the permissions; EINVAL not a mode, or shared without PASID. */
  private static void storeMode(SwqWq wq, String text) throws ErrnoException {
    locked(
        wq,
        () -> {
          checkPermissions(wq);
          if (equalsWord(text, "dedicated")) {
            wq.setDedicatedLocked(true);
          } else if (equalsWord(text, "shared") && wq.device().userPasidEnabled()) {
            wq.setDedicatedLocked(false);
          } else {
            throw invalid("mode not possible: " + text.strip());
          }
        });
  }

  /**
   * Errors in order: EINVAL not a number; the permissions; EINVAL together with the other queues
   * more than the device has. A threshold above the new size stays.
   *
   * <p>The posted sum wraps and lets huge values through (14.23); here the value alone is checked
   * first.
   */
  private static void storeSize(SwqWq wq, String text) throws ErrnoException {
    long size = KernelText.parseUnsigned(text);
    locked(
        wq,
        () -> {
          checkPermissions(wq);
          int most = wq.device().capabilities().maxWqSize();
          if (Long.compareUnsigned(size, most) > 0 || size + sizeOfOthers(wq) > most) {
            throw invalid("the sizes would exceed " + most);
          }
          wq.setSizeLocked((int) size);
        });
  }

  private static int sizeOfOthers(SwqWq wq) {
    return wq.device().wqs().stream().filter(w -> w != wq).mapToInt(SwqWq::size).sum();
  }

  /** Errors in order: EINVAL not a number; the permissions; EINVAL above 15. */
  private static void storePriority(SwqWq wq, String text) throws ErrnoException {
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

  /** Errors in order: the permissions; EINVAL not a number; EINVAL neither 0 nor 1. */
  private static void storeBlockOnFault(SwqWq wq, String text) throws ErrnoException {
    locked(
        wq,
        () -> {
          checkPermissions(wq);
          long value = KernelText.parseUnsigned(text);
          if (value != 0 && value != 1) {
            throw invalid("neither 0 nor 1");
          }
          wq.setBlockOnFaultLocked(value == 1);
        });
  }

  /**
   * Errors in order: EINVAL not a number; EINVAL 0 or above the size; the permissions; EINVAL the
   * queue is dedicated.
   */
  private static void storeThreshold(SwqWq wq, String text) throws ErrnoException {
    long threshold = KernelText.parseUnsigned(text);
    locked(
        wq,
        () -> {
          if (threshold == 0 || Long.compareUnsigned(threshold, wq.size()) > 0) {
            throw invalid("threshold must be 1 to " + wq.size());
          }
          checkPermissions(wq);
          if (wq.dedicated()) {
            throw invalid("a dedicated queue has no threshold");
          }
          wq.setThresholdLocked((int) threshold);
        });
  }

  /**
   * Errors in order: EPERM queue not disabled; EINVAL not a type. A device that cannot be
   * configured takes it too.
   */
  private static void storeType(SwqWq wq, String text) throws ErrnoException {
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

  /**
   * Errors in order: EPERM queue not disabled; EINVAL empty or longer than 1024 bytes, the newline
   * counted; EOPNOTSUPP the channel's name on a kernel queue while PASID is on.
   *
   * <p>The refusal looks at the text as written: two newlines escape it, and the stored name is the
   * refused one all the same (14.32, kept).
   */
  private static void storeName(SwqWq wq, String text) throws ErrnoException {
    locked(
        wq,
        () -> {
          checkDisabled(wq);
          if (text.isEmpty() || text.length() > MAX_NAME_BYTES) {
            throw invalid("a name has 1 to " + MAX_NAME_BYTES + " bytes");
          }
          if (wq.queueType() == WqType.KERNEL
              && wq.device().userPasidEnabled()
              && equalsWord(text, "dmaengine")) {
            // Kernel descriptors carried no PASID yet.
            throw new ErrnoException(Errno.EOPNOTSUPP, "no DMA channel while PASID is on");
          }
          int newline = text.indexOf('\n');
          wq.setQueueNameLocked(newline < 0 ? text : text.substring(0, newline));
        });
  }
}
