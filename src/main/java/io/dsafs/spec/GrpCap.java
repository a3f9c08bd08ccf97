package io.dsafs.spec;

/**
 * GRPCAP, the groups. Read buffers are called bandwidth tokens in version-1 documents and in the
 * first driver. Source: hardware reference section 2.4; {@code union group_cap_reg}.
 */
public final class GrpCap {
  public static final Register GRPCAP =
      new Register(
          0x30,
          Layout.layout("GRPCAP", 64)
              .readOnly()
              .field(0, 8, "num_groups")
              .field(8, 8, "total_tokens")
              .flag(16, "token_en")
              .flag(17, "token_limit")
              .flag(18, "progress_limit")
              .flag(19, "bandwidth_limit")
              .reserved(20, 63)
              .build());

  public static final Field NUM_GROUPS = GRPCAP.field("num_groups");
  public static final Field TOTAL_TOKENS = GRPCAP.field("total_tokens");
  public static final Field TOKEN_EN = GRPCAP.field("token_en");
  public static final Field TOKEN_LIMIT = GRPCAP.field("token_limit");
  public static final Field PROGRESS_LIMIT = GRPCAP.field("progress_limit");
  public static final Field BANDWIDTH_LIMIT = GRPCAP.field("bandwidth_limit");

  private GrpCap() {}
}
