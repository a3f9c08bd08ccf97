package io.dsafs.hw;

import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.EngCap;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.WqCap;
import java.util.List;

/**
 * What a device is: its capability registers, and what of its configuration is fixed.
 *
 * @param name for listings
 * @param version VERSION
 * @param gencap GENCAP
 * @param wqcap WQCAP
 * @param grpcap GRPCAP
 * @param engcap ENGCAP
 * @param opcap OPCAP in words of 64 bits, the lowest first; missing words are 0
 * @param cmdcap CMDCAP; only seen if GENCAP bit 4 is set
 * @param refusesPriorityZero whether Enable WQ answers 0x23 for priority 0, as real parts do
 * @param config dwords of configuration space that differ from the usual ones
 * @param queues reset values of WQCFG, from queue 0 up; for devices that cannot be configured
 * @param groups reset values of GRPCFG, from group 0 up; for devices that cannot be configured
 */
public record DeviceProfile(
    String name,
    int version,
    long gencap,
    long wqcap,
    long grpcap,
    long engcap,
    List<Long> opcap,
    long cmdcap,
    boolean refusesPriorityZero,
    List<ConfigDword> config,
    List<Queue> queues,
    List<Group> groups) {

  /** A dword of configuration space; see {@link ConfigSpace.Dword}. */
  public record ConfigDword(int offset, int reset, int writeMask, int oneClearsMask) {}

  /**
   * The configuration of a queue.
   *
   * @param modeSupport whether mode, PASID, privilege and interrupt can be written nevertheless
   */
  public record Queue(
      int size,
      int threshold,
      boolean dedicated,
      int priority,
      int maxTransferShift,
      int maxBatchShift,
      boolean modeSupport) {}

  /**
   * The configuration of a group.
   *
   * @param queues bitmap of the first 64 queues
   * @param engines bitmap
   */
  public record Group(
      long queues, long engines, int trafficClassA, int trafficClassB, int tokensAllowed) {}

  private static final int VERSION_1 = 0x100;
  private static final long GENCAP_1 = 0x0000_0040_915f_0107L;
  private static final long WQCAP_1 = 0x003b_0000_0008_0080L;
  private static final long GRPCAP_1 = 0x0000_0000_0003_6004L;
  private static final long ENGCAP_1 = 4;
  private static final long OPCAP_1 = 0x1_003f_03ffL;

  /** OPCAP of production parts: no delta record operations. */
  private static final long OPCAP_PRODUCTION = 0x1_003f_027fL;

  /** Checks that the numbers make a device the register map has room for. */
  public DeviceProfile {
    opcap = List.copyOf(opcap);
    config = List.copyOf(config);
    queues = List.copyOf(queues);
    groups = List.copyOf(groups);
    requireRange("work queues", WqCap.NUM_WQS.getInt(wqcap), 8);
    requireRange("groups", GrpCap.NUM_GROUPS.getInt(grpcap), 4);
    requireRange("engines", EngCap.NUM_ENGINES.getInt(engcap), 64);
    if (WqCap.WQCFG_SIZE.get(wqcap) > 1) {
      throw new IllegalArgumentException("a WQCFG entry has 32 or 64 bytes");
    }
    if (GenCap.MAX_IMS_MULT.get(gencap) > 8) {
      throw new IllegalArgumentException("at most 2048 IMS entries have room");
    }
    if (opcap.size() > 4 || queues.size() > 8 || groups.size() > 4) {
      throw new IllegalArgumentException("too many entries in a list of the profile");
    }
  }

  private static void requireRange(String what, int number, int most) {
    if (number < 1 || number > most) {
      throw new IllegalArgumentException("a device has 1 to " + most + " " + what);
    }
  }

  /**
   * A first-generation part as the model has it: every operation of the architecture's first
   * version.
   */
  public static DeviceProfile standard() {
    return versionOne("P", GENCAP_1, OPCAP_1, List.of(), List.of());
  }

  /** A production part: as {@link #standard} without delta record operations. */
  public static DeviceProfile production() {
    return versionOne("production", GENCAP_1, OPCAP_PRODUCTION, List.of(), List.of());
  }

  /**
   * A part whose configuration is fixed (GENCAP bit 31 is 0): four groups, each with one engine, a
   * dedicated queue and one whose mode can be chosen.
   */
  public static DeviceProfile readOnly() {
    Queue dedicated = new Queue(16, 0, true, 10, 31, 10, false);
    Queue open = new Queue(16, 8, false, 10, 31, 10, true);
    return versionOne(
        "R",
        GENCAP_1 & ~GenCap.CONFIG_EN.mask(),
        OPCAP_1,
        List.of(dedicated, open, dedicated, open, dedicated, open, dedicated, open),
        List.of(
            new Group(0x03, 0x1, 0, 1, 96),
            new Group(0x0c, 0x2, 0, 1, 96),
            new Group(0x30, 0x4, 0, 1, 96),
            new Group(0xc0, 0x8, 0, 1, 96)));
  }

  /**
   * A second-generation part, for tests: wide WQCFG, per-queue operations, commands 13 and 14. Its
   * GENCAP announces an event log, which the model refuses to enable (error 0x19).
   */
  public static DeviceProfile versionTwo() {
    return new DeviceProfile(
        "dsa2",
        0x200,
        0x0000_0000_915f_bfb7L,
        0x00ff_0000_0108_0080L,
        GRPCAP_1,
        ENGCAP_1,
        List.of(0x1_00bf_07ffL),
        0x7ffe,
        true,
        List.of(),
        List.of(),
        List.of());
  }

  private static DeviceProfile versionOne(
      String name, long gencap, long opcap, List<Queue> queues, List<Group> groups) {
    return new DeviceProfile(
        name,
        VERSION_1,
        gencap,
        WQCAP_1,
        GRPCAP_1,
        ENGCAP_1,
        List.of(opcap),
        0,
        true,
        List.of(),
        queues,
        groups);
  }

  /** The same device with another GENCAP. */
  public DeviceProfile withGencap(long value) {
    return new DeviceProfile(
        name,
        version,
        value,
        wqcap,
        grpcap,
        engcap,
        opcap,
        cmdcap,
        refusesPriorityZero,
        config,
        queues,
        groups);
  }

  /** The same device, taking or refusing queues of priority 0. */
  public DeviceProfile withPriorityZeroRefused(boolean refused) {
    return new DeviceProfile(
        name, version, gencap, wqcap, grpcap, engcap, opcap, cmdcap, refused, config, queues,
        groups);
  }

  boolean configurable() {
    return GenCap.CONFIG_EN.isSet(gencap);
  }

  int queueCount() {
    return WqCap.NUM_WQS.getInt(wqcap);
  }

  int groupCount() {
    return GrpCap.NUM_GROUPS.getInt(grpcap);
  }

  int engineCount() {
    return EngCap.NUM_ENGINES.getInt(engcap);
  }

  int totalReadBuffers() {
    return GrpCap.TOTAL_TOKENS.getInt(grpcap);
  }

  int imsEntries() {
    return 256 * GenCap.MAX_IMS_MULT.getInt(gencap);
  }

  boolean hasEventLog() {
    return GenCap.EVL_SUPPORT.get(gencap) != 0;
  }

  /** Whether WQCFG has 64 bytes and holds the operations a queue allows. */
  boolean hasWideQueueConfig() {
    return WqCap.WQCFG_SIZE.get(wqcap) == 1;
  }

  /** Whether each queue has its own set of operations. */
  boolean hasOperationConfig() {
    return hasWideQueueConfig() && WqCap.OP_CONFIG.isSet(wqcap);
  }

  /** The operations {@code 64 * word} and up. */
  long opcapWord(int word) {
    return word < opcap.size() ? opcap.get(word) : 0;
  }
}
