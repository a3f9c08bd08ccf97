package io.dsafs.spec;

/**
 * The 64 bytes of a descriptor, and the overlays of its operation-specific part. Source: hardware
 * reference section 4.1 and chapter 8; {@code struct dsa_hw_desc}.
 */
public final class Descriptor {
  public static final int SIZE_BYTES = 64;

  /** What all operations have in common. */
  public static final Layout DESCRIPTOR =
      common("dsa_hw_desc")
          .field(320, 64, "op_specific0")
          .field(384, 64, "op_specific1")
          .field(448, 64, "op_specific2")
          .build();

  /** Compare and compare pattern. */
  public static final Layout COMPARE =
      common("compare").field(320, 8, "expected_res").reserved(328, 511).build();

  /** Fill with a pattern of 16 bytes. */
  public static final Layout FILL =
      common("fill").field(320, 64, "pattern_upper").reserved(384, 511).build();

  public static final Layout CR_DELTA =
      common("cr_delta")
          .field(320, 64, "delta_addr")
          .field(384, 32, "max_delta_size")
          .reserved(416, 447)
          .field(448, 8, "expected_res_mask")
          .reserved(456, 511)
          .build();

  public static final Layout AP_DELTA =
      common("ap_delta").field(320, 32, "delta_rec_size").reserved(352, 511).build();

  public static final Layout DUALCAST =
      common("dualcast").field(320, 64, "dest2").reserved(384, 511).build();

  public static final Layout TRANSL_FETCH =
      common("transl_fetch")
          .reserved(320, 383)
          .field(384, 32, "region_stride")
          .reserved(416, 511)
          .build();

  /** CRC generation and copy with CRC. */
  public static final Layout CRC =
      common("crc")
          .field(320, 64, "crc_seed")
          .field(384, 64, "seed_addr")
          .reserved(448, 511)
          .build();

  /** The family of data integrity fields; each operation uses a part. */
  public static final Layout DIF =
      common("dif")
          .field(320, 8, "src_dif_flags")
          .field(328, 8, "dest_dif_flags")
          .field(336, 8, "dif_flags")
          .reserved(344, 383)
          .field(384, 32, "src_ref_tag_seed")
          .field(416, 16, "src_app_tag_mask")
          .field(432, 16, "src_app_tag_seed")
          .field(448, 32, "dest_ref_tag_seed")
          .field(480, 16, "dest_app_tag_mask")
          .field(496, 16, "dest_app_tag_seed")
          .build();

  public static final Field PASID = DESCRIPTOR.field("pasid");
  public static final Field PRIV = DESCRIPTOR.field("priv");
  public static final Field FLAGS = DESCRIPTOR.field("flags");
  public static final Field OPCODE = DESCRIPTOR.field("opcode");
  public static final Field COMPLETION_ADDR = DESCRIPTOR.field("completion_addr");

  /** Also pattern, descriptor list, delta record to apply, readback address 1. */
  public static final Field SRC_ADDR = DESCRIPTOR.field("src_addr");

  /** Also source 2, pattern to compare with, readback address 2. */
  public static final Field DST_ADDR = DESCRIPTOR.field("dst_addr");

  /** Also the number of descriptors of a batch. */
  public static final Field XFER_SIZE = DESCRIPTOR.field("xfer_size");

  public static final Field INT_HANDLE = DESCRIPTOR.field("int_handle");

  private static Layout.Builder common(String name) {
    return Layout.layout(name, 8 * SIZE_BYTES)
        .field(0, 20, "pasid")
        .reserved(20, 30)
        .flag(31, "priv")
        .field(32, 24, "flags")
        .field(56, 8, "opcode")
        .field(64, 64, "completion_addr")
        .field(128, 64, "src_addr")
        .field(192, 64, "dst_addr")
        .field(256, 32, "xfer_size")
        .field(288, 16, "int_handle")
        .reserved(304, 319);
  }

  private Descriptor() {}
}
