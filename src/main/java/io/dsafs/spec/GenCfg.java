package io.dsafs.spec;

/** GENCFG, writable while the device is Disabled. Source: hardware reference section 2.5. */
public final class GenCfg {
  public static final Register GENCFG =
      new Register(
          0x80,
          Layout.layout("GENCFG", 32)
              .locked()
              .field(0, 8, "token_limit")
              .reserved(8, 11)
              .flag(12, "user_int_en")
              .flag(13, "evl_en")
              .reserved(14, 31)
              .build());

  public static final Field TOKEN_LIMIT = GENCFG.field("token_limit");
  public static final Field USER_INT_EN = GENCFG.field("user_int_en");
  public static final Field EVL_EN = GENCFG.field("evl_en");

  private GenCfg() {}
}
