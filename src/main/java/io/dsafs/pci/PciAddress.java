package io.dsafs.pci;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a function sits: domain (16 bits), bus (8), device (5) and function (3).
 *
 * @param domain 0 to 0xffff
 * @param bus 0 to 0xff
 * @param device 0 to 0x1f
 * @param function 0 to 7
 */
public record PciAddress(int domain, int bus, int device, int function)
    implements Comparable<PciAddress> {
  private static final Pattern FORM =
      Pattern.compile("([0-9a-f]{4}):([0-9a-f]{2}):([01][0-9a-f])\\.([0-7])");

  /**
   * @throws IllegalArgumentException if a number is out of its range
   */
  public PciAddress {
    if (domain >>> 16 != 0 || bus >>> 8 != 0 || device >>> 5 != 0 || function >>> 3 != 0) {
      throw new IllegalArgumentException(
          "no PCI address: " + domain + ", " + bus + ", " + device + ", " + function);
    }
  }

  /**
   * Reads the form {@code 0000:6a:01.0}.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static PciAddress parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no PCI address: " + text);
    }
    return new PciAddress(
        Integer.parseInt(parts.group(1), 16),
        Integer.parseInt(parts.group(2), 16),
        Integer.parseInt(parts.group(3), 16),
        Integer.parseInt(parts.group(4), 16));
  }

  /** The name of the host bridge's directory, such as {@code pci0000:6a}. */
  String hostBridgeName() {
    return String.format(Locale.ROOT, "pci%04x:%02x", domain, bus);
  }

  @Override
  public int compareTo(PciAddress other) {
    return Integer.compare(sortKey(), other.sortKey());
  }

  private int sortKey() {
    return domain << 16 | bus << 8 | device << 3 | function;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%04x:%02x:%02x.%d", domain, bus, device, function);
  }
}
