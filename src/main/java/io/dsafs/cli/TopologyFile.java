package io.dsafs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.pci.PciAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads the description of a machine; the format is in Documentation/topology.md. */
final class TopologyFile {
  private static final Set<String> KEYS = Set.of("name", "functions");
  private static final Set<String> FUNCTION_KEYS = Set.of("address", "numaNode", "profile");

  /** MAX_NUMNODES of the kernel. */
  private static final int NUMA_NODES = 1024;

  private final Path file;
  private final DeviceProfile usual;

  private TopologyFile(Path file, DeviceProfile usual) {
    this.file = file;
    this.usual = usual;
  }

  /**
   * @param given the path as the user wrote it
   * @param usual the profile of functions that name none
   */
  static MachineTopology read(String given, DeviceProfile usual) throws CommandFailure {
    Path file = Path.of(given);
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure(
          "there is no topology '"
              + given
              + "'. Name "
              + MachineTopology.SPR_2S
              + " or a JSON file; see Documentation/topology.md.");
    }
    return new TopologyFile(file, usual).read();
  }

  private MachineTopology read() throws CommandFailure {
    JsonNode root;
    try {
      root = JsonMapper.builder().build().readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new CommandFailure(
          "the topology " + file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure("the topology " + file + " cannot be read: " + e.getMessage(), e);
    }
    if (!root.isObject()) {
      throw unusable("it is not a JSON object");
    }
    checkKeys(root, KEYS, "");
    JsonNode list = root.path("functions");
    if (!list.isArray() || list.isEmpty()) {
      throw unusable("\"functions\" must be a list of at least one");
    }
    if (list.size() > MachineTopology.MOST_FUNCTIONS) {
      throw unusable(list.size() + " functions are more than " + MachineTopology.MOST_FUNCTIONS);
    }
    List<MachineTopology.Function> functions = new ArrayList<>();
    Set<PciAddress> taken = new HashSet<>();
    for (JsonNode each : list) {
      MachineTopology.Function function = function(each, "function " + functions.size() + ": ");
      if (!taken.add(function.address())) {
        throw unusable("two functions are at " + function.address());
      }
      functions.add(function);
    }
    String name = root.path("name").asText(file.getFileName().toString());
    // It becomes a line of a file.
    return new MachineTopology(name.replaceAll("\\p{Cntrl}", " "), functions);
  }

  private MachineTopology.Function function(JsonNode json, String where) throws CommandFailure {
    if (!json.isObject()) {
      throw unusable(where + "it is not a JSON object");
    }
    checkKeys(json, FUNCTION_KEYS, where);
    return new MachineTopology.Function(
        address(json.path("address"), where),
        numaNode(json.path("numaNode"), where),
        profile(json.path("profile"), where));
  }

  private void checkKeys(JsonNode json, Set<String> known, String where) throws CommandFailure {
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw unusable(where + "there is no key \"" + name + "\"");
      }
    }
  }

  private PciAddress address(JsonNode json, String where) throws CommandFailure {
    try {
      return PciAddress.parse(json.asText("").toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(
          unusable(where + json + " is no \"address\" such as \"0000:6a:01.0\"").getMessage(), e);
    }
  }

  private int numaNode(JsonNode json, String where) throws CommandFailure {
    int node = json.asInt(-1);
    boolean number = json.isMissingNode() || json.isInt();
    if (!number || node < -1 || node >= NUMA_NODES) {
      throw unusable(where + json + " is no \"numaNode\": it is -1 (none) to " + (NUMA_NODES - 1));
    }
    return node;
  }

  private DeviceProfile profile(JsonNode json, String where) throws CommandFailure {
    if (json.isMissingNode()) {
      return usual;
    }
    String name = json.asText("");
    if (DeviceProfiles.lacksCmdmem(name)) {
      throw unusable(where + "profile N is about the whole machine; mount with --device-profile N");
    }
    try {
      return json instanceof ObjectNode fields
          ? DeviceProfiles.of(fields, "given there")
          : DeviceProfiles.find(name, file.toAbsolutePath().getParent());
    } catch (CommandFailure e) {
      throw new CommandFailure(unusable(where + e.getMessage()).getMessage(), e);
    }
  }

  private CommandFailure unusable(String reason) {
    return new CommandFailure("the topology " + file + " cannot be used: " + reason);
  }
}
