package io.dsafs.spec;

/** ENGCAP, the engines. Source: hardware reference section 2.4; {@code union engine_cap_reg}. */
public final class EngCap {
  public static final Register ENGCAP =
      new Register(
          0x38,
          Layout.layout("ENGCAP", 64)
              .readOnly()
              .field(0, 8, "num_engines")
              .field(8, 8, "max_work_descs")
              .field(16, 8, "max_batch_descs")
              .reserved(24, 63)
              .build());

  public static final Field NUM_ENGINES = ENGCAP.field("num_engines");

  private EngCap() {}
}
