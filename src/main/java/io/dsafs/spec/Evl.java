package io.dsafs.spec;

/** EVLCFG and EVLSTATUS, the event log of version 2. Source: specification section 9.2.16. */
public final class Evl {
  public static final Register EVLCFG =
      new Register(
          0xe0,
          Layout.layout("EVLCFG", 128)
              .locked()
              .flag(0, "pasid_en")
              .flag(1, "priv")
              .reserved(2, 11)
              .field(12, 52, "base_addr")
              .field(64, 16, "size")
              .field(80, 20, "pasid")
              .reserved(100, 127)
              .build());

  public static final Register EVLSTATUS =
      new Register(
          0xf0,
          Layout.layout("EVLSTATUS", 64)
              .readWrite()
              .field(0, 16, "head")
              .reserved(16, 31)
              .readOnly()
              .field(32, 16, "tail")
              .reserved(48, 61)
              .writeOneClears()
              .flag(62, "int_pending")
              .reserved(63, 63)
              .build());

  public static final Field PASID_EN = EVLCFG.field("pasid_en");
  public static final Field PRIV = EVLCFG.field("priv");
  public static final Field BASE_ADDR = EVLCFG.field("base_addr");
  public static final Field SIZE = EVLCFG.field("size");
  public static final Field PASID = EVLCFG.field("pasid");
  public static final Field HEAD = EVLSTATUS.field("head");
  public static final Field TAIL = EVLSTATUS.field("tail");
  public static final Field INT_PENDING = EVLSTATUS.field("int_pending");

  private Evl() {}
}
