package io.dsafs.idxd.swq;

import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelText.equalsWord;
import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.idxd.DeviceRows.number;
import static io.dsafs.idxd.WqRows.checkDisabled;
import static io.dsafs.idxd.WqRows.checkPermissions;
import static io.dsafs.idxd.WqRows.invalid;
import static io.dsafs.idxd.WqRows.locked;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.idxd.IdxdCdev;
import io.dsafs.idxd.WqRows;
import io.dsafs.idxd.WqType;
import java.util.List;

/**
 * The files of a work queue's directory. Mirrors idxd_wq_attributes in sysfs.c.
 *
 * <p>"The permissions" below are those of {@link WqRows}.
 */
final class WqAttributes {
  /** With the newline that may come with it. */
  private static final int MAX_NAME_BYTES = 1024;

  static final List<Attribute<SwqWq>> TABLE =
      List.of(
          WqRows.clients(),
          WqRows.state(),
          WqRows.groupId(),
          WqRows.mode(wq -> wq.device().userPasidEnabled()),
          WqRows.size(WqAttributes::storeSize),
          WqRows.priority(),
          WqRows.blockOnFault(WqAttributes::storeBlockOnFault, since(5, 7)),
          WqRows.threshold(WqAttributes::storeThreshold, since(5, 7)),
          WqRows.type(),
          WqRows.name(WqAttributes::storeName),
          readOnly("cdev_minor", WqAttributes::showCdevMinor, since(5, 6)));

  private WqAttributes() {}

  private static String showCdevMinor(SwqWq wq) {
    IdxdCdev node = wq.cdev();
    return number(node == null ? -1 : node.number().minor());
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
          WqRows.checkSize(wq, size);
          wq.setSizeLocked((int) size);
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
