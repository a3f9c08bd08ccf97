package io.dsafs.hw;

import io.dsafs.spec.Cmd;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.CommandError;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Status;
import io.dsafs.spec.WqCfg;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Runs commands. A command that finds nothing under way completes within the write to CMD; one that
 * must wait stays active and completes when the last descriptor it waits for has ended. All methods
 * are called with the device lock held.
 *
 * <p>Source: hardware reference section 2.6.
 */
final class CommandUnit {
  /** What a command does with its operand; answers its error, or null if it goes on. */
  @FunctionalInterface
  private interface Action {
    CommandError start(int operand);
  }

  private static final int QUEUES_PER_OPERAND = 16;
  private static final int IMS_TABLE = 1 << 16;
  private static final int HANDLE_MASK = 0xffff;
  private static final int ALL_QUEUES = -1;

  private final DeviceProfile profile;
  private final DeviceState device;
  private final Registers registers;
  private final Scheduler scheduler;
  private final Topology topology;
  private final EnableChecks checks;
  private final InterruptUnit interrupts;
  private final OccupancyInterrupts occupancy;
  private final SoftwareErrors errors;
  private final EventLog events;
  private final long supported;
  private final Map<Command, Action> actions = new EnumMap<>(Command.class);

  private boolean active;

  /** What the next command is answered with in place of running; null: it runs. */
  private Integer forcedAnswer;

  /** Whether the next command is held: it stays active and does nothing. */
  private boolean holding;

  /** The command that is held, or null. */
  private Integer held;

  private boolean interruptRequested;
  private BooleanSupplier condition;
  private Runnable effect;

  CommandUnit(
      DeviceProfile profile,
      DeviceState device,
      Registers registers,
      Scheduler scheduler,
      Topology topology,
      EnableChecks checks,
      InterruptUnit interrupts,
      OccupancyInterrupts occupancy,
      SoftwareErrors errors,
      EventLog events) {
    this.profile = profile;
    this.device = device;
    this.registers = registers;
    this.scheduler = scheduler;
    this.topology = topology;
    this.checks = checks;
    this.interrupts = interrupts;
    this.occupancy = occupancy;
    this.errors = errors;
    this.events = events;
    supported = GenCap.CMD_CAP.isSet(profile.gencap()) ? profile.cmdcap() : Command.WITHOUT_CMDCAP;
    actions.put(Command.ENABLE_DEVICE, operand -> enableDevice());
    actions.put(Command.DISABLE_DEVICE, operand -> disableDevice());
    actions.put(Command.DRAIN_ALL, operand -> await(drained(ALL_QUEUES)));
    actions.put(Command.ABORT_ALL, operand -> abortAll());
    actions.put(Command.RESET_DEVICE, operand -> resetDevice());
    actions.put(Command.ENABLE_WQ, this::enableQueue);
    actions.put(Command.DISABLE_WQ, operand -> onEnabled(operand, this::disableQueues));
    actions.put(Command.DRAIN_WQ, operand -> onEnabled(operand, all -> await(drained(all))));
    actions.put(Command.ABORT_WQ, operand -> onEnabled(operand, this::abortQueues));
    actions.put(Command.RESET_WQ, operand -> onQueues(operand, this::resetQueues));
    actions.put(Command.DRAIN_PASID, operand -> await(pasidDrained(operand)));
    actions.put(Command.ABORT_PASID, this::abortPasid);
    actions.put(Command.REQUEST_INT_HANDLE, operand -> setHandle(operand, true));
    actions.put(Command.RELEASE_INT_HANDLE, operand -> setHandle(operand, false));
  }

  boolean isActive() {
    return active;
  }

  /** Whether the active command is held, so that it does not end by itself. */
  boolean isHeld() {
    return held != null;
  }

  // Errors on demand.

  /** Whether the next command will be held, or one is. */
  boolean isHolding() {
    return holding;
  }

  /** What the next command will be answered with, or null if it will run. */
  Integer forcedAnswer() {
    return forcedAnswer;
  }

  /** The next command stays active and does nothing. */
  void hold() {
    holding = true;
    forcedAnswer = null;
  }

  /**
   * The next command is answered with that code and does nothing; if one is held, it is the next.
   *
   * @param code 0 to 255
   */
  void force(int code) {
    holding = false;
    forcedAnswer = code;
    if (held != null) {
      finishAsForced();
    }
  }

  /** Commands run again; one that is held runs now. */
  void letRun() {
    holding = false;
    forcedAnswer = null;
    if (held != null) {
      int word = held;
      held = null;
      run(word);
    }
  }

  /** A write to CMD. */
  void write(int word) {
    if (active) {
      if (events.isEnabled()) {
        events.commandErrorLocked();
      } else {
        errors.record(Status.CMD_ACTIVE);
      }
      return;
    }
    active = true;
    interruptRequested = Cmd.INT_REQ.isSet(word & 0xffff_ffffL);
    registers.cmdstatus.setWord(0, 0, CmdStatus.ACTIVE.mask());
    if (holding) {
      held = word;
    } else if (forcedAnswer != null) {
      finishAsForced();
    } else {
      run(word);
    }
  }

  private void run(int word) {
    Command command = Command.of(Cmd.CODE.getInt(word));
    CommandError error = start(command, Cmd.OPERAND.getInt(word));
    if (error != null) {
      finish(error);
    } else {
      progress();
    }
  }

  private void finishAsForced() {
    int code = forcedAnswer;
    forcedAnswer = null;
    finish(code);
  }

  private CommandError start(Command command, int operand) {
    if (command == null || (supported >>> command.code() & 1) == 0) {
      return CommandError.INVAL_CMD;
    }
    boolean resettable =
        command == Command.RESET_DEVICE && device.resetType() == GenSts.ResetType.SOFTWARE;
    if (device.isHalted() && !resettable) {
      return CommandError.HALT;
    }
    return actions.get(command).start(operand);
  }

  /** Something has ended: completes the command that waited for it. */
  void progress() {
    if (active && condition != null && condition.getAsBoolean()) {
      condition = null;
      Runnable last = effect;
      effect = null;
      if (last != null) {
        last.run();
      }
      finish(CommandError.SUCCESS);
    }
  }

  private void finish(CommandError error) {
    finish(error.code());
  }

  private void finish(int code) {
    held = null;
    condition = null;
    effect = null;
    active = false;
    long result = registers.cmdstatus.get(CmdStatus.RESULT);
    registers.cmdstatus.setWord(0, 0, CmdStatus.RESULT.with(CmdStatus.ERR.with(0, code), result));
    if (interruptRequested) {
      interrupts.raise(IntCause.CMD);
    }
  }

  /** The device halts: what waits will never be. */
  void halted() {
    if (active) {
      finish(CommandError.HALT);
    }
  }

  /** A function-level reset: the command vanishes. */
  void reset() {
    active = false;
    held = null;
    condition = null;
    effect = null;
  }

  private CommandError await(BooleanSupplier until) {
    return await(until, null);
  }

  private CommandError await(BooleanSupplier until, Runnable then) {
    condition = until;
    effect = then;
    return null;
  }

  // Conditions.

  /** All that the queues of a bitmap have accepted so far has ended. */
  private BooleanSupplier drained(int bitmap) {
    long[] upTo = lastSequences();
    return () -> {
      for (WorkQueue queue : topology.queues()) {
        if (isIn(bitmap, queue) && !scheduler.isDrainedLocked(queue, upTo[queue.index()])) {
          return false;
        }
      }
      return true;
    };
  }

  private BooleanSupplier pasidDrained(int pasid) {
    long[] upTo = lastSequences();
    return () -> {
      for (WorkQueue queue : topology.queues()) {
        if (!scheduler.isPasidDrainedLocked(pasid, queue, upTo[queue.index()])) {
          return false;
        }
      }
      return true;
    };
  }

  private long[] lastSequences() {
    WorkQueue[] queues = topology.queues();
    long[] all = new long[queues.length];
    for (WorkQueue queue : queues) {
      all[queue.index()] = queue.lastSequence();
    }
    return all;
  }

  private static boolean isIn(int bitmap, WorkQueue queue) {
    return (bitmap >>> queue.index() & 1) != 0;
  }

  // Device commands.

  private CommandError enableDevice() {
    if (!device.isDisabled()) {
      return CommandError.ERR_DEV_ENABLED;
    }
    CommandError error = checks.device();
    if (error == CommandError.SUCCESS) {
      topology.form();
      if (registers.gencfg.isSet(0, GenCfg.EVL_EN)) {
        events.enableLocked();
      }
      device.setState(GenSts.State.ENABLED);
    }
    return error;
  }

  private CommandError disableDevice() {
    if (!device.isEnabled()) {
      return CommandError.ERR_DIS_DEV_EN;
    }
    device.setState(GenSts.State.DRAIN);
    return await(drained(ALL_QUEUES), this::disabled);
  }

  private void disabled() {
    events.disableLocked();
    for (WorkQueue queue : topology.queues()) {
      queue.setState(WqCfg.State.DISABLED);
    }
    device.setState(GenSts.State.DISABLED);
  }

  private CommandError abortAll() {
    for (WorkQueue queue : topology.queues()) {
      queue.abandon();
    }
    return await(drained(ALL_QUEUES));
  }

  private CommandError resetDevice() {
    if (!device.isDisabled()) {
      device.setState(GenSts.State.DRAIN);
    }
    for (WorkQueue queue : topology.queues()) {
      queue.abandon();
    }
    return await(
        drained(ALL_QUEUES),
        () -> {
          long status = registers.cmdstatus.word(0, 0);
          disabled();
          registers.resetByCommand();
          interrupts.reset();
          registers.cmdstatus.setWord(0, 0, status);
        });
  }

  // Queue commands.

  private CommandError enableQueue(int operand) {
    int index = operand & 0xff;
    if (index >= profile.queueCount()) {
      return CommandError.INVAL_WQIDX;
    }
    WorkQueue queue = topology.queues()[index];
    if (!device.isEnabled()) {
      return CommandError.ERR_DEV_NOTEN;
    }
    if (queue.state() != WqCfg.State.DISABLED) {
      return CommandError.ERR_WQ_ENABLED;
    }
    CommandError error = checks.queue(index);
    if (error == CommandError.SUCCESS) {
      topology.join(queue);
      queue.enable(topology.settingsOf(index));
      occupancy.checkLocked(queue);
    }
    return error;
  }

  /** Runs an action on the bitmap of an operand; a queue that does not exist is an error. */
  private CommandError onQueues(int operand, Action action) {
    int base = (operand >>> QUEUES_PER_OPERAND) * QUEUES_PER_OPERAND;
    int bits = operand & 0xffff;
    long bitmap = base < Long.SIZE ? (long) bits << base : 0;
    boolean beyond = base >= Long.SIZE && bits != 0;
    if (beyond || bitmap >>> profile.queueCount() != 0) {
      return CommandError.INVAL_WQIDX;
    }
    return action.start((int) bitmap);
  }

  /** As {@link #onQueues}; all of the queues must be enabled. */
  private CommandError onEnabled(int operand, Action action) {
    return onQueues(
        operand,
        bitmap -> {
          for (WorkQueue queue : topology.queues()) {
            if (isIn(bitmap, queue) && queue.state() != WqCfg.State.ENABLED) {
              return CommandError.ERR_DEV_NOT_EN;
            }
          }
          return action.start(bitmap);
        });
  }

  private CommandError disableQueues(int bitmap) {
    setStates(bitmap, WqCfg.State.BUSY);
    return await(drained(bitmap), () -> setStates(bitmap, WqCfg.State.DISABLED));
  }

  private CommandError abortQueues(int bitmap) {
    abandon(bitmap);
    return await(drained(bitmap));
  }

  private CommandError resetQueues(int bitmap) {
    for (WorkQueue queue : topology.queues()) {
      if (isIn(bitmap, queue) && queue.state() == WqCfg.State.ENABLED) {
        queue.setState(WqCfg.State.BUSY);
      }
    }
    abandon(bitmap);
    return await(drained(bitmap), () -> clear(bitmap));
  }

  /** Configuration to reset values, except the size. */
  private void clear(int bitmap) {
    for (WorkQueue queue : topology.queues()) {
      if (isIn(bitmap, queue)) {
        long size = registers.wqcfg.get(queue.index(), WqCfg.SIZE);
        registers.wqcfg.reset(queue.index());
        registers.wqcfg.set(queue.index(), WqCfg.SIZE, size);
        queue.setState(WqCfg.State.DISABLED);
      }
    }
  }

  private void abandon(int bitmap) {
    for (WorkQueue queue : topology.queues()) {
      if (isIn(bitmap, queue)) {
        queue.abandon();
      }
    }
  }

  private void setStates(int bitmap, WqCfg.State state) {
    for (WorkQueue queue : topology.queues()) {
      if (isIn(bitmap, queue)) {
        queue.setState(state);
      }
    }
  }

  // PASIDs and handles.

  private CommandError abortPasid(int pasid) {
    for (WorkQueue queue : topology.queues()) {
      queue.abandonPasid(pasid);
    }
    return await(pasidDrained(pasid));
  }

  private CommandError setHandle(int operand, boolean valid) {
    boolean ims = (operand & IMS_TABLE) != 0;
    int index = operand & HANDLE_MASK;
    if (index >= interrupts.entries(ims)) {
      return CommandError.ERR_INVAL_INT_IDX;
    }
    interrupts.setHandle(ims, index, valid);
    if (valid) {
      // The handle is the index of the entry.
      registers.cmdstatus.set(CmdStatus.RESULT, index);
    }
    return CommandError.SUCCESS;
  }
}
