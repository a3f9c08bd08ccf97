package io.dsafs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.spec.DeviceKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Documentation/device-profile.md. */
class DeviceProfilesTest {
  private static DeviceProfile of(String json) throws CommandFailure, JsonProcessingException {
    return DeviceProfiles.of((ObjectNode) new JsonMapper().readTree(json), "test");
  }

  @ParameterizedTest
  @CsvSource({
    "P, DSA, 0x0b25, 0x100",
    "n, DSA, 0x0b25, 0x100",
    "S, DSA, 0x0b25, 0x100",
    "a, IAX, 0x0cfe, 0x100",
    "V2, DSA, 0x0b25, 0x200",
  })
  void are_found_by_name(String name, DeviceKind kind, String deviceId, String version)
      throws CommandFailure {
    DeviceProfile profile = DeviceProfiles.find(name);

    assertThat(profile.kind()).isEqualTo(kind);
    assertThat(profile.deviceId()).isEqualTo(Integer.decode(deviceId));
    assertThat(profile.version()).isEqualTo(Integer.decode(version));
  }

  @Test
  void take_what_a_file_leaves_out_from_P() throws CommandFailure, JsonProcessingException {
    assertThat(of("{\"deviceId\": \"0x11fb\"}"))
        .isEqualTo(DeviceProfile.standard().toBuilder().deviceId(0x11fb).build());
  }

  @Test
  void take_what_the_file_of_an_IAX_leaves_out_from_A()
      throws CommandFailure, JsonProcessingException {
    assertThat(of("{\"kind\": \"iax\", \"version\": \"0x200\"}"))
        .isEqualTo(DeviceProfile.sapphireRapidsIaa().toBuilder().version(0x200).build());
  }

  @Test
  void place_an_IAX_as_the_second_device_of_its_bus() throws CommandFailure {
    MachineOptions options = new MachineOptions();
    options.deviceProfile = "A";

    assertThat(MachineTopology.of(options).functions())
        .extracting(function -> function.address().toString())
        .containsExactly("0000:6a:02.0");
  }
}
