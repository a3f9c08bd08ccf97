package io.dsafs.spec;

/** An entry of the MSI-X table, and the pending bits. Source: hardware reference section 2.9. */
public final class MsixTable {
  public static final Layout ENTRY =
      Layout.layout("MSIX", 128)
          .readWrite()
          .field(0, 64, "address")
          .field(64, 32, "data")
          .field(96, 1, "masked", 1)
          .reserved(97, 127)
          .build();

  public static final Layout PENDING =
      Layout.layout("MSIXPBA", 64).readOnly().field(0, 64, "pending").build();

  /** In bytes from the start of BAR0, as configuration dword 0x084 says. */
  public static final int OFFSET = 0x2000;

  /** In bytes from the start of BAR0, as configuration dword 0x088 says. */
  public static final int PENDING_OFFSET = 0x3000;

  public static final Field ADDRESS = ENTRY.field("address");
  public static final Field DATA = ENTRY.field("data");
  public static final Field MASKED = ENTRY.field("masked");

  private MsixTable() {}
}
