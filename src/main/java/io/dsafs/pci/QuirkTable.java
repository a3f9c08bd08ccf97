package io.dsafs.pci;

import java.util.List;
import java.util.function.Consumer;

/**
 * What is done to a function at enumeration because its hardware does not say or do the right
 * thing.
 *
 * <p>Source: drivers/pci/quirks.c; swq-v1 section 7.
 */
public final class QuirkTable {
  /** When a quirk runs. */
  public enum Phase {
    /** Right after the ids are read, before the BARs are sized. */
    EARLY,
    /** After the BARs and capabilities are known. */
    HEADER,
    /** Before the device meets its driver. */
    FINAL
  }

  /**
   * A row.
   *
   * @param erratum what in the hardware makes it necessary
   */
  public record Quirk(
      int vendor, int device, Phase phase, Consumer<PciDevice> action, String erratum) {}

  private static final int INTEL = 0x8086;
  private static final int DSA_SPR0 = 0x0b25;

  private final List<Quirk> quirks;

  public QuirkTable(List<Quirk> quirks) {
    this.quirks = List.copyOf(quirks);
  }

  /** All known quirks. */
  public static QuirkTable standard() {
    return new QuirkTable(
        List.of(
            new Quirk(
                INTEL,
                DSA_SPR0,
                Phase.EARLY,
                PciDevice::setCmdmem,
                "The portals answer deferrable memory writes, but no bit that the PCI core of the"
                    + " time knows advertises it.")));
  }

  /** All known quirks but the one that sets {@code cmdmem}. */
  public static QuirkTable withoutCmdmem() {
    return new QuirkTable(List.of());
  }

  /** Runs the rows of a phase that fit the device, in table order. */
  void apply(PciDevice device, Phase phase) {
    for (Quirk quirk : quirks) {
      if (quirk.phase() == phase
          && quirk.vendor() == device.vendor()
          && quirk.device() == device.deviceId()) {
        quirk.action().accept(device);
      }
    }
  }
}
