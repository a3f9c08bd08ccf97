package io.dsafs.pci;

import java.util.ArrayList;
import java.util.List;

/**
 * A base address register: what its low bits say and how much address space it decodes.
 *
 * <p>Source: __pci_read_base() in drivers/pci/probe.c.
 *
 * @param index 0 to 5; a 64-bit BAR takes its index and the next
 * @param lowBits the fixed low nibble, such as 0xC for 64-bit prefetchable memory
 * @param size in bytes, a power of two
 */
record Bar(int index, int lowBits, long size) {
  static final int COUNT = 6;

  private static final int LOW_IO = 0x1;
  private static final int LOW_64_BIT = 0x4;
  private static final int LOW_PREFETCHABLE = 0x8;

  private static final int IORESOURCE_MEM = 0x200;
  private static final int IORESOURCE_PREFETCH = 0x2000;
  private static final int IORESOURCE_SIZEALIGN = 0x40000;
  private static final int IORESOURCE_MEM_64 = 0x100000;

  /** Finds a function's memory BARs by writing all ones; their values stay as they were. */
  static List<Bar> findAll(ConfigSpace config) {
    // A BAR full of ones must not decode.
    int command = config.read16(ConfigSpace.COMMAND);
    config.write16(ConfigSpace.COMMAND, command & ~ConfigSpace.COMMAND_MEMORY);
    List<Bar> bars = new ArrayList<>();
    for (int index = 0; index < COUNT; index++) {
      Bar bar = probe(config, index);
      if (bar != null) {
        bars.add(bar);
        index += bar.is64Bit() ? 1 : 0;
      }
    }
    config.write16(ConfigSpace.COMMAND, command);
    return bars;
  }

  private static Bar probe(ConfigSpace config, int index) {
    int at = ConfigSpace.BASE_ADDRESS_0 + 4 * index;
    int low = config.read32(at);
    config.write32(at, -1);
    int lowMask = config.read32(at);
    config.write32(at, low);
    if (lowMask == 0 || (lowMask & LOW_IO) != 0) {
      return null;
    }
    int lowBits = lowMask & 0xf;
    long mask = lowMask & ~0xf;
    if ((lowBits & LOW_64_BIT) != 0) {
      int high = config.read32(at + 4);
      config.write32(at + 4, -1);
      mask = (long) config.read32(at + 4) << 32 | (mask & 0xffffffffL);
      config.write32(at + 4, high);
    }
    return new Bar(index, lowBits, -mask);
  }

  boolean is64Bit() {
    return (lowBits & LOW_64_BIT) != 0;
  }

  /** The resource flags: IORESOURCE_ bits and the low nibble. */
  int flags() {
    return IORESOURCE_MEM
        | IORESOURCE_SIZEALIGN
        | lowBits
        | (is64Bit() ? IORESOURCE_MEM_64 : 0)
        | ((lowBits & LOW_PREFETCHABLE) != 0 ? IORESOURCE_PREFETCH : 0);
  }

  /** The address the function decodes, 0 for none. */
  long read(ConfigSpace config) {
    int at = ConfigSpace.BASE_ADDRESS_0 + 4 * index;
    long low = config.read32(at) & ~0xf & 0xffffffffL;
    return is64Bit() ? (long) config.read32(at + 4) << 32 | low : low;
  }

  void assign(ConfigSpace config, long address) {
    int at = ConfigSpace.BASE_ADDRESS_0 + 4 * index;
    config.write32(at, (int) address);
    if (is64Bit()) {
      config.write32(at + 4, (int) (address >>> 32));
    }
  }
}
