package io.dsafs.cli;

import io.dsafs.hw.DeviceProfile;
import io.dsafs.pci.PciAddress;
import io.dsafs.spec.DeviceKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which accelerators a machine has, and where they are.
 *
 * @param name for the user
 * @param functions in the order of their addresses, in which they are found and numbered
 */
record MachineTopology(String name, List<Function> functions) {
  /** More than a machine has. */
  static final int MOST_FUNCTIONS = 256;

  /** The preset: the DSA functions of a Xeon of the fourth generation with two sockets. */
  static final String SPR_2S = "spr-2s";

  /**
   * A device in its place.
   *
   * @param numaNode -1 for none
   */
  record Function(PciAddress address, int numaNode, DeviceProfile profile) {}

  /** Buses of the preset, four to a socket. Source: hardware reference section 1.1. */
  private static final int[] BUSES = {0x6a, 0x6f, 0x74, 0x79, 0xe7, 0xec, 0xf1, 0xf6};

  private static final int BUSES_PER_SOCKET = 4;

  /** Device numbers on those buses. */
  private static final int DSA_DEVICE = 1;

  private static final int IAX_DEVICE = 2;

  /** Puts the functions in order. */
  MachineTopology {
    functions = functions.stream().sorted(Comparator.comparing(Function::address)).toList();
  }

  /** What the options say. */
  static MachineTopology of(MachineOptions options) throws CommandFailure {
    DeviceProfile profile = DeviceProfiles.find(options.deviceProfile());
    if (options.topology == null) {
      return ofDevices(options.devices + " devices", options.devices, profile, options.hasIax());
    }
    if (options.topology.equals(SPR_2S)) {
      return ofDevices(SPR_2S, BUSES.length, profile, options.hasIax());
    }
    return TopologyFile.read(options.topology, profile);
  }

  /**
   * As many devices on the preset's places; the ninth and so on are in further domains.
   *
   * @param iax whether an IAA stands next to each DSA
   */
  private static MachineTopology ofDevices(
      String name, int count, DeviceProfile profile, boolean iax) {
    List<Function> functions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int place = i % BUSES.length;
      int device = profile.kind() == DeviceKind.IAX ? IAX_DEVICE : DSA_DEVICE;
      PciAddress address = new PciAddress(i / BUSES.length, BUSES[place], device, 0);
      int node = place / BUSES_PER_SOCKET;
      functions.add(new Function(address, node, profile));
      if (iax && profile.kind() == DeviceKind.DSA) {
        PciAddress next = new PciAddress(i / BUSES.length, BUSES[place], IAX_DEVICE, 0);
        functions.add(new Function(next, node, DeviceProfile.sapphireRapidsIaa()));
      }
    }
    return new MachineTopology(name, functions);
  }
}
