package io.dsafs.spec;

/**
 * IAACAP, what an IAA of version 2 and later can do besides; at the place that DSA uses for its own
 * capabilities. Source: driver reference section 8.1; {@code union iaa_cap_reg}.
 */
public final class IaaCap {
  public static final Register IAACAP =
      new Register(
          0x180,
          Layout.layout("IAACAP", 64)
              .readOnly()
              .flag(0, "dec_aecs_format_ver")
              .flag(1, "drop_init_bits")
              .flag(2, "chaining")
              .flag(3, "force_array_output_mod")
              .flag(4, "load_part_aecs")
              .flag(5, "comp_early_abort")
              .flag(6, "nested_comp")
              .flag(7, "diction_comp")
              .flag(8, "header_gen")
              .flag(9, "crypto_gcm")
              .flag(10, "crypto_cfb")
              .flag(11, "crypto_xts")
              .reserved(12, 63)
              .build());

  private IaaCap() {}
}
