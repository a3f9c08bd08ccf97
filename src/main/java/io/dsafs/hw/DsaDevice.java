package io.dsafs.hw;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.dsafs.hw.op.OperationTable;
import io.dsafs.mem.Iommu;
import io.dsafs.spec.Bar0;
import io.dsafs.spec.Cmd;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.Status;
import io.dsafs.spec.SwErr;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A DSA, or an IAA, which differs in what its profile says and in its operations: wires the units
 * of the device together and lets the bus in.
 *
 * <p>A live device runs by itself; one that is stepped runs only what {@link #step} is asked to.
 */
public final class DsaDevice implements Endpoint, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DsaDevice.class);

  private static final int REGISTER_BAR = 0;
  private static final int PORTAL_BAR = 2;

  /**
   * How long a read of CMDSTATUS takes at most while a command is active. A bus read of the real
   * device takes so long that a driver's fifty polls see most commands end; here the read waits.
   */
  private static final long STATUS_READ_MILLIS = 10;

  /** How often it is seen whether an engine is held up, when its end is waited for. */
  private static final long LOOK_MILLIS = 100;

  /**
   * An engine that is held up for so long is given up if a command waits for it. On a machine with
   * more to run than it has cores, a thread may be without one for seconds.
   */
  private static final long COMMAND_PATIENCE_NANOS = 8_000_000_000L;

  /** The same when all is to end: there is little time, and others wait behind it. */
  private static final long DRAIN_PATIENCE_NANOS = 3_000_000_000L;

  private final Object lock = new Object();
  private final DeviceProfile profile;
  private final PciConfig config;
  private final Registers registers;
  private final DeviceState state;
  private final InterruptUnit interrupts;
  private final SoftwareErrors errors;
  private final EventLog events;
  private final OccupancyInterrupts occupancy;
  private final Scheduler scheduler;
  private final Topology topology;
  private final CommandUnit commands;
  private final Portals portals;
  private final FaultInjection injection;
  private final long statusReadMillis;

  @GuardedBy("lock")
  private boolean functionResetAsked;

  /**
   * @param afterAnswer null: a device that is stepped
   */
  private DsaDevice(String name, DeviceProfile profile, Iommu iommu, AfterAnswer afterAnswer) {
    boolean live = afterAnswer != null;
    this.profile = profile;
    statusReadMillis = live ? STATUS_READ_MILLIS : 0;
    config = new PciConfig(profile);
    registers = new Registers(profile, config);
    state = new DeviceState(registers.gensts);
    boolean handles =
        GenCap.CMD_CAP.isSet(profile.gencap())
            && (profile.cmdcap() >>> Command.REQUEST_INT_HANDLE.code() & 1) != 0;
    interrupts =
        new InterruptUnit(
            lock,
            config,
            registers.intcause,
            registers.msixperm,
            registers.msix,
            registers.pending,
            registers.ims,
            handles);
    errors = new SoftwareErrors(registers.swerror, registers.genctrl, interrupts);
    occupancy = new OccupancyInterrupts(registers.wqcfg, interrupts);
    scheduler = new Scheduler(lock, state, occupancy);
    events = new EventLog(lock, profile, registers, iommu, errors, interrupts, scheduler);
    OperationTable operations = OperationTable.of(profile.kind(), profile.gencap());
    DescriptorChecks checks = new DescriptorChecks(lock, profile, operations, state, interrupts);
    RecordFaults recordFaults = new RecordFaults();
    Completions completions =
        new Completions(lock, profile, state, errors, events, interrupts, checks, recordFaults);
    BatchUnit batches = new BatchUnit(profile.gencap());
    Engine[] engines = new Engine[profile.engineCount()];
    MemoryFaults faults = new MemoryFaults();
    Execution.Units units =
        new Execution.Units(
            state, iommu, checks, completions, batches, faults, profile.kind().recordBytes());
    for (int i = 0; i < engines.length; i++) {
      engines[i] = new Engine(i, lock, () -> new Execution(units));
    }
    topology = new Topology(profile, registers, engines);
    commands =
        new CommandUnit(
            profile,
            state,
            registers,
            scheduler,
            topology,
            new EnableChecks(profile, config, registers, interrupts),
            interrupts,
            occupancy,
            errors,
            events);
    EngineDriver driver =
        live ? new LiveDriver(name, scheduler, engines, afterAnswer) : EngineDriver.MANUAL;
    scheduler.wire(engines, driver, commands::progress, this::engineFailed);
    portals = new Portals(lock, config, state, topology, scheduler, interrupts, errors);
    registers.cmd.onWrite(Cmd.CODE, (index, written) -> commands.write(written));
    registers.cmdstatus.onRead(CmdStatus.ACTIVE, index -> awaitCommand() ? 0 : 1);
    new ConfigurationLocks(profile, state, topology, occupancy).hangOn(registers);
    injection =
        new FaultInjection(
            this, lock, scheduler, commands, errors, config, faults, recordFaults, interrupts);
    wireConfig();
    pciChanged();
  }

  /**
   * A device whose engines run by themselves.
   *
   * @param name of its threads, such as {@code dsa0}
   * @param iommu finds memory by PASID
   * @param afterAnswer which threads may run what they submit, and when
   */
  public static DsaDevice live(
      String name, DeviceProfile profile, Iommu iommu, AfterAnswer afterAnswer) {
    return new DsaDevice(name, profile, iommu, afterAnswer);
  }

  /** A device whose engines run when they are stepped; reads never wait. */
  public static DsaDevice stepped(DeviceProfile profile, Iommu iommu) {
    return new DsaDevice("stepped", profile, iommu, null);
  }

  // Wiring.

  private boolean awaitCommand() {
    if (commands.isActive() && !isStuckLocked()) {
      scheduler.awaitLocked(() -> !commands.isActive() || isStuckLocked(), statusReadMillis);
    }
    if (commands.isActive()) {
      scheduler.giveUpHeldUpLocked(COMMAND_PATIENCE_NANOS);
    }
    return !commands.isActive();
  }

  /** Whether the active command will not end by itself, because of an error on demand. */
  private boolean isStuckLocked() {
    return commands.isHeld() || scheduler.isStuckLocked();
  }

  private void wireConfig() {
    int pasid = ConfigSpace.PASID_ENABLE | ConfigSpace.PASID_PRIVILEGED_ENABLE;
    frozen(ConfigSpace.COMMAND, ConfigSpace.BUS_MASTER_ENABLE);
    frozen(ConfigSpace.ATS_CONTROL, ConfigSpace.ATS_ENABLE);
    frozen(ConfigSpace.PASID_CONTROL, pasid);
    frozen(ConfigSpace.PRI_CONTROL, ConfigSpace.PRI_ENABLE);
    config.onWrite(
        ConfigSpace.DEVICE_CONTROL,
        (before, after, written) -> {
          askFunctionReset((written & ConfigSpace.FUNCTION_LEVEL_RESET) != 0);
          return after;
        });
    config.onWrite(
        ConfigSpace.POWER,
        (before, after, written) -> {
          int to = after & ConfigSpace.POWER_STATE;
          return to == 0 || to == ConfigSpace.POWER_STATE ? after : before;
        });
  }

  /** The reset itself follows when the write has ended. */
  private void askFunctionReset(boolean asked) {
    synchronized (lock) {
      functionResetAsked = asked;
    }
  }

  /** Bits that may only change while the device is Disabled; otherwise it halts. */
  private void frozen(int offset, int bits) {
    config.onWrite(
        offset,
        (before, after, written) -> {
          if (((before ^ after) & bits) != 0 && !state.isDisabled() && !state.isHalted()) {
            errors.record(Status.PCI_CONFIG);
            haltLocked(GenSts.ResetType.FLR);
          }
          return after;
        });
  }

  /** Tells the engines what they need to know of configuration space. */
  private void pciChanged() {
    int classes = 0;
    for (int control : new int[] {ConfigSpace.VC0_CONTROL, ConfigSpace.VC1_CONTROL}) {
      if (config.isSet(control, ConfigSpace.VC_ENABLE)) {
        classes |= config.get(control) & 0xff;
      }
    }
    boolean pasid = config.isSet(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_ENABLE);
    state.setPci(
        pasid && config.isSet(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_PRIVILEGED_ENABLE),
        config.isSet(ConfigSpace.PRI_CONTROL, ConfigSpace.PRI_ENABLE),
        config.isSet(ConfigSpace.ATS_CONTROL, ConfigSpace.ATS_ENABLE),
        classes);
  }

  // The bus.

  @Override
  public int configRead(int offset, int width) {
    synchronized (lock) {
      return config.read(offset, width);
    }
  }

  @Override
  public void configWrite(int offset, int width, int value) {
    synchronized (lock) {
      config.write(offset, width, value);
      pciChanged();
      interrupts.controlWritten();
      if (functionResetAsked) {
        functionResetAsked = false;
        functionLevelReset();
      }
    }
    interrupts.flush();
  }

  @Override
  public long read(int bar, long offset, int width) {
    if (bar != REGISTER_BAR) {
      return RegisterSpace.allOnes(width);
    }
    synchronized (lock) {
      if (!config.isDecoding() || isDummyPortal(offset)) {
        return RegisterSpace.allOnes(width);
      }
      return registers.space.read(offset, width);
    }
  }

  @Override
  public void write(int bar, long offset, int width, long value) {
    // A portal takes nothing but 64 bytes at once.
    if (bar != REGISTER_BAR) {
      return;
    }
    synchronized (lock) {
      if (config.isDecoding()) {
        registers.space.write(offset, width, value);
      }
    }
    events.flush();
    interrupts.flush();
  }

  private static boolean isDummyPortal(long offset) {
    return offset >= Bar0.DUMMY_PORTAL_OFFSET
        && offset < Bar0.DUMMY_PORTAL_OFFSET + Bar0.DUMMY_PORTAL_BYTES;
  }

  @Override
  public void postedWrite64(int bar, long offset, ByteBuffer source, int sourceOffset) {
    if (bar == PORTAL_BAR && !portals.submit(offset, source, sourceOffset, false)) {
      // A full queue has recorded an error.
      interrupts.flush();
    }
  }

  @Override
  public boolean deferrableWrite64(int bar, long offset, ByteBuffer source, int sourceOffset) {
    return bar == PORTAL_BAR && portals.submit(offset, source, sourceOffset, true);
  }

  @Override
  public void connect(InterruptSink sink) {
    interrupts.connect(sink);
  }

  // Halt and resets.

  /** Errors on demand. */
  public FaultInjection faults() {
    return injection;
  }

  void flushInterrupts() {
    interrupts.flush();
  }

  /** What it takes to leave Halt, or null if the device is not in Halt. */
  GenSts.ResetType haltedLocked() {
    return state.isHalted() ? state.resetType() : null;
  }

  void haltLocked(GenSts.ResetType resetType) {
    if (state.isHalted()) {
      return;
    }
    state.halt(resetType);
    state.voidWork();
    commands.halted();
    if (registers.genctrl.isSet(0, GenCtrl.HALT_INT_EN)) {
      interrupts.raise(IntCause.HALT);
    }
    scheduler.progressLocked();
  }

  /** Halts first: whatever else there is to do may fail, too, for want of memory. */
  private void engineFailed(Throwable unforeseen) {
    synchronized (lock) {
      haltLocked(GenSts.ResetType.FLR);
    }
    try {
      LOG.error("an engine failed, the device halts", unforeseen);
      interrupts.flush();
    } catch (RuntimeException | Error again) {
      unforeseen.addSuppressed(again);
    }
  }

  private void functionLevelReset() {
    GenSts.ResetType needed = state.resetType();
    boolean stillHalted = state.isHalted() && needed.compareTo(GenSts.ResetType.FLR) > 0;
    config.functionLevelReset();
    vanish();
    if (stillHalted) {
      state.halt(needed);
    }
  }

  /** Everything takes its power-on value; work under way has no effect any more. */
  private void vanish() {
    state.voidWork();
    events.disableLocked();
    commands.reset();
    topology.vanish();
    registers.resetAll();
    state.setState(GenSts.State.DISABLED);
    interrupts.reset();
    interrupts.forget();
    pciChanged();
    scheduler.progressLocked();
  }

  /** Power goes off and on again: everything is as new, also after a Halt of any kind. */
  public void powerCycle() {
    synchronized (lock) {
      config.reset();
      vanish();
    }
  }

  /**
   * The device meets a fatal error.
   *
   * @param resetType what it takes to leave Halt
   */
  public void halt(GenSts.ResetType resetType) {
    synchronized (lock) {
      haltLocked(resetType);
    }
    interrupts.flush();
  }

  /**
   * Raises a software error as the hardware would.
   *
   * @param word0 the first word of SWERROR, built from the fields of {@link SwErr}; valid and
   *     overflow are set by the register itself
   * @param word1 the second word
   * @param faultAddress the third word
   */
  public void injectSwError(long word0, long word1, long faultAddress) {
    synchronized (lock) {
      errors.record(word0, word1, faultAddress);
    }
    interrupts.flush();
  }

  // Stepping and looking.

  /** Lets one engine run one descriptor on this thread; answers whether one did. */
  public boolean step() {
    return scheduler.step();
  }

  /** Steps until no engine has work. */
  public void runAll() {
    boolean more;
    do {
      more = step();
    } while (more);
  }

  /** From now on engines take no descriptors; what they run, they finish. */
  public void stall() {
    scheduler.stall(-1L);
  }

  /** Engines take descriptors again. */
  public void release() {
    scheduler.stall(0);
    interrupts.flush();
  }

  /**
   * From now on no portal takes anything, as if all queues were disabled; what was accepted is
   * worked off.
   */
  public void refuse() {
    synchronized (lock) {
      portals.refuseLocked();
    }
  }

  /** How many descriptors a queue holds. */
  public int occupancy(int wq) {
    synchronized (lock) {
      return topology.queues()[wq].occupancy();
    }
  }

  /**
   * Waits until queues are empty and engines idle, or until no engine will take what is left, as it
   * is stalled or the device has halted; a stepped device is stepped. An engine that is held up in
   * a client's memory is given up after a while, for what is queued behind it.
   *
   * @return false if there is still something after that time
   */
  public boolean drainAll(long timeoutMillis) {
    if (statusReadMillis == 0) {
      runAll();
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    synchronized (lock) {
      while (true) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (scheduler.awaitLocked(this::isSettled, Math.min(left, LOOK_MILLIS))) {
          return true;
        }
        if (left <= LOOK_MILLIS) {
          return false;
        }
        scheduler.giveUpHeldUpLocked(DRAIN_PATIENCE_NANOS);
      }
    }
  }

  private boolean isSettled() {
    if (scheduler.isAnyBusyLocked()) {
      return false;
    }
    boolean working = (state.isEnabled() || state.isDraining()) && !scheduler.isStuckLocked();
    return !working || Arrays.stream(topology.queues()).allMatch(queue -> queue.occupancy() == 0);
  }

  /** Every register by name with its fields, from the declarations. */
  public String describeRegisters() {
    synchronized (lock) {
      return registers.describe();
    }
  }

  /**
   * One line for each queue, after a line of headings. What was dropped are posted writes that a
   * queue did not take, and descriptors that were abandoned; rejected are answers of Retry.
   */
  public String describeQueues() {
    StringBuilder text = new StringBuilder();
    text.append("wq mode state size threshold occupancy submitted completed dropped rejected\n");
    synchronized (lock) {
      for (WorkQueue queue : topology.queues()) {
        text.append(queue.describe());
      }
    }
    return text.toString();
  }

  /**
   * What became of all that was written to the portals, and the errors that no record told, since
   * the device was made; resets do not change it. All of it is of one moment: {@code submitted} is
   * accepted, retried and dropped together; {@code accepted} is completed, abandoned and in flight
   * together.
   *
   * @return a line {@code device state STATE errors N last_error 0xNN}, which goes on with {@code
   *     events N last_event 0xNN} if the device has an event log, then one for each queue: its
   *     name, and names and values in turn
   */
  public String describeCounters() {
    StringBuilder text = new StringBuilder();
    synchronized (lock) {
      text.append(
          String.format(
              Locale.ROOT,
              "device state %s errors %d last_error 0x%02x",
              state.state().name().toLowerCase(Locale.ROOT),
              errors.count(),
              errors.lastCode()));
      if (registers.evlstatus != null) {
        text.append(
            String.format(
                Locale.ROOT,
                " events %d last_event 0x%02x",
                events.countLocked(),
                events.lastCodeLocked()));
      }
      text.append('\n');
      for (WorkQueue queue : topology.queues()) {
        text.append(queue.describeCounters(scheduler.runningLocked(queue)));
      }
    }
    return text.toString();
  }

  /** What the device is. */
  public DeviceProfile profile() {
    return profile;
  }

  /** Ends the threads of the engines once they have finished what they run. */
  @Override
  public void close() {
    scheduler.close();
  }
}
