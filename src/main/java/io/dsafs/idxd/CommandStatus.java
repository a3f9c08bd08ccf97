package io.dsafs.idxd;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.CommandError;
import java.util.Locale;

/** The values of CMDSTATS that the driver knows. Source: enum idxd_cmdsts_err in registers.h. */
public final class CommandStatus {
  public static final int SUCCESS = CommandError.SUCCESS.code();
  public static final int DEVICE_ENABLED = CommandError.ERR_DEV_ENABLED.code();
  public static final int WQ_ENABLED = CommandError.ERR_WQ_ENABLED.code();
  public static final int DEVICE_NOT_ENABLED = CommandError.ERR_DIS_DEV_EN.code();

  private CommandStatus() {}

  /** Whether the command still runs; the other bits then mean nothing. */
  public static boolean active(int register) {
    return CmdStatus.ACTIVE.get32(register) != 0;
  }

  /** The error code alone, 8 bits. */
  public static int code(int register) {
    return CmdStatus.ERR.get32(register);
  }

  /** ENXIO: what a status that is not accepted becomes. */
  public static ErrnoException refused(String what, int status) {
    return new ErrnoException(
        Errno.ENXIO, String.format(Locale.ROOT, "%s failed: 0x%x", what, status));
  }
}
