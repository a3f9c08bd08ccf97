package io.dsafs.spec;

/**
 * Error codes of CMDSTATUS. Source: hardware reference section 2.6; names of the kernel's {@code
 * IDXD_CMDSTS_*} and of the accel-config library.
 */
public enum CommandError {
  SUCCESS(0x00),
  INVAL_CMD(0x01),
  INVAL_WQIDX(0x02),
  HW_ERR(0x03),
  NOZERO_RESERVE(0x04),
  HALT(0x05),
  ERR_DEV_ENABLED(0x10),
  ERR_CONFIG(0x11),
  ERR_BUSMASTER_EN(0x12),
  /** Page requests enabled with an allocation of 0 or above the capacity. */
  ERR_PRS_ALLOC(0x13),
  ERR_WQ_SIZE_ERANGE(0x14),
  ERR_GRP_CONFIG(0x15),
  ERR_GRP_CONFIG2(0x16),
  ERR_GRP_CONFIG3(0x17),
  ERR_GRP_CONFIG4(0x18),
  ERR_EVL(0x19),
  ERR_ATS(0x1a),
  ERR_EVL_PASID(0x1b),
  ERR_DEV_NOTEN(0x20),
  ERR_WQ_ENABLED(0x21),
  ERR_WQ_SIZE(0x22),
  ERR_WQ_PRIOR(0x23),
  ERR_WQ_MODE(0x24),
  ERR_BOF_EN(0x25),
  ERR_PASID_EN(0x26),
  ERR_MAX_BATCH_SIZE(0x27),
  ERR_MAX_XFER_SIZE(0x28),
  ERR_PRIV(0x2a),
  ERR_OCCUPANCY_INT(0x2b),
  ERR_ATS_DISABLE(0x2c),
  ERR_OP_CONFIG(0x2d),
  ERR_PRS_DISABLE(0x2e),
  ERR_DIS_DEV_EN(0x31),
  ERR_DEV_NOT_EN(0x32),
  ERR_INVAL_INT_IDX(0x41),
  ERR_NO_HANDLE(0x42);

  private final int code;

  CommandError(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
