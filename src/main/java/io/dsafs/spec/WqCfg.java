package io.dsafs.spec;

/**
 * An entry of WQCFG: 32 bytes, or 64 where WQCAP says so. When a field can be written is the
 * device's business. Source: hardware reference section 2.11; {@code union wqcfg}.
 */
public final class WqCfg {
  /** The first 32 bytes. */
  public static final Layout WQCFG =
      Layout.layout("WQCFG", 256)
          .locked()
          .field(0, 16, "wq_size")
          .reserved(16, 31)
          .readWrite()
          .field(32, 16, "wq_thresh")
          .reserved(48, 63)
          .locked()
          .flag(64, "mode")
          .flag(65, "bof")
          .flag(66, "wq_ats_disable")
          .flag(67, "wq_prs_disable")
          .field(68, 4, "priority")
          .field(72, 20, "pasid")
          .flag(92, "pasid_en")
          .flag(93, "priv")
          .reserved(94, 95)
          .field(96, 5, "max_xfer_shift")
          .field(101, 4, "max_batch_shift")
          .field(105, 4, "max_sgl_shift")
          .reserved(109, 127)
          .field(128, 16, "occupancy_inth")
          .flag(144, "occupancy_table_sel")
          .reserved(145, 159)
          .field(160, 16, "occupancy_limit")
          .readWrite()
          .flag(176, "occupancy_int_en")
          .reserved(177, 191)
          .readOnly()
          .field(192, 16, "occupancy")
          .writeOneClears()
          .flag(208, "occupancy_int")
          .reserved(209, 220)
          .readOnly()
          .flag(221, "mode_support")
          .field(222, 2, "wq_state")
          .reserved(224, 255)
          .build();

  /** The 64 bytes of devices with per-queue operation configuration. */
  public static final Layout WQCFG_WITH_OPCFG =
      Layout.layout("WQCFG", 512)
          .sameAs(WQCFG)
          .locked()
          .field(256, 64, "op_config0")
          .field(320, 64, "op_config1")
          .field(384, 64, "op_config2")
          .field(448, 64, "op_config3")
          .build();

  public static final Field SIZE = WQCFG.field("wq_size");
  public static final Field THRESHOLD = WQCFG.field("wq_thresh");

  /** 1 dedicated, 0 shared. */
  public static final Field MODE = WQCFG.field("mode");

  public static final Field BOF = WQCFG.field("bof");
  public static final Field ATS_DISABLE = WQCFG.field("wq_ats_disable");
  public static final Field PRS_DISABLE = WQCFG.field("wq_prs_disable");
  public static final Field PRIORITY = WQCFG.field("priority");
  public static final Field PASID = WQCFG.field("pasid");
  public static final Field PASID_EN = WQCFG.field("pasid_en");
  public static final Field PRIV = WQCFG.field("priv");
  public static final Field MAX_XFER_SHIFT = WQCFG.field("max_xfer_shift");
  public static final Field MAX_BATCH_SHIFT = WQCFG.field("max_batch_shift");
  public static final Field MAX_SGL_SHIFT = WQCFG.field("max_sgl_shift");
  public static final Field OCCUPANCY_INTH = WQCFG.field("occupancy_inth");
  public static final Field OCCUPANCY_TABLE_SEL = WQCFG.field("occupancy_table_sel");
  public static final Field OCCUPANCY_LIMIT = WQCFG.field("occupancy_limit");
  public static final Field OCCUPANCY_INT_EN = WQCFG.field("occupancy_int_en");
  public static final Field OCCUPANCY = WQCFG.field("occupancy");
  public static final Field OCCUPANCY_INT = WQCFG.field("occupancy_int");
  public static final Field MODE_SUPPORT = WQCFG.field("mode_support");
  public static final Field STATE = WQCFG.field("wq_state");

  /** The operations a queue allows, 64 per field. */
  private static final Field[] OP_CONFIG = {
    WQCFG_WITH_OPCFG.field("op_config0"),
    WQCFG_WITH_OPCFG.field("op_config1"),
    WQCFG_WITH_OPCFG.field("op_config2"),
    WQCFG_WITH_OPCFG.field("op_config3")
  };

  /** Values of {@link #STATE}. */
  public enum State {
    DISABLED(0),
    ENABLED(1),
    /** Being disabled or reset. */
    BUSY(2);

    private final int code;

    State(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }
  }

  /** The operations {@code 64 * word} and up that a queue allows. */
  public static Field opConfig(int word) {
    return OP_CONFIG[word];
  }

  private WqCfg() {}
}
