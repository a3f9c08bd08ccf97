package io.dsafs.spec;

/**
 * SWERROR, the first error that no completion record could tell. Source: hardware reference section
 * 2.7; {@code union sw_err_reg}.
 */
public final class SwErr {
  public static final Register SWERROR =
      new Register(
          0xc0,
          Layout.layout("SWERROR", 256)
              .writeOneClears()
              .flag(0, "valid")
              .flag(1, "overflow")
              .readOnly()
              .flag(2, "desc_valid")
              .flag(3, "wq_idx_valid")
              .flag(4, "batch")
              .flag(5, "fault_rw")
              .flag(6, "priv")
              .flag(7, "err_info_valid")
              .field(8, 8, "error")
              .field(16, 8, "wq_idx")
              .reserved(24, 31)
              .readOnly()
              .field(32, 8, "operation")
              .field(40, 20, "pasid")
              .reserved(60, 63)
              .field(64, 16, "batch_idx")
              .reserved(80, 95)
              .field(96, 32, "invalid_flags")
              .field(128, 64, "fault_addr")
              .reserved(192, 255)
              .build());

  public static final Field VALID = SWERROR.field("valid");
  public static final Field OVERFLOW = SWERROR.field("overflow");
  public static final Field DESC_VALID = SWERROR.field("desc_valid");
  public static final Field WQ_IDX_VALID = SWERROR.field("wq_idx_valid");
  public static final Field BATCH = SWERROR.field("batch");
  public static final Field FAULT_RW = SWERROR.field("fault_rw");
  public static final Field PRIV = SWERROR.field("priv");
  public static final Field ERROR = SWERROR.field("error");
  public static final Field WQ_IDX = SWERROR.field("wq_idx");
  public static final Field OPERATION = SWERROR.field("operation");
  public static final Field PASID = SWERROR.field("pasid");
  public static final Field BATCH_IDX = SWERROR.field("batch_idx");

  /** The mask of invalid flags, or other error information. */
  public static final Field INVALID_FLAGS = SWERROR.field("invalid_flags");

  public static final Field FAULT_ADDR = SWERROR.field("fault_addr");

  private SwErr() {}
}
