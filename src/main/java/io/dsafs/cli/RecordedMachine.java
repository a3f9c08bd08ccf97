package io.dsafs.cli;

import io.dsafs.hw.DeviceProfile;
import io.dsafs.pci.PciAddress;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.EngCap;
import io.dsafs.spec.Field;
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
  private static final Pattern DEVICE = Pattern.compile("(dsa|iax)[0-9]+");
  private static final int VERSION_2 = 0x200;
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

  /** Which driver the recorded tree was of. */
  static MachineOptions.Abi abi(Path file) throws CommandFailure {
    String profile = RecordingFile.read(file).profile();
    return profile.equals(MachineOptions.Abi.MAINLINE.toString())
        ? MachineOptions.Abi.MAINLINE
        : MachineOptions.Abi.SWQ_V1;
  }

  /** Whether the module {@code iaa_crypto} was loaded in the recorded tree. */
  static boolean iaaCrypto(Path file) throws CommandFailure {
    return RecordingFile.read(file).files().containsKey("sys/bus/dsa/drivers/crypto");
  }

  private MachineTopology topology(String name) throws CommandFailure {
    List<MachineTopology.Function> functions = new ArrayList<>();
    boolean pasid = false;
    for (String address : recording.functions()) {
      String directory = recording.directory(address);
      int numaNode = recording.line(directory + "/numa_node").map(Integer::parseInt).orElse(-1);
      String device = device(directory);
      functions.add(
          new MachineTopology.Function(
              PciAddress.parse(address), numaNode, profile(address, directory, device)));
      pasid |= !recording.line(device + "/pasid_enabled").equals(Optional.of("0"));
    }
    if (functions.isEmpty()) {
      throw new CommandFailure("there is no DSA or IAA function in the recording " + name);
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
    boolean iax = device.contains("/iax");
    DeviceProfile usual = iax ? DeviceProfile.sapphireRapidsIaa() : DeviceProfile.standard();
    if (!iax && number(device + "/version", 0) >= VERSION_2) {
      usual = DeviceProfile.versionTwo();
    }
    long gencap = number(device + "/gen_cap", usual.gencap());
    DeviceProfile.Builder builder =
        usual.toBuilder()
            .name(address)
            .deviceId((int) number(directory + "/device", usual.deviceId()))
            .version((int) number(device + "/version", usual.version()))
            .gencap(gencap)
            .wqcap(wqcap(device, usual.wqcap()))
            .grpcap(grpcap(device, usual.grpcap()))
            .engcap(
                EngCap.NUM_ENGINES.with(
                    usual.engcap(),
                    number(device + "/max_engines", EngCap.NUM_ENGINES.get(usual.engcap()))))
            .opcap(opcap(device, gencap, usual).toArray(Long[]::new))
            .iaacap(number(device + "/iaa_cap", usual.iaacap()))
            .config(config(directory));
    if (!GenCap.CONFIG_EN.isSet(gencap)) {
      builder.queues(DeviceProfile.readOnly().queues()).groups(DeviceProfile.readOnly().groups());
    }
    return builder.build();
  }

  private long wqcap(String device, long usual) {
    long sized =
        WqCap.TOTAL_WQ_SIZE.with(
            usual, number(device + "/max_work_queues_size", WqCap.TOTAL_WQ_SIZE.get(usual)));
    long queues =
        WqCap.NUM_WQS.with(sized, number(device + "/max_work_queues", WqCap.NUM_WQS.get(usual)));
    if (recording.profile().equals("swq-v1")) {
      return queues;
    }
    long ats = shown(queues, WqCap.WQ_ATS_SUPPORT, device, "/ats_disable");
    long prs = shown(ats, WqCap.WQ_PRS_SUPPORT, device, "/prs_disable");
    return shown(prs, WqCap.OP_CONFIG, device, "/op_config");
  }

  /** With a bit that an attribute of queues stands for. */
  private long shown(long register, Field bit, String device, String attribute) {
    boolean there =
        recording.files().keySet().stream()
            .anyMatch(path -> path.startsWith(device + "/wq") && path.endsWith(attribute));
    return bit.with(register, there ? 1 : 0);
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
