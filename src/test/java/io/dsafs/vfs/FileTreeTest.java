package io.dsafs.vfs;

import static io.dsafs.core.KernelVersion.since;
import static io.dsafs.vfs.ErrnoAssert.assertRefused;
import static io.dsafs.vfs.TreeFixture.O_RDONLY;
import static io.dsafs.vfs.TreeFixture.O_RDWR;
import static io.dsafs.vfs.TreeFixture.O_WRONLY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsafs.core.Attribute;
import io.dsafs.core.AttributeGroup;
import io.dsafs.core.Device;
import io.dsafs.core.DeviceNumber;
import io.dsafs.core.Driver;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.Module;
import io.dsafs.core.OpenFile;
import io.dsafs.vfs.TreeFixture.NumberedDevice;
import io.dsafs.vfs.TreeFixture.TestBus;
import io.dsafs.vfs.TreeFixture.TestDriver;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The tree of swq-v1 section 1, drawn from a small model.
 *
 * <pre>
 * /sys/bus/dsa/{devices,drivers/dsa}    /sys/module/idxd
 * /sys/devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.0
 * /sys/devices/pci0000:6a/0000:6a:01.0/dsa!wq0.0      /dev/dsa/wq0.0
 * </pre>
 */
class FileTreeTest {
  private static final String PCI = "/sys/devices/pci0000:6a/0000:6a:01.0";

  private final TreeFixture fixture = new TreeFixture();
  private final List<String> gone = new ArrayList<>();

  private TestBus dsaBus;
  private TestDriver dsaDriver;
  private Device function;
  private Device dsa0;
  private Device wq;

  private void populate() {
    fixture.model.addModule(new Module("idxd", "1.00"));
    dsaBus = fixture.addBus("dsa");
    TestBus pci = fixture.addBus("pci");
    dsaBus.setAutoprobe(false);
    dsaDriver = new TestDriver("dsa", dsaBus, fixture.model.module("idxd"), List.of());
    fixture.model.addDriver(dsaDriver);
    Device bridge = fixture.addDevice("pci0000:6a", null, null);
    function = fixture.addDevice("0000:6a:01.0", bridge, pci);
    dsa0 = fixture.addDevice("dsa0", function, dsaBus);
    wq = fixture.addDevice("wq0.0", dsa0, dsaBus);
    fixture.tree.setNameListener((parent, node, name) -> gone.add(parent + " " + name));
  }

  private NumberedDevice addNode(String name) {
    int minor = Integer.parseInt(name.substring(name.lastIndexOf('.') + 1));
    NumberedDevice device =
        new NumberedDevice(name, function, dsaBus, new DeviceNumber(254, minor), null);
    fixture.model.addDevice(device);
    return device;
  }

  @Nested
  class Empty {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "/sys/bus",
          "/sys/module",
          "/sys/devices",
          "/sys/class/dma",
          "/sys/dev/char",
          "/sys/dev/block",
          "/sys/kernel/debug",
          "/dev/char"
        })
    void has_the_empty_directory(String path) throws ErrnoException {
      assertThat(fixture.list(path)).isEmpty();
    }

    @Test
    void has_only_the_log_and_no_numbers_below_dev() throws ErrnoException {
      assertThat(fixture.list("/dev")).containsExactly("char", "kmsg");
    }
  }

  @Nested
  class Lookup {
    @Test
    void finds_the_root() throws ErrnoException {
      assertThat(fixture.tree.lookup("/")).isSameAs(fixture.tree.root());
    }

    @Test
    void refuses_an_unknown_name_with_ENOENT() {
      assertRefused(Errno.ENOENT, () -> fixture.tree.lookup("/sys/bus/dsa"));
    }

    @Test
    void refuses_a_way_through_a_file_with_ENOTDIR() {
      assertRefused(Errno.ENOTDIR, () -> fixture.tree.lookup("/dev/kmsg/x"));
    }

    @Test
    void does_not_follow_links() {
      populate();
      assertRefused(Errno.ENOTDIR, () -> fixture.tree.lookup("/sys/bus/dsa/devices/dsa0/uevent"));
    }
  }

  @Nested
  class ADirectory {
    @Test
    void is_0755_of_size_0_with_a_link_for_each_subdirectory() throws ErrnoException {
      populate();

      Node directory = fixture.tree.lookup("/sys/bus/dsa");

      assertThat(directory.fileType()).isEqualTo(Node.S_IFDIR);
      assertThat(directory.permissions()).isEqualTo(0755);
      assertThat(directory.size()).isZero();
      assertThat(directory.links()).isEqualTo(4);
    }

    @Test
    void loses_a_link_with_a_subdirectory() throws ErrnoException {
      populate();
      Node directory = fixture.tree.lookup(PCI + "/dsa0");
      assertThat(directory.links()).isEqualTo(4);

      fixture.model.removeDevice(wq);

      assertThat(directory.links()).isEqualTo(3);
    }

    @Test
    void read_as_a_file_is_EISDIR() throws ErrnoException {
      Handle handle = fixture.open("/sys/bus", O_RDONLY);
      assertRefused(Errno.EISDIR, () -> TreeFixture.read(handle, 0, 1));
    }

    @Test
    void opened_for_writing_is_EISDIR() {
      assertRefused(Errno.EISDIR, () -> fixture.open("/sys/bus", O_RDWR));
    }

    @Test
    void does_not_let_others_change_its_children() {
      assertThatThrownBy(() -> fixture.tree.root().children().clear())
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Nested
  class ABus {
    @Test
    void has_its_files_and_directories() throws ErrnoException {
      populate();
      assertThat(fixture.list("/sys/bus/dsa"))
          .containsExactly("devices", "drivers", "drivers_autoprobe", "drivers_probe", "uevent");
      assertThat(fixture.tree.lookup("/sys/bus/dsa/uevent").permissions()).isEqualTo(0200);
      assertThat(fixture.tree.lookup("/sys/bus/dsa/drivers_probe").permissions()).isEqualTo(0200);
      assertThat(fixture.tree.lookup("/sys/bus/dsa/drivers_autoprobe").permissions())
          .isEqualTo(0644);
    }

    @Test
    void has_the_files_that_it_brings() throws ErrnoException {
      fixture.model.addBus(
          new TestBus(
              "pci", List.of(Attribute.writeOnly("rescan", (bus, text) -> {}, since(2, 6)))));
      assertThat(fixture.list("/sys/bus/pci")).contains("rescan");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "'0\n', 0", "01, 0", "1, 1", "x, 1", "'\n', 1"})
    void takes_any_write_to_drivers_autoprobe(String text, String shown) throws ErrnoException {
      populate();
      fixture.write("/sys/bus/dsa/drivers_autoprobe", text);
      assertThat(fixture.read("/sys/bus/dsa/drivers_autoprobe")).isEqualTo(shown + "\n");
    }

    @Test
    void links_its_devices() throws ErrnoException {
      populate();
      assertThat(fixture.readlink("/sys/bus/dsa/devices/wq0.0"))
          .isEqualTo("../../../devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.0");
      assertThat(fixture.readlink("/sys/bus/pci/devices/0000:6a:01.0"))
          .isEqualTo("../../../devices/pci0000:6a/0000:6a:01.0");
    }

    @Test
    void tries_its_drivers_on_a_device_written_to_drivers_probe() throws ErrnoException {
      populate();
      assertThat(fixture.write("/sys/bus/dsa/drivers_probe", "wq0.0\n")).isEqualTo(6);
      assertThat(wq.driver()).isSameAs(dsaDriver);
      assertRefused(Errno.ENODEV, () -> fixture.write("/sys/bus/dsa/drivers_probe", "nosuch"));
    }

    @Test
    void goes_with_all_that_is_in_it() {
      populate();
      fixture.model.removeBus(dsaBus);
      assertThat(fixture.exists("/sys/bus/dsa")).isFalse();
      assertThat(gone).containsExactly("/sys/bus dsa");
    }

    @Test
    void that_is_gone_stays_gone_when_its_driver_and_devices_go() {
      populate();
      fixture.model.removeBus(dsaBus);

      fixture.model.removeDevice(wq);
      fixture.model.removeDriver(dsaDriver);

      assertThat(fixture.exists("/sys/bus/dsa")).isFalse();
    }
  }

  @Nested
  class ADriver {
    private static final String DRIVER = "/sys/bus/dsa/drivers/dsa";

    @Test
    void has_bind_unbind_uevent_and_a_link_to_its_module() throws ErrnoException {
      populate();
      assertThat(fixture.list(DRIVER)).containsExactly("bind", "module", "uevent", "unbind");
      assertThat(fixture.readlink(DRIVER + "/module")).isEqualTo("../../../../module/idxd");
      for (String file : List.of("bind", "unbind", "uevent")) {
        assertThat(fixture.tree.lookup(DRIVER + "/" + file).permissions()).isEqualTo(0200);
        assertThat(fixture.tree.lookup(DRIVER + "/" + file).size()).isEqualTo(4096);
      }
    }

    @Test
    void has_the_files_that_it_brings() throws ErrnoException {
      populate();
      List<Attribute<Driver>> files =
          List.of(Attribute.writeOnly("new_id", (driver, text) -> {}, since(2, 6)));
      fixture.model.addDriver(new TestDriver("other", dsaBus, null, files));
      assertThat(fixture.list("/sys/bus/dsa/drivers/other"))
          .containsExactly("bind", "new_id", "uevent", "unbind");
    }

    @Test
    void is_linked_both_ways_with_a_device_while_it_is_bound() throws ErrnoException {
      populate();

      fixture.write(DRIVER + "/bind", "wq0.0\n");

      assertThat(fixture.readlink(DRIVER + "/wq0.0"))
          .isEqualTo("../../../../devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.0");
      assertThat(fixture.readlink(PCI + "/dsa0/wq0.0/driver"))
          .isEqualTo("../../../../../bus/dsa/drivers/dsa");
      assertThat(fixture.read(PCI + "/dsa0/wq0.0/uevent")).isEqualTo("DRIVER=dsa\n");

      fixture.write(DRIVER + "/unbind", "wq0.0");

      assertThat(fixture.exists(DRIVER + "/wq0.0")).isFalse();
      assertThat(fixture.exists(PCI + "/dsa0/wq0.0/driver")).isFalse();
      assertThat(gone).containsExactly(DRIVER + " wq0.0", PCI + "/dsa0/wq0.0 driver");
      assertThat(fixture.events).endsWith("bind wq0.0", "unbind wq0.0");
    }

    @Test
    void refuses_a_bind_that_cannot_be_with_ENODEV() throws ErrnoException {
      populate();
      fixture.write(DRIVER + "/bind", "wq0.0");
      assertRefused(Errno.ENODEV, () -> fixture.write(DRIVER + "/bind", "wq0.0"));
      assertRefused(Errno.ENODEV, () -> fixture.write(DRIVER + "/bind", "nosuch"));
      assertRefused(Errno.ENODEV, () -> fixture.write(DRIVER + "/unbind", "dsa0"));
    }

    @Test
    void goes_with_its_links() throws ErrnoException {
      populate();
      fixture.write(DRIVER + "/bind", "wq0.0");

      fixture.model.removeDriver(dsaDriver);

      assertThat(fixture.list("/sys/bus/dsa/drivers")).isEmpty();
      assertThat(fixture.exists(PCI + "/dsa0/wq0.0/driver")).isFalse();
      assertThat(fixture.list("/sys/module/idxd/drivers")).isEmpty();
    }
  }

  @Nested
  class AModule {
    @Test
    void shows_its_version_state_and_references() throws ErrnoException {
      populate();
      assertThat(fixture.list("/sys/module/idxd"))
          .containsExactly("drivers", "initstate", "refcnt", "uevent", "version");
      assertThat(fixture.read("/sys/module/idxd/version")).isEqualTo("1.00\n");
      assertThat(fixture.read("/sys/module/idxd/initstate")).isEqualTo("live\n");
      assertThat(fixture.read("/sys/module/idxd/refcnt")).isEqualTo("0\n");

      assertThat(fixture.model.module("idxd").tryGet()).isTrue();

      assertThat(fixture.read("/sys/module/idxd/refcnt")).isEqualTo("1\n");
    }

    @Test
    void links_its_drivers() throws ErrnoException {
      populate();
      assertThat(fixture.readlink("/sys/module/idxd/drivers/dsa:dsa"))
          .isEqualTo("../../../bus/dsa/drivers/dsa");
    }

    @Test
    void disappears_when_it_is_unloaded() {
      populate();
      fixture.model.removeModule(fixture.model.module("idxd"));
      assertThat(fixture.exists("/sys/module/idxd")).isFalse();
    }
  }

  @Nested
  class ADevice {
    @Test
    void has_uevent_subsystem_and_power_and_no_driver_link() throws ErrnoException {
      populate();
      assertThat(fixture.list(PCI + "/dsa0/wq0.0")).containsExactly("power", "subsystem", "uevent");
      assertThat(fixture.readlink(PCI + "/dsa0/subsystem")).isEqualTo("../../../../bus/dsa");
      assertThat(fixture.readlink(PCI + "/dsa0/wq0.0/subsystem"))
          .isEqualTo("../../../../../bus/dsa");
      assertThat(fixture.tree.lookup(PCI + "/dsa0/uevent").permissions()).isEqualTo(0644);
      assertThat(fixture.list("/sys/devices/pci0000:6a"))
          .containsExactly("0000:6a:01.0", "power", "uevent");
    }

    @Test
    void links_are_0777_and_of_size_0() throws ErrnoException {
      populate();
      Node link = fixture.tree.lookup(PCI + "/dsa0/subsystem");
      assertThat(link.fileType()).isEqualTo(Node.S_IFLNK);
      assertThat(link.permissions()).isEqualTo(0777);
      assertThat(link.size()).isZero();
      assertRefused(Errno.ELOOP, () -> link.open(1, O_RDONLY));
      assertRefused(Errno.EINVAL, () -> fixture.readlink(PCI));
    }

    @Test
    void goes_with_its_links_and_is_told_once() {
      populate();
      fixture.model.removeDevice(wq);
      assertThat(fixture.exists(PCI + "/dsa0/wq0.0")).isFalse();
      assertThat(fixture.exists("/sys/bus/dsa/devices/wq0.0")).isFalse();
      assertThat(gone).containsExactly("/sys/bus/dsa/devices wq0.0", PCI + "/dsa0 wq0.0");
    }

    @Test
    void of_a_class_is_in_a_directory_of_the_class_and_linked_from_it() throws ErrnoException {
      populate();
      NumberedDevice channel = new NumberedDevice("dma0chan0", function, null, null, "dma");

      fixture.model.addDevice(channel);

      String directory = PCI + "/dma/dma0chan0";
      assertThat(fixture.list(directory)).containsExactly("device", "power", "subsystem", "uevent");
      assertThat(fixture.readlink(directory + "/subsystem")).isEqualTo("../../../../../class/dma");
      assertThat(fixture.readlink(directory + "/device")).isEqualTo("../../../0000:6a:01.0");
      assertThat(fixture.readlink("/sys/class/dma/dma0chan0"))
          .isEqualTo("../../devices/pci0000:6a/0000:6a:01.0/dma/dma0chan0");

      fixture.model.removeDevice(channel);

      assertThat(fixture.exists(PCI + "/dma")).isFalse();
      assertThat(fixture.list("/sys/class/dma")).isEmpty();
    }

    @Test
    void gains_and_loses_a_group_of_files() throws ErrnoException {
      populate();
      AttributeGroup<String> group =
          new AttributeGroup<>(
              "msi_irqs", "msix\n", List.of(Attribute.readOnly("24", text -> text, since(3, 2))));

      fixture.model.addGroup(function, group);

      assertThat(fixture.read(PCI + "/msi_irqs/24")).isEqualTo("msix\n");

      fixture.model.removeGroup(function, group);

      assertThat(fixture.exists(PCI + "/msi_irqs")).isFalse();
      assertThat(gone).containsExactly(PCI + " msi_irqs");
    }
  }

  @Nested
  class Power {
    private static final String POWER = PCI + "/dsa0/power";

    @ParameterizedTest
    @CsvSource({
      "control, 0644, auto",
      "runtime_status, 0444, unsupported",
      "runtime_active_time, 0444, 0",
      "runtime_suspended_time, 0444, 0"
    })
    void shows(String file, String mode, String text) throws ErrnoException {
      populate();
      assertThat(fixture.tree.lookup(POWER + "/" + file).permissions())
          .isEqualTo(Integer.parseInt(mode, 8));
      assertThat(fixture.read(POWER + "/" + file)).isEqualTo(text + "\n");
    }

    @Test
    void has_no_other_files_than_the_five() throws ErrnoException {
      populate();
      assertThat(fixture.list(POWER)).hasSize(5).contains("autosuspend_delay_ms");
    }

    @Test
    void control_takes_auto_and_on_only() throws ErrnoException {
      populate();
      assertThat(fixture.write(POWER + "/control", "on\n")).isEqualTo(3);
      assertThat(fixture.read(POWER + "/control")).isEqualTo("on\n");
      assertThat(fixture.write(POWER + "/control", "auto")).isEqualTo(4);
      assertRefused(Errno.EINVAL, () -> fixture.write(POWER + "/control", "off"));
    }

    @Test
    void autosuspend_delay_is_EIO_both_ways() {
      populate();
      assertRefused(Errno.EIO, () -> fixture.read(POWER + "/autosuspend_delay_ms"));
      assertRefused(Errno.EIO, () -> fixture.write(POWER + "/autosuspend_delay_ms", "1"));
    }
  }

  @Nested
  class Uevent {
    @ParameterizedTest
    @ValueSource(
        strings = {
          "add",
          "change\n",
          "move",
          "online",
          "offline\n",
          "bind",
          "unbind",
          "remove",
          "add 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
          "add 3F2504E0-4f89-11d3-9a0c-0305e82c3301 A=1 B2=xyz\n"
        })
    void takes_an_action(String text) throws ErrnoException {
      populate();
      assertThat(fixture.write(PCI + "/dsa0/uevent", text)).isEqualTo(text.length());
      assertThat(fixture.events).endsWith(text.strip().replaceAll(" .*", "") + " dsa0");
      assertThat(fixture.write("/sys/bus/dsa/uevent", text)).isEqualTo(text.length());
      assertThat(fixture.write("/sys/bus/dsa/drivers/dsa/uevent", text)).isEqualTo(text.length());
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "\n",
          "ad",
          "adds",
          "Add",
          " add",
          "add\n\n",
          "add ",
          "add x",
          "add 3f2504e0-4f89-11d3-9a0c-0305e82c330",
          "add 3f2504e0-4f89-11d3-9a0c-0305e82c3301 ",
          "add 3f2504e0-4f89-11d3-9a0c-0305e82c3301 A",
          "add 3f2504e0-4f89-11d3-9a0c-0305e82c3301 A=",
          "add 3f2504e0-4f89-11d3-9a0c-0305e82c3301  A=1",
          "add 3f2504e0-4f89-11d3-9a0c-0305e82c3301 A=1_"
        })
    void refuses_anything_else_with_EINVAL(String text) {
      populate();
      int before = fixture.events.size();
      assertRefused(Errno.EINVAL, () -> fixture.write(PCI + "/dsa0/uevent", text));
      assertRefused(Errno.EINVAL, () -> fixture.write("/sys/bus/dsa/uevent", text));
      assertRefused(Errno.EINVAL, () -> fixture.write("/sys/module/idxd/uevent", text));
      assertThat(fixture.events).hasSize(before);
    }
  }

  @Nested
  class ADeviceNode {
    @Test
    void appears_with_its_device_and_the_directory_with_the_first() throws ErrnoException {
      populate();

      addNode("dsa/wq0.0");

      Node node = fixture.tree.lookup("/dev/dsa/wq0.0");
      assertThat(node.fileType()).isEqualTo(Node.S_IFREG);
      assertThat(node.permissions()).isEqualTo(0600);
      assertThat(node.size()).isZero();
      assertThat(fixture.readlink("/dev/char/254:0")).isEqualTo("../dsa/wq0.0");
      assertThat(fixture.readlink("/sys/dev/char/254:0"))
          .isEqualTo("../../devices/pci0000:6a/0000:6a:01.0/dsa!wq0.0");
      assertThat(fixture.readlink("/sys/bus/dsa/devices/dsa!wq0.0"))
          .isEqualTo("../../../devices/pci0000:6a/0000:6a:01.0/dsa!wq0.0");
      assertThat(fixture.list(PCI + "/dsa!wq0.0"))
          .containsExactly("dev", "power", "subsystem", "uevent");
      assertThat(fixture.read(PCI + "/dsa!wq0.0/dev")).isEqualTo("254:0\n");
      assertThat(fixture.read(PCI + "/dsa!wq0.0/uevent"))
          .isEqualTo("MAJOR=254\nMINOR=0\nDEVNAME=dsa/wq0.0\nDEVTYPE=idxd_cdev\n");
    }

    @Test
    void goes_with_its_device_and_the_directory_with_the_last() throws ErrnoException {
      populate();
      Device first = addNode("dsa/wq0.0");
      Device second = addNode("dsa/wq0.1");

      fixture.model.removeDevice(first);

      assertThat(fixture.list("/dev/dsa")).containsExactly("wq0.1");
      assertThat(gone).startsWith("/dev/char 254:0", "/dev/dsa wq0.0", "/sys/dev/char 254:0");
      assertThat(fixture.list("/dev/char")).containsExactly("254:1");

      gone.clear();
      fixture.model.removeDevice(second);

      assertThat(fixture.exists("/dev/dsa")).isFalse();
      assertThat(fixture.list("/dev/char")).isEmpty();
      assertThat(gone).startsWith("/dev/char 254:1", "/dev/dsa wq0.1", "/dev dsa");
    }

    @Test
    void opens_what_is_behind_its_number() throws ErrnoException {
      populate();
      Device device = addNode("dsa/wq0.0");
      List<String> calls = new ArrayList<>();
      fixture
          .model
          .charDevices()
          .activate(
              device.number(),
              (tid, flags) -> {
                calls.add("open " + tid + " " + flags);
                return new OpenFile() {
                  @Override
                  public int write(int writer, ByteBuffer from) {
                    calls.add("write " + writer);
                    return 64;
                  }

                  @Override
                  public void release() {
                    calls.add("release");
                  }
                };
              });

      Handle handle = fixture.open("/dev/dsa/wq0.0", O_RDWR);

      assertThat(handle.nonSeekable()).isTrue();
      assertThat(handle.write(7, ByteBuffer.allocate(64), 0)).isEqualTo(64);
      assertThat(handle.poll(null)).isEqualTo(0x145);
      assertRefused(Errno.EINVAL, () -> handle.read(ByteBuffer.allocate(1), 0));
      assertRefused(Errno.ENOTTY, () -> handle.ioctl(7, 1, null));
      handle.release();
      assertThat(calls).containsExactly("open 42 2", "write 7", "release");
    }

    @Test
    void that_nothing_answers_is_ENXIO() {
      populate();
      addNode("dsa/wq0.0");
      assertRefused(Errno.ENXIO, () -> fixture.open("/dev/dsa/wq0.0", O_RDONLY));
    }
  }

  @Nested
  class Debugfs {
    @Test
    void shows_a_supplied_text_of_any_length() throws ErrnoException {
      fixture
          .tree
          .directory("/sys/kernel/debug/dsafs")
          .addText("registers", 0444, () -> "r".repeat(10_000));
      assertThat(fixture.read("/sys/kernel/debug/dsafs/registers")).hasSize(10_000);
      assertRefused(
          Errno.EACCES, () -> fixture.open("/sys/kernel/debug/dsafs/registers", O_WRONLY));
    }

    @Test
    void takes_text() throws ErrnoException {
      List<String> taken = new ArrayList<>();
      fixture.tree.directory("/sys/kernel/debug/dsafs").addText("inject", 0200, null, taken::add);
      assertThat(fixture.write("/sys/kernel/debug/dsafs/inject", "fault\n")).isEqualTo(6);
      assertThat(taken).containsExactly("fault\n");
    }
  }

  @Nested
  class Kmsg {
    @Test
    void reads_the_kept_lines_by_offset() throws ErrnoException {
      fixture.log.err(new Device("dsa0", null, null, null), "halted: %d", 1);
      Handle handle = fixture.open("/dev/kmsg", O_RDONLY);
      String all = TreeFixture.read(handle, 0, 1000);

      assertThat(all).isEqualTo("3,0,7,-; dsa0: halted: 1\n");
      assertThat(fixture.tree.lookup("/dev/kmsg").size()).isEqualTo(all.length());
      assertThat(TreeFixture.read(handle, 4, 5)).isEqualTo(all.substring(4, 9));
      assertThat(TreeFixture.read(handle, all.length(), 9)).isEmpty();

      fixture.write("/dev/kmsg", "more\n");

      assertThat(TreeFixture.read(handle, all.length(), 99)).isEqualTo("12,1,7,-;more\n");
      assertThat(TreeFixture.read(handle, all.length() - 2, 4)).isEqualTo("1\n12");
    }

    @ParameterizedTest
    @CsvSource({
      "<6>hello, '14,0,7,-;hello'",
      "<27>daemon, '27,0,7,-;daemon'",
      "hello, '12,0,7,-;hello'",
      "<>x, '12,0,7,-;<>x'",
      "<a>x, '12,0,7,-;<a>x'"
    })
    void takes_a_line_with_a_priority(String line, String kept) throws ErrnoException {
      assertThat(fixture.write("/dev/kmsg", line)).isEqualTo(line.length());
      assertThat(fixture.read("/dev/kmsg")).isEqualTo(kept + "\n");
    }

    @Test
    void refuses_a_line_that_is_too_long_with_EINVAL() {
      assertRefused(Errno.EINVAL, () -> fixture.write("/dev/kmsg", "x".repeat(993)));
    }
  }

  @Test
  void a_replaced_name_is_told() {
    fixture.tree.setNameListener((parent, node, name) -> gone.add(parent + " " + name));
    Directory directory = fixture.tree.directory("/sys/x");
    fixture.tree.put(directory, "link", new Link("a"));
    assertThat(gone).isEmpty();

    fixture.tree.put(directory, "link", new Link("b"));

    assertThat(gone).containsExactly("/sys/x link");
  }

  @ParameterizedTest
  @CsvSource({
    "/sys/bus/dsa/devices, /sys/devices/a/b, ../../../devices/a/b",
    "/sys/devices/a, /sys/devices/a/b, b",
    "/sys/devices/a/b, /sys/devices/a, ../../a",
    "/sys/devices/a, /sys/devices/a, ../a",
    "/sys/dev/char, /sys/devices/a, ../../devices/a"
  })
  void links_are_relative(String from, String to, String target) {
    assertThat(Link.between(from, to).linkTarget()).isEqualTo(target);
  }
}
