package io.dsafs.hw;

import io.dsafs.spec.ConfigSpace;

/**
 * Configuration space: values, write masks, and what writes set off. Accesses are aligned and 1, 2
 * or 4 bytes wide. All methods are called with the device lock held.
 */
final class PciConfig {
  /** What a write to a dword sets off. */
  @FunctionalInterface
  interface WriteAction {
    /**
     * @param before the value before the write
     * @param after the value the masks allow
     * @param written what was written, 0 in the bytes that were not
     * @return the value to keep
     */
    int written(int before, int after, int written);
  }

  private static final int CAPABILITY_POINTER = 0x34;
  private static final int CAP_MSIX = 0x11;
  private static final int MSIX_SIZE_SHIFT = 16;
  private static final int MSIX_SIZE_MASK = 0x7ff;

  private static final int DWORDS = ConfigSpace.SIZE_BYTES / 4;

  private final int[] values = new int[DWORDS];
  private final int[] resets = new int[DWORDS];
  private final int[] writeMasks = new int[DWORDS];
  private final int[] oneClearsMasks = new int[DWORDS];
  private final WriteAction[] actions = new WriteAction[DWORDS];
  private final MsixPlace msix;
  private int vectors;

  PciConfig(DeviceProfile profile) {
    for (ConfigSpace.Dword dword : ConfigSpace.DWORDS) {
      define(dword.offset(), dword.reset(), dword.writeMask(), dword.oneClearsMask());
    }
    define(ConfigSpace.IDENTITY, ConfigSpace.identity(profile.deviceId()), 0, 0);
    for (DeviceProfile.ConfigDword dword : profile.config()) {
      define(dword.offset(), dword.reset(), dword.writeMask(), dword.oneClearsMask());
    }
    System.arraycopy(resets, 0, values, 0, DWORDS);
    msix = findMsix();
    vectors = mostVectors();
  }

  /** Where the pointer to the MSI-X capability is, and how many vectors it has. */
  private record MsixPlace(int offset, int shift, int vectors) {}

  /** Null without the capability. */
  private MsixPlace findMsix() {
    int at = CAPABILITY_POINTER;
    int shift = 0;
    // 48 capabilities fill the space: more hops mean a loop.
    for (int hops = 0; hops < 48; hops++) {
      int next = get(at) >>> shift & 0xfc;
      if (next == 0) {
        return null;
      }
      if ((get(next) & 0xff) == CAP_MSIX) {
        return new MsixPlace(at, shift, (get(next) >>> MSIX_SIZE_SHIFT & MSIX_SIZE_MASK) + 1);
      }
      at = next;
      shift = 8;
    }
    return null;
  }

  /** How many MSI-X vectors the function has at most; 0 without the capability. */
  int mostVectors() {
    return msix == null ? 0 : msix.vectors();
  }

  /** How many MSI-X vectors the function offers. */
  int vectors() {
    return vectors;
  }

  /**
   * From now on, through all resets, the function offers so many MSI-X vectors.
   *
   * @param count up to {@link #mostVectors}; 0 takes the capability out of the list
   */
  void offerVectors(int count) {
    if (msix == null) {
      return;
    }
    vectors = count;
    int next = count > 0 ? ConfigSpace.MSIX_CONTROL : get(ConfigSpace.MSIX_CONTROL) >>> 8 & 0xfc;
    change(msix.offset(), 0xff << msix.shift(), next << msix.shift());
    if (count > 0) {
      int mask = MSIX_SIZE_MASK << MSIX_SIZE_SHIFT;
      change(ConfigSpace.MSIX_CONTROL, mask, (count - 1) << MSIX_SIZE_SHIFT);
    }
  }

  /** Another value of read-only bits, now and after resets. */
  private void change(int offset, int mask, int bits) {
    int i = offset / 4;
    values[i] = (values[i] & ~mask) | bits;
    resets[i] = (resets[i] & ~mask) | bits;
  }

  private void define(int offset, int reset, int writeMask, int oneClearsMask) {
    resets[offset / 4] = reset;
    writeMasks[offset / 4] = writeMask;
    oneClearsMasks[offset / 4] = oneClearsMask;
  }

  void onWrite(int offset, WriteAction action) {
    actions[offset / 4] = action;
  }

  /** A dword. */
  int get(int offset) {
    return values[offset / 4];
  }

  boolean isSet(int offset, int bits) {
    return (values[offset / 4] & bits) == bits;
  }

  /** Whether BARs are answered: memory space is enabled and the function is in D0. */
  boolean isDecoding() {
    return isSet(ConfigSpace.COMMAND, ConfigSpace.MEMORY_ENABLE)
        && (get(ConfigSpace.POWER) & ConfigSpace.POWER_STATE) == 0;
  }

  /**
   * A function-level reset: what firmware owns and the sticky error status stay. Source: hardware
   * reference section 1.5.
   */
  void functionLevelReset() {
    for (int i = 0; i < DWORDS; i++) {
      int offset = 4 * i;
      boolean kept =
          offset == ConfigSpace.SUBSYSTEM
              || offset == ConfigSpace.AER_UNCORRECTABLE
              || offset == ConfigSpace.AER_CORRECTABLE;
      if (!kept) {
        values[i] = resets[i];
      }
    }
  }

  /** A reset of the platform: everything takes its power-on value. */
  void reset() {
    System.arraycopy(resets, 0, values, 0, DWORDS);
  }

  private static boolean valid(int offset, int width) {
    return (width == 1 || width == 2 || width == 4)
        && offset >= 0
        && offset <= ConfigSpace.SIZE_BYTES - width
        && offset % width == 0;
  }

  int read(int offset, int width) {
    if (!valid(offset, width)) {
      return (int) RegisterSpace.allOnes(width);
    }
    return values[offset / 4] >>> (8 * (offset & 3)) & (int) RegisterSpace.allOnes(width);
  }

  void write(int offset, int width, int value) {
    if (!valid(offset, width)) {
      return;
    }
    int i = offset / 4;
    int shift = 8 * (offset & 3);
    int mask = (int) RegisterSpace.allOnes(width) << shift;
    int written = value << shift & mask;
    int before = values[i];
    int writable = writeMasks[i] & mask;
    int after = (before & ~writable) | (written & writable);
    after &= ~(written & oneClearsMasks[i]);
    // Before the action: a message that it sends depends on what is written.
    values[i] = after;
    WriteAction action = actions[i];
    if (action != null) {
      values[i] = action.written(before, after, written);
    }
  }
}
