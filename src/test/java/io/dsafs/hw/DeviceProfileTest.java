package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.EngCap;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.GrpCap;
import io.dsafs.spec.WqCap;
import io.dsafs.spec.WqCfg;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a device is made from. */
class DeviceProfileTest {
  private final ObjectMapper mapper = new ObjectMapper();

  static DeviceProfile[] presets() {
    return new DeviceProfile[] {
      DeviceProfile.standard(),
      DeviceProfile.readOnly(),
      DeviceProfile.sapphireRapidsDsa(),
      DeviceProfile.sapphireRapidsIaa(),
      DeviceProfile.versionTwo(),
      DeviceProfile.everything()
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
        .isThrownBy(() -> good.toBuilder().name("big").wqcap(good.wqcap() | 0xff0000).build());
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
  void may_change_configuration_space() {
    DeviceProfile good = DeviceProfile.standard();
    DeviceProfile.ConfigDword vectors =
        new DeviceProfile.ConfigDword(ConfigSpace.MSIX_CONTROL, 0x00049011, 0xc0000000, 0);
    DeviceProfile fewer = good.toBuilder().name("five vectors").config(List.of(vectors)).build();

    Bench bench = Bench.stepped(fewer);

    bench.device.write(0, Bench.MSIXPERM + 8 * 4, 4, 8);
    bench.device.write(0, Bench.MSIXPERM + 8 * 5, 4, 8);
    assertThat(bench.device.read(0, Bench.MSIXPERM + 8 * 4, 4)).isEqualTo(8);
    assertThat(bench.device.read(0, Bench.MSIXPERM + 8 * 5, 4)).isZero();
  }

  /** Driver reference section 9.2. */
  @Nested
  class The_IAA_of_Sapphire_Rapids {
    private final Bench bench = Bench.stepped(DeviceProfile.sapphireRapidsIaa());

    @Test
    void has_its_own_device_id_and_the_same_class() {
      assertThat(bench.device.configRead(ConfigSpace.IDENTITY, 4)).isEqualTo(0x0cfe8086);
      assertThat(bench.device.configRead(ConfigSpace.CLASS, 4)).isEqualTo(0x08800000);
    }

    @Test
    void has_PASID_ATS_and_page_requests_where_a_DSA_has_them() {
      assertThat(bench.device.configRead(0x220, 2)).isEqualTo(0x000f);
      assertThat(bench.device.configRead(0x230, 2)).isEqualTo(0x001b);
      assertThat(bench.device.configRead(0x240, 2)).isEqualTo(0x0013);
    }

    @Test
    void shows_all_of_its_capabilities() {
      assertThat(bench.read(GenCap.GENCAP)).isEqualTo(0x71f10901f0105L);
      assertThat(bench.read(WqCap.WQCAP)).isEqualTo(0x3f000000080080L);
      assertThat(bench.read(GrpCap.GRPCAP)).isEqualTo(4);
      assertThat(bench.read(EngCap.ENGCAP)).isEqualTo(8);
      assertThat(bench.device.read(0, 0x40, 8)).isEqualTo(0xd);
      assertThat(bench.device.read(0, 0x48, 8)).isEqualTo(0x7f331c);
    }

    @Test
    void is_enabled_with_eight_engines_and_without_read_buffers() {
      bench.configureWq(0, true, 128, 0);
      bench.group(0, 1, 0xff);

      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);

      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(1);
    }

    @Test
    void has_no_ninth_engine() {
      bench.configureWq(0, true, 128, 0);
      bench.group(0, 1, 0x101);

      int status = bench.command(Command.ENABLE_DEVICE.word(0));

      assertThat(CmdStatus.ERR.get(status)).isEqualTo(0x17);
    }
  }

  /** Driver reference section 8.1, hardware reference section 2.4. */
  @Nested
  class Registers_from_0x180_on {
    @Test
    void are_IAACAP_of_an_IAA_of_version_2() {
      Bench first = Bench.stepped(iaa().iaacap(0x1fd).build());
      Bench second = Bench.stepped(iaa().version(0x200).iaacap(0x1fd).build());

      assertThat(first.device.read(0, 0x180, 8)).isZero();
      assertThat(second.device.read(0, 0x180, 8)).isEqualTo(0x1fd);
    }

    private static DeviceProfile.Builder iaa() {
      return DeviceProfile.sapphireRapidsIaa().toBuilder();
    }

    @Test
    void are_DSACAP_of_a_DSA_of_version_3() {
      DeviceProfile.Builder third =
          DeviceProfile.versionTwo().toBuilder()
              .dsacap(0x0014000e000007aaL, 0x00fa01ff01ff03ffL, 0xf18dL);

      Bench older = Bench.stepped(third.build());
      Bench bench = Bench.stepped(third.version(0x300).build());

      assertThat(older.device.read(0, 0x180, 8)).isZero();
      assertThat(bench.device.read(0, 0x180, 8)).isEqualTo(0x0014000e000007aaL);
      assertThat(bench.device.read(0, 0x188, 8)).isEqualTo(0x00fa01ff01ff03ffL);
      assertThat(bench.device.read(0, 0x190, 8)).isEqualTo(0xf18dL);
    }
  }
}
