package io.dsafs.pci;

import java.util.Locale;

/**
 * The machine's CPUs, numbered from 0, as the kernel prints sets of them.
 *
 * @param count 1 or more
 */
record Cpus(int count) {
  private static final int GROUP_BITS = 32;

  static Cpus online() {
    return new Cpus(Runtime.getRuntime().availableProcessors());
  }

  /** Hexadecimal groups of 32 CPUs, the highest first: {@code %*pb}. */
  String mask() {
    StringBuilder mask = new StringBuilder();
    for (int group = (count - 1) / GROUP_BITS; group >= 0; group--) {
      int bits = Math.min(count - group * GROUP_BITS, GROUP_BITS);
      mask.append(String.format(Locale.ROOT, "%0" + (bits + 3) / 4 + "x", (1L << bits) - 1));
      mask.append(group > 0 ? "," : "");
    }
    return mask.toString();
  }

  /** Ranges: {@code %*pbl}. */
  String list() {
    return count == 1 ? "0" : "0-" + (count - 1);
  }
}
