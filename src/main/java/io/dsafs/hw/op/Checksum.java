package io.dsafs.hw.op;

import io.dsafs.mem.DmaBuffer;

/** A cyclic redundancy check that takes bit 0 of each byte first, with its register laid open. */
interface Checksum {
  /** Begins with a register, reflected. */
  void start(long register);

  /** Takes in the first bytes of a buffer. */
  void update(DmaBuffer buffer, int length);

  /** The register, reflected. */
  long register();

  int widthBits();

  /** The mask of the register's bits. */
  default long mask() {
    return -1L >>> (64 - widthBits());
  }

  /** The register with its bits in reverse order. */
  default long reversed(long register) {
    return Long.reverse(register) >>> (64 - widthBits());
  }
}
