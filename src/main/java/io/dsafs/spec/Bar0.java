package io.dsafs.spec;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * All registers that stand at a fixed place of BAR0 of a DSA; the tables stand where {@link
 * Offsets} says. An IAA has {@link IaaCap} where a DSA has {@link DsaCap}. Source: hardware
 * reference section 2.2.
 */
public final class Bar0 {
  /** 64 KiB. */
  public static final int SIZE_BYTES = 0x10000;

  /** Behaves like the portal of a disabled queue. */
  public static final int DUMMY_PORTAL_OFFSET = 0xf000;

  public static final int DUMMY_PORTAL_BYTES = 0x1000;

  /** In ascending order of offsets. */
  public static final List<Register> REGISTERS =
      checked(
          Stream.of(
                  Version.VERSION,
                  GenCap.GENCAP,
                  WqCap.WQCAP,
                  GrpCap.GRPCAP,
                  EngCap.ENGCAP,
                  OpCap.OPCAP,
                  Offsets.OFFSETS,
                  GenCfg.GENCFG,
                  GenCtrl.GENCTRL,
                  GenSts.GENSTS,
                  IntCause.INTCAUSE,
                  Cmd.CMD,
                  CmdStatus.CMDSTATUS,
                  CmdCap.CMDCAP,
                  SwErr.SWERROR,
                  Evl.EVLCFG,
                  Evl.EVLSTATUS,
                  DsaCap.DSACAP0,
                  DsaCap.DSACAP1,
                  DsaCap.DSACAP2)
              .sorted(Comparator.comparingInt(Register::offset))
              .toList());

  private static List<Register> checked(List<Register> registers) {
    int next = 0;
    for (Register register : registers) {
      if (register.offset() < next) {
        throw new IllegalArgumentException(register.name() + " overlaps the register before it");
      }
      next = register.offset() + register.sizeBytes();
    }
    return registers;
  }

  private Bar0() {}
}
