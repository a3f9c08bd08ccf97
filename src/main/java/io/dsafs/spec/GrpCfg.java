package io.dsafs.spec;

/**
 * An entry of GRPCFG, what belongs to a group; writable while the device is Disabled. Source:
 * hardware reference section 2.10; {@code struct grpcfg}, {@code union group_flags}.
 */
public final class GrpCfg {
  public static final Layout GRPCFG =
      Layout.layout("GRPCFG", 512)
          .locked()
          .field(0, 64, "wqs0")
          .field(64, 64, "wqs1")
          .field(128, 64, "wqs2")
          .field(192, 64, "wqs3")
          .field(256, 64, "engines")
          .field(320, 3, "tc_a")
          .field(323, 3, "tc_b")
          .reserved(326, 326)
          .flag(327, "use_token_limit")
          .field(328, 8, "tokens_reserved")
          .reserved(336, 339)
          .field(340, 8, "tokens_allowed")
          .reserved(348, 351)
          .field(352, 2, "desc_progress_limit")
          .reserved(354, 355)
          .field(356, 2, "batch_progress_limit")
          .reserved(358, 359)
          .field(360, 4, "read_bandwidth_limit")
          .field(364, 4, "write_bandwidth_limit")
          .reserved(368, 511)
          .build();

  public static final int STRIDE_BYTES = 64;

  /** The first 64 queues; three more words follow. */
  public static final Field WQS = GRPCFG.field("wqs0");

  public static final Field ENGINES = GRPCFG.field("engines");
  public static final Field TC_A = GRPCFG.field("tc_a");
  public static final Field TC_B = GRPCFG.field("tc_b");
  public static final Field USE_TOKEN_LIMIT = GRPCFG.field("use_token_limit");
  public static final Field TOKENS_RESERVED = GRPCFG.field("tokens_reserved");
  public static final Field TOKENS_ALLOWED = GRPCFG.field("tokens_allowed");
  public static final Field DESC_PROGRESS_LIMIT = GRPCFG.field("desc_progress_limit");
  public static final Field BATCH_PROGRESS_LIMIT = GRPCFG.field("batch_progress_limit");
  public static final Field READ_BANDWIDTH_LIMIT = GRPCFG.field("read_bandwidth_limit");
  public static final Field WRITE_BANDWIDTH_LIMIT = GRPCFG.field("write_bandwidth_limit");

  private GrpCfg() {}
}
