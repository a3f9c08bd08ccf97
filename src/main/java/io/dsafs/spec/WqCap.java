package io.dsafs.spec;

/** WQCAP, the work queues. Source: hardware reference section 2.4; {@code union wq_cap_reg}. */
public final class WqCap {
  public static final Register WQCAP =
      new Register(
          0x20,
          Layout.layout("WQCAP", 64)
              .readOnly()
              .field(0, 16, "total_wq_size")
              .field(16, 8, "num_wqs")
              .field(24, 4, "wqcfg_size")
              .reserved(28, 47)
              .flag(48, "shared_mode")
              .flag(49, "dedicated_mode")
              .flag(50, "wq_ats_support")
              .flag(51, "priority")
              .flag(52, "occupancy")
              .flag(53, "occupancy_int")
              .flag(54, "op_config")
              .flag(55, "wq_prs_support")
              .reserved(56, 63)
              .build());

  public static final Field TOTAL_WQ_SIZE = WQCAP.field("total_wq_size");
  public static final Field NUM_WQS = WQCAP.field("num_wqs");

  /** N of the WQCFG stride 2^(N+5). */
  public static final Field WQCFG_SIZE = WQCAP.field("wqcfg_size");

  public static final Field SHARED_MODE = WQCAP.field("shared_mode");
  public static final Field DEDICATED_MODE = WQCAP.field("dedicated_mode");
  public static final Field WQ_ATS_SUPPORT = WQCAP.field("wq_ats_support");
  public static final Field PRIORITY = WQCAP.field("priority");
  public static final Field OCCUPANCY = WQCAP.field("occupancy");
  public static final Field OCCUPANCY_INT = WQCAP.field("occupancy_int");
  public static final Field OP_CONFIG = WQCAP.field("op_config");
  public static final Field WQ_PRS_SUPPORT = WQCAP.field("wq_prs_support");

  private WqCap() {}
}
