package io.dsafs.cli;

import io.dsafs.core.CpuFeatures;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.core.TaskWork;
import io.dsafs.dmatest.Dmatest;
import io.dsafs.host.ProcessMemories;
import io.dsafs.hw.AfterAnswer;
import io.dsafs.hw.DsaDevice;
import io.dsafs.idxd.Idxd;
import io.dsafs.idxd.Platform;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.TaskMemory;
import io.dsafs.pci.PciBus;
import io.dsafs.pci.PciDevice;
import io.dsafs.pci.QuirkTable;
import io.dsafs.vfs.Directory;
import io.dsafs.vfs.FileTree;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One emulated machine: memory management, devices on their bus, the driver, and the tree that
 * shows them. The one place where the two sides of the register interface are put together.
 */
final class Machine implements AutoCloseable {
  /** How long clients' rings may take to end. */
  private static final long RINGS_MILLIS = 500;

  private static final long WORKER_IDLE_SECONDS = 10;

  /** What a worker that is held up may still take. */
  private static final int WORKQUEUE_CAPACITY = 4096;

  private final MachineOptions options;
  private final MachineTopology topology;
  private final FileTree tree;
  private final List<DsaDevice> devices = new ArrayList<>();

  /** As the driver numbers them, if it takes them all. */
  private final List<String> names = new ArrayList<>();

  private final ExecutorService irqThread;
  private final ExecutorService workers;
  private Idxd idxd;
  private Dmatest dmatest;
  private String loadFailure;

  private Machine(MachineOptions options, MachineTopology topology, FileTree tree) {
    this.options = options;
    this.topology = topology;
    this.tree = tree;
    this.irqThread = kernelThread("irq");
    this.workers = kernelThread("kworker");
  }

  /** Builds the machine and loads its driver. */
  static Machine create(MachineOptions options) throws CommandFailure {
    MachineTopology topology = MachineTopology.of(options);
    DeviceModel model =
        new DeviceModel(new KernelLog(options.logLevel), options.bindReturnsProbeErrno());
    FileTree tree = new FileTree(model);
    Machine machine = new Machine(options, topology, tree);
    machine.start(model, new ProcessMemories(options.paging));
    return machine;
  }

  private static ExecutorService kernelThread(String name) {
    return Executors.newSingleThreadExecutor(
        body -> {
          Thread thread = new Thread(body, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Its thread is there only while there is work, and does not keep the daemon. */
  private static Executor workqueue() {
    ThreadPoolExecutor queue =
        new ThreadPoolExecutor(
            1,
            1,
            WORKER_IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WORKQUEUE_CAPACITY),
            body -> {
              Thread thread = new Thread(body, "kworker/wq");
              thread.setDaemon(true);
              return thread;
            });
    queue.allowCoreThreadTimeOut(true);
    return queue;
  }

  private void start(DeviceModel model, TaskMemory tasks) {
    boolean iommuOn = options.iommu == MachineOptions.Switch.ON;
    KernelMemory kernelMemory = new KernelMemory("kernel");
    Iommu iommu = new Iommu(iommuOn, kernelMemory);
    boolean cmdmem =
        !options.noCmdmem
            && !DeviceProfiles.lacksCmdmem(options.deviceProfile())
            && topology.cmdmem();
    PciBus pciBus =
        new PciBus(
            model, cmdmem ? QuirkTable.standard() : QuirkTable.withoutCmdmem(), irqThread, iommuOn);
    model.addBus(pciBus);
    Directory debug = tree.directory("/sys/kernel/debug/dsafs");
    debug.addText("machine", 0444, this::describe);
    debug.addText("pasids", 0444, iommu::describe);
    for (MachineTopology.Function function : topology.functions()) {
      addDevice(pciBus, function, iommu);
    }
    idxd =
        new Idxd(
            new Platform(
                model,
                pciBus,
                iommu,
                kernelMemory,
                new CpuFeatures(!options.noMovdir64b, !options.noEnqcmd),
                tasks,
                workers,
                Machine::workqueue),
            options.driverProfile());
    for (MachineTopology.Function function : topology.functions()) {
      String address = function.address().toString();
      debugDirectory(address).addText("clients", 0444, () -> idxd.describeClients(address));
    }
    try {
      idxd.load();
    } catch (ErrnoException e) {
      loadFailure = e.getMessage();
    }
    dmatest = new Dmatest(model, idxd::dmaEngine, kernelMemory);
    dmatest.load();
  }

  private void addDevice(PciBus pciBus, MachineTopology.Function function, Iommu iommu) {
    String address = function.address().toString();
    String name = function.profile().kind().word() + devices.size();
    names.add(name);
    DsaDevice device = DsaDevice.live(name, function.profile(), iommu, Machine::afterAnswer);
    devices.add(device);
    PciDevice unused = pciBus.addFunction(function.address(), device, function.numaNode());
    Directory debug = debugDirectory(address);
    debug.addText("cmdmem", 0444, () -> cmdmem(pciBus.device(address)));
    debug.addText("registers", 0444, device::describeRegisters);
    debug.addText("queues", 0444, device::describeQueues);
    debug.addText("counters", 0444, device::describeCounters);
    new InjectionFiles(device.faults(), iommu, address)
        .addTo(tree.directory(debug.path() + "/inject"));
  }

  /** Request threads and the poller of rings run what they submit when somebody has an answer. */
  private static AfterAnswer.Turn afterAnswer(Runnable work) {
    if (!(Thread.currentThread() instanceof TaskWork.Owner owner)) {
      return AfterAnswer.Turn.NOW;
    }
    return owner.taskWork().add(work) ? AfterAnswer.Turn.LATER : AfterAnswer.Turn.ELSEWHERE;
  }

  private Directory debugDirectory(String address) {
    return tree.directory("/sys/kernel/debug/dsafs/" + address);
  }

  /** A function that was removed has no flag until it is found again. */
  private static String cmdmem(Device function) {
    return function instanceof PciDevice found && found.cmdmem() ? "1\n" : "0\n";
  }

  /** What {@code sys/kernel/debug/dsafs/machine} says. */
  private String describe() {
    return "abi "
        + options.abi
        + "\npid "
        + ProcessHandle.current().pid()
        + "\ndevices "
        + devices.size()
        + "\ntopology "
        + topology.name()
        + "\nprofile "
        + options.deviceProfile()
        + "\npaging "
        + options.paging
        + "\nstrict_abi "
        + (options.strictAbi ? 1 : 0)
        + "\n";
  }

  FileTree tree() {
    return tree;
  }

  /** One line for the user. */
  String summary() {
    if (loadFailure != null) {
      return options.abi + ", the driver did not load: " + loadFailure;
    }
    String first = names.get(0);
    String all = names.size() == 1 ? first : first + " to " + names.get(names.size() - 1);
    if (options.from != null) {
      return options.abi + ", as recorded in " + topology.name() + ", " + all;
    }
    String place = options.topology == null ? "" : ", topology " + topology.name();
    return options.abi + ", profile " + options.deviceProfile() + place + ", " + all;
  }

  /**
   * Takes nothing more, and finishes what was accepted.
   *
   * @param timeoutMillis how long that may take
   * @return false if something is left
   */
  boolean drain(long timeoutMillis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    dmatest.unload();
    idxd.endRings(RINGS_MILLIS);
    devices.forEach(DsaDevice::refuse);
    boolean drained = true;
    for (DsaDevice device : devices) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      drained &= device.drainAll(Math.max(0, left));
    }
    return drained;
  }

  /** Stops all threads. */
  @Override
  public void close() {
    devices.forEach(DsaDevice::close);
    irqThread.shutdown();
    workers.shutdown();
  }
}
