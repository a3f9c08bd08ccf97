package io.dsafs.spec;

/**
 * The 32 bytes of a completion record, and the overlays of its second half. Source: hardware
 * reference chapter 5; {@code struct dsa_completion_record}, with the delta record size and CRC as
 * wide as the architecture has them (the first header had 16 bits).
 */
public final class CompletionRecord {
  public static final int SIZE_BYTES = 32;

  public static final Layout RECORD =
      common("dsa_completion_record")
          .field(128, 64, "op_specific0")
          .field(192, 64, "op_specific1")
          .build();

  /** Status 0x11. */
  public static final Layout INVALID_FLAGS =
      common("invalid_flags").field(128, 24, "invalid_flags").reserved(152, 255).build();

  public static final Layout DELTA =
      common("delta").field(128, 32, "delta_rec_size").reserved(160, 255).build();

  public static final Layout CRC =
      common("crc").field(128, 64, "crc_val").reserved(192, 255).build();

  public static final Layout DIF =
      common("dif")
          .field(128, 32, "src_ref_tag")
          .field(160, 16, "src_app_tag_mask")
          .field(176, 16, "src_app_tag")
          .field(192, 32, "dest_ref_tag")
          .field(224, 16, "dest_app_tag_mask")
          .field(240, 16, "dest_app_tag")
          .build();

  public static final Field STATUS = RECORD.field("status");
  public static final Field RESULT = RECORD.field("result");
  public static final Field FAULT_INFO = RECORD.field("fault_info");
  public static final Field BYTES_COMPLETED = RECORD.field("bytes_completed");
  public static final Field FAULT_ADDR = RECORD.field("fault_addr");

  private static Layout.Builder common(String name) {
    return Layout.layout(name, 8 * SIZE_BYTES)
        .field(0, 8, "status")
        .field(8, 8, "result")
        .field(16, 8, "fault_info")
        .reserved(24, 31)
        .field(32, 32, "bytes_completed")
        .field(64, 64, "fault_addr");
  }

  private CompletionRecord() {}
}
