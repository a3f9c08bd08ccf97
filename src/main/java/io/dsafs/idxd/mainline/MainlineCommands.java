package io.dsafs.idxd.mainline;

import io.dsafs.core.Device;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.idxd.CommandStatus;
import io.dsafs.idxd.DeviceCommands;
import io.dsafs.idxd.IdxdRegisters;
import io.dsafs.spec.Command;
import io.dsafs.spec.CommandError;
import io.dsafs.spec.GenSts;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Commands as this version sends them: none to a halted device, and the end is waited for however
 * long the work takes. Mirrors idxd_cmd_exec() in device.c.
 *
 * <p>The kernel sleeps until the command's interrupt; here CMDSTS is looked at now and then, so
 * that an interrupt that never comes costs a command and not the daemon.
 */
final class MainlineCommands extends DeviceCommands {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  MainlineCommands(IdxdRegisters registers, ReentrantLock deviceLock, KernelLog log, Device pci) {
    super(registers, deviceLock, log, pci);
  }

  /** A halted device is not asked, and {@code cmd_status} keeps what it had. */
  @Override
  protected int sendLocked(Command command, int operand, int polls) throws ErrnoException {
    if (GenSts.State.of(registers().deviceStatus()) == GenSts.State.HALT) {
      return CommandError.HW_ERR.code();
    }
    return super.sendLocked(command, operand, polls);
  }

  @Override
  protected int waitIdle(Command command, int polls) throws ErrnoException {
    long start = System.nanoTime();
    int reads = 0;
    while (CommandStatus.active(registers().commandStatus())
        && (reads < polls || System.nanoTime() - start < PATIENCE_NANOS)) {
      if (reads++ > POLLS) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    return super.waitIdle(command, 1);
  }
}
