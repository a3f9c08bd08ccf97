package io.dsafs.pci;

import static io.dsafs.core.Attribute.writeOnly;
import static io.dsafs.core.KernelVersion.since;

import io.dsafs.core.Attribute;
import io.dsafs.core.Driver;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.util.ArrayList;
import java.util.List;

/**
 * The files {@code new_id} and {@code remove_id} of a PCI driver.
 *
 * <p>Source: Documentation/ABI/testing/sysfs-bus-pci.
 */
final class DynamicIdAttributes {
  /** The files in creation order. */
  static final List<Attribute<Driver>> TABLE =
      List.of(
          writeOnly("new_id", DynamicIdAttributes::storeNewId, since(2, 6)),
          writeOnly("remove_id", DynamicIdAttributes::storeRemoveId, since(2, 6)));

  /** Vendor, device, subvendor, subdevice, class, class mask, driver data. */
  private static final int MOST_FIELDS = 7;

  private DynamicIdAttributes() {}

  /**
   * Adds an id and tries the driver on the functions that are there.
   *
   * <p>EINVAL: fewer than two hexadecimal numbers. EEXIST: the driver knows such a function already
   * (not asked if all seven numbers are given). EINVAL: driver data that no row of the table has.
   * Source: new_id_store() in drivers/pci/pci-driver.c.
   */
  private static void storeNewId(Driver target, String text) throws ErrnoException {
    PciDriver driver = (PciDriver) target;
    List<Long> fields = scan(text, MOST_FIELDS);
    PciId id = toId(fields);
    if (fields.size() != MOST_FIELDS && driver.knows(toIdentity(id))) {
      throw new ErrnoException(Errno.EEXIST, "known to " + driver.name() + ": " + text.strip());
    }
    // The rows carry no driver data, so only the data 0 is one of theirs.
    if (fields.size() == MOST_FIELDS && fields.get(MOST_FIELDS - 1) != 0) {
      throw new ErrnoException(Errno.EINVAL, "no such driver data: " + text.strip());
    }
    driver.addDynamicId(id);
  }

  /**
   * Removes the first dynamic id with those numbers; bound functions stay bound.
   *
   * <p>EINVAL: fewer than two hexadecimal numbers. ENODEV: no such dynamic id. Source:
   * remove_id_store() in drivers/pci/pci-driver.c.
   */
  private static void storeRemoveId(Driver target, String text) throws ErrnoException {
    PciId id = toId(scan(text, MOST_FIELDS - 1));
    if (!((PciDriver) target).removeDynamicId(id)) {
      throw new ErrnoException(Errno.ENODEV, "no dynamic id " + text.strip());
    }
  }

  /** What an id would match if it were a function: wildcards stay all ones. */
  private static PciIdentity toIdentity(PciId id) {
    return new PciIdentity(
        id.vendor(), id.device(), id.subsystemVendor(), id.subsystemDevice(), id.deviceClass());
  }

  private static PciId toId(List<Long> fields) {
    return new PciId(
        field(fields, 0, PciId.ANY),
        field(fields, 1, PciId.ANY),
        field(fields, 2, PciId.ANY),
        field(fields, 3, PciId.ANY),
        field(fields, 4, 0),
        field(fields, 5, 0));
  }

  private static int field(List<Long> fields, int index, int otherwise) {
    return index < fields.size() ? fields.get(index).intValue() : otherwise;
  }

  /** As sscanf() with that many {@code %x}: what follows the numbers does not matter. */
  private static List<Long> scan(String text, int most) throws ErrnoException {
    List<Long> fields = new ArrayList<>();
    int at = 0;
    while (fields.size() < most) {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      if (text.startsWith("0x", at) || text.startsWith("0X", at)) {
        at += 2;
      }
      int start = at;
      long value = 0;
      for (int digit; at < text.length(); at++, value = value << 4 | digit) {
        digit = Character.digit(text.charAt(at), 16);
        if (digit < 0) {
          break;
        }
      }
      if (at == start) {
        break;
      }
      fields.add(value);
    }
    if (fields.size() < 2) {
      throw new ErrnoException(Errno.EINVAL, "vendor and device wanted: " + text.strip());
    }
    return fields;
  }
}
