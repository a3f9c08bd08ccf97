package io.dsafs.spec;

/** OPCAP, one bit per operation code. Source: hardware reference section 2.4. */
public final class OpCap {
  public static final Register OPCAP =
      new Register(
          0x40,
          Layout.layout("OPCAP", 256)
              .readOnly()
              .field(0, 64, "op0")
              .field(64, 64, "op1")
              .field(128, 64, "op2")
              .field(192, 64, "op3")
              .build());

  private OpCap() {}
}
