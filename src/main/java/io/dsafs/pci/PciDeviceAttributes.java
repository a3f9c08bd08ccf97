package io.dsafs.pci;

import static io.dsafs.core.Attribute.attr;
import static io.dsafs.core.Attribute.readOnly;
import static io.dsafs.core.Attribute.writeOnly;
import static io.dsafs.core.KernelText.parseSignedAnyBase;
import static io.dsafs.core.KernelText.parseUnsignedAnyBase;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.BinaryAttribute;
import io.dsafs.core.DeviceType;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The files of a PCI device's directory. Numbers are stored in a base of the text's own choice.
 *
 * <p>Source: drivers/pci/pci-sysfs.c; swq-v1 section 1.8.
 */
final class PciDeviceAttributes {
  /** Six BARs, the ROM and six BARs of virtual functions. */
  private static final int RESOURCE_LINES = 13;

  /** MAX_NUMNODES. */
  private static final int MOST_NUMA_NODES = 1024;

  private static final int LONGEST_OVERRIDE = 4094;

  private static final List<Attribute<PciDevice>> TABLE =
      List.of(
          readOnly("resource", PciDeviceAttributes::showResource, since(2, 6)),
          readOnly("vendor", d -> String.format(Locale.ROOT, "0x%04x\n", d.vendor()), since(2, 6)),
          readOnly(
              "device", d -> String.format(Locale.ROOT, "0x%04x\n", d.deviceId()), since(2, 6)),
          readOnly(
              "subsystem_vendor",
              d -> String.format(Locale.ROOT, "0x%04x\n", d.subsystemVendor()),
              since(2, 6)),
          readOnly(
              "subsystem_device",
              d -> String.format(Locale.ROOT, "0x%04x\n", d.subsystemDevice()),
              since(2, 6)),
          readOnly(
              "revision", d -> String.format(Locale.ROOT, "0x%02x\n", d.revision()), since(4, 10)),
          readOnly(
              "class", d -> String.format(Locale.ROOT, "0x%06x\n", d.deviceClass()), since(2, 6)),
          // The function has no interrupt pin, and MSI-X does not change the number shown here.
          readOnly("irq", d -> "0\n", since(2, 6)),
          readOnly("local_cpus", d -> Cpus.online().mask() + "\n", since(2, 6)),
          readOnly("local_cpulist", d -> Cpus.online().list() + "\n", since(2, 6)),
          readOnly("modalias", d -> d.identity().modalias() + "\n", since(2, 6)),
          attr(
              "numa_node",
              0644,
              d -> d.numaNode() + "\n",
              PciDeviceAttributes::storeNumaNode,
              since(2, 6)),
          readOnly("dma_mask_bits", d -> d.dmaBits() + "\n", since(2, 6)),
          readOnly("consistent_dma_mask_bits", d -> d.coherentDmaBits() + "\n", since(2, 6)),
          attr(
              "enable",
              0644,
              d -> d.enableCount() + "\n",
              PciDeviceAttributes::storeEnable,
              since(2, 6)),
          attr(
              "broken_parity_status",
              0644,
              d -> flag(d.brokenParityStatus()),
              (d, text) -> d.setBrokenParityStatus(parseUnsignedAnyBase(text) != 0),
              since(2, 6)),
          attr(
              "msi_bus",
              0644,
              d -> flag(d.msiAllowed()),
              PciDeviceAttributes::storeMsiBus,
              since(2, 6)),
          writeOnly("rescan", PciDeviceAttributes::storeRescan, since(2, 6)),
          attr("remove", 0220, null, PciDeviceAttributes::storeRemove, since(2, 6)),
          attr(
              "d3cold_allowed",
              0644,
              d -> flag(d.d3coldAllowed()),
              (d, text) -> d.setD3coldAllowed(parseUnsignedAnyBase(text) != 0),
              since(3, 6)),
          attr(
              "driver_override",
              0644,
              d -> (d.driverOverride() == null ? "(null)" : d.driverOverride()) + "\n",
              PciDeviceAttributes::storeDriverOverride,
              since(3, 16)),
          readOnly("ari_enabled", d -> "0\n", since(4, 16)),
          reset());

  static final DeviceType<PciDevice> TYPE = new DeviceType<>(null, TABLE, binaryFiles());

  private PciDeviceAttributes() {}

  private static Attribute<PciDevice> reset() {
    Attribute<PciDevice> reset = writeOnly("reset", PciDeviceAttributes::storeReset, since(2, 6));
    return reset.visibleWhen(PciDevice::hasFunctionLevelReset);
  }

  private static List<BinaryAttribute<PciDevice>> binaryFiles() {
    List<BinaryAttribute<PciDevice>> files = new ArrayList<>();
    files.add(
        new BinaryAttribute<>(
            "config",
            0644,
            d -> ConfigSpace.SIZE_BYTES,
            (d, buffer, offset) -> d.config().read(buffer, offset),
            (d, buffer, offset) -> d.config().write(buffer, offset)));
    for (int index = 0; index < Bar.COUNT; index++) {
      int bar = index;
      files.add(
          new BinaryAttribute<>(
              "resource" + bar,
              0600,
              d -> d.resourceLength(bar),
              (d, buffer, offset) -> readBar(d, bar, buffer, offset),
              (d, buffer, offset) -> writeBar(d, bar, buffer, offset)));
    }
    return files;
  }

  private static String flag(boolean on) {
    return on ? "1\n" : "0\n";
  }

  /** A line of start, end and flags for each resource, whether there is one or not. */
  private static String showResource(PciDevice device) {
    StringBuilder lines = new StringBuilder();
    for (int index = 0; index < RESOURCE_LINES; index++) {
      long start = device.resourceStart(index);
      long length = device.resourceLength(index);
      lines.append(
          String.format(
              Locale.ROOT,
              "0x%016x 0x%016x 0x%016x\n",
              start,
              length == 0 ? 0 : start + length - 1,
              device.resourceFlags(index)));
    }
    return lines.toString();
  }

  /** The kernel lets user space map a memory BAR; here it is read in naturally aligned pieces. */
  private static int readBar(PciDevice device, int bar, ByteBuffer into, long offset) {
    int start = into.position();
    for (long at = offset; into.hasRemaining(); ) {
      int width = AlignedPieces.width(at, into.remaining(), Long.BYTES);
      AlignedPieces.put(into, width, device.endpoint().read(bar, at, width));
      at += width;
    }
    return into.position() - start;
  }

  private static int writeBar(PciDevice device, int bar, ByteBuffer from, long offset) {
    int start = from.position();
    for (long at = offset; from.hasRemaining(); ) {
      int width = AlignedPieces.width(at, from.remaining(), Long.BYTES);
      device.endpoint().write(bar, at, width, AlignedPieces.get(from, width));
      at += width;
    }
    return from.position() - start;
  }

  /**
   * Overrides the firmware's node. EINVAL: not a number; below -1 or 1024 and up; no such node.
   * ERANGE: not a 32-bit number.
   */
  private static void storeNumaNode(PciDevice device, String text) throws ErrnoException {
    long node = parseSignedAnyBase(text);
    if (node != (int) node) {
      throw new ErrnoException(Errno.ERANGE, "no NUMA node " + node);
    }
    boolean none = node == -1;
    if (!none && (node < 0 || node >= MOST_NUMA_NODES || !device.pciBus().isOnline((int) node))) {
      throw new ErrnoException(Errno.EINVAL, "no NUMA node " + node);
    }
    device.log(KernelLog.Level.ALERT, "[Firmware Bug]: NUMA node overridden to " + node);
    device.setNumaNode((int) node);
  }

  /**
   * Enables (not 0) or disables an unbound function once more. EINVAL: not a number. EBUSY: it has
   * a driver. EIO: it is not enabled.
   */
  private static void storeEnable(PciDevice device, String text) throws ErrnoException {
    boolean on = parseUnsignedAnyBase(text) != 0;
    device.lock.lock();
    try {
      if (device.driver() != null) {
        throw new ErrnoException(Errno.EBUSY, device + " has a driver");
      }
      if (on) {
        device.enableUnmanaged();
      } else if (device.enableCount() > 0) {
        device.disableUnmanaged();
      } else {
        throw new ErrnoException(Errno.EIO, device + " is not enabled");
      }
    } finally {
      device.lock.unlock();
    }
  }

  /** Allows MSI-X (not 0) or forbids it to future drivers. EINVAL: not a number. */
  private static void storeMsiBus(PciDevice device, String text) throws ErrnoException {
    boolean allowed = parseUnsignedAnyBase(text) != 0;
    device.setMsiAllowed(allowed);
    device.log(
        KernelLog.Level.INFO,
        "MSI/MSI-X " + (allowed ? "allowed" : "disallowed") + " for future drivers");
  }

  /** Not zero: looks for functions without a device on this bus. EINVAL: not a number. */
  private static void storeRescan(PciDevice device, String text) throws ErrnoException {
    if (parseUnsignedAnyBase(text) != 0) {
      device.pciBus().rescan(device.address());
    }
  }

  /** Not zero: takes the device away. EINVAL: not a number. */
  private static void storeRemove(PciDevice device, String text) throws ErrnoException {
    if (parseUnsignedAnyBase(text) != 0) {
      device.pciBus().remove(device);
    }
  }

  /**
   * Says which driver alone may have the function; an empty line lifts that. EINVAL: longer than a
   * page holds.
   */
  private static void storeDriverOverride(PciDevice device, String text) throws ErrnoException {
    if (text.length() > LONGEST_OVERRIDE) {
      throw new ErrnoException(Errno.EINVAL, "a name of " + text.length() + " bytes");
    }
    int end = text.indexOf('\n');
    String driverName = end < 0 ? text : text.substring(0, end);
    device.lock.lock();
    try {
      device.setDriverOverride(driverName.isEmpty() ? null : driverName);
    } finally {
      device.lock.unlock();
    }
  }

  /** Resets the function. EINVAL: anything but 1. */
  private static void storeReset(PciDevice device, String text) throws ErrnoException {
    if (parseUnsignedAnyBase(text) != 1) {
      throw new ErrnoException(Errno.EINVAL, "only 1 resets: " + text.strip());
    }
    device.reset();
  }
}
