package io.dsafs.pci;

import static io.dsafs.pci.ErrnoAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.pci.PciFixture.TestDriver;
import io.dsafs.pci.QuirkTable.Phase;
import io.dsafs.pci.QuirkTable.Quirk;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Enumeration, quirks, and how functions meet drivers. */
class PciBusTest {
  private final PciFixture fixture = new PciFixture();

  @Nested
  class Enumeration {
    @Test
    void gives_the_first_function_the_addresses_of_a_real_machine() {
      PciDevice device = fixture.add();

      assertThat(device.resourceStart(0)).isEqualTo(0x206ffff40000L);
      assertThat(device.resourceLength(0)).isEqualTo(64 << 10);
      assertThat(device.resourceStart(2)).isEqualTo(0x206ffff00000L);
      assertThat(device.resourceLength(2)).isEqualTo(128 << 10);
      assertThat(device.resourceLength(1)).isZero();
      assertThat(device.resourceStart(4)).isZero();
      assertThat(fixture.endpoint.dword(0x10)).isEqualTo(0xfff4000c);
      assertThat(fixture.endpoint.dword(0x14)).isEqualTo(0x206f);
      assertThat(fixture.endpoint.dword(0x18)).isEqualTo(0xfff0000c);
    }

    @Test
    void gives_the_next_function_other_addresses() {
      PciDevice first = fixture.add();
      PciDevice second =
          fixture.bus.addFunction(PciAddress.parse("0000:6f:01.0"), new FakeEndpoint(), 0);

      assertThat(second.resourceStart(2)).isEqualTo(0x206fffe00000L);
      assertThat(second.resourceStart(0)).isEqualTo(0x206fffe40000L);
      assertThat(second.resourceStart(0) + second.resourceLength(0))
          .isLessThanOrEqualTo(first.resourceStart(2));
    }

    @Test
    void keeps_the_addresses_that_firmware_gave() {
      fixture.endpoint.configWrite(0x10, 4, 0x80000000);
      fixture.endpoint.configWrite(0x18, 4, 0x90000000);
      PciDevice device = fixture.add();
      assertThat(device.resourceStart(0)).isEqualTo(0x80000000L);
      assertThat(device.resourceStart(2)).isEqualTo(0x90000000L);
    }

    @Test
    void reads_who_the_function_is() {
      PciDevice device = fixture.add();
      assertThat(device.vendor()).isEqualTo(0x8086);
      assertThat(device.deviceId()).isEqualTo(0x0b25);
      assertThat(device.subsystemVendor()).isEqualTo(0x8086);
      assertThat(device.subsystemDevice()).isZero();
      assertThat(device.deviceClass()).isEqualTo(0x088000);
      assertThat(device.address()).isEqualTo(PciFixture.ADDRESS);
      assertThat(device.numaNode()).isZero();
      assertThat(device.msixVectorCount()).isEqualTo(9);
    }

    @Test
    void reads_subsystem_and_revision_where_there_are_any() throws ErrnoException {
      fixture.endpoint.row(0x008, 0x08800003, 0);
      fixture.endpoint.row(0x02c, 0x12348086, 0);
      fixture.endpoint.flr();

      PciDevice device = fixture.add();

      assertThat(device.subsystemDevice()).isEqualTo(0x1234);
      assertThat(fixture.read("subsystem_device")).isEqualTo("0x1234\n");
      assertThat(fixture.read("revision")).isEqualTo("0x03\n");
    }

    @Test
    void lets_an_IOMMU_switch_on_PASID_PRI_and_ATS() {
      fixture.add();
      assertThat(fixture.endpoint.dword(0x234)).isEqualTo(0x00051404);
      assertThat(fixture.endpoint.dword(0x244)).isEqualTo(0x81000001);
      assertThat(fixture.endpoint.dword(0x24c)).isEqualTo(0x200);
      assertThat(fixture.endpoint.dword(0x224)).isEqualTo(0x80000060);
    }

    @Test
    void leaves_them_off_without_an_IOMMU() {
      PciFixture bare = new PciFixture(QuirkTable.standard(), Runnable::run, false);
      bare.add();
      assertThat(bare.endpoint.dword(0x234)).isEqualTo(0x1404);
      assertThat(bare.endpoint.dword(0x244)).isEqualTo(0x81000000);
      assertThat(bare.endpoint.dword(0x224)).isEqualTo(0x60);
    }

    @Test
    void leaves_memory_space_and_bus_mastering_off() {
      fixture.add();
      assertThat(fixture.endpoint.dword(4) & 0xffff).isZero();
    }

    @Test
    void refuses_an_address_that_is_taken() {
      fixture.add();
      assertThatThrownBy(fixture::add).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void survives_a_loop_of_capabilities() {
      FakeEndpoint loop = new FakeEndpoint();
      loop.row(0x090, 0x00034001, 0);
      loop.row(0x240, 0x10010013, 0);
      loop.flr();
      ConfigSpace config = new ConfigSpace(loop);

      assertThat(config.findCapability(0x11)).isEqualTo(0x80);
      assertThat(config.findCapability(0x55)).isZero();
      assertThat(config.findExtendedCapability(0x1b)).isEqualTo(0x230);
      assertThat(config.findExtendedCapability(0x55)).isZero();
    }
  }

  /** swq-v1 section 7. */
  @Nested
  class Quirks {
    @Test
    void run_in_the_order_of_their_phases_before_a_driver_comes() {
      List<String> ran = new ArrayList<>();
      QuirkTable table =
          new QuirkTable(
              List.of(
                  quirk(0x0b25, Phase.FINAL, ran),
                  quirk(0x0b25, Phase.HEADER, ran),
                  quirk(0x0b25, Phase.EARLY, ran),
                  quirk(0x0cfe, Phase.EARLY, ran)));
      PciFixture machine = new PciFixture(table, Runnable::run, true);
      TestDriver driver = machine.addDriver();

      machine.add();

      assertThat(ran).containsExactly("EARLY bar 0", "HEADER bar 65536", "FINAL bar 65536");
      assertThat(driver.calls).containsExactly("probe 0000:6a:01.0");
    }

    private Quirk quirk(int device, Phase phase, List<String> ran) {
      return new Quirk(
          0x8086,
          device,
          phase,
          d -> ran.add(phase + " bar " + d.resourceLength(0)),
          "what the hardware lacks");
    }

    @Test
    void set_cmdmem_on_the_first_DSA_only() {
      assertThat(fixture.add().cmdmem()).isTrue();
      assertThat(
              fixture
                  .bus
                  .addFunction(PciAddress.parse("0000:6a:02.0"), new FakeEndpoint(0x0cfe), 0)
                  .cmdmem())
          .isFalse();
    }

    @Test
    void leave_cmdmem_unset_when_switched_off() {
      PciFixture machine = new PciFixture(QuirkTable.withoutCmdmem(), Runnable::run, true);
      assertThat(machine.add().cmdmem()).isFalse();
    }
  }

  @Nested
  class Drivers {
    private static final String DRIVER = "/sys/bus/pci/drivers/idxd/";

    @Test
    void are_probed_with_functions_in_their_table() {
      TestDriver driver = fixture.addDriver();
      PciDevice device = fixture.add();
      fixture.bus.addFunction(PciAddress.parse("0000:6a:02.0"), new FakeEndpoint(0x0cfe), 0);

      assertThat(driver.calls).containsExactly("probe 0000:6a:01.0");
      assertThat(device.driver()).isSameAs(driver);
      assertThat(fixture.exists(DRIVER + "0000:6a:01.0")).isTrue();
    }

    @Test
    void fit_no_function_that_is_in_no_table() throws ErrnoException {
      TestDriver driver = fixture.addDriver();
      fixture.write(DRIVER + "new_id", "8086 0cfe\n");
      PciDevice stranger =
          fixture.bus.addFunction(PciAddress.parse("0000:6a:03.0"), new FakeEndpoint(0x1212), 0);

      assertThat(fixture.bus.match(stranger, driver)).isFalse();
      assertThat(stranger.driver()).isNull();
      assertThat(driver.calls).isEmpty();
    }

    @Test
    void have_write_only_id_files() throws ErrnoException {
      fixture.addDriver();
      assertThat(fixture.node(DRIVER + "new_id").permissions()).isEqualTo(0200);
      assertThat(fixture.node(DRIVER + "remove_id").permissions()).isEqualTo(0200);
    }

    @Test
    void take_a_new_id_and_the_functions_that_have_it() throws ErrnoException {
      TestDriver driver = fixture.addDriver();
      fixture.bus.addFunction(PciAddress.parse("0000:6a:02.0"), new FakeEndpoint(0x0cfe), 0);

      assertThat(fixture.write(DRIVER + "new_id", "8086 0cfe\n")).isEqualTo(10);

      assertThat(driver.calls).containsExactly("probe 0000:6a:02.0");
    }

    @ParameterizedTest
    @CsvSource({
      "8086, EINVAL",
      "'', EINVAL",
      "hello, EINVAL",
      "8086 0b25, EEXIST",
      "0x8086 0xb25, EEXIST",
      "8086 0cfe 8086 0 0 0 1, EINVAL"
    })
    void refuse_a_new_id(String text, Errno errno) {
      fixture.addDriver();
      assertRefused(errno, () -> fixture.write(DRIVER + "new_id", text + "\n"));
    }

    @Test
    void take_a_known_id_when_all_seven_numbers_are_given() throws ErrnoException {
      fixture.addDriver();
      String text = "8086 0b25 ffffffff ffffffff 0 0 0";
      assertThat(fixture.write(DRIVER + "new_id", text)).isEqualTo(text.length());
    }

    @Test
    void forget_an_id_but_keep_the_function() throws ErrnoException {
      TestDriver driver = fixture.addDriver();
      PciDevice iax =
          fixture.bus.addFunction(PciAddress.parse("0000:6a:02.0"), new FakeEndpoint(0x0cfe), 0);
      fixture.write(DRIVER + "new_id", "8086 0cfe");

      fixture.write(DRIVER + "remove_id", "8086 0cfe");

      assertThat(iax.driver()).isSameAs(driver);
      assertRefused(Errno.ENODEV, () -> fixture.write(DRIVER + "remove_id", "8086 0cfe"));
      assertRefused(Errno.ENODEV, () -> fixture.write(DRIVER + "remove_id", "8086 0b25"));
      assertRefused(Errno.EINVAL, () -> fixture.write(DRIVER + "remove_id", "8086"));
      fixture.write(DRIVER + "unbind", "0000:6a:02.0");
      assertRefused(Errno.ENODEV, () -> fixture.write(DRIVER + "bind", "0000:6a:02.0"));
    }

    @Test
    void obey_an_override() throws ErrnoException {
      PciDevice device = fixture.add();
      fixture.write("driver_override", "vfio-pci\n");
      TestDriver idxd = fixture.addDriver();
      assertThat(idxd.calls).isEmpty();

      TestDriver other = new TestDriver("vfio-pci", fixture.bus);
      fixture.model.addDriver(other);

      assertThat(device.driver()).isSameAs(other);
    }

    @Test
    void get_an_unknown_function_by_override() throws ErrnoException {
      TestDriver driver = fixture.addDriver();
      PciDevice iax =
          fixture.bus.addFunction(PciAddress.parse("0000:6a:02.0"), new FakeEndpoint(0x0cfe), 0);

      fixture.write("/sys/devices/pci0000:6a/0000:6a:02.0/driver_override", "idxd");
      fixture.write("/sys/bus/pci/drivers_probe", "0000:6a:02.0");

      assertThat(iax.driver()).isSameAs(driver);
    }

    @Test
    void are_unbound_and_bound_through_files() throws ErrnoException {
      TestDriver driver = fixture.addDriver();
      fixture.add();

      fixture.write(DRIVER + "unbind", "0000:6a:01.0\n");
      fixture.write(DRIVER + "bind", "0000:6a:01.0");

      assertThat(driver.calls)
          .containsExactly("probe 0000:6a:01.0", "remove 0000:6a:01.0", "probe 0000:6a:01.0");
    }

    @Test
    void are_told_of_a_shutdown() {
      TestDriver driver = fixture.addDriver();
      fixture.add();
      fixture.bus.addFunction(PciAddress.parse("0000:6f:01.0"), new FakeEndpoint(), 0);
      driver.calls.clear();

      fixture.bus.shutdown();

      assertThat(driver.calls).containsExactly("shutdown 0000:6f:01.0", "shutdown 0000:6a:01.0");
    }
  }

  @Nested
  class HotPlug {
    @Test
    void remove_takes_a_device_away_and_rescan_brings_it_back() throws ErrnoException {
      TestDriver driver = fixture.addDriver();
      fixture.add();

      assertThat(fixture.write("remove", "1\n")).isEqualTo(2);

      assertThat(fixture.exists(PciFixture.DEVICE)).isFalse();
      assertThat(fixture.endpoint.dword(0x234)).isEqualTo(0x1404);

      fixture.write("/sys/bus/pci/rescan", "1");

      PciDevice back = (PciDevice) fixture.bus.device("0000:6a:01.0");
      assertThat(back.resourceStart(0)).isEqualTo(0x206ffff40000L);
      assertThat(driver.calls)
          .containsExactly("probe 0000:6a:01.0", "remove 0000:6a:01.0", "probe 0000:6a:01.0");
    }

    @Test
    void a_device_s_rescan_looks_at_its_own_bus() throws ErrnoException {
      fixture.add();
      fixture.bus.addFunction(PciAddress.parse("0000:6a:02.0"), new FakeEndpoint(), 0);
      fixture.bus.addFunction(PciAddress.parse("0000:6f:01.0"), new FakeEndpoint(), 0);
      fixture.write("/sys/devices/pci0000:6a/0000:6a:02.0/remove", "1");
      fixture.write("/sys/devices/pci0000:6f/0000:6f:01.0/remove", "1");

      fixture.write("rescan", "1");

      assertThat(fixture.bus.device("0000:6a:02.0")).isNotNull();
      assertThat(fixture.bus.device("0000:6f:01.0")).isNull();
    }

    @Test
    void zero_does_nothing_and_words_are_EINVAL() throws ErrnoException {
      fixture.add();
      fixture.write("remove", "0");
      fixture.write("rescan", "0");
      assertThat(fixture.exists(PciFixture.DEVICE)).isTrue();
      assertRefused(Errno.EINVAL, () -> fixture.write("remove", "x"));
      assertRefused(Errno.EINVAL, () -> fixture.write("rescan", "\n"));
      assertRefused(Errno.EINVAL, () -> fixture.write("/sys/bus/pci/rescan", "yes"));
    }
  }

  @Nested
  class Address {
    @Test
    void reads_what_it_prints() {
      assertThat(PciAddress.parse("0000:6a:01.0")).isEqualTo(new PciAddress(0, 0x6a, 1, 0));
      assertThat(new PciAddress(1, 2, 0x1f, 7)).hasToString("0001:02:1f.7");
    }

    @ParameterizedTest
    @ValueSource(strings = {"6a:01.0", "0000:6a:20.0", "0000:6a:01.8", "0000:6A:01.0", ""})
    void refuses_anything_else(String text) {
      assertThatThrownBy(() -> PciAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sorts_by_domain_bus_device_function() {
      assertThat(PciAddress.parse("0000:f6:01.0"))
          .isGreaterThan(PciAddress.parse("0000:6a:01.0"))
          .isLessThan(PciAddress.parse("0001:00:00.0"));
    }
  }
}
