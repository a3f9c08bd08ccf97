package io.dsafs.spec;

/** Commands. Source: hardware reference section 2.6; names of {@code enum idxd_command_type}. */
public enum Command {
  ENABLE_DEVICE(1),
  DISABLE_DEVICE(2),
  DRAIN_ALL(3),
  ABORT_ALL(4),
  RESET_DEVICE(5),
  ENABLE_WQ(6),
  DISABLE_WQ(7),
  DRAIN_WQ(8),
  ABORT_WQ(9),
  RESET_WQ(10),
  DRAIN_PASID(11),
  ABORT_PASID(12),
  REQUEST_INT_HANDLE(13),
  RELEASE_INT_HANDLE(14);

  /** The commands of a device without CMDCAP: 1 to 12. */
  public static final long WITHOUT_CMDCAP = 0x1ffe;

  private static final Command[] BY_CODE = new Command[32];

  static {
    for (Command command : values()) {
      BY_CODE[command.code] = command;
    }
  }

  private final int code;

  Command(int code) {
    this.code = code;
  }

  /** The command of a code from 0 to 31, or null where the code has none. */
  public static Command of(int code) {
    return BY_CODE[code];
  }

  public int code() {
    return code;
  }

  /** The word that starts the command. */
  public int word(int operand) {
    return (int) Cmd.CODE.with(Cmd.OPERAND.with(0, operand), code);
  }
}
