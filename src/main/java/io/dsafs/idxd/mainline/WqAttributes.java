package io.dsafs.idxd.mainline;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.idxd.DeviceRows.bit;
import static io.dsafs.idxd.DeviceRows.number;
import static io.dsafs.idxd.WqRows.checkDisabled;
import static io.dsafs.idxd.WqRows.checkPermissions;
import static io.dsafs.idxd.WqRows.invalid;
import static io.dsafs.idxd.WqRows.locked;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.core.ModuleParameters;
import io.dsafs.idxd.DeviceState;
import io.dsafs.idxd.IdxdCdev;
import io.dsafs.idxd.WqRows;
import io.dsafs.idxd.WqState;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.WqCap;
import java.util.List;

/**
 * The files of a work queue's directory. Mirrors idxd_wq_attributes in sysfs.c.
 *
 * <p>"The permissions" below are those of {@link WqRows}.
 */
final class WqAttributes {
  /** With the newline that may come with it. */
  private static final int MAX_NAME_BYTES = 1024;

  private static final int MAX_DRIVER_NAME_BYTES = 128;

  /** As IDXD_ENQCMDS_MAX_RETRIES. */
  private static final int MAX_RETRIES = 64;

  static final List<Attribute<MainlineWq>> TABLE =
      List.of(
          WqRows.clients(),
          WqRows.state(),
          WqRows.groupId(),
          // Whether a shared queue can work shows when it is enabled.
          WqRows.mode(wq -> true),
          WqRows.size(WqAttributes::storeSize),
          WqRows.priority(),
          WqRows.blockOnFault(WqAttributes::storeBlockOnFault, since(5, 11)),
          WqRows.threshold(WqAttributes::storeThreshold, since(5, 11)),
          WqRows.type(),
          WqRows.name(WqAttributes::storeName),
          readOnly("cdev_minor", WqAttributes::showCdevMinor, since(5, 6)),
          attr(
              "max_transfer_size",
              0644,
              wq -> number(wq.maxXferBytes()),
              WqAttributes::storeMaxTransferSize,
              since(5, 10)),
          Attribute.<MainlineWq>attr(
                  "max_batch_size",
                  0644,
                  wq -> number(wq.maxBatchSize()),
                  WqAttributes::storeMaxBatchSize,
                  since(5, 10))
              .visibleWhen(wq -> wq.device().kind() == DeviceKind.DSA),
          Attribute.<MainlineWq>attr(
                  "ats_disable",
                  0644,
                  wq -> bit(wq.atsDisabled()),
                  WqAttributes::storeAtsDisable,
                  since(5, 11))
              .visibleWhen(wq -> wq.device().hasWqCapability(WqCap.WQ_ATS_SUPPORT)),
          Attribute.<MainlineWq>attr(
                  "prs_disable",
                  0644,
                  wq -> bit(wq.prsDisabled()),
                  WqAttributes::storePrsDisable,
                  since(6, 4))
              .visibleWhen(wq -> wq.device().hasWqCapability(WqCap.WQ_PRS_SUPPORT)),
          readOnly("occupancy", WqAttributes::showOccupancy, since(5, 15)),
          attr(
              "enqcmds_retries",
              0644,
              WqAttributes::showEnqcmdsRetries,
              WqAttributes::storeEnqcmdsRetries,
              since(5, 17)),
          Attribute.<MainlineWq>attr(
                  "op_config",
                  0644,
                  wq -> Bitmap.text(wq.opConfig()),
                  WqAttributes::storeOpConfig,
                  since(6, 1))
              .visibleWhen(wq -> wq.device().hasWqCapability(WqCap.OP_CONFIG)),
          attr(
              "driver_name",
              0644,
              wq -> wq.driverName() + "\n",
              WqAttributes::storeDriverName,
              since(6, 7)));

  private WqAttributes() {}

  /** ENXIO: there is no node. */
  private static String showCdevMinor(MainlineWq wq) throws ErrnoException {
    IdxdCdev node = wq.cdev();
    if (node == null) {
      throw new ErrnoException(Errno.ENXIO, wq + " has no node");
    }
    return number(node.number().minor());
  }

  /** EOPNOTSUPP: the device does not say. */
  private static String showOccupancy(MainlineWq wq) throws ErrnoException {
    if (!wq.device().hasWqCapability(WqCap.OCCUPANCY)) {
      throw new ErrnoException(Errno.EOPNOTSUPP, wq.device() + " tells no occupancy");
    }
    return number(wq.device().registers().occupancy(wq.id()));
  }

  /**
   * Errors in order: EINVAL not a number; EPERM not configurable; EPERM device enabled; EINVAL
   * together with the other queues more than the device has. The state of the queue does not
   * matter.
   *
   * <p>The kernel's sum wraps and lets huge values through; here the value alone is checked first.
   */
  private static void storeSize(MainlineWq wq, String text) throws ErrnoException {
    long size = KernelText.parseUnsigned(text);
    locked(
        wq,
        () -> {
          WqRows.checkConfigurable(wq);
          if (wq.device().state() == DeviceState.ENABLED) {
            throw new ErrnoException(Errno.EPERM, wq.device() + " is enabled");
          }
          WqRows.checkSize(wq, size);
          wq.setSizeLocked((int) size);
        });
  }

  /** ENXIO: the queue is not disabled. */
  private static void checkDisabledForFaults(MainlineWq wq) throws ErrnoException {
    if (wq.state() != WqState.DISABLED) {
      throw new ErrnoException(Errno.ENXIO, wq + " is not disabled");
    }
  }

  /**
   * Errors in order: EOPNOTSUPP the device cannot; EPERM not configurable; ENXIO queue not
   * disabled; EINVAL not a truth value; EOPNOTSUPP on, while page requests are disabled.
   */
  private static void storeBlockOnFault(MainlineWq wq, String text) throws ErrnoException {
    locked(
        wq,
        () -> {
          if (!wq.device().capabilities().blockOnFault()) {
            throw new ErrnoException(Errno.EOPNOTSUPP, wq.device() + " does not block on faults");
          }
          WqRows.checkConfigurable(wq);
          checkDisabledForFaults(wq);
          boolean on = KernelText.parseBool(text);
          if (on && wq.prsDisabled()) {
            throw new ErrnoException(Errno.EOPNOTSUPP, "no blocking without page requests");
          }
          wq.setBlockOnFaultLocked(on);
        });
  }

  /**
   * Errors in order: EINVAL not a number of 32 bits, in any base; EINVAL 0 or above the size; EPERM
   * not configurable; ENXIO queue not disabled; EINVAL the queue is dedicated.
   */
  private static void storeThreshold(MainlineWq wq, String text) throws ErrnoException {
    long threshold = KernelText.parseUnsignedAnyBase(text);
    locked(
        wq,
        () -> {
          if (threshold == 0 || Long.compareUnsigned(threshold, wq.size()) > 0) {
            throw invalid("threshold must be 1 to " + wq.size());
          }
          WqRows.checkConfigurable(wq);
          checkDisabledForFaults(wq);
          if (wq.dedicated()) {
            throw invalid("a dedicated queue has no threshold");
          }
          wq.setThresholdLocked((int) threshold);
        });
  }

  /** As {@link #checkedName}, 1024 bytes. */
  private static void storeName(MainlineWq wq, String text) throws ErrnoException {
    locked(wq, () -> wq.setQueueNameLocked(checkedName(wq, text, MAX_NAME_BYTES)));
  }

  /** As {@link #checkedName}, 128 bytes. */
  private static void storeDriverName(MainlineWq wq, String text) throws ErrnoException {
    locked(wq, () -> wq.setDriverNameLocked(checkedName(wq, text, MAX_DRIVER_NAME_BYTES)));
  }

  /**
   * A name without white space around it, possibly empty. Errors in order: EPERM queue not
   * disabled; EINVAL empty or too long as it was written, the newline counted.
   */
  private static String checkedName(MainlineWq wq, String text, int maxBytes)
      throws ErrnoException {
    checkDisabled(wq);
    if (text.isEmpty() || text.length() > maxBytes) {
      throw invalid("a name has 1 to " + maxBytes + " bytes");
    }
    return KernelText.trim(text);
  }

  /** As {@link #limit}, in bytes. */
  private static void storeMaxTransferSize(MainlineWq wq, String text) throws ErrnoException {
    locked(
        wq,
        () -> wq.setMaxXferBytesLocked(limit(wq, text, wq.device().capabilities().maxXferBytes())));
  }

  /** As {@link #limit}, in descriptors. */
  private static void storeMaxBatchSize(MainlineWq wq, String text) throws ErrnoException {
    locked(wq, () -> wq.setMaxBatchSizeLocked((int) limit(wq, text, wq.device().maxBatchSize())));
  }

  /**
   * A limit, rounded up to a power of two. Errors in order: the permissions; EINVAL not a number,
   * in any base; EINVAL 0; EINVAL rounded, more than the device can.
   */
  private static long limit(MainlineWq wq, String text, long most) throws ErrnoException {
    checkPermissions(wq);
    long value = KernelText.parseUnsignedAnyBase(text);
    long rounded = value == 1 ? 1 : Long.highestOneBit(value - 1) << 1;
    if (value == 0 || rounded == 0 || Long.compareUnsigned(rounded, most) > 0) {
      throw invalid("must be 1 to " + most);
    }
    return rounded;
  }

  /** Errors in order: EPERM queue not disabled; EPERM not configurable; EINVAL no truth value. */
  private static boolean checkedFlag(MainlineWq wq, String text) throws ErrnoException {
    checkDisabled(wq);
    WqRows.checkConfigurable(wq);
    return KernelText.parseBool(text);
  }

  private static void storeAtsDisable(MainlineWq wq, String text) throws ErrnoException {
    locked(wq, () -> wq.setAtsDisabledLocked(checkedFlag(wq, text)));
  }

  private static void storePrsDisable(MainlineWq wq, String text) throws ErrnoException {
    locked(wq, () -> wq.setPrsDisabledLocked(checkedFlag(wq, text)));
  }

  /** EOPNOTSUPP: a dedicated queue never refuses, and so is not tried again. */
  private static void checkShared(MainlineWq wq) throws ErrnoException {
    if (wq.dedicated()) {
      throw new ErrnoException(Errno.EOPNOTSUPP, wq + " is dedicated");
    }
  }

  private static String showEnqcmdsRetries(MainlineWq wq) throws ErrnoException {
    checkShared(wq);
    return number(wq.enqcmdsRetries());
  }

  /** Errors in order: EOPNOTSUPP dedicated; EINVAL not a number; ERANGE more than 32 bits. */
  private static void storeEnqcmdsRetries(MainlineWq wq, String text) throws ErrnoException {
    checkShared(wq);
    int retries = ModuleParameters.parseDecimalUint(text);
    wq.setEnqcmdsRetries(Integer.compareUnsigned(retries, MAX_RETRIES) > 0 ? MAX_RETRIES : retries);
  }

  /**
   * Errors in order: EPERM queue not disabled; EINVAL, EOVERFLOW not a bitmap; EINVAL an operation
   * that the device does not have.
   */
  private static void storeOpConfig(MainlineWq wq, String text) throws ErrnoException {
    locked(
        wq,
        () -> {
          checkDisabled(wq);
          List<Long> operations = Bitmap.parse(text);
          List<Long> possible = wq.device().capabilities().opcap();
          for (int i = 0; i < operations.size(); i++) {
            if ((operations.get(i) & ~possible.get(i)) != 0) {
              throw invalid("operations that " + wq.device() + " does not have");
            }
          }
          wq.setOpConfigLocked(operations);
        });
  }
}
