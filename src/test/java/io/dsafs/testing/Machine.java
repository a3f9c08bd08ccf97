package io.dsafs.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.dsafs.core.CpuFeatures;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceModel;
import io.dsafs.core.DeviceModelListener;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.KernelLog;
import io.dsafs.hw.AfterAnswer;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.hw.DsaDevice;
import io.dsafs.idxd.DriverProfile;
import io.dsafs.idxd.Idxd;
import io.dsafs.idxd.IdxdDevice;
import io.dsafs.idxd.IdxdWq;
import io.dsafs.idxd.Platform;
import io.dsafs.idxd.mainline.MainlineProfile;
import io.dsafs.idxd.swq.SwqProfile;
import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.mem.SharedMemory;
import io.dsafs.mem.TaskMemory;
import io.dsafs.pci.PciAddress;
import io.dsafs.pci.PciBus;
import io.dsafs.pci.PciDevice;
import io.dsafs.pci.QuirkTable;
import io.dsafs.vfs.Directory;
import io.dsafs.vfs.FileTree;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * A machine with one device and the loaded driver, used as a shell would use its files, without a
 * mount. Unless it is live, the device runs only when told to, and interrupts are handled before
 * the call that caused them returns.
 */
public final class Machine implements AutoCloseable {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;

  /** Where bare names such as {@code wq0.0/size} are looked up. */
  public static final String DEVICES = "/sys/bus/dsa/devices/";

  public static final String DRIVER = "/sys/bus/dsa/drivers/dsa/";

  private static final PciAddress ADDRESS = PciAddress.parse("0000:6a:01.0");

  public final KernelLog log = new KernelLog(KernelLog.Level.DEBUG, () -> 0);
  public final DeviceModel model;
  public final FileTree tree;
  public final List<String> events = new ArrayList<>();
  public final KernelMemory kernelMemory = new KernelMemory("kernel");
  public final Iommu iommu;
  public final DsaDevice hardware;
  public final ObservedEndpoint endpoint;
  public final PciDevice pci;
  public final Idxd idxd;

  /** What opens, writes and reads for the test itself. */
  public final SimulatedProcess shell;

  /** The devices of further functions. */
  public final List<DsaDevice> further = new ArrayList<>();

  private final Map<Integer, SimulatedProcess> processes = new ConcurrentHashMap<>();
  private final ExecutorService interrupts;
  private final ExecutorService workers;
  private int nextTid = 100;

  /** How a machine differs from the usual one. */
  public static final class Builder {
    private DeviceProfile profile = DeviceProfile.standard();
    private boolean cmdmem = true;
    private boolean supervisor = true;
    private CpuFeatures cpu = new CpuFeatures(true, true);
    private DriverProfile driver = new SwqProfile(false);
    private boolean live;
    private boolean bindErrno;
    private boolean iommu = true;
    private Supplier<Executor> workqueues;
    private final List<DeviceProfile> further = new ArrayList<>();

    /** The driver of current Linux. */
    public Builder mainline() {
      return mainline(false);
    }

    /** With or without the module {@code iaa_crypto}. */
    public Builder mainline(boolean iaaCrypto) {
      driver = new MainlineProfile(iaaCrypto);
      bindErrno = true;
      return this;
    }

    /** One more function, behind those there are. */
    public Builder and(DeviceProfile another) {
      further.add(another);
      return this;
    }

    /** In place of workers that run what they are given at once, or live in a thread of theirs. */
    public Builder workqueues(Supplier<Executor> chosen) {
      workqueues = chosen;
      return this;
    }

    /** No address translation. */
    public Builder withoutIommu() {
      iommu = false;
      return this;
    }

    public Builder profile(DeviceProfile chosen) {
      profile = chosen;
      return this;
    }

    public Builder withoutCmdmem() {
      cmdmem = false;
      return this;
    }

    /** The IOMMU does not bind the kernel's memory. */
    public Builder withoutSupervisor() {
      supervisor = false;
      return this;
    }

    public Builder cpu(boolean movdir64b, boolean enqcmd) {
      cpu = new CpuFeatures(movdir64b, enqcmd);
      return this;
    }

    public Builder strictAbi() {
      driver = new SwqProfile(true);
      return this;
    }

    /** The device runs by itself, and interrupts have a thread; such a machine must be closed. */
    public Builder live() {
      live = true;
      return this;
    }

    /** The driver is not loaded yet. */
    public Machine build() {
      return new Machine(this);
    }

    /** A machine whose driver is loaded. */
    public Machine boot() {
      Machine machine = build();
      try {
        machine.idxd.load();
      } catch (ErrnoException e) {
        throw new IllegalStateException(e);
      }
      return machine;
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Profile P of the reference: PASID enabled. */
  public static Machine p() {
    return builder().boot();
  }

  /** Profile N: no command memory, no PASID. */
  public static Machine n() {
    return builder().withoutCmdmem().boot();
  }

  /** Profile R: read-only configuration. */
  public static Machine r() {
    return builder().profile(DeviceProfile.readOnly()).boot();
  }

  private Machine(Builder builder) {
    model = new DeviceModel(log, builder.bindErrno);
    tree = new FileTree(model);
    model.addListener(
        new DeviceModelListener() {
          @Override
          public void event(String action, Device device) {
            events.add(action + " " + device);
          }
        });
    iommu = new Iommu(builder.iommu, kernelMemory);
    iommu.setSupervisorAllowed(builder.supervisor);
    hardware =
        builder.live
            ? DsaDevice.live("dsa0", builder.profile, iommu, AfterAnswer.AT_ONCE)
            : DsaDevice.stepped(builder.profile, iommu);
    interrupts = builder.live ? Executors.newSingleThreadExecutor() : null;
    workers = builder.live ? Executors.newSingleThreadExecutor() : null;
    endpoint = new ObservedEndpoint(hardware);
    QuirkTable quirks = builder.cmdmem ? QuirkTable.standard() : QuirkTable.withoutCmdmem();
    PciBus bus =
        new PciBus(model, quirks, interrupts != null ? interrupts : Runnable::run, builder.iommu);
    model.addBus(bus);
    pci = bus.addFunction(ADDRESS, endpoint, -1);
    for (DeviceProfile another : builder.further) {
      DsaDevice device =
          builder.live
              ? DsaDevice.live("more" + further.size(), another, iommu, AfterAnswer.AT_ONCE)
              : DsaDevice.stepped(another, iommu);
      further.add(device);
      PciAddress address = new PciAddress(0, 0x6a, 1 + further.size(), 0);
      PciDevice unused = bus.addFunction(address, device, -1);
    }
    idxd =
        new Idxd(
            new Platform(
                model,
                bus,
                iommu,
                kernelMemory,
                builder.cpu,
                new Tasks(),
                workers != null ? workers : Runnable::run,
                builder.workqueues != null
                    ? builder.workqueues
                    : () -> workers != null ? workers : Runnable::run),
            builder.driver);
    shell = newProcess();
  }

  /** The processes of the test. */
  private final class Tasks implements TaskMemory {
    @Override
    public AddressSpace of(int tid) {
      return processes.containsKey(tid) ? processes.get(tid).memory() : null;
    }

    @Override
    public Outcome find(int tid) {
      SimulatedProcess process = processes.get(tid);
      boolean hidden = process != null && process.refusal() != null;
      return hidden ? new Refused(process.refusal()) : TaskMemory.super.find(tid);
    }

    @Override
    public boolean hasRawIo(int tid) {
      return processes.containsKey(tid) && processes.get(tid).hasRawIo();
    }

    @Override
    public SharedMemory.Outcome share(int tid, int fd, int sizeBytes) {
      return processes.get(tid).share(fd);
    }
  }

  public SimulatedProcess newProcess() {
    SimulatedProcess process = new SimulatedProcess(this, nextTid++);
    processes.put(process.tid(), process);
    return process;
  }

  /** A call that answers with a text, or is refused. */
  @FunctionalInterface
  public interface Call {
    String run() throws ErrnoException;
  }

  /** What a call answers, or the name of its errno. */
  public static String answer(Call call) {
    try {
      return call.run();
    } catch (ErrnoException e) {
      return e.errno().name();
    }
  }

  private static String absolute(String path) {
    return path.startsWith("/") ? path : DEVICES + path;
  }

  /** Whoever has come back from the driver holds no lock of it. */
  void checkThatNoLockIsHeld() {
    for (Device each : model.devices()) {
      boolean held =
          each.lock.isHeldByCurrentThread()
              || (each instanceof IdxdDevice device && device.deviceLock.isHeldByCurrentThread())
              || (each instanceof IdxdWq wq && wq.wqLock.isHeldByCurrentThread());
      if (held) {
        throw new AssertionError("a lock of " + each + " is still held");
      }
    }
  }

  /** The node at a path, with symbolic links followed. */
  public Node resolve(String path) throws ErrnoException {
    return resolve(path, true);
  }

  private Node resolve(String path, boolean followLast) throws ErrnoException {
    Deque<String> ahead = new ArrayDeque<>(parts(absolute(path)));
    Deque<String> behind = new ArrayDeque<>();
    Node node = tree.root();
    while (!ahead.isEmpty()) {
      String name = ahead.pop();
      if (name.equals("..")) {
        behind.removeLast();
        continue;
      }
      node = tree.lookup("/" + String.join("/", behind) + (behind.isEmpty() ? "" : "/") + name);
      if (node.fileType() == Node.S_IFLNK && (followLast || !ahead.isEmpty())) {
        List<String> target = parts(node.linkTarget());
        for (int i = target.size() - 1; i >= 0; i--) {
          ahead.push(target.get(i));
        }
      } else {
        behind.addLast(name);
      }
    }
    return tree.lookup("/" + String.join("/", behind));
  }

  private static List<String> parts(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }

  public boolean exists(String path) {
    try {
      Node unused = resolve(path, false);
      return true;
    } catch (ErrnoException e) {
      return false;
    }
  }

  public List<String> list(String path) throws ErrnoException {
    return List.copyOf(((Directory) resolve(path)).children().keySet());
  }

  public String readlink(String path) throws ErrnoException {
    return resolve(path, false).linkTarget();
  }

  /** The whole text of a file, or the errno's name. */
  public String read(String path) {
    return answer(
        () -> {
          checkThatNoLockIsHeld();
          Handle file = resolve(path).open(shell.tid(), O_RDONLY);
          ByteBuffer buffer = ByteBuffer.allocate(8192);
          int count = file.read(buffer, 0);
          file.release();
          checkThatNoLockIsHeld();
          return new String(buffer.array(), 0, count, ISO_8859_1);
        });
  }

  /** Writes exactly that text with one write: "ok" for the full length, or the errno's name. */
  public String write(String path, String text) {
    checkThatNoLockIsHeld();
    String answer = tryToWrite(path, text);
    checkThatNoLockIsHeld();
    return answer;
  }

  private String tryToWrite(String path, String text) {
    return answer(
        () -> {
          Handle file = resolve(path).open(shell.tid(), O_WRONLY);
          byte[] bytes = text.getBytes(ISO_8859_1);
          int count = file.write(shell.tid(), ByteBuffer.wrap(bytes), 0);
          file.release();
          return count == bytes.length ? "ok" : "wrote " + count;
        });
  }

  /** Binds to a driver by its name. */
  public String bindTo(String driver, String name) {
    return write("/sys/bus/dsa/drivers/" + driver + "/bind", name);
  }

  /** Unbinds from a driver by its name. */
  public String unbindFrom(String driver, String name) {
    return write("/sys/bus/dsa/drivers/" + driver + "/unbind", name);
  }

  public String bind(String name) {
    return write(DRIVER + "bind", name);
  }

  public String unbind(String name) {
    return write(DRIVER + "unbind", name);
  }

  /** Writes that must all be taken: path, text, path, text, ... */
  public void set(String... pathsAndTexts) {
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      String result = write(pathsAndTexts[i], pathsAndTexts[i + 1]);
      if (!result.equals("ok")) {
        throw new IllegalStateException(
            pathsAndTexts[i] + " <- " + pathsAndTexts[i + 1] + ": " + result);
      }
    }
  }

  /** The reference's "basic config": engine 0 and queue 0 in group 0, type user, named app. */
  public void basicConfig(String mode) {
    set("engine0.0/group_id", "0");
    queue("wq0.0", mode, "user", "app");
  }

  /** A queue of 16 entries in group 0, with threshold 8 if it is shared. */
  public void queue(String wq, String mode, String type, String name) {
    set(wq + "/group_id", "0", wq + "/mode", mode, wq + "/size", "16", wq + "/priority", "10");
    if (mode.equals("shared")) {
      set(wq + "/threshold", "8");
    }
    set(wq + "/type", type, wq + "/name", name);
  }

  /** Binds what must bind. */
  public void enable(String... names) {
    for (String name : names) {
      set(DRIVER + "bind", name);
    }
  }

  @Override
  public void close() {
    checkThatNoLockIsHeld();
    hardware.close();
    further.forEach(DsaDevice::close);
    if (interrupts != null) {
      interrupts.shutdown();
      workers.shutdown();
    }
  }

  /** The kernel's log, one line after the other. */
  public String dmesg() {
    return new String(log.contents(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
