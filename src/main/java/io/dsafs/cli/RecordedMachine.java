package io.dsafs.cli;

import io.dsafs.hw.DeviceProfile;
import io.dsafs.pci.PciAddress;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.EngCap;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.WqCap;
import io.dsafs.survey.Recording;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The machine that a recording is of: its functions, where they are, and what they can do.
 *
 * <p>Capability registers are put together from the attributes that show them; what no attribute
 * shows is as in profile P. How the devices were configured is not taken over.
 */
final class RecordedMachine {
  private static final Pattern DEVICE = Pattern.compile("dsa[0-9]+");
  private static final String DSA = "0x0b25";
  private static final long BATCH = 1L << 1;

  private final Recording recording;

  private RecordedMachine(Recording recording) {
    this.recording = recording;
  }

  /** Reads a recording, and makes the topology of its machine. */
  static MachineTopology read(Path file) throws CommandFailure {
    RecordedMachine machine = new RecordedMachine(RecordingFile.read(file));
    try {
      return machine.topology(file.getFileName().toString());
    } catch (IllegalArgumentException | NullPointerException e) {
      throw new CommandFailure("the recording " + file + " cannot be used: " + e.getMessage(), e);
    }
  }

  private MachineTopology topology(String name) throws CommandFailure {
    List<MachineTopology.Function> functions = new ArrayList<>();
    boolean pasid = false;
    for (String address : recording.functions()) {
      String directory = recording.directory(address);
      if (!recording.line(directory + "/device").equals(Optional.of(DSA))) {
        continue; // what has no model
      }
      int numaNode = recording.line(directory + "/numa_node").map(Integer::parseInt).orElse(-1);
      String device = device(directory);
      functions.add(
          new MachineTopology.Function(
              PciAddress.parse(address), numaNode, profile(address, directory, device)));
      pasid |= recording.line(device + "/pasid_enabled").equals(Optional.of("1"));
    }
    if (functions.isEmpty()) {
      throw new CommandFailure("there is no DSA function (" + DSA + ") in the recording " + name);
    }
    return new MachineTopology(name, functions, pasid);
  }

  /** The directory of the device of a function; one that is not there if it had no driver. */
  private String device(String directory) {
    String prefix = directory + "/";
    return recording.files().keySet().stream()
        .filter(path -> path.startsWith(prefix))
        .filter(path -> DEVICE.matcher(path.substring(prefix.length())).matches())
        .findFirst()
        .orElse(prefix + "none");
  }

  private DeviceProfile profile(String address, String directory, String device) {
    DeviceProfile usual = DeviceProfile.standard();
    long gencap = number(device + "/gen_cap", usual.gencap());
    return new DeviceProfile(
        address,
        (int) number(device + "/version", usual.version()),
        gencap,
        wqcap(device, usual.wqcap()),
        grpcap(device, usual.grpcap()),
        EngCap.NUM_ENGINES.with(
            usual.engcap(),
            number(device + "/max_engines", EngCap.NUM_ENGINES.get(usual.engcap()))),
        opcap(device, gencap, usual),
        usual.cmdcap(),
        usual.acceptsPriorityZero(),
        config(directory),
        GenCap.CONFIG_EN.isSet(gencap) ? List.of() : DeviceProfile.readOnly().queues(),
        GenCap.CONFIG_EN.isSet(gencap) ? List.of() : DeviceProfile.readOnly().groups());
  }

  private long wqcap(String device, long usual) {
    long sized =
        WqCap.TOTAL_WQ_SIZE.with(
            usual, number(device + "/max_work_queues_size", WqCap.TOTAL_WQ_SIZE.get(usual)));
    return WqCap.NUM_WQS.with(sized, number(device + "/max_work_queues", WqCap.NUM_WQS.get(usual)));
  }

  private long grpcap(String device, long usual) {
    long tokens =
        number(
            device + "/max_read_buffers",
            number(device + "/max_tokens", GrpCap.TOTAL_TOKENS.get(usual)));
    return GrpCap.NUM_GROUPS.with(
        GrpCap.TOTAL_TOKENS.with(usual, tokens),
        number(device + "/max_groups", GrpCap.NUM_GROUPS.get(usual)));
  }

  /** One number, or words of 32 bits, the highest first, in which batches may be hidden. */
  private List<Long> opcap(String device, long gencap, DeviceProfile usual) {
    Optional<String> text = recording.line(device + "/op_cap");
    if (text.isEmpty()) {
      return usual.opcap();
    }
    if (text.get().startsWith("0x")) {
      return List.of(parse(text.get().split(" ")[0]));
    }
    String[] words = text.get().split(",");
    List<Long> opcap = new ArrayList<>();
    for (int i = words.length - 1; i > 0; i -= 2) {
      opcap.add(Long.parseLong(words[i], 16) | Long.parseLong(words[i - 1], 16) << 32);
    }
    if (GenCap.MAX_BATCH_SHIFT.get(gencap) > 0) {
      opcap.set(0, opcap.get(0) | BATCH);
    }
    return opcap;
  }

  /**
   * The bits of configuration space that nobody can write, where they differ from the usual ones.
   */
  private List<DeviceProfile.ConfigDword> config(String directory) {
    String hex =
        Optional.ofNullable(recording.files().get(directory + "/config"))
            .map(file -> file.hex())
            .orElse("");
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
    Map<Integer, ConfigSpace.Dword> usual = new HashMap<>();
    for (ConfigSpace.Dword dword : ConfigSpace.DWORDS) {
      usual.put(dword.offset(), dword);
    }
    List<DeviceProfile.ConfigDword> differing = new ArrayList<>();
    while (bytes.remaining() >= Integer.BYTES) {
      int offset = bytes.position();
      ConfigSpace.Dword dword =
          usual.getOrDefault(offset, new ConfigSpace.Dword(offset, 0, 0, 0, "recorded"));
      int writable = dword.writeMask() | dword.oneClearsMask();
      int reset = (bytes.getInt() & ~writable) | (dword.reset() & writable);
      if (reset != dword.reset()) {
        differing.add(
            new DeviceProfile.ConfigDword(offset, reset, dword.writeMask(), dword.oneClearsMask()));
      }
    }
    return differing;
  }

  private long number(String path, long otherwise) {
    return recording.line(path).map(RecordedMachine::parse).orElse(otherwise);
  }

  private static long parse(String text) {
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseLong(text);
  }
}
