package io.dsafs.spec;

/**
 * The 64 bytes of a descriptor of an IAA. The first 38 are those of {@link Descriptor}. Source:
 * driver reference section 8.4; {@code struct iax_hw_desc}.
 */
public final class IaxDescriptor {
  public static final Layout DESCRIPTOR =
      common("iax_hw_desc")
          .field(320, 64, "src2_addr")
          .field(384, 32, "max_dst_size")
          .field(416, 32, "src2_size")
          .field(448, 32, "filter_flags")
          .field(480, 32, "num_inputs")
          .build();

  public static final Layout CRC64 =
      common("crc64").reserved(320, 447).field(448, 64, "polynomial").build();

  public static final Field SRC1_ADDR = DESCRIPTOR.field("src1_addr");
  public static final Field DST_ADDR = DESCRIPTOR.field("dst_addr");
  public static final Field SRC1_SIZE = DESCRIPTOR.field("src1_size");

  /** Flags of compression, decompression or CRC. */
  public static final Field OPERATION_FLAGS = DESCRIPTOR.field("op_flags");

  public static final Field SRC2_ADDR = DESCRIPTOR.field("src2_addr");
  public static final Field MAX_DST_SIZE = DESCRIPTOR.field("max_dst_size");
  public static final Field SRC2_SIZE = DESCRIPTOR.field("src2_size");
  public static final Field FILTER_FLAGS = DESCRIPTOR.field("filter_flags");
  public static final Field NUM_INPUTS = DESCRIPTOR.field("num_inputs");
  public static final Field POLYNOMIAL = CRC64.field("polynomial");

  private static Layout.Builder common(String name) {
    return Layout.layout(name, 8 * Descriptor.SIZE_BYTES)
        .field(0, 20, "pasid")
        .reserved(20, 30)
        .flag(31, "priv")
        .field(32, 24, "flags")
        .field(56, 8, "opcode")
        .field(64, 64, "completion_addr")
        .field(128, 64, "src1_addr")
        .field(192, 64, "dst_addr")
        .field(256, 32, "src1_size")
        .field(288, 16, "int_handle")
        .field(304, 16, "op_flags");
  }

  private IaxDescriptor() {}
}
