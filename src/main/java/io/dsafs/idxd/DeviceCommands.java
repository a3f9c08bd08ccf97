package io.dsafs.idxd;

import io.dsafs.core.Device;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.spec.Command;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sends commands to the device and reads what became of them. Mirrors idxd_cmd_send(),
 * idxd_cmd_wait() and their callers in device.c.
 *
 * <p>Each call answers the whole CMDSTS register, as the posted code compares it (14.26), and needs
 * the device lock. EBUSY: the device does not answer within so many reads.
 */
public class DeviceCommands {
  /** How often CMDSTS is read before the driver gives up. */
  protected static final int POLLS = 50;

  /** Draining waits for work that may be under way. */
  protected static final int DRAIN_POLLS = 5000;

  private static final int WQS_PER_MASK = 16;

  private final IdxdRegisters registers;
  private final ReentrantLock deviceLock;
  private final KernelLog log;
  private final Device pci;
  private volatile int lastStatus;

  /**
   * @param pci what log lines name
   */
  public DeviceCommands(
      IdxdRegisters registers, ReentrantLock deviceLock, KernelLog log, Device pci) {
    this.registers = registers;
    this.deviceLock = deviceLock;
    this.log = log;
    this.pci = pci;
  }

  /**
   * What {@code cmd_status} shows: the code of the last command, or the software status set since.
   */
  public int lastStatus() {
    return lastStatus;
  }

  public void setLastStatus(int status) {
    lastStatus = status;
  }

  public int enableDeviceLocked() throws ErrnoException {
    return sendLocked(Command.ENABLE_DEVICE, 0, POLLS);
  }

  public int disableDeviceLocked() throws ErrnoException {
    return sendLocked(Command.DISABLE_DEVICE, 0, POLLS);
  }

  public int resetDeviceLocked() throws ErrnoException {
    return sendLocked(Command.RESET_DEVICE, 0, POLLS);
  }

  public int enableWqLocked(int wq) throws ErrnoException {
    return sendLocked(Command.ENABLE_WQ, wq, POLLS);
  }

  /** The operand names a group of sixteen queues and, in it, a bitmap. */
  public int disableWqLocked(int wq) throws ErrnoException {
    return sendLocked(Command.DISABLE_WQ, mask(wq), POLLS);
  }

  /** As {@link #disableWqLocked}: the queue stays enabled, and what it had accepted has ended. */
  public int drainWqLocked(int wq) throws ErrnoException {
    return sendLocked(Command.DRAIN_WQ, mask(wq), DRAIN_POLLS);
  }

  /** As {@link #disableWqLocked}, and its configuration is as after a reset. */
  public int resetWqLocked(int wq) throws ErrnoException {
    return sendLocked(Command.RESET_WQ, mask(wq), DRAIN_POLLS);
  }

  private static int mask(int wq) {
    return 1 << (wq % WQS_PER_MASK) | (wq / WQS_PER_MASK) << WQS_PER_MASK;
  }

  /** The handle of a vector is in the result field of what this answers. */
  public int requestInterruptHandleLocked(int vector) throws ErrnoException {
    return sendLocked(Command.REQUEST_INT_HANDLE, vector, POLLS);
  }

  /** The status that {@code cmd_status} shows stays. */
  public void releaseInterruptHandleLocked(int handle) throws ErrnoException {
    int before = lastStatus;
    int unused = sendLocked(Command.RELEASE_INT_HANDLE, handle, POLLS);
    lastStatus = before;
  }

  public int drainPasidLocked(int pasid) throws ErrnoException {
    return sendLocked(Command.DRAIN_PASID, pasid, DRAIN_POLLS);
  }

  protected final IdxdRegisters registers() {
    return registers;
  }

  /** Sends a command and waits for its end. */
  protected int sendLocked(Command command, int operand, int polls) throws ErrnoException {
    assert deviceLock.isHeldByCurrentThread();
    waitIdle(command, POLLS);
    lastStatus = 0;
    registers.sendCommand(command, operand);
    int status = waitIdle(command, polls);
    lastStatus = CommandStatus.code(status);
    return status;
  }

  /** Waits until no command runs, for so many reads of CMDSTS. */
  protected int waitIdle(Command command, int polls) throws ErrnoException {
    for (int i = 0; i < polls; i++) {
      int status = registers.commandStatus();
      if (!CommandStatus.active(status)) {
        return status;
      }
    }
    log.warn(pci, "Command timed out: %s", command);
    throw new ErrnoException(Errno.EBUSY, "command timed out: " + command);
  }
}
