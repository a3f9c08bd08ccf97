package io.dsafs.idxd.mainline;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Device;
import io.dsafs.core.DeviceModelListener;
import io.dsafs.core.ErrnoException;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.idxd.DmaChannel;
import io.dsafs.idxd.DmaResult;
import io.dsafs.idxd.DmaTransaction;
import io.dsafs.spec.Cmd;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.Evl;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.WqCfg;
import io.dsafs.testing.Machine;
import io.dsafs.vfs.Handle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What sections 1.8, 3 and 6 of the mainline reference say and no check of section 11 asks. */
class MainlineLifeTest {
  private static final long WQCFG = 0x500;
  private static final String ADDRESS = "0000:6a:01.0";

  private static Machine boot(DeviceProfile profile) {
    return Machine.builder().mainline().profile(profile).boot();
  }

  /** A machine whose device has one queue of that mode and driver, bound to it. */
  private static Machine on(DeviceProfile profile, String mode, String type, String driver) {
    Machine machine = boot(profile);
    machine.set("engine0.0/group_id", "0");
    machine.queue("wq0.0", mode, type, "app");
    machine.set("wq0.0/driver_name", driver);
    assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
    assertThat(machine.bindTo(driver, "wq0.0")).isEqualTo("ok");
    return machine;
  }

  @Nested
  class AUserQueue {
    private final Machine machine =
        on(DeviceProfile.sapphireRapidsDsa(), "dedicated", "user", "user");

    @Test
    void tells_of_its_node_before_its_binding_and_in_the_same_order_of_its_end() {
      assertThat(machine.events).endsWith("add dsa!wq0.0", "bind wq0.0");

      assertThat(machine.unbindFrom("user", "wq0.0")).isEqualTo("ok");

      assertThat(machine.events).endsWith("remove dsa!wq0.0", "unbind wq0.0");
    }

    /** Section 1.3. */
    @Test
    void is_linked_to_its_driver_before_the_probe_and_until_the_removal() {
      List<String> seen = new ArrayList<>();
      machine.model.addListener(
          new DeviceModelListener() {
            @Override
            public void event(String action, Device device) {
              seen.add(action + " " + machine.exists("wq0.0/driver"));
            }
          });

      assertThat(machine.unbindFrom("user", "wq0.0")).isEqualTo("ok");
      bindAgain();
      assertThat(seen).containsExactly("remove false", "unbind false", "add true", "bind true");

      assertThat(machine.unbindFrom("user", "wq0.0")).isEqualTo("ok");
      assertThat(machine.bindTo("user", "wq0.0")).isEqualTo("ENXIO");
      assertThat(machine.exists("wq0.0/driver")).isFalse();
    }

    @Test
    void has_its_node_below_itself() throws ErrnoException {
      assertThat(machine.readlink("dsa!wq0.0")).endsWith("dsa0/wq0.0/dsa!wq0.0");
    }

    @Test
    void keeps_its_minor_while_a_file_is_open() throws ErrnoException {
      Handle file = machine.shell.open("/dev/dsa/wq0.0");
      assertThat(machine.unbindFrom("user", "wq0.0")).isEqualTo("ok");
      bindAgain();
      assertThat(machine.read("wq0.0/cdev_minor")).isEqualTo("1\n");

      file.release();

      assertThat(machine.unbindFrom("user", "wq0.0")).isEqualTo("ok");
      bindAgain();
      assertThat(machine.read("wq0.0/cdev_minor")).isEqualTo("0\n");
    }

    private void bindAgain() {
      machine.set("wq0.0/mode", "dedicated", "wq0.0/priority", "10", "wq0.0/name", "app");
      assertThat(machine.bindTo("user", "wq0.0")).isEqualTo("ok");
    }

    /** The register dump of section 6, with the driver's default limits: 2^21 bytes, 2^5. */
    @Test
    void is_written_as_on_a_real_machine() throws ErrnoException {
      Handle file = machine.shell.open("/dev/dsa/wq0.0");

      assertThat(machine.endpoint.read32(WQCFG)).isEqualTo(0x10);
      assertThat(machine.endpoint.read32(WQCFG + 4)).isZero();
      assertThat(machine.endpoint.read32(WQCFG + 8)).isEqualTo(0x100002a1);
      assertThat(machine.endpoint.read32(WQCFG + 12)).isEqualTo(0xb5);
      assertThat(machine.endpoint.read32(WQCFG + 24)).isEqualTo(0x40000000);
      file.release();
      assertThat(machine.endpoint.read32(WQCFG + 8)).isEqualTo(0xa1);
    }
  }

  @Nested
  class AnEventLog {
    @Test
    void is_the_devices_while_it_is_enabled() {
      Machine machine = on(DeviceProfile.versionTwo(), "shared", "user", "user");
      int sizeAt = Evl.EVLCFG.wordOffset(1);

      assertThat(machine.endpoint.read32(sizeAt)).isEqualTo(64);
      int addressAt = Evl.EVLCFG.wordOffset(0);
      assertThat(machine.endpoint.read32(addressAt) | machine.endpoint.read32(addressAt + 4))
          .isNotZero();
      assertThat(GenCfg.EVL_EN.get32(machine.endpoint.read32(GenCfg.GENCFG.offset()))).isOne();

      assertThat(machine.unbindFrom("idxd", "dsa0")).isEqualTo("ok");
      assertThat(machine.endpoint.read32(sizeAt)).isZero();
      assertThat(GenCfg.EVL_EN.get32(machine.endpoint.read32(GenCfg.GENCFG.offset()))).isZero();
    }
  }

  @Nested
  class AKernelQueue {
    /** Version 2 asks the device for the handle of the vector. */
    @ParameterizedTest
    @ValueSource(strings = {"S dedicated", "S shared", "V2 dedicated", "V2 shared"})
    void copies_and_calls_back(String kind) throws ErrnoException {
      DeviceProfile profile =
          kind.startsWith("S") ? DeviceProfile.sapphireRapidsDsa() : DeviceProfile.versionTwo();
      String mode = kind.substring(kind.indexOf(' ') + 1);
      Machine machine = on(profile, mode, "kernel", "dmaengine");
      DmaChannel channel = machine.idxd.dmaEngine().channels().get(0);
      long source = machine.kernelMemory.allocate(4096);
      long destination = machine.kernelMemory.allocate(4096);
      machine.kernelMemory.poke(source, new byte[] {1, 2, 3});
      List<DmaResult> results = new ArrayList<>();

      DmaTransaction copy = channel.prepMemcpy(destination, source, 3, true);
      copy.setCallback(results::add);
      int cookie = channel.submit(copy);
      machine.hardware.runAll();

      assertThat(results).containsExactly(DmaResult.NO_ERROR);
      assertThat(channel.isComplete(cookie)).isTrue();
      assertThat(machine.kernelMemory.peek(destination + 2)).isEqualTo((byte) 3);
      assertThat(machine.unbindFrom("dmaengine", "wq0.0")).isEqualTo("ok");
      assertThat(machine.read("wq0.0/type")).isEqualTo("none\n");
    }

    /** Section 7.1. */
    @ParameterizedTest
    @ValueSource(strings = {"dedicated", "shared"})
    void goes_through_the_slots_of_its_portal(String mode) throws ErrnoException {
      Machine machine = on(DeviceProfile.sapphireRapidsDsa(), mode, "kernel", "dmaengine");
      DmaChannel channel = machine.idxd.dmaEngine().channels().get(0);
      long memory = machine.kernelMemory.allocate(4096);
      machine.endpoint.forget();

      for (int i = 0; i < 65; i++) {
        int unused = channel.submit(channel.prepMemcpy(memory + 64, memory, 3, true));
        machine.hardware.runAll();
      }

      assertThat(machine.endpoint.portalWrites())
          .startsWith(0x1000L, 0x1040L, 0x1080L)
          .endsWith(0x1fc0L, 0x1000L);
    }

    /** Section 3.9: clients hear of it, and may then use what they like. */
    @Test
    void tells_its_clients_of_a_halt_with_no_lock_held() throws ErrnoException {
      Machine machine = on(DeviceProfile.sapphireRapidsDsa(), "dedicated", "kernel", "dmaengine");
      DmaChannel channel = machine.idxd.dmaEngine().channels().get(0);
      long memory = machine.kernelMemory.allocate(4096);
      MainlineDevice device =
          (MainlineDevice)
              machine.model.devices().stream()
                  .filter(MainlineDevice.class::isInstance)
                  .findFirst()
                  .orElseThrow();
      List<String> heard = new ArrayList<>();
      DmaTransaction copy = channel.prepMemcpy(memory + 64, memory, 3, true);
      copy.setCallback(result -> heard.add(result + " " + device.deviceLock.isLocked()));
      int unused = channel.submit(copy);

      assertThat(machine.hardware.faults().halt(GenSts.ResetType.COLD)).isTrue();

      assertThat(heard).containsExactly("ABORTED false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dedicated", "shared"})
    void gets_new_interrupt_handles_and_loses_no_copy(String mode) throws ErrnoException {
      Machine machine = on(DeviceProfile.versionTwo(), mode, "kernel", "dmaengine");
      DmaChannel channel = machine.idxd.dmaEngine().channels().get(0);
      long memory = machine.kernelMemory.allocate(4096);
      List<DmaResult> results = new ArrayList<>();
      DmaTransaction copy = channel.prepMemcpy(memory + 64, memory, 3, true);
      copy.setCallback(results::add);
      int cookie = channel.submit(copy);

      assertThat(machine.hardware.faults().revokeInterruptHandles()).isTrue();
      machine.hardware.runAll();

      assertThat(results).containsExactly(DmaResult.NO_ERROR);
      assertThat(channel.isComplete(cookie)).isTrue();
    }

    /** Source: idxd_int_handle_resubmit_work() of Linux 6.19, in irq.c. */
    @ParameterizedTest
    @ValueSource(strings = {"dedicated", "shared"})
    void submits_anew_what_was_refused_because_of_its_old_handle(String mode)
        throws ErrnoException {
      Machine machine = on(DeviceProfile.versionTwo(), mode, "kernel", "dmaengine");
      DmaChannel channel = machine.idxd.dmaEngine().channels().get(0);
      long memory = machine.kernelMemory.allocate(4096);
      machine.kernelMemory.poke(memory, new byte[] {7});
      List<String> results = new ArrayList<>();
      submit(channel, memory + 64, memory, result -> results.add("first " + result));
      send(machine, Command.RELEASE_INT_HANDLE);
      machine.hardware.runAll();
      assertThat(results).isEmpty();

      send(machine, Command.REQUEST_INT_HANDLE);
      submit(channel, memory + 128, memory, result -> results.add("second " + result));
      machine.hardware.runAll();

      assertThat(results).containsExactlyInAnyOrder("first NO_ERROR", "second NO_ERROR");
      assertThat(machine.kernelMemory.peek(memory + 64)).isEqualTo((byte) 7);
    }

    private static void submit(DmaChannel channel, long to, long from, Consumer<DmaResult> callback)
        throws ErrnoException {
      DmaTransaction copy = channel.prepMemcpy(to, from, 3, true);
      copy.setCallback(callback);
      int unused = channel.submit(copy);
    }

    /** A command about the handle of the first queue, behind the driver's back. */
    private static void send(Machine machine, Command command) {
      machine.endpoint.write(0, Cmd.CMD.offset(), 4, command.word(1));
      assertThat(CmdStatus.ERR.get32(machine.endpoint.read32(CmdStatus.CMDSTATUS.offset())))
          .isZero();
    }

    /** Source: idxd_wq_request_irq() in device.c; the queue is enabled by then. */
    @Test
    void without_a_vector_is_turned_off_again() {
      Machine machine = boot(DeviceProfile.sapphireRapidsDsa());
      machine.set("/sys/bus/pci/drivers/idxd/unbind", ADDRESS);
      machine.hardware.faults().offerVectors(2);
      machine.set("/sys/bus/pci/drivers/idxd/bind", ADDRESS, "engine0.0/group_id", "0");
      for (String wq : List.of("wq0.0", "wq0.1")) {
        machine.queue(wq, "dedicated", "kernel", "app");
        machine.set(wq + "/driver_name", "dmaengine");
      }
      assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
      assertThat(machine.bindTo("dmaengine", "wq0.0")).isEqualTo("ok");

      assertThat(machine.bindTo("dmaengine", "wq0.1")).isEqualTo("ENXIO");

      assertThat(machine.read("dsa0/cmd_status")).isEqualTo("0x80100000\n");
      assertThat(machine.read("wq0.1/state")).isEqualTo("disabled\n");
      assertThat(machine.endpoint.read32(WQCFG + 32 + 24)).isZero();
      assertThat(machine.read("wq0.0/state")).isEqualTo("enabled\n");
    }

    @Test
    void answers_ENXIO_whatever_is_wrong() {
      Machine machine = boot(DeviceProfile.sapphireRapidsDsa());
      machine.set("engine0.0/group_id", "0");
      machine.queue("wq0.0", "dedicated", "kernel", "\n");
      machine.set("wq0.0/driver_name", "dmaengine");
      assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");

      assertThat(machine.bindTo("dmaengine", "wq0.0")).isEqualTo("ENXIO");
      assertThat(machine.read("dsa0/cmd_status")).isEqualTo("0x80040000\n");
    }
  }

  @Nested
  class TheBus {
    private final Machine machine = boot(DeviceProfile.sapphireRapidsDsa());

    @Test
    void offers_a_device_that_is_named_to_every_driver() {
      machine.basicConfig("dedicated");

      assertThat(machine.write("/sys/bus/dsa/drivers_probe", "dsa0")).isEqualTo("ok");
      assertThat(machine.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(machine.write("/sys/bus/dsa/drivers_probe", "nosuch")).isEqualTo("ENODEV");
    }

    @Test
    void has_its_modules() {
      assertThat(machine.exists("/sys/module/idxd_bus")).isTrue();
      assertThat(machine.exists("/sys/module/idxd_compat")).isTrue();
      assertThat(machine.read("/sys/module/idxd/parameters/sva")).isEqualTo("Y\n");
      assertThat(machine.read("/sys/module/idxd/parameters/tc_override")).isEqualTo("N\n");
      assertThat(machine.write("/sys/module/idxd/parameters/tc_override", "maybe"))
          .isEqualTo("EINVAL");
    }
  }

  /** Source: idxd_device_reinit() in irq.c, for a device whose configuration is fixed. */
  @Test
  void a_halt_that_the_reset_command_ends_leaves_the_queues_enabled_that_were() {
    DeviceProfile.Queue dedicated = new DeviceProfile.Queue(16, 0, true, 10, 31, 10, false);
    Machine machine =
        boot(
            DeviceProfile.readOnly().toBuilder().queues(Collections.nCopies(8, dedicated)).build());
    machine.set("wq0.0/type", "user", "wq0.0/name", "app", "wq0.0/driver_name", "user");
    assertThat(machine.bindTo("user", "wq0.0")).isEqualTo("ok");
    assertThat(machine.read("wq0.0/max_transfer_size")).isEqualTo("2147483648\n");
    assertThat(machine.read("wq0.0/max_batch_size")).isEqualTo("1024\n");
    assertThat(machine.read("wq0.0/priority")).isEqualTo("10\n");
    machine.endpoint.forget();

    assertThat(machine.hardware.faults().halt(GenSts.ResetType.SOFTWARE)).isTrue();

    assertThat(machine.endpoint.commands())
        .containsExactly("0x00500000", "0x00100000", "0x00600000");
    assertThat(machine.read("dsa0/state")).isEqualTo("enabled\n");
    assertThat(machine.read("wq0.0/state")).isEqualTo("enabled\n");
    assertThat(machine.read("wq0.2/state")).isEqualTo("disabled\n");
  }

  /** Source: idxd_device_config_restore() in init.c; op_config and progress limits are lost. */
  @Nested
  class AResetOfTheFunction {
    private final Machine machine =
        boot(DeviceProfile.versionTwo().toBuilder().version(0x300).build());

    private List<String> values(List<String> files) {
      return files.stream().map(file -> file + " " + machine.read(file)).toList();
    }

    @Test
    void brings_back_what_was_configured() {
      machine.set(
          "dsa0/read_buffer_limit", "50",
          "dsa0/event_log_size", "128",
          "engine0.0/group_id", "1",
          "engine0.2/group_id", "1",
          "group0.1/use_read_buffer_limit", "1",
          "group0.1/read_buffers_reserved", "7",
          "group0.1/read_buffers_allowed", "20",
          "group0.1/traffic_class_a", "0",
          "group0.1/traffic_class_b", "0");
      machine.queue("wq0.3", "shared", "user", "three");
      machine.set(
          "wq0.3/group_id", "1",
          "wq0.3/threshold", "5",
          "wq0.3/priority", "3",
          "wq0.3/max_transfer_size", "65536",
          "wq0.3/max_batch_size", "16",
          "wq0.3/ats_disable", "1",
          "wq0.3/prs_disable", "1",
          "wq0.3/enqcmds_retries", "9",
          "wq0.3/driver_name", "user");
      assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
      assertThat(machine.bindTo("user", "wq0.3")).isEqualTo("ok");
      List<String> files = new ArrayList<>(List.of("dsa0/read_buffer_limit"));
      files.add("dsa0/event_log_size");
      files.add("dsa0/state");
      for (String file :
          List.of(
              "use_read_buffer_limit",
              "read_buffers_reserved",
              "read_buffers_allowed",
              "traffic_class_a",
              "traffic_class_b",
              "work_queues",
              "engines")) {
        files.add("group0.1/" + file);
      }
      for (String file :
          List.of(
              "group_id",
              "mode",
              "size",
              "threshold",
              "priority",
              "type",
              "name",
              "max_transfer_size",
              "max_batch_size",
              "ats_disable",
              "prs_disable",
              "enqcmds_retries",
              "driver_name",
              "state")) {
        files.add("wq0.3/" + file);
      }
      List<String> before = values(files);
      int[] entry = entry();

      assertThat(machine.hardware.faults().halt(GenSts.ResetType.FLR)).isTrue();

      assertThat(values(files)).isEqualTo(before);
      assertThat(entry()).isEqualTo(entry);
    }

    /** What of WQCFG the driver writes. */
    private int[] entry() {
      int[] dwords = new int[4];
      for (int i = 0; i < dwords.length; i++) {
        dwords[i] = machine.endpoint.read32(WQCFG + 3 * 64 + 4L * i);
      }
      return dwords;
    }
  }

  /** Source: idxd_wq_config_write() in device.c: what only some devices have. */
  @Test
  void a_queue_is_written_with_its_operations_and_without_page_requests() {
    Machine machine = boot(DeviceProfile.versionTwo());
    machine.set("engine0.0/group_id", "0");
    machine.queue("wq0.0", "dedicated", "user", "app");
    machine.set("wq0.0/driver_name", "user", "wq0.0/op_config", "00000001,00000018");
    machine.set("wq0.0/prs_disable", "1", "wq0.0/ats_disable", "1");
    assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
    assertThat(machine.bindTo("user", "wq0.0")).isEqualTo("ok");

    assertThat(machine.endpoint.read32(WQCFG + 32)).isEqualTo(0x18);
    assertThat(machine.endpoint.read32(WQCFG + 36)).isEqualTo(1);
    assertThat(machine.endpoint.read32(WQCFG + 40)).isZero();
    int third = machine.endpoint.read32(WQCFG + 8);
    assertThat(WqCfg.PRS_DISABLE.get32(third)).isOne();
    assertThat(WqCfg.ATS_DISABLE.get32(third)).isOne();
  }

  @Test
  void a_halt_for_good_takes_the_portals_away() {
    Machine machine = on(DeviceProfile.sapphireRapidsDsa(), "dedicated", "user", "user");
    MainlineWq wq =
        (MainlineWq)
            machine.model.devices().stream()
                .filter(device -> device.name().equals("wq0.0"))
                .findFirst()
                .orElseThrow();
    assertThat(wq.portal()).isNotNull();

    assertThat(machine.hardware.faults().halt(GenSts.ResetType.COLD)).isTrue();

    assertThat(wq.portal()).isNull();
  }

  /** Source: the group attributes of Linux 6.19 in sysfs.c, and idxd_group_config_write(). */
  @Nested
  class AGroup {
    private final Machine machine =
        boot(DeviceProfile.versionTwo().toBuilder().version(0x300).build());

    @Test
    void is_written_with_its_classes_buffers_and_limits() {
      machine.basicConfig("dedicated");
      machine.set(
          "dsa0/read_buffer_limit", "50",
          "group0.0/use_read_buffer_limit", "1",
          "group0.0/read_buffers_reserved", "7",
          "group0.0/read_buffers_allowed", "20",
          "group0.0/traffic_class_a", "2",
          "group0.0/traffic_class_b", "5",
          "group0.0/desc_progress_limit", "1",
          "group0.0/batch_progress_limit", "2");
      assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");

      long flags =
          (machine.endpoint.read32(0x428) & 0xffff_ffffL)
              | (long) machine.endpoint.read32(0x42c) << 32;
      assertThat(flags).isEqualTo(2L << 36 | 1L << 32 | 20L << 20 | 7L << 8 | 1 << 7 | 5 << 3 | 2);
      assertThat(machine.endpoint.read32(0x80) & 0xff).isEqualTo(50);
      assertThat(machine.read("group0.0/traffic_class_b")).isEqualTo("5\n");
      assertThat(machine.read("group0.0/tokens_reserved")).isEqualTo("7\n");
      assertThat(machine.read("group0.0/batch_progress_limit")).isEqualTo("2\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"traffic_class_a", "traffic_class_b"})
    void has_classes_from_0_to_7(String file) {
      assertThat(machine.write("group0.0/" + file, "-1")).isEqualTo("EINVAL");
      assertThat(machine.write("group0.0/" + file, "8")).isEqualTo("EINVAL");
      assertThat(machine.write("group0.0/" + file, "0")).isEqualTo("ok");
      assertThat(machine.write("group0.0/" + file, "7")).isEqualTo("ok");
      assertThat(machine.read("group0.0/" + file)).isEqualTo("7\n");
    }

    @Test
    void has_old_names_that_work_and_say_once_that_they_are_old() {
      machine.set("group0.0/tokens_reserved", "3", "group0.1/tokens_reserved", "4");

      assertThat(machine.read("group0.0/read_buffers_reserved")).isEqualTo("3\n");
      assertThat(machine.read("group0.1/read_buffers_reserved")).isEqualTo("4\n");
      assertThat(machine.dmesg().split("deprecated, see read_buffers_reserved", -1)).hasSize(2);
    }
  }

  @Nested
  class ADisabledDevice {
    @Test
    void shows_what_it_can_do_of_an_IAA_of_version_2() {
      Machine machine =
          boot(DeviceProfile.sapphireRapidsIaa().toBuilder().version(0x200).iaacap(0x1fd).build());

      assertThat(machine.read("iax0/iaa_cap")).isEqualTo("0x1fd\n");
    }

    @Test
    void counts_free_read_buffers_only_with_the_next_reservation() {
      Machine machine = boot(DeviceProfile.sapphireRapidsDsa());
      machine.set("group0.0/read_buffers_reserved", "90");
      machine.basicConfig("dedicated");
      assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
      assertThat(machine.unbindFrom("idxd", "dsa0")).isEqualTo("ok");

      assertThat(machine.write("group0.1/read_buffers_allowed", "96")).isEqualTo("EINVAL");
      machine.set("group0.1/read_buffers_reserved", "1");
      assertThat(machine.write("group0.1/read_buffers_allowed", "96")).isEqualTo("ok");
    }

    @Test
    void is_named_by_PCI_ids_of_every_generation() {
      for (int id : List.of(0x11fb, 0x1212)) {
        Machine machine = boot(DeviceProfile.versionTwo().toBuilder().deviceId(id).build());
        assertThat(machine.exists("dsa0")).as("%x", id).isTrue();
      }
      Machine iax = boot(DeviceProfile.sapphireRapidsIaa().toBuilder().deviceId(0xb02d).build());
      assertThat(iax.exists("iax0")).isTrue();
    }

    /** The sample of section 2.3. */
    @Test
    void shows_the_registers_of_version_3() {
      Machine machine =
          boot(
              DeviceProfile.versionTwo().toBuilder()
                  .version(0x300)
                  .dsacap(0x00fa01ff01ff03ffL, 0x0014000e000007aaL, 0xf18dL)
                  .build());

      assertThat(machine.read("dsa0/dsacaps"))
          .isEqualTo("000000000000f18d,0014000e000007aa,00fa01ff01ff03ff\n");
      assertThat(machine.read("group0.0/traffic_class_a")).isEqualTo("-1\n");
    }
  }
}
