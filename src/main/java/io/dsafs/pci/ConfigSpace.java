package io.dsafs.pci;

import io.dsafs.hw.Endpoint;
import java.nio.ByteBuffer;

/**
 * The 4096 bytes of configuration space of a function, and the two lists of capabilities in it.
 *
 * <p>Source: PCI Express Base Specification, chapter 7; dsa-hardware section 1.4.
 */
final class ConfigSpace {
  static final int SIZE_BYTES = 4096;

  // The header.
  static final int VENDOR_ID = 0x00;
  static final int DEVICE_ID = 0x02;
  static final int COMMAND = 0x04;
  static final int STATUS = 0x06;
  static final int REVISION = 0x08;
  static final int CACHE_LINE_SIZE = 0x0c;
  static final int BASE_ADDRESS_0 = 0x10;
  static final int SUBSYSTEM_VENDOR_ID = 0x2c;
  static final int SUBSYSTEM_ID = 0x2e;
  static final int CAPABILITY_POINTER = 0x34;
  static final int INTERRUPT_LINE = 0x3c;

  static final int COMMAND_MEMORY = 1 << 1;
  static final int COMMAND_MASTER = 1 << 2;
  static final int COMMAND_INTX_DISABLE = 1 << 10;
  private static final int STATUS_CAPABILITIES = 1 << 4;

  // Capability ids.
  static final int CAP_POWER = 0x01;
  static final int CAP_EXPRESS = 0x10;
  static final int CAP_MSIX = 0x11;
  static final int EXT_CAP_VC = 0x02;
  static final int EXT_CAP_LTR = 0x18;
  static final int EXT_CAP_ATS = 0x0f;
  static final int EXT_CAP_PRI = 0x13;
  static final int EXT_CAP_PASID = 0x1b;

  private static final int FIRST_EXTENDED = 0x100;

  private final Endpoint endpoint;

  ConfigSpace(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  int read8(int offset) {
    return endpoint.configRead(offset, 1);
  }

  int read16(int offset) {
    return endpoint.configRead(offset, 2);
  }

  int read32(int offset) {
    return endpoint.configRead(offset, 4);
  }

  void write8(int offset, int value) {
    endpoint.configWrite(offset, 1, value & 0xff);
  }

  void write16(int offset, int value) {
    endpoint.configWrite(offset, 2, value & 0xffff);
  }

  void write32(int offset, int value) {
    endpoint.configWrite(offset, 4, value);
  }

  /** Sets and clears bits of a 16-bit register; writes only if something changes. */
  void change16(int offset, int clear, int set) {
    int old = read16(offset);
    int changed = (old & ~clear) | set;
    if (changed != old) {
      write16(offset, changed);
    }
  }

  /** The offset of a capability, or 0 if the function lacks it. Mirrors pci_find_capability(). */
  int findCapability(int id) {
    if ((read16(STATUS) & STATUS_CAPABILITIES) == 0) {
      return 0;
    }
    int at = read8(CAPABILITY_POINTER) & ~3;
    // 48 capabilities fill the space: more hops mean a loop.
    for (int hops = 0; at >= 0x40 && hops < 48; hops++) {
      if (read8(at) == id) {
        return at;
      }
      at = read8(at + 1) & ~3;
    }
    return 0;
  }

  /**
   * The offset of an extended capability, or 0 if the function lacks it. Mirrors
   * pci_find_ext_capability().
   */
  int findExtendedCapability(int id) {
    int at = FIRST_EXTENDED;
    for (int hops = 0; at >= FIRST_EXTENDED && hops < (SIZE_BYTES - FIRST_EXTENDED) / 8; hops++) {
      int header = read32(at);
      if (header == 0 || header == -1) {
        return 0;
      }
      if ((header & 0xffff) == id) {
        return at;
      }
      at = header >>> 20 & 0xffc;
    }
    return 0;
  }

  /** Fills a buffer from the space in aligned pieces; 0 at the end. */
  int read(ByteBuffer into, long offset) {
    int start = into.position();
    for (int at = clamp(offset); into.hasRemaining() && at < SIZE_BYTES; ) {
      int width = AlignedPieces.width(at, Math.min(into.remaining(), SIZE_BYTES - at), 4);
      AlignedPieces.put(into, width, endpoint.configRead(at, width) & 0xffffffffL);
      at += width;
    }
    return into.position() - start;
  }

  /** Writes a buffer to the space in aligned pieces; what is beyond the end is not taken. */
  int write(ByteBuffer from, long offset) {
    int start = from.position();
    for (int at = clamp(offset); from.hasRemaining() && at < SIZE_BYTES; ) {
      int width = AlignedPieces.width(at, Math.min(from.remaining(), SIZE_BYTES - at), 4);
      endpoint.configWrite(at, width, (int) AlignedPieces.get(from, width));
      at += width;
    }
    return from.position() - start;
  }

  private static int clamp(long offset) {
    return (int) Math.min(offset, SIZE_BYTES);
  }
}
