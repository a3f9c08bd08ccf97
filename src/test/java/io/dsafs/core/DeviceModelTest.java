package io.dsafs.core;

import static io.dsafs.core.ErrnoAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsafs.core.ModelFixture.TestBus;
import io.dsafs.core.ModelFixture.TestDriver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How devices meet drivers. Source: drivers/base/bus.c, core.c and dd.c. */
class DeviceModelTest {
  private final ModelFixture fixture = new ModelFixture();
  private final DeviceModel model = fixture.model;
  private final TestBus bus = fixture.addBus("dsa");

  @Nested
  class Registration {
    @Test
    void finds_what_was_added_until_it_is_removed() {
      Module module = new Module("idxd", null);
      model.addModule(module);
      assertThat(model.module("idxd")).isSameAs(module);
      assertThat(model.bus("dsa")).isSameAs(bus);

      model.removeModule(module);
      model.removeBus(bus);

      assertThat(model.module("idxd")).isNull();
      assertThat(model.bus("dsa")).isNull();
      assertThat(fixture.history)
          .containsExactly("bus dsa", "module idxd", "no module idxd", "no bus dsa");
    }

    @Test
    void tells_of_groups_and_debug_files() {
      Device device = fixture.addDevice("dsa0", null);
      AttributeGroup<?> group = device.power().group();
      DebugFile file = new DebugFile("idxd/dsa0/event_log", 0400, () -> "");
      fixture.takeHistory();

      model.addGroup(device, group);
      model.removeGroup(device, group);
      model.addDebugFile(file);
      model.removeDebugFile(file);

      assertThat(fixture.history)
          .containsExactly(
              "group dsa0/power",
              "no group dsa0/power",
              "debug file idxd/dsa0/event_log",
              "no debug file idxd/dsa0/event_log");
    }

    @Test
    void tells_each_listener_once_even_if_it_was_added_twice() {
      int[] heard = {0};
      DeviceModelListener listener =
          new DeviceModelListener() {
            @Override
            public void busAdded(Bus added) {
              heard[0]++;
            }
          };
      model.addListener(listener);
      model.addListener(listener);

      fixture.addBus("pci");

      assertThat(heard[0]).isEqualTo(1);
    }

    @Test
    void keeps_devices_in_order_and_forgets_those_that_went() {
      Device second = fixture.addDevice("dsa1", bus);
      Device first = fixture.addDevice("dsa0", bus);
      assertThat(model.devices()).containsExactly(second, first);
      assertThat(bus.devices()).containsExactly(first, second);

      model.removeDevice(second);

      assertThat(model.devices()).containsExactly(first);
      assertThat(bus.device("dsa1")).isNull();
    }

    @Test
    void takes_devices_of_no_bus() {
      Device root = fixture.addDevice("pci0000:6a", null);
      model.removeDevice(root);

      assertThat(model.devices()).isEmpty();
      assertThat(fixture.history)
          .containsSubsequence(
              "device pci0000:6a",
              "event add pci0000:6a",
              "no device pci0000:6a",
              "event remove pci0000:6a");
    }
  }

  @Nested
  class Autoprobe {
    @Test
    void gives_a_new_device_to_the_first_driver_that_takes_it() {
      TestDriver refuses = fixture.addDriver("refuses", bus);
      refuses.failure = Errno.ENODEV;
      TestDriver takes = fixture.addDriver("takes", bus);
      TestDriver late = fixture.addDriver("late", bus);
      fixture.takeHistory();

      Device device = fixture.addDevice("dsa0", bus);

      assertThat(device.driver()).isSameAs(takes).isNotSameAs(late);
      assertThat(fixture.history)
          .containsExactly(
              "device dsa0",
              "event add dsa0",
              "dsa0 -> refuses",
              "refuses probes dsa0",
              "released of dsa0",
              "dsa0 -/> refuses",
              "dsa0 -> takes",
              "takes probes dsa0",
              "event bind dsa0");
    }

    @Test
    void gives_a_new_driver_every_device_that_is_free_and_fits() {
      bus.strangers = Set.of("wq0.0");
      Device bound = fixture.addDevice("dsa0", bus);
      TestDriver first = fixture.addDriver("first", bus);
      Device stranger = fixture.addDevice("wq0.0", bus);
      bus.setAutoprobe(false);
      Device free = fixture.addDevice("dsa1", bus);
      bus.setAutoprobe(true);

      TestDriver second = fixture.addDriver("second", bus);

      assertThat(bound.driver()).isSameAs(first);
      assertThat(free.driver()).isSameAs(second);
      assertThat(stranger.driver()).isNull();
    }

    @Test
    void goes_on_to_the_next_driver_where_one_does_not_fit() {
      bus.strangers = Set.of("first dsa0");
      fixture.addDriver("first", bus);
      TestDriver second = fixture.addDriver("second", bus);

      assertThat(fixture.addDevice("dsa0", bus).driver()).isSameAs(second);
    }

    @Test
    void leaves_all_alone_when_it_is_off() {
      bus.setAutoprobe(false);

      Device before = fixture.addDevice("dsa0", bus);
      fixture.addDriver("dsa", bus);
      Device after = fixture.addDevice("dsa1", bus);

      assertThat(before.driver()).isNull();
      assertThat(after.driver()).isNull();
      assertThat(fixture.history).noneMatch(line -> line.contains("probes"));
    }

    /** bus_probe_device() gives up on the first driver's own bug as the kernel would oops. */
    @Test
    void undoes_a_probe_that_fails_by_a_bug_and_passes_the_bug_on() {
      TestDriver driver = fixture.addDriver("buggy", bus);
      driver.bug = new IllegalStateException("a bug");
      Device device = new Device("dsa0", null, bus, null);

      assertThatThrownBy(() -> model.addDevice(device)).isSameAs(driver.bug);

      assertThat(device.driver()).isNull();
      assertThat(device.lock.isLocked()).isFalse();
      assertThat(fixture.history)
          .endsWith("buggy probes dsa0", "released of dsa0", "dsa0 -/> buggy");
    }
  }

  @Nested
  class WritesToBindAndUnbind {
    private TestDriver driver;
    private Device device;

    @BeforeEach
    void addBoth() {
      bus.setAutoprobe(false);
      driver = fixture.addDriver("dsa", bus);
      device = fixture.addDevice("dsa0", bus);
      fixture.takeHistory();
    }

    @Test
    void bind_probes_and_tells() throws ErrnoException {
      model.bind(driver, "dsa0\n");

      assertThat(device.driver()).isSameAs(driver);
      assertThat(fixture.history)
          .containsExactly("dsa0 -> dsa", "dsa probes dsa0", "event bind dsa0");
    }

    @Test
    void unbind_releases_and_tells() throws ErrnoException {
      model.bind(driver, "dsa0");
      fixture.takeHistory();

      model.unbind(driver, "dsa0\n");

      assertThat(device.driver()).isNull();
      assertThat(fixture.history)
          .containsExactly(
              "dsa0 -/> dsa", "dsa leaves dsa0", "released of dsa0", "event unbind dsa0");
    }

    @Test
    void bind_refuses_in_this_order() throws ErrnoException {
      assertRefused(Errno.ENODEV, () -> model.bind(driver, "dsa1"));
      assertRefused(Errno.ENODEV, () -> model.bind(driver, "dsa0\n\n"));

      model.bind(driver, "dsa0");
      assertRefused(Errno.EBUSY, () -> model.bind(driver, "dsa0"));

      bus.strangers = Set.of("dsa0");
      assertRefused(Errno.ENODEV, () -> model.bind(driver, "dsa0"));
    }

    @Test
    void bind_answers_what_the_probe_answered() {
      driver.failure = Errno.ENOMEM;

      assertRefused(Errno.ENOMEM, () -> model.bind(driver, "dsa0"));

      assertThat(device.driver()).isNull();
      assertThat(fixture.history).doesNotContain("event bind dsa0");
    }

    /** As before "driver core: Better distinguish probe errors in really_probe" (5.14). */
    @Test
    void bind_answers_ENODEV_for_everything_on_older_kernels() throws ErrnoException {
      ModelFixture older = new ModelFixture(KernelLog.Level.DEBUG, false);
      TestBus olderBus = older.addBus("dsa");
      olderBus.setAutoprobe(false);
      TestDriver olderDriver = older.addDriver("dsa", olderBus);
      older.addDevice("dsa0", olderBus);

      olderDriver.failure = Errno.ENOMEM;
      assertRefused(Errno.ENODEV, () -> older.model.bind(olderDriver, "dsa0"));
      olderDriver.failure = null;
      older.model.bind(olderDriver, "dsa0");
      assertRefused(Errno.ENODEV, () -> older.model.bind(olderDriver, "dsa0"));
    }

    @Test
    void unbind_refuses_a_device_that_is_free_or_another_drivers_with_ENODEV()
        throws ErrnoException {
      TestDriver other = fixture.addDriver("user", bus);
      assertRefused(Errno.ENODEV, () -> model.unbind(driver, "dsa0"));
      assertRefused(Errno.ENODEV, () -> model.unbind(driver, "wq0.0"));
      model.bind(other, "dsa0");

      assertRefused(Errno.ENODEV, () -> model.unbind(driver, "dsa0"));

      assertThat(device.driver()).isSameAs(other);
    }

    @Test
    void drivers_probe_tries_all_and_only_refuses_unknown_devices() throws ErrnoException {
      driver.failure = Errno.EINVAL;
      TestDriver other = fixture.addDriver("user", bus);

      model.driversProbe(bus, "dsa0\n");

      assertThat(device.driver()).isSameAs(other);
      assertRefused(Errno.ENODEV, () -> model.driversProbe(bus, "dsa1"));
    }

    @Test
    void a_device_that_went_meanwhile_cannot_be_attached() {
      model.removeDevice(device);
      assertRefused(Errno.ENODEV, () -> model.attach(device, driver));

      fixture.addDevice("dsa0", bus); // another of the same name
      assertRefused(Errno.ENODEV, () -> model.attach(device, driver));
    }

    @Test
    void a_lock_is_left_behind_by_none_of_them() throws ErrnoException {
      driver.failure = Errno.EINVAL;
      assertRefused(Errno.EINVAL, () -> model.bind(driver, "dsa0"));
      model.driversProbe(bus, "dsa0");
      driver.failure = null;
      model.bind(driver, "dsa0");
      model.unbind(driver, "dsa0");
      model.removeDevice(device);

      assertThat(device.lock.isLocked()).isFalse();
    }
  }

  @Nested
  class Removal {
    @Test
    void of_a_device_unbinds_it_first() {
      fixture.addDriver("dsa", bus);
      Device device = fixture.addDevice("dsa0", bus);
      fixture.takeHistory();

      model.removeDevice(device);

      assertThat(device.driver()).isNull();
      assertThat(fixture.history)
          .containsExactly(
              "dsa0 -/> dsa",
              "dsa leaves dsa0",
              "released of dsa0",
              "event unbind dsa0",
              "no device dsa0",
              "event remove dsa0");
    }

    @Test
    void of_a_driver_unbinds_its_devices_and_no_others() throws ErrnoException {
      TestDriver goes = fixture.addDriver("goes", bus);
      fixture.addDevice("dsa0", bus);
      fixture.addDevice("dsa1", bus);
      TestDriver stays = fixture.addDriver("stays", bus);
      model.unbind(goes, "dsa1");
      model.bind(stays, "dsa1");
      fixture.takeHistory();

      model.removeDriver(goes);

      assertThat(bus.device("dsa0").driver()).isNull();
      assertThat(bus.device("dsa1").driver()).isSameAs(stays);
      assertThat(bus.driver("goes")).isNull();
      assertThat(bus.driver("stays")).isSameAs(stays);
      assertThat(bus.drivers()).containsExactly(stays);
      assertThat(fixture.history)
          .containsExactly(
              "dsa0 -/> goes",
              "goes leaves dsa0",
              "released of dsa0",
              "event unbind dsa0",
              "no driver goes");
    }

    @Test
    void of_the_driver_says_whether_there_was_one() {
      TestDriver driver = fixture.addDriver("dsa", bus);
      Device device = fixture.addDevice("dsa0", bus);

      assertThat(model.releaseDriver(device)).isTrue();
      assertThat(model.releaseDriver(device)).isFalse();
      assertThat(model.releaseDriver(device, driver)).isFalse();
      assertThat(device.lock.isLocked()).isFalse();
    }
  }

  /** call_driver_probe() in drivers/base/dd.c. */
  @Nested
  class LogOfAProbe {
    private TestDriver driver;

    private void probe(Errno failure) {
      bus.setAutoprobe(false);
      driver = fixture.addDriver("dsa", bus);
      driver.failure = failure;
      fixture.addDevice("dsa0", bus);
      assertRefused(failure, () -> model.bind(driver, "dsa0"));
    }

    @ParameterizedTest
    @EnumSource(names = {"ENODEV", "ENXIO"})
    void is_quiet_when_the_driver_is_not_for_the_device(Errno failure) {
      probe(failure);

      assertThat(fixture.logged())
          .containsExactly("7;dsa: probe of dsa0 rejects match -" + failure.number());
    }

    @ParameterizedTest
    @EnumSource(names = {"ENOMEM", "EBUSY", "EIO"})
    void warns_when_the_driver_failed(Errno failure) {
      probe(failure);

      assertThat(fixture.logged())
          .containsExactly("4;dsa: probe of dsa0 failed with error -" + failure.number());
    }
  }

  /** Held while a driver is bound or unbound: a second bind waits, and then finds it bound. */
  @Test
  void two_binds_of_one_device_come_one_after_the_other() throws Exception {
    bus.setAutoprobe(false);
    CountDownLatch probing = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    Driver slow =
        new Driver("slow", bus, null, List.of()) {
          @Override
          protected void probe(Device device) {
            probing.countDown();
            try {
              assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }

          @Override
          protected void remove(Device device) {}
        };
    Device device = fixture.addDevice("dsa0", bus);
    Thread first =
        new Thread(
            () -> {
              try {
                model.attach(device, slow);
              } catch (ErrnoException e) {
                throw new AssertionError(e);
              }
            });
    first.start();
    assertThat(probing.await(30, TimeUnit.SECONDS)).isTrue();

    assertThat(device.lock.tryLock()).isFalse();
    goOn.countDown();

    assertRefused(Errno.EBUSY, () -> model.attach(device, slow));
    first.join();
    assertThat(device.driver()).isSameAs(slow);
  }
}
