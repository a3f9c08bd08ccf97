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
import java.util.function.LongSupplier;

/**
 * Commands as this version sends them: none to a halted device, and the end is waited for however
 * long the work takes. Mirrors idxd_cmd_exec() in device.c.
 *
 * <p>The kernel sleeps until the command's interrupt; here CMDSTS is looked at now and then, so
 * that an interrupt that never comes costs a command and not the daemon. That is no way to unbind:
 * what is left half undone is lost until the function is bound anew. So an unbinding does wait.
 */
final class MainlineCommands extends DeviceCommands {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** What a function reads as that is gone, or being reset. */
  private static final int NOBODY_ANSWERS = -1;

  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LONG_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** What has not ended after so many looks is not looked at so often any more. */
  private static final int LONG_AFTER = 20_000;

  private final LongSupplier clock;

  /** Under the device lock. */
  private boolean untilTheEnd;

  MainlineCommands(IdxdRegisters registers, ReentrantLock deviceLock, KernelLog log, Device pci) {
    this(registers, deviceLock, log, pci, System::nanoTime);
  }

  /**
   * @param clock in nanoseconds
   */
  MainlineCommands(
      IdxdRegisters registers,
      ReentrantLock deviceLock,
      KernelLog log,
      Device pci,
      LongSupplier clock) {
    super(registers, deviceLock, log, pci);
    this.clock = clock;
  }

  /** Something that sends commands, with the device lock held. */
  @FunctionalInterface
  interface Step {
    void runLocked() throws ErrnoException;
  }

  /** Waits for the end of each command of a step, whenever that is. */
  void awaitEndsLocked(Step step) throws ErrnoException {
    boolean before = untilTheEnd;
    untilTheEnd = true;
    try {
      step.runLocked();
    } finally {
      untilTheEnd = before;
    }
  }

  /** A halted device is not asked, and {@code cmd_status} keeps what it had. */
  @Override
  protected int sendLocked(Command command, int operand, int polls) throws ErrnoException {
    if (GenSts.State.of(registers().deviceStatus()) == GenSts.State.HALT) {
      return CommandError.HW_ERR.code();
    }
    return super.sendLocked(command, operand, polls);
  }

  /**
   * Resets a device that has halted and waits for just that. The kernel's own check keeps the
   * command from its device; 3.9 says that it is sent, which is what the check was not meant for.
   */
  int resetHaltedDeviceLocked() throws ErrnoException {
    return super.sendLocked(Command.RESET_DEVICE, 0, POLLS);
  }

  @Override
  protected int waitIdle(Command command, int polls) throws ErrnoException {
    long start = clock.getAsLong();
    int status = registers().commandStatus();
    for (int reads = 1; CommandStatus.active(status) && !isEnough(status, reads, polls, start); ) {
      if (reads++ > POLLS) {
        LockSupport.parkNanos(reads > LONG_AFTER ? LONG_PAUSE_NANOS : PAUSE_NANOS);
      }
      status = registers().commandStatus();
    }
    return super.waitIdle(command, 1);
  }

  private boolean isEnough(int status, int reads, int polls, long start) {
    boolean late = reads >= polls && clock.getAsLong() - start >= PATIENCE_NANOS;
    return late && !(untilTheEnd && status != NOBODY_ANSWERS);
  }
}
