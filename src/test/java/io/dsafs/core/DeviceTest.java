package io.dsafs.core;

import static io.dsafs.core.KernelVersion.since;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What a device is called, and the variables of its events. Source: drivers/base/core.c. */
class DeviceTest {
  private final ModelFixture fixture = new ModelFixture();

  /** A queue's node. */
  private static final class Node extends Device {
    Node(Device parent, Bus bus) {
      super("dsa/wq0.0", parent, bus, new DeviceType<Node>("cdev", List.of()));
    }

    @Override
    public DeviceNumber number() {
      return new DeviceNumber(254, 3);
    }

    @Override
    protected Map<String, String> extraEventVariables() {
      return Map.of("LAST", "1");
    }
  }

  @Test
  void has_a_name_without_slashes_and_keeps_them_for_its_node() {
    Device parent = new Device("dsa0", null, null, null);
    Device node = new Node(parent, null);

    assertThat(node.name()).isEqualTo("dsa!wq0.0");
    assertThat(node).hasToString("dsa!wq0.0");
    assertThat(node.nodeName()).isEqualTo("dsa/wq0.0");
    assertThat(node.parent()).isSameAs(parent);
  }

  /** dev_uevent(). */
  @Nested
  class EventVariables {
    @Test
    void are_none_for_a_device_without_number_type_driver_and_bus() {
      Device plain = new Device("dsa0", null, null, null);
      Device unnamed = new Device("dsa0", null, null, new DeviceType<>(null, List.of()));

      assertThat(plain.eventVariables()).isEmpty();
      assertThat(unnamed.eventVariables()).isEmpty();
    }

    @Test
    void come_in_the_order_of_the_kernel() {
      Bus bus = fixture.addBus("dsa");
      fixture.addDriver("user", bus);
      Device node = new Node(null, bus);
      fixture.model.addDevice(node);

      assertThat(node.eventVariables().entrySet())
          .extracting(Object::toString)
          .containsExactly(
              "MAJOR=254",
              "MINOR=3",
              "DEVNAME=dsa/wq0.0",
              "DEVTYPE=cdev",
              "DRIVER=user",
              "MODALIAS=dsa:dsa!wq0.0",
              "LAST=1");
    }

    @Test
    void of_a_bus_that_adds_none_are_the_devices_own() {
      Bus quiet =
          new Bus("quiet", List.of()) {
            @Override
            protected boolean match(Device device, Driver driver) {
              return false;
            }
          };

      assertThat(new Device("x", null, quiet, null).eventVariables()).isEmpty();
    }
  }

  /** dev_driver_string(). */
  @Test
  void is_named_in_the_log_by_its_driver_or_else_its_bus() {
    Bus bus = fixture.addBus("dsa");
    Device onBus = fixture.addDevice("dsa0", bus);
    Device alone = fixture.addDevice("pci0000:6a", null);
    assertThat(onBus.driverString()).isEqualTo("dsa");
    assertThat(alone.driverString()).isEmpty();

    fixture.addDriver("idxd", bus);

    assertThat(onBus.driverString()).isEqualTo("idxd");
  }

  @Test
  void is_of_no_class_and_has_no_number_unless_its_kind_says_so() {
    Device plain = new Device("dsa0", null, null, null);

    assertThat(plain.className()).isNull();
    assertThat(plain.number()).isNull();
  }

  /** drivers/base/power/sysfs.c. */
  @Nested
  class Power {
    private final RuntimePower power = new RuntimePower();

    private Attribute<RuntimePower> file(String name) {
      AttributeGroup<RuntimePower> group = power.group();
      assertThat(group.name()).isEqualTo("power");
      assertThat(group.object()).isSameAs(power);
      return group.attributes().stream().filter(a -> a.name().equals(name)).findFirst().get();
    }

    private String show(String name) throws ErrnoException {
      return file(name).show().show(power);
    }

    @Test
    void is_unsupported_until_a_bus_manages_it() throws ErrnoException {
      assertThat(show("control")).isEqualTo("auto\n");
      assertThat(show("runtime_status")).isEqualTo("unsupported\n");
      assertThat(show("runtime_active_time")).isEqualTo("0\n");
      assertThat(show("runtime_suspended_time")).isEqualTo("0\n");
    }

    @Test
    void is_kept_on_by_a_bus_that_says_so() throws ErrnoException {
      power.enableKeptOn();

      assertThat(show("control")).isEqualTo("on\n");
      assertThat(show("runtime_status")).isEqualTo("active\n");
      // A device that was just made cannot have been active for an hour.
      assertThat(Long.parseLong(show("runtime_active_time").trim())).isBetween(0L, 3_600_000L);
    }

    @Test
    void counts_how_long_it_is_on_in_milliseconds() throws ErrnoException {
      power.enableKeptOn();
      long start = System.nanoTime();
      while (System.nanoTime() - start < 3_000_000) {
        Thread.onSpinWait();
      }

      assertThat(Long.parseLong(show("runtime_active_time").trim()))
          .isBetween(3L, (System.nanoTime() - start) / 1_000_000 + 1000);
    }

    @Test
    void takes_auto_and_on_and_nothing_else() throws ErrnoException {
      file("control").store().store(power, "on\n");
      assertThat(show("control")).isEqualTo("on\n");
      file("control").store().store(power, "auto");
      assertThat(show("control")).isEqualTo("auto\n");

      ErrnoAssert.assertRefused(Errno.EINVAL, () -> file("control").store().store(power, "off\n"));
      assertThat(show("control")).isEqualTo("auto\n");
    }

    @Test
    void has_no_autosuspend_which_is_EIO() {
      Attribute<RuntimePower> delay = file("autosuspend_delay_ms");

      ErrnoAssert.assertRefused(Errno.EIO, () -> delay.show().show(power));
      ErrnoAssert.assertRefused(Errno.EIO, () -> delay.store().store(power, "1\n"));
    }
  }

  @Test
  void has_files_as_its_table_says() {
    Attribute<String> readOnly = Attribute.readOnly("a", value -> value, since(5, 6));
    Attribute<String> writeOnly = Attribute.writeOnly("b", (value, text) -> {}, since(5, 6));

    assertThat(readOnly.mode()).isEqualTo(0444);
    assertThat(readOnly.store()).isNull();
    assertThat(writeOnly.mode()).isEqualTo(0200);
    assertThat(writeOnly.show()).isNull();
    assertThat(readOnly.visible().test("")).isTrue();
    assertThat(readOnly.visibleWhen(String::isEmpty).visible().test("x")).isFalse();
    assertThat(readOnly.visibleWhen(String::isEmpty).visible().test("")).isTrue();
    assertThat(readOnly.since()).hasToString("5.6.0");
  }
}
