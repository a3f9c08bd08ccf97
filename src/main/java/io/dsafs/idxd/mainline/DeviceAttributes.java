package io.dsafs.idxd.mainline;

import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.idxd.DeviceRows.hex;
import static io.dsafs.idxd.DeviceRows.number;

import io.dsafs.core.Attribute;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelText;
import io.dsafs.idxd.DeviceRows;
import io.dsafs.idxd.SoftwareError;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.Opcode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The files of a device's directory. Mirrors idxd_device_attributes in sysfs.c. */
final class DeviceAttributes {
  static final List<Attribute<MainlineDevice>> TABLE =
      List.of(
          DeviceRows.version(),
          DeviceRows.maxGroups(),
          DeviceRows.maxWorkQueues(),
          DeviceRows.maxWorkQueuesSize(),
          DeviceRows.maxEngines(),
          DeviceRows.numaNode(),
          Attribute.<MainlineDevice>readOnly(
                  "max_batch_size", d -> number(d.maxBatchSize()), since(5, 6))
              .visibleWhen(DeviceAttributes::isDsa),
          DeviceRows.maxTransferSize(),
          readOnly("op_cap", d -> Bitmap.text(operations(d)), since(5, 6)),
          DeviceRows.genCap(),
          DeviceRows.configurable(),
          DeviceRows.clients(),
          DeviceRows.pasidEnabled(since(5, 11)),
          DeviceRows.state(),
          readOnly("errors", d -> errors(d.softwareError()), since(5, 6)),
          DeviceRows.<MainlineDevice>maxTokens("max_read_buffers", since(5, 17))
              .visibleWhen(DeviceAttributes::isDsa),
          old(DeviceRows.maxTokens("max_tokens", since(5, 6)), "max_read_buffers"),
          DeviceRows.<MainlineDevice>tokenLimit("read_buffer_limit", since(5, 17))
              .visibleWhen(DeviceAttributes::isDsa),
          old(DeviceRows.tokenLimit("token_limit", since(5, 6)), "read_buffer_limit"),
          DeviceRows.cdevMajor(),
          DeviceRows.cmdStatus(),
          Attribute.<MainlineDevice>readOnly("iaa_cap", d -> hex(d.iaacap()), since(6, 4))
              .visibleWhen(MainlineDevice::hasIaaCap),
          Attribute.<MainlineDevice>attr(
                  "event_log_size",
                  0644,
                  d -> number(d.eventLog().entries()),
                  DeviceAttributes::storeEventLogSize,
                  since(6, 4))
              .visibleWhen(d -> d.eventLog().present()),
          Attribute.<MainlineDevice>readOnly("dsacaps", DeviceAttributes::dsacaps, since(7, 0))
              .visibleWhen(MainlineDevice::hasDsaCaps));

  /** Hardware of this version cannot be trusted with batches of user space. */
  private static final int VERSION_WITHOUT_USER_BATCHES = 0x100;

  private DeviceAttributes() {}

  private static boolean isDsa(MainlineDevice device) {
    return device.kind() == DeviceKind.DSA;
  }

  private static Attribute<MainlineDevice> old(Attribute<MainlineDevice> row, String present) {
    return DeprecatedName.of(row, present, d -> d).visibleWhen(DeviceAttributes::isDsa);
  }

  /** What user space may use: without batches where write(2) refuses them. */
  private static List<Long> operations(MainlineDevice device) {
    List<Long> words = new ArrayList<>(device.capabilities().opcap());
    if (device.capabilities().version() == VERSION_WITHOUT_USER_BATCHES) {
      words.set(0, words.get(0) & ~(1L << Opcode.BATCH.code()));
    }
    return words;
  }

  private static String errors(SoftwareError error) {
    return Bitmap.text(List.of(error.word0(), error.word1(), error.word2(), error.word3()));
  }

  private static String dsacaps(MainlineDevice device) {
    List<Long> highestFirst = new ArrayList<>(device.dsacap());
    Collections.reverse(highestFirst);
    return highestFirst.stream()
        .map(register -> String.format(Locale.ROOT, "%016x", register))
        .collect(Collectors.joining(",", "", "\n"));
  }

  /**
   * Errors in order: EOPNOTSUPP no event log; EINVAL not a number; EPERM device enabled; EPERM not
   * configurable; EINVAL not 64 to 65535. Mirrors event_log_size_store().
   */
  private static void storeEventLogSize(MainlineDevice device, String text) throws ErrnoException {
    if (!device.eventLog().present()) {
      throw new ErrnoException(Errno.EOPNOTSUPP, device + " has no event log");
    }
    long entries = KernelText.parseUnsigned(text);
    device.deviceLock.lock();
    try {
      DeviceRows.checkChangeable(device);
      if (Long.compareUnsigned(entries, EventLog.MIN_ENTRIES) < 0
          || Long.compareUnsigned(entries, EventLog.MAX_ENTRIES) > 0) {
        throw new ErrnoException(
            Errno.EINVAL, "not " + EventLog.MIN_ENTRIES + " to " + EventLog.MAX_ENTRIES);
      }
      device.eventLog().setEntriesLocked((int) entries);
    } finally {
      device.deviceLock.unlock();
    }
  }
}
