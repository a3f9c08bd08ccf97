package io.dsafs.spec;

/**
 * CMDCAP, one bit per command; present with GENCAP bit 4. Source: hardware reference section 2.4.
 */
public final class CmdCap {
  public static final Register CMDCAP =
      new Register(
          0xb0,
          Layout.layout("CMDCAP", 64).readOnly().field(0, 32, "cmds").reserved(32, 63).build());

  public static final Field CMDS = CMDCAP.field("cmds");

  private CmdCap() {}
}
