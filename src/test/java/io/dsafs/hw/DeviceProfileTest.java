package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.WqCfg;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a device is made from. */
class DeviceProfileTest {
  private final ObjectMapper mapper = new ObjectMapper();

  static DeviceProfile[] presets() {
    return new DeviceProfile[] {
      DeviceProfile.standard(),
      DeviceProfile.production(),
      DeviceProfile.readOnly(),
      DeviceProfile.versionTwo()
    };
  }

  @ParameterizedTest
  @MethodSource("presets")
  void comes_back_from_text_as_it_was(DeviceProfile profile) throws JsonProcessingException {
    String text = mapper.writeValueAsString(profile);

    assertThat(mapper.readValue(text, DeviceProfile.class)).isEqualTo(profile);
  }

  @Test
  void needs_only_capabilities_in_text() throws JsonProcessingException {
    DeviceProfile profile =
        mapper.readValue(
            "{\"name\":\"small\",\"version\":256,\"gencap\":277316829447,"
                + "\"wqcap\":16607023626453120,\"grpcap\":221188,\"engcap\":1,\"opcap\":[7]}",
            DeviceProfile.class);

    assertThat(profile.queues()).isEmpty();
    assertThat(profile.acceptsPriorityZero()).isFalse();
  }

  @Test
  void refuses_more_queues_than_there_is_room_for() {
    DeviceProfile good = DeviceProfile.standard();

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new DeviceProfile(
                    "big",
                    good.version(),
                    good.gencap(),
                    good.wqcap() | 0xff0000,
                    good.grpcap(),
                    good.engcap(),
                    good.opcap(),
                    0,
                    false,
                    good.config(),
                    good.queues(),
                    good.groups()));
  }

  @Test
  void may_accept_priority_zero() {
    Bench bench = Bench.stepped(DeviceProfile.standard().withPriorityZeroRefused(false));
    bench.configured().setWq(0, WqCfg.PRIORITY, 0);
    bench.run(Command.ENABLE_DEVICE, 0);
    bench.run(Command.ENABLE_WQ, 0);

    bench.post(0, Bench.noop());

    assertThat(bench.device.step()).isTrue();
  }

  @Test
  void of_a_later_part_has_no_event_log_that_could_be_enabled() {
    Bench bench = Bench.stepped(DeviceProfile.versionTwo());
    bench.set(GenCfg.GENCFG, GenCfg.EVL_EN, 1);

    int status = bench.command(Command.ENABLE_DEVICE.word(0));

    assertThat(CmdStatus.ERR.get(status)).isEqualTo(0x19);
    assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isZero();
  }

  @Test
  void may_change_configuration_space() {
    DeviceProfile good = DeviceProfile.standard();
    DeviceProfile.ConfigDword vectors =
        new DeviceProfile.ConfigDword(ConfigSpace.MSIX_CONTROL, 0x00049011, 0xc0000000, 0);
    DeviceProfile fewer =
        new DeviceProfile(
            "five vectors",
            good.version(),
            good.gencap(),
            good.wqcap(),
            good.grpcap(),
            good.engcap(),
            good.opcap(),
            0,
            false,
            List.of(vectors),
            good.queues(),
            good.groups());

    Bench bench = Bench.stepped(fewer);

    bench.device.write(0, Bench.MSIXPERM + 8 * 4, 4, 8);
    bench.device.write(0, Bench.MSIXPERM + 8 * 5, 4, 8);
    assertThat(bench.device.read(0, Bench.MSIXPERM + 8 * 4, 4)).isEqualTo(8);
    assertThat(bench.device.read(0, Bench.MSIXPERM + 8 * 5, 4)).isZero();
  }
}
