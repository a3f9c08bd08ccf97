package io.dsafs.spec;

import java.util.List;

/**
 * DSACAP0 to DSACAP2, what a DSA of version 3 can do besides. Source: hardware reference section
 * 2.4; {@code union dsacap0_reg}.
 */
public final class DsaCap {
  public static final Register DSACAP0 =
      new Register(
          0x180,
          Layout.layout("DSACAP0", 64)
              .readOnly()
              .field(0, 4, "max_sgl_shift")
              .field(4, 4, "max_gr_block_shift")
              .field(8, 7, "ops_inter_domain")
              .reserved(15, 15)
              .readOnly()
              // No document names them; the sample in the kernel's ABI document has them set.
              .field(16, 9, "unnamed")
              .reserved(25, 31)
              .readOnly()
              .field(32, 16, "sgl_formats")
              .field(48, 8, "max_sg_process")
              .reserved(56, 63)
              .build());

  public static final Register DSACAP1 =
      new Register(
          0x188,
          Layout.layout("DSACAP1", 64)
              .readOnly()
              .field(0, 16, "data_types")
              .field(16, 16, "up_conversions")
              .field(32, 16, "down_conversions")
              .field(48, 16, "compute_operations")
              .build());

  public static final Register DSACAP2 =
      new Register(
          0x190,
          Layout.layout("DSACAP2", 64)
              .readOnly()
              .flag(0, "negation")
              .reserved(1, 1)
              .readOnly()
              .flag(2, "flush_to_zero")
              .flag(3, "denormals_are_zero")
              .reserved(4, 6)
              .readOnly()
              .flag(7, "signed_integers")
              .flag(8, "saturation")
              .reserved(9, 11)
              .readOnly()
              .field(12, 4, "rounding_modes")
              .reserved(16, 63)
              .build());

  /** In ascending order of offsets. */
  public static final List<Register> REGISTERS = List.of(DSACAP0, DSACAP1, DSACAP2);

  public static final Field MAX_SGL_SHIFT = DSACAP0.field("max_sgl_shift");

  private DsaCap() {}
}
