package io.dsafs.hw;

import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.DeviceKind;
import io.dsafs.spec.DsaCap;
import io.dsafs.spec.EngCap;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.WqCap;
import java.util.List;

/**
 * What a device is: its capability registers, and what of its configuration is fixed.
 *
 * <p>A profile is one of the presets, or is made from one with {@link #toBuilder}.
 *
 * @param name for listings
 * @param kind DSA or IAX; null, as in a file that does not say: DSA
 * @param deviceId PCI device id; 0: that of the first parts of the kind
 * @param version VERSION
 * @param gencap GENCAP
 * @param wqcap WQCAP
 * @param grpcap GRPCAP
 * @param engcap ENGCAP
 * @param opcap OPCAP in words of 64 bits, the lowest first; missing words are 0
 * @param cmdcap CMDCAP; only seen if GENCAP bit 4 is set
 * @param iaacap IAACAP; only seen on an IAX of version 2 or later
 * @param dsacap DSACAP0 to DSACAP2, missing ones are 0; only seen on a DSA of version 3 or later
 * @param acceptsPriorityZero whether Enable WQ takes priority 0, which real parts refuse with 0x23
 * @param config dwords of configuration space that differ from the usual ones
 * @param queues reset values of WQCFG, from queue 0 up; for devices that cannot be configured
 * @param groups reset values of GRPCFG, from group 0 up; for devices that cannot be configured
 */
public record DeviceProfile(
    String name,
    DeviceKind kind,
    int deviceId,
    int version,
    long gencap,
    long wqcap,
    long grpcap,
    long engcap,
    List<Long> opcap,
    long cmdcap,
    long iaacap,
    List<Long> dsacap,
    boolean acceptsPriorityZero,
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
  private static final int VERSION_2 = 0x200;
  private static final int VERSION_3 = 0x300;
  private static final long WQCAP_2 = 0x00ff_0000_0108_0080L;
  private static final long OPCAP_2 = 0x1_00bf_07ffL;
  private static final long CMDCAP_2 = 0x7ffe;

  /** WQCAP of production parts: 128 entries, 8 queues, all but operations and PRS of a queue. */
  private static final long WQCAP_SILICON = 0x003f_0000_0008_0080L;

  private static final DeviceProfile STANDARD =
      new Builder()
          .name("P")
          .kind(DeviceKind.DSA)
          .version(VERSION_1)
          .gencap(0x0000_0040_915f_0107L)
          .wqcap(0x003b_0000_0008_0080L)
          .grpcap(0x0003_6004L)
          .engcap(4)
          .opcap(0x1_003f_03ffL)
          .build();

  /** Fills in what is missing, and checks that the register map has room for the device. */
  public DeviceProfile {
    kind = kind == null ? DeviceKind.DSA : kind;
    deviceId = deviceId == 0 ? kind.deviceId() : deviceId;
    opcap = copy(opcap);
    dsacap = copy(dsacap);
    config = copy(config);
    queues = copy(queues);
    groups = copy(groups);
    requireRange("work queues", WqCap.NUM_WQS.getInt(wqcap), 8);
    requireRange("groups", GrpCap.NUM_GROUPS.getInt(grpcap), 4);
    requireRange("engines", EngCap.NUM_ENGINES.getInt(engcap), 64);
    if (deviceId < 0 || deviceId > 0xffff) {
      throw new IllegalArgumentException("a PCI device id has 16 bits");
    }
    if (WqCap.WQCFG_SIZE.get(wqcap) > 1) {
      throw new IllegalArgumentException("a WQCFG entry has 32 or 64 bytes");
    }
    if (GenCap.MAX_IMS_MULT.get(gencap) > 8) {
      throw new IllegalArgumentException("at most 2048 IMS entries have room");
    }
    if (GenCap.EVL_SUPPORT.get(gencap) != 0
        && EventEntry.sizeBytes(gencap) < kind.eventRecordOffset() + kind.recordBytes()) {
      throw new IllegalArgumentException("a completion record has no room in an event log entry");
    }
    if (opcap.size() > 4 || dsacap.size() > 3 || queues.size() > 8 || groups.size() > 4) {
      throw new IllegalArgumentException("too many entries in a list of the profile");
    }
  }

  /** A list that is missing, as it may be in a file, is empty. */
  private static <T> List<T> copy(List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  private static void requireRange(String what, int number, int most) {
    if (number < 1 || number > most) {
      throw new IllegalArgumentException("a device has 1 to " + most + " " + what);
    }
  }

  // Presets.

  /**
   * P: a first-generation DSA as the model has it, with every operation of the architecture's first
   * version.
   */
  public static DeviceProfile standard() {
    return STANDARD;
  }

  /**
   * R: a part whose configuration is fixed (GENCAP bit 31 is 0): four groups, each with one engine,
   * a dedicated queue and one whose mode can be chosen.
   */
  public static DeviceProfile readOnly() {
    Queue dedicated = new Queue(16, 0, true, 10, 31, 10, false);
    Queue open = new Queue(16, 8, false, 10, 31, 10, true);
    return STANDARD.toBuilder()
        .name("R")
        .gencap(STANDARD.gencap & ~GenCap.CONFIG_EN.mask())
        .queues(List.of(dedicated, open, dedicated, open, dedicated, open, dedicated, open))
        .groups(
            List.of(
                new Group(0x03, 0x1, 0, 1, 96),
                new Group(0x0c, 0x2, 0, 1, 96),
                new Group(0x30, 0x4, 0, 1, 96),
                new Group(0xc0, 0x8, 0, 1, 96)))
        .build();
  }

  /**
   * S: the DSA of Sapphire and Emerald Rapids as sold: no delta record operations, ATS can be
   * disabled for a queue. Source: driver reference section 9.2.
   */
  public static DeviceProfile sapphireRapidsDsa() {
    return STANDARD.toBuilder().name("S").wqcap(WQCAP_SILICON).opcap(0x1_003f_027fL).build();
  }

  /**
   * A: the IAA of Sapphire and Emerald Rapids: eight engines, neither batches nor read buffers.
   * Source: driver reference section 9.2.
   */
  public static DeviceProfile sapphireRapidsIaa() {
    return new Builder()
        .name("A")
        .kind(DeviceKind.IAX)
        .version(VERSION_1)
        .gencap(0x0007_1f10_901f_0105L)
        .wqcap(WQCAP_SILICON)
        .grpcap(4)
        .engcap(8)
        .opcap(0xdL, 0x7f_331cL)
        .build();
  }

  /**
   * V2: a second-generation DSA for tests: commands by capability, an event log with entries of 64
   * bytes, operations and page requests for each queue, progress limits. No such part has published
   * all of its registers. Source: driver reference section 9.3.
   */
  public static DeviceProfile versionTwo() {
    return STANDARD.toBuilder()
        .name("V2")
        .version(VERSION_2)
        .gencap(0x0000_0040_915f_2117L)
        .wqcap(WQCAP_2)
        .grpcap(0x0007_6004L)
        .opcap(OPCAP_2)
        .cmdcap(CMDCAP_2)
        .build();
  }

  /**
   * A second-generation DSA that can do all that the model can: the second device of the hardware
   * reference's vectors.
   */
  public static DeviceProfile everything() {
    return STANDARD.toBuilder()
        .name("dsa2")
        .version(VERSION_2)
        .gencap(0x0000_0000_915f_bfb7L)
        .wqcap(WQCAP_2)
        .opcap(OPCAP_2)
        .cmdcap(CMDCAP_2)
        .build();
  }

  // Variations.

  /** Starts from this profile. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** The same device with another GENCAP. */
  public DeviceProfile withGencap(long value) {
    return toBuilder().gencap(value).build();
  }

  /** The same device, taking or refusing queues of priority 0. */
  public DeviceProfile withPriorityZeroRefused(boolean refused) {
    return toBuilder().acceptsPriorityZero(!refused).build();
  }

  /** Puts a profile together; what is not named is 0, empty, or as where it started. */
  public static final class Builder {
    private String name = "";
    private DeviceKind kind;
    private int deviceId;
    private int version;
    private long gencap;
    private long wqcap;
    private long grpcap;
    private long engcap;
    private List<Long> opcap = List.of();
    private long cmdcap;
    private long iaacap;
    private List<Long> dsacap = List.of();
    private boolean acceptsPriorityZero;
    private List<ConfigDword> config = List.of();
    private List<Queue> queues = List.of();
    private List<Group> groups = List.of();

    public Builder() {}

    private Builder(DeviceProfile from) {
      name = from.name;
      kind = from.kind;
      deviceId = from.deviceId;
      version = from.version;
      gencap = from.gencap;
      wqcap = from.wqcap;
      grpcap = from.grpcap;
      engcap = from.engcap;
      opcap = from.opcap;
      cmdcap = from.cmdcap;
      iaacap = from.iaacap;
      dsacap = from.dsacap;
      acceptsPriorityZero = from.acceptsPriorityZero;
      config = from.config;
      queues = from.queues;
      groups = from.groups;
    }

    public Builder name(String value) {
      name = value;
      return this;
    }

    public Builder kind(DeviceKind value) {
      kind = value;
      return this;
    }

    public Builder deviceId(int value) {
      deviceId = value;
      return this;
    }

    public Builder version(int value) {
      version = value;
      return this;
    }

    public Builder gencap(long value) {
      gencap = value;
      return this;
    }

    public Builder wqcap(long value) {
      wqcap = value;
      return this;
    }

    public Builder grpcap(long value) {
      grpcap = value;
      return this;
    }

    public Builder engcap(long value) {
      engcap = value;
      return this;
    }

    /** Words of 64 bits, the lowest first. */
    public Builder opcap(Long... words) {
      opcap = List.of(words);
      return this;
    }

    public Builder cmdcap(long value) {
      cmdcap = value;
      return this;
    }

    public Builder iaacap(long value) {
      iaacap = value;
      return this;
    }

    /** DSACAP0 to DSACAP2. */
    public Builder dsacap(Long... registers) {
      dsacap = List.of(registers);
      return this;
    }

    public Builder acceptsPriorityZero(boolean value) {
      acceptsPriorityZero = value;
      return this;
    }

    public Builder config(List<ConfigDword> value) {
      config = value;
      return this;
    }

    public Builder queues(List<Queue> value) {
      queues = value;
      return this;
    }

    public Builder groups(List<Group> value) {
      groups = value;
      return this;
    }

    /** Checks what has been put together. */
    public DeviceProfile build() {
      return new DeviceProfile(
          name,
          kind,
          deviceId,
          version,
          gencap,
          wqcap,
          grpcap,
          engcap,
          opcap,
          cmdcap,
          iaacap,
          dsacap,
          acceptsPriorityZero,
          config,
          queues,
          groups);
    }
  }

  // What the units of the device ask.

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

  boolean hasIaaCap() {
    return kind == DeviceKind.IAX && version >= VERSION_2;
  }

  boolean hasDsaCaps() {
    return kind == DeviceKind.DSA && version >= VERSION_3;
  }

  /** DSACAP0 and up. */
  long dsacapWord(int register) {
    return register < dsacap.size() ? dsacap.get(register) : 0;
  }

  /** The most that a queue's limit of gather and scatter lists may be. */
  int maxSglShift() {
    return hasDsaCaps() ? DsaCap.MAX_SGL_SHIFT.getInt(dsacapWord(0)) : 0;
  }

  /** Whether the device reads lists of descriptors. */
  boolean hasBatches() {
    return (opcapWord(0) >>> Opcode.BATCH.code() & 1) != 0;
  }

  /** The operations {@code 64 * word} and up. */
  long opcapWord(int word) {
    return word < opcap.size() ? opcap.get(word) : 0;
  }
}
