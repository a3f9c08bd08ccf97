package io.dsafs.spec;

/**
 * CMD, a write starts a command. Source: hardware reference section 2.6; {@code union
 * idxd_command_reg}.
 */
public final class Cmd {
  public static final Register CMD =
      new Register(
          0xa0,
          Layout.layout("CMD", 32)
              .writeOnly()
              .field(0, 20, "operand")
              .field(20, 5, "cmd")
              .reserved(25, 30)
              .writeOnly()
              .flag(31, "int_req")
              .build());

  public static final Field OPERAND = CMD.field("operand");
  public static final Field CODE = CMD.field("cmd");
  public static final Field INT_REQ = CMD.field("int_req");

  private Cmd() {}
}
