package io.dsafs.spec;

/** CMDSTATUS, the outcome of the last command. Source: hardware reference section 2.6. */
public final class CmdStatus {
  public static final Register CMDSTATUS =
      new Register(
          0xa8,
          Layout.layout("CMDSTATUS", 32)
              .readOnly()
              .field(0, 8, "err")
              .field(8, 16, "result")
              .reserved(24, 30)
              .flag(31, "active")
              .build());

  public static final Field ERR = CMDSTATUS.field("err");

  /** The handle that Request Interrupt Handle answers. */
  public static final Field RESULT = CMDSTATUS.field("result");

  public static final Field ACTIVE = CMDSTATUS.field("active");

  private CmdStatus() {}
}
