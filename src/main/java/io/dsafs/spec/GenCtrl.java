package io.dsafs.spec;

/** GENCTRL, which events interrupt. Source: hardware reference section 2.5. */
public final class GenCtrl {
  public static final Register GENCTRL =
      new Register(
          0x88,
          Layout.layout("GENCTRL", 32)
              .readWrite()
              .flag(0, "softerr_int_en")
              .flag(1, "halt_int_en")
              .flag(2, "evl_int_en")
              .reserved(3, 31)
              .build());

  public static final Field SOFTERR_INT_EN = GENCTRL.field("softerr_int_en");
  public static final Field HALT_INT_EN = GENCTRL.field("halt_int_en");
  public static final Field EVL_INT_EN = GENCTRL.field("evl_int_en");

  private GenCtrl() {}
}
