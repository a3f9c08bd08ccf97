package io.dsafs.spec;

/** An entry of the interrupt message storage. Source: hardware reference section 2.9. */
public final class Ims {
  public static final Layout ENTRY =
      Layout.layout("IMS", 128)
          .reserved(0, 1)
          .readWrite()
          .field(2, 30, "address", 0xfee00000L >>> 2)
          .readOnly()
          .field(32, 32, "address_hi")
          .readWrite()
          .field(64, 32, "data")
          .field(96, 1, "masked", 1)
          .readOnly()
          .flag(97, "pending")
          .readWrite()
          .flag(98, "ignore")
          .flag(99, "pasid_en")
          .reserved(100, 107)
          .field(108, 20, "pasid")
          .build();

  /** Bits 31:2; an address beyond 0xFEExxxxx is not taken, so the upper half is always 0. */
  public static final Field ADDRESS = ENTRY.field("address");

  public static final Field DATA = ENTRY.field("data");
  public static final Field MASKED = ENTRY.field("masked");
  public static final Field PENDING = ENTRY.field("pending");
  public static final Field IGNORE = ENTRY.field("ignore");
  public static final Field PASID_EN = ENTRY.field("pasid_en");
  public static final Field PASID = ENTRY.field("pasid");

  private Ims() {}
}
