package io.dsafs.spec;

import java.util.List;

/**
 * The 4 KiB of PCI configuration space as they are after reset: what is not listed is 0 and
 * read-only. An IAA has another device id at {@link #IDENTITY} and is alike otherwise.
 *
 * <p>Source: hardware reference section 1.4; chain of capabilities 0x40, 0x80, 0x90, and 0x100,
 * 0x150, 0x160, 0x170, 0x200, 0x220, 0x230, 0x240.
 */
public final class ConfigSpace {
  public static final int SIZE_BYTES = 4096;

  public static final int VENDOR_ID = 0x8086;

  /** Device id in the upper half, vendor id in the lower. */
  public static final int IDENTITY = 0x000;

  public static final int COMMAND = 0x004;

  /** Class code in bits 31:8, revision in 7:0. */
  public static final int CLASS = 0x008;

  public static final int BAR0 = 0x010;
  public static final int BAR2 = 0x018;
  public static final int SUBSYSTEM = 0x02c;
  public static final int DEVICE_CONTROL = 0x048;
  public static final int MSIX_CONTROL = 0x080;
  public static final int POWER = 0x094;
  public static final int AER_UNCORRECTABLE = 0x104;
  public static final int AER_CORRECTABLE = 0x110;
  public static final int VC0_CONTROL = 0x184;
  public static final int VC1_CONTROL = 0x190;
  public static final int ATS_CONTROL = 0x224;
  public static final int PASID_CONTROL = 0x234;
  public static final int PRI_CONTROL = 0x244;
  public static final int PRI_CAPACITY = 0x248;
  public static final int PRI_ALLOCATION = 0x24c;

  /** Bits of {@link #COMMAND}. */
  public static final int MEMORY_ENABLE = 0x2;

  public static final int BUS_MASTER_ENABLE = 0x4;

  /** A bit of {@link #DEVICE_CONTROL}: written 1, the function is reset; reads 0. */
  public static final int FUNCTION_LEVEL_RESET = 0x8000;

  /** Bits of {@link #MSIX_CONTROL}. */
  public static final int MSIX_ENABLE = 0x8000_0000;

  public static final int MSIX_FUNCTION_MASK = 0x4000_0000;

  /** The two bits of {@link #POWER} that hold the power state: 0 or 3. */
  public static final int POWER_STATE = 0x3;

  /** A bit of the two VC control registers; their bits 7:0 are the map of traffic classes. */
  public static final int VC_ENABLE = 0x8000_0000;

  /** A bit of {@link #ATS_CONTROL}. */
  public static final int ATS_ENABLE = 0x8000_0000;

  /** Bits of {@link #PASID_CONTROL}. */
  public static final int PASID_ENABLE = 0x1_0000;

  public static final int PASID_PRIVILEGED_ENABLE = 0x4_0000;

  /** A bit of {@link #PRI_CONTROL}. */
  public static final int PRI_ENABLE = 0x1;

  /**
   * One aligned dword.
   *
   * @param offset in bytes
   * @param reset the value after reset
   * @param writeMask the bits that can be written
   * @param oneClearsMask the bits that writing ones clears
   * @param meaning in words
   */
  public record Dword(int offset, int reset, int writeMask, int oneClearsMask, String meaning) {
    /** Checks the place, and that no bit is both writable and cleared by ones. */
    public Dword {
      if (offset < 0 || offset >= SIZE_BYTES || offset % 4 != 0) {
        throw new IllegalArgumentException("no dword at " + offset);
      }
      if ((writeMask & oneClearsMask) != 0) {
        throw new IllegalArgumentException(meaning + ": a bit has two kinds of access");
      }
    }
  }

  /** In ascending order of offsets. */
  public static final List<Dword> DWORDS =
      checked(
          dword(IDENTITY, identity(DeviceKind.DSA.deviceId()), 0, 0, "device and vendor"),
          dword(COMMAND, 0x00100000, 0x00000146, 0xf9000000, "status and command"),
          dword(CLASS, DeviceKind.CLASS_CODE << 8, 0, 0, "class and revision"),
          dword(0x00c, 0, 0x000000ff, 0, "BIST, header type, latency, cache line size"),
          dword(BAR0, 0x0000000c, 0xffff0000, 0, "BAR0 low"),
          dword(0x014, 0, 0xffffffff, 0, "BAR0 high"),
          dword(BAR2, 0x0000000c, 0xfffe0000, 0, "BAR2 low"),
          dword(0x01c, 0, 0xffffffff, 0, "BAR2 high"),
          dword(SUBSYSTEM, 0x00008086, 0, 0, "subsystem"),
          dword(0x034, 0x00000040, 0, 0, "capability pointer"),
          dword(
              0x040, 0x00928010, 0, 0, "PCI Express: version 2, root complex integrated endpoint"),
          dword(0x044, 0x10008022, 0, 0, "PCI Express: device capabilities"),
          dword(
              DEVICE_CONTROL,
              0x00002910,
              0x000079ff,
              0x000f0000,
              "PCI Express: device status and control"),
          dword(0x064, 0x10730810, 0, 0, "PCI Express: device capabilities 2"),
          dword(0x068, 0, 0x00001410, 0, "PCI Express: device control 2"),
          dword(MSIX_CONTROL, 0x00089011, 0xc0000000, 0, "MSI-X: control, nine vectors"),
          dword(0x084, 0x00002000, 0, 0, "MSI-X: table in BAR0"),
          dword(0x088, 0x00003000, 0, 0, "MSI-X: pending bits in BAR0"),
          dword(0x090, 0x00030001, 0, 0, "power management: version 3"),
          dword(POWER, 0x00000008, 0x00000003, 0, "power management: control and status"),
          dword(0x100, 0x15020001, 0, 0, "AER"),
          dword(AER_UNCORRECTABLE, 0, 0, 0x0055d000, "AER: uncorrectable status"),
          dword(0x108, 0x00400000, 0x0055d000, 0, "AER: uncorrectable mask"),
          dword(0x10c, 0x00440000, 0x0055d000, 0, "AER: uncorrectable severity"),
          dword(AER_CORRECTABLE, 0, 0, 0x00006000, "AER: correctable status"),
          dword(0x114, 0x00002000, 0x00006000, 0, "AER: correctable mask"),
          dword(0x150, 0x16010018, 0, 0, "LTR"),
          dword(0x154, 0, 0x1fff1fff, 0, "LTR: maximum latencies"),
          dword(0x160, 0x17010017, 0, 0, "TPH"),
          dword(0x164, 0x00010205, 0, 0, "TPH: modes and table"),
          dword(0x168, 0, 0x00000107, 0, "TPH: control"),
          dword(0x16c, 0, 0x00ff00ff, 0, "TPH: steering tags"),
          dword(0x170, 0x20010002, 0, 0, "VC"),
          dword(0x174, 0x00000011, 0, 0, "VC: one extended channel"),
          dword(0x178, 0x00000001, 0, 0, "VC: arbitration"),
          dword(0x17c, 0, 0x0000000e, 0, "VC: arbitration select"),
          dword(VC0_CONTROL, 0x800000ff, 0x000000fe, 0, "VC0: control"),
          dword(VC1_CONTROL, 0x01000000, 0x870000fe, 0, "VC1: control"),
          dword(0x200, 0x22010023, 0, 0, "DVSEC"),
          dword(0x204, 0x01808086, 0, 0, "DVSEC: vendor and length"),
          dword(0x208, 0x00000005, 0, 0, "DVSEC: Scalable IOV"),
          dword(0x20c, 0x00000001, 0, 0, "Scalable IOV: supported page sizes"),
          dword(0x210, 0x00000001, 0, 0, "Scalable IOV: system page size"),
          dword(0x214, 0x00000001, 0, 0, "Scalable IOV: IMS"),
          dword(0x220, 0x2301000f, 0, 0, "ATS"),
          dword(ATS_CONTROL, 0x00000060, 0x801f0000, 0, "ATS: capability and control"),
          dword(0x230, 0x2401001b, 0, 0, "PASID"),
          dword(PASID_CONTROL, 0x00001404, 0x00050000, 0, "PASID: capability and control"),
          dword(0x240, 0x00010013, 0, 0, "PRI"),
          dword(PRI_CONTROL, 0x81000000, 0x00000003, 0x00030000, "PRI: status and control"),
          dword(PRI_CAPACITY, 0x00000200, 0, 0, "PRI: capacity"),
          dword(PRI_ALLOCATION, 0, 0xffffffff, 0, "PRI: allocation"));

  /** The value of {@link #IDENTITY} of a device. */
  public static int identity(int deviceId) {
    return deviceId << 16 | VENDOR_ID;
  }

  private static Dword dword(int offset, int reset, int writeMask, int oneClears, String meaning) {
    return new Dword(offset, reset, writeMask, oneClears, meaning);
  }

  private static List<Dword> checked(Dword... dwords) {
    int last = -4;
    for (Dword dword : dwords) {
      if (dword.offset() <= last) {
        throw new IllegalArgumentException(dword.meaning() + " is out of order");
      }
      last = dword.offset();
    }
    return List.of(dwords);
  }

  private ConfigSpace() {}
}
