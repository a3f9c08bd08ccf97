package io.dsafs.spec;

/** INTCAUSE, why MSI-X entry 0 was used. Source: hardware reference section 2.5. */
public final class IntCause {
  public static final Register INTCAUSE =
      new Register(
          0x98,
          Layout.layout("INTCAUSE", 32)
              .writeOneClears()
              .flag(0, "softerr")
              .flag(1, "cmd")
              .flag(2, "occupancy")
              .flag(3, "perfmon_ovfl")
              .flag(4, "halt")
              .flag(5, "evl")
              .reserved(6, 30)
              .flag(31, "int_handle_revoked")
              .build());

  public static final Field SOFTERR = INTCAUSE.field("softerr");
  public static final Field CMD = INTCAUSE.field("cmd");
  public static final Field OCCUPANCY = INTCAUSE.field("occupancy");
  public static final Field PERFMON_OVFL = INTCAUSE.field("perfmon_ovfl");
  public static final Field HALT = INTCAUSE.field("halt");
  public static final Field INT_HANDLE_REVOKED = INTCAUSE.field("int_handle_revoked");
  public static final Field EVL = INTCAUSE.field("evl");

  private IntCause() {}
}
