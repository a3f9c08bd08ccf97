package io.dsafs.spec;

/**
 * GENSTS, the state of the device. Source: hardware reference section 2.5; {@code union
 * gensts_reg}.
 */
public final class GenSts {
  public static final Register GENSTS =
      new Register(
          0x90,
          Layout.layout("GENSTS", 32)
              .readOnly()
              .field(0, 2, "state")
              .field(2, 2, "reset_type")
              .reserved(4, 31)
              .build());

  public static final Field STATE = GENSTS.field("state");
  public static final Field RESET_TYPE = GENSTS.field("reset_type");

  /** Values of {@link #STATE}, in numerical order. */
  public enum State {
    DISABLED(0),
    ENABLED(1),
    /** Being disabled or reset. */
    DRAIN(2),
    HALT(3);

    private static final State[] VALUES = values();

    private final int code;

    State(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }

    /** The state of a register value. */
    public static State of(long gensts) {
      return VALUES[STATE.getInt(gensts)];
    }
  }

  /** What it takes to leave Halt: values of {@link #RESET_TYPE}, in numerical order. */
  public enum ResetType {
    /** The Reset Device command. */
    SOFTWARE(0),
    /** A function-level reset. */
    FLR(1),
    WARM(2),
    COLD(3);

    private static final ResetType[] VALUES = values();

    private final int code;

    ResetType(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }

    /** The reset type of a register value. */
    public static ResetType of(long gensts) {
      return VALUES[RESET_TYPE.getInt(gensts)];
    }
  }

  private GenSts() {}
}
