package io.dsafs.pci;

import static io.dsafs.pci.ErrnoAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files of swq-v1 section 1.8, and what lspci and setpci do with them (clients, 12). */
class PciDeviceAttributesTest {
  private final PciFixture fixture = new PciFixture();

  @ParameterizedTest
  @CsvSource({
    "vendor, 0444, 0x8086",
    "device, 0444, 0x0b25",
    "subsystem_vendor, 0444, 0x8086",
    "subsystem_device, 0444, 0x0000",
    "revision, 0444, 0x00",
    "class, 0444, 0x088000",
    "irq, 0444, 0",
    "enable, 0644, 0",
    "broken_parity_status, 0644, 0",
    "msi_bus, 0644, 1",
    "d3cold_allowed, 0644, 1",
    "ari_enabled, 0444, 0",
    "numa_node, 0644, 0",
    "dma_mask_bits, 0444, 32",
    "consistent_dma_mask_bits, 0444, 32",
    "driver_override, 0644, (null)",
    "modalias, 0444, pci:v00008086d00000B25sv00008086sd00000000bc08sc80i00",
    "power/control, 0644, on",
    "power/runtime_status, 0444, active"
  })
  void show(String file, String mode, String text) throws ErrnoException {
    fixture.add();
    assertThat(fixture.read(file)).isEqualTo(text + "\n");
    assertThat(fixture.node(PciFixture.DEVICE + "/" + file).permissions())
        .isEqualTo(Integer.parseInt(mode, 8));
  }

  @ParameterizedTest
  @CsvSource({
    "rescan, 0200, 4096",
    "reset, 0200, 4096",
    "remove, 0220, 4096",
    "config, 0644, 4096",
    "resource0, 0600, 65536",
    "resource2, 0600, 131072",
    "uevent, 0644, 4096",
    "local_cpus, 0444, 4096",
    "local_cpulist, 0444, 4096"
  })
  void have_modes_and_sizes(String file, String mode, long size) throws ErrnoException {
    fixture.add();
    assertThat(fixture.node(PciFixture.DEVICE + "/" + file).permissions())
        .isEqualTo(Integer.parseInt(mode, 8));
    assertThat(fixture.node(PciFixture.DEVICE + "/" + file).size()).isEqualTo(size);
  }

  @Test
  void exist_for_BARs_that_exist() {
    fixture.add();
    assertThat(fixture.exists(PciFixture.DEVICE + "/resource1")).isFalse();
    assertThat(fixture.exists(PciFixture.DEVICE + "/resource4")).isFalse();
  }

  @Test
  void resource_has_a_line_for_each_of_thirteen() throws ErrnoException {
    fixture.add();
    String none = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
    assertThat(fixture.read("resource"))
        .isEqualTo(
            "0x0000206ffff40000 0x0000206ffff4ffff 0x000000000014220c\n"
                + none
                + "0x0000206ffff00000 0x0000206ffff1ffff 0x000000000014220c\n"
                + none.repeat(10));
  }

  @Test
  void uevent_names_the_driver_first() throws ErrnoException {
    fixture.add();
    fixture.addDriver();
    assertThat(fixture.read("uevent"))
        .isEqualTo(
            """
            DRIVER=idxd
            PCI_CLASS=88000
            PCI_ID=8086:0B25
            PCI_SUBSYS_ID=8086:0000
            PCI_SLOT_NAME=0000:6a:01.0
            MODALIAS=pci:v00008086d00000B25sv00008086sd00000000bc08sc80i00
            """);
  }

  @Test
  void config_is_read_in_any_pieces() throws ErrnoException {
    fixture.add();
    byte[] all = fixture.readBytes("config", 0, 4096);

    assertThat(all).hasSize(4096).startsWith(0x86, 0x80, 0x25, 0x0b);
    assertThat(fixture.readBytes("config", 1, 7)).isEqualTo(Arrays.copyOfRange(all, 1, 8));
    assertThat(fixture.readBytes("config", 4095, 9)).hasSize(1);
  }

  @Test
  void config_writes_reach_the_function() throws ErrnoException {
    fixture.add();
    assertThat(fixture.writeBytes("config", 4, (byte) 0x46, (byte) 0x01)).isEqualTo(2);
    assertThat(fixture.endpoint.dword(4) & 0xffff).isEqualTo(0x146);
  }

  @Test
  void resource0_is_read_and_written_in_aligned_pieces() throws ErrnoException {
    PciDevice device = fixture.add();
    device.enable();
    byte[] bytes = new byte[13];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i + 1);
    }

    assertThat(fixture.writeBytes("resource0", 0x63, bytes)).isEqualTo(13);

    assertThat(fixture.endpoint.writes)
        .containsExactly("0 63 1 1", "0 64 4 5040302", "0 68 8 d0c0b0a09080706");
    assertThat(fixture.readBytes("resource0", 0x63, 13)).isEqualTo(bytes);
    assertThat(fixture.readBytes("resource2", 0, 4)).containsOnly(0xff);
  }

  @Test
  void driver_override_ends_at_a_line_and_is_lifted_by_an_empty_one() throws ErrnoException {
    fixture.add();
    assertThat(fixture.write("driver_override", "vfio-pci\nrest")).isEqualTo(13);
    assertThat(fixture.read("driver_override")).isEqualTo("vfio-pci\n");
    fixture.write("driver_override", "\n");
    assertThat(fixture.read("driver_override")).isEqualTo("(null)\n");
    assertRefused(Errno.EINVAL, () -> fixture.write("driver_override", "x".repeat(4095)));
  }

  @Test
  void enable_counts_and_refuses_below_zero_with_EIO() throws ErrnoException {
    fixture.add();
    fixture.write("enable", "1\n");
    fixture.write("enable", "0x1");
    assertThat(fixture.read("enable")).isEqualTo("2\n");
    assertThat(fixture.endpoint.dword(4) & 2).isEqualTo(2);
    fixture.write("enable", "0");
    fixture.write("enable", "00");
    assertRefused(Errno.EIO, () -> fixture.write("enable", "0"));
    assertRefused(Errno.EINVAL, () -> fixture.write("enable", "x"));
  }

  @Test
  void enable_of_a_bound_function_is_EBUSY() {
    fixture.add();
    fixture.addDriver();
    assertRefused(Errno.EBUSY, () -> fixture.write("enable", "1"));
  }

  @ParameterizedTest
  @CsvSource({"-1, -1", "0, 0", "0x0, 0", "+0, 0"})
  void numa_node_takes_a_node_that_is_there(String text, String shown) throws ErrnoException {
    fixture.add();
    fixture.write("numa_node", text);
    assertThat(fixture.read("numa_node")).isEqualTo(shown + "\n");
  }

  @ParameterizedTest
  @CsvSource({"-2, EINVAL", "1, EINVAL", "1024, EINVAL", "x, EINVAL", "4294967296, ERANGE"})
  void numa_node_refuses(String text, Errno errno) {
    fixture.add();
    assertRefused(errno, () -> fixture.write("numa_node", text));
  }

  @ParameterizedTest
  @CsvSource({"broken_parity_status, 2, 1", "d3cold_allowed, 0, 0", "msi_bus, 0, 0"})
  void flags_take_numbers(String file, String text, String shown) throws ErrnoException {
    fixture.add();
    fixture.write(file, text);
    assertThat(fixture.read(file)).isEqualTo(shown + "\n");
    assertRefused(Errno.EINVAL, () -> fixture.write(file, "yes"));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0",
    "2, 3, 0-1",
    "6, 3f, 0-5",
    "32, ffffffff, 0-31",
    "33, '1,ffffffff', 0-32",
    "64, 'ffffffff,ffffffff', 0-63"
  })
  void cpus_are_a_mask_or_a_list(int count, String mask, String list) {
    assertThat(new Cpus(count).mask()).isEqualTo(mask);
    assertThat(new Cpus(count).list()).isEqualTo(list);
  }

  @Test
  void local_cpus_are_those_of_the_machine() throws ErrnoException {
    fixture.add();
    Cpus cpus = new Cpus(Runtime.getRuntime().availableProcessors());

    assertThat(fixture.read("local_cpus")).isEqualTo(cpus.mask() + "\n");
    assertThat(fixture.read("local_cpulist")).isEqualTo(cpus.list() + "\n");
  }

  /** msi_bus_store(), numa_node_store(). */
  @Test
  void some_writes_are_logged() throws ErrnoException {
    fixture.add();

    fixture.write("msi_bus", "0");
    fixture.write("msi_bus", "1");
    fixture.write("numa_node", "-1");

    assertThat(new String(fixture.model.log().contents(), StandardCharsets.US_ASCII))
        .containsSubsequence(
            ";pci 0000:6a:01.0: MSI/MSI-X disallowed for future drivers\n",
            ";pci 0000:6a:01.0: MSI/MSI-X allowed for future drivers\n",
            ";pci 0000:6a:01.0: [Firmware Bug]: NUMA node overridden to -1");
  }
}
