package io.dsafs.pci;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Cuts a range of bytes into naturally aligned accesses, as the bus needs them. */
final class AlignedPieces {
  private AlignedPieces() {}

  /**
   * The widest access at an offset.
   *
   * @param remaining bytes left, 1 or more
   * @param widest a power of two
   */
  static int width(long offset, long remaining, int widest) {
    int width = widest;
    while (width > remaining || (offset & (width - 1)) != 0) {
      width >>= 1;
    }
    return width;
  }

  /** Appends the low bytes of a value, the lowest first. */
  static void put(ByteBuffer into, int width, long value) {
    ByteOrder order = into.order();
    into.order(ByteOrder.LITTLE_ENDIAN);
    switch (width) {
      case 8 -> into.putLong(value);
      case 4 -> into.putInt((int) value);
      case 2 -> into.putShort((short) value);
      default -> into.put((byte) value);
    }
    into.order(order);
  }

  /** Takes a value of that many bytes, zero-extended. */
  static long get(ByteBuffer from, int width) {
    ByteOrder order = from.order();
    from.order(ByteOrder.LITTLE_ENDIAN);
    long value =
        switch (width) {
          case 8 -> from.getLong();
          case 4 -> from.getInt() & 0xffffffffL;
          case 2 -> from.getShort() & 0xffffL;
          default -> from.get() & 0xffL;
        };
    from.order(order);
    return value;
  }
}
