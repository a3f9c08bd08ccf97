package io.dsafs.spec;

/**
 * OFFSETS, where the tables are, in units of {@link #UNIT_BYTES} from the start of BAR0. Source:
 * hardware reference section 2.4; {@code union offsets_reg}.
 */
public final class Offsets {
  public static final Register OFFSETS =
      new Register(
          0x60,
          Layout.layout("OFFSETS", 128)
              .readOnly()
              .field(0, 16, "grpcfg")
              .field(16, 16, "wqcfg")
              .field(32, 16, "msix_perm")
              .field(48, 16, "ims")
              .field(64, 16, "perfmon")
              .field(80, 16, "idpt")
              .reserved(96, 127)
              .build());

  public static final Field GRPCFG = OFFSETS.field("grpcfg");
  public static final Field WQCFG = OFFSETS.field("wqcfg");
  public static final Field MSIX_PERM = OFFSETS.field("msix_perm");
  public static final Field IMS = OFFSETS.field("ims");
  public static final Field PERFMON = OFFSETS.field("perfmon");
  public static final int UNIT_BYTES = 0x100;

  private Offsets() {}
}
