package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.pci.MappedBar;
import io.dsafs.spec.CommandError;
import io.dsafs.spec.GenCtrl;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.MsixPerm;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import io.dsafs.testing.Machine;
import io.dsafs.testing.ObservedEndpoint;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loading, probing, binding, and their reverse. Sources: swq-v1 sections 3, 5.5, 11 and 14. */
class LifecycleTest {
  private static final String PCI_UNBIND = "/sys/bus/pci/drivers/idxd/unbind";
  private static final String PCI_BIND = "/sys/bus/pci/drivers/idxd/bind";
  private static final String ADDRESS = "0000:6a:01.0";
  private static final String NODE = "/dev/dsa/wq0.0";

  private final Machine p = Machine.p();

  private String unload() {
    return Machine.answer(
        () -> {
          p.idxd.unload();
          return "ok";
        });
  }

  @Nested
  class Module {
    @Test
    void unloading_leaves_nothing_and_loading_brings_it_back() throws ErrnoException {
      assertThat(unload()).isEqualTo("ok");
      assertThat(p.exists("/sys/bus/dsa")).isFalse();
      assertThat(p.exists("/sys/module/idxd")).isFalse();
      assertThat(p.exists("/sys/devices/pci0000:6a/0000:6a:01.0/dsa0")).isFalse();
      assertThat(p.iommu.bound()).isZero();

      p.idxd.load();
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
    }

    @Test
    void a_bound_device_holds_it() {
      p.basicConfig("dedicated");
      p.enable("dsa0");

      assertThat(unload()).isEqualTo("EAGAIN");
      assertThat(p.unbind("dsa0")).isEqualTo("ok");
      assertThat(unload()).isEqualTo("ok");
    }

    @Test
    void a_failed_bind_does_not_hold_it() {
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");

      assertThat(unload()).isEqualTo("ok");
    }

    @Test
    void an_open_node_holds_it() throws ErrnoException {
      p.basicConfig("shared");
      p.enable("dsa0", "wq0.0");
      Handle file = p.shell.open(NODE);
      p.set(Machine.DRIVER + "unbind", "dsa0");

      assertThat(unload()).isEqualTo("EAGAIN");
      file.release();
      assertThat(unload()).isEqualTo("ok");
    }
  }

  @Nested
  class Registers {
    @Test
    void probe_resets_enables_errors_and_writes_permissions() {
      List<Long> offsets =
          p.endpoint.writes().stream()
              .map(ObservedEndpoint.Write::offset)
              .filter(offset -> offset < 0x2000)
              .toList();

      assertThat(p.endpoint.commands()).containsExactly("0x00500000");
      assertThat(offsets)
          .containsExactly(
              0xa0L, 0x88L, 0x308L, 0x310L, 0x318L, 0x320L, 0x328L, 0x330L, 0x338L, 0x340L);
    }

    @Test
    void binding_and_unbinding_send_one_command_each() {
      p.basicConfig("dedicated");
      p.queue("wq0.3", "dedicated", "user", "three");

      p.endpoint.forget();
      p.enable("dsa0");
      assertThat(p.endpoint.commands()).containsExactly("0x00100000");
      p.endpoint.forget();
      p.enable("wq0.0", "wq0.3");
      assertThat(p.endpoint.commands()).containsExactly("0x00600000", "0x00600003");
      p.endpoint.forget();
      assertThat(p.unbind("dsa0")).isEqualTo("ok");
      assertThat(p.endpoint.commands()).containsExactly("0x00700001", "0x00700008", "0x00200000");
    }

    @Test
    void pci_unbind_masks_everything() {
      p.endpoint.forget();
      p.set(PCI_UNBIND, ADDRESS);

      assertThat(p.endpoint.commands()).isEmpty();
      for (int vector = 0; vector <= 8; vector++) {
        assertThat(MsixPerm.IGNORE.get32(p.endpoint.read32(0x300 + 8L * vector))).isEqualTo(1);
      }
      assertThat(GenCtrl.SOFTERR_INT_EN.get32(p.endpoint.read32(0x88))).isZero();
    }
  }

  @Nested
  class PciBinding {
    @Test
    void brings_back_a_fresh_device() {
      p.basicConfig("dedicated");
      p.enable("dsa0", "wq0.0");

      p.set(PCI_UNBIND, ADDRESS);
      assertThat(p.exists("dsa0")).isFalse();
      assertThat(p.exists(NODE)).isFalse();
      assertThat(p.iommu.bound()).isZero();
      p.set(PCI_BIND, ADDRESS);
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(p.read("wq0.0/size")).isEqualTo("0\n");
      assertThat(p.read("dsa0/pasid_enabled")).isEqualTo("1\n");
    }

    @Test
    void leaves_open_files_to_answer_for_themselves() throws ErrnoException {
      p.basicConfig("shared");
      p.enable("dsa0", "wq0.0");
      AtomicInteger woken = new AtomicInteger();
      Handle file = p.shell.open(NODE);
      assertThat(file.poll(0, woken::incrementAndGet)).isEqualTo(OpenFile.POLL_NONE);

      p.set(PCI_UNBIND, ADDRESS);
      assertThat(woken).hasValue(1);
      assertThat(file.poll(0, null)).isEqualTo(OpenFile.POLL_GONE);
      file.release();
      assertThat(p.iommu.bound()).isZero();
    }

    @Test
    void fails_without_an_answer_and_undoes_everything() {
      p.set(PCI_UNBIND, ADDRESS);
      p.endpoint.unplug();

      assertThat(p.write(PCI_BIND, ADDRESS)).isEqualTo("ENODEV");
      assertThat(p.iommu.bound()).isZero();
    }

    @Test
    void refuses_another_device_that_new_id_brings_with_ENODEV() {
      DeviceProfile other =
          DeviceProfile.standard().toBuilder().name("other").deviceId(0x11fb).build();
      Machine machine = Machine.builder().profile(other).boot();
      machine.set("/sys/bus/pci/drivers/idxd/new_id", "8086 11fb");

      assertThat(machine.exists("/sys/bus/pci/drivers/idxd/" + ADDRESS)).isFalse();
      assertThat(machine.write(PCI_BIND, ADDRESS)).isEqualTo("ENODEV");
      assertThat(machine.exists("dsa0")).isFalse();
    }

    /** An error that nobody heard of stands in the way of all later ones, whatever they are. */
    @ParameterizedTest
    @CsvSource({
      "swq-v1, 0x0000000000001201 0x0000000000000000 0x0000000000000000 0x0000000000000000",
      "mainline, '00000000,00000000,00000000,00000000,00000000,00000000,00000000,00001201'"
    })
    void hears_of_errors_although_one_was_left_over(String abi, String errors) {
      Machine machine = abi.equals("mainline") ? Machine.builder().mainline().boot() : Machine.p();
      machine.set(PCI_UNBIND, ADDRESS);
      machine.hardware.injectSwError(SwErr.ERROR.with(0, 0x11), 0, 0);
      machine.set(PCI_BIND, ADDRESS);

      machine.hardware.injectSwError(SwErr.ERROR.with(0, 0x12), 0, 0);

      assertThat(machine.read("dsa0/errors")).isEqualTo(errors + "\n");
    }

    @Test
    void without_a_supervisor_pasid_is_as_without_command_memory() {
      Machine machine = Machine.builder().withoutSupervisor().boot();

      assertThat(machine.read("dsa0/pasid_enabled")).isEqualTo("0\n");
      assertThat(machine.write("wq0.0/mode", "shared")).isEqualTo("EINVAL");
      assertThat(machine.dmesg()).contains("No PASID support. -22");
    }

    @Test
    void tells_udev_in_order() {
      assertThat(p.events)
          .containsSubsequence(
              "add dsa0",
              "add wq0.0",
              "add wq0.7",
              "add group0.0",
              "add engine0.0",
              "bind " + ADDRESS);
    }
  }

  /** Source: idxd_cdev_open() in cdev.c; what it has taken is given back. */
  @Nested
  class An_open_that_the_device_spoils {
    @ParameterizedTest
    @CsvSource({
      "swq-v1, refuses, ENXIO",
      "swq-v1, is silent, EBUSY",
      "mainline, has halted, ENXIO"
    })
    void answers_so_and_keeps_nothing(String abi, String device, String errno) {
      boolean mainline = abi.equals("mainline");
      Machine machine = mainline ? Machine.builder().mainline().boot() : Machine.p();
      machine.basicConfig("dedicated");
      if (mainline) {
        machine.set("wq0.0/driver_name", "user", "/sys/bus/dsa/drivers/idxd/bind", "dsa0");
        machine.set("/sys/bus/dsa/drivers/user/bind", "wq0.0");
      } else {
        machine.enable("dsa0", "wq0.0");
      }
      String references = machine.read("/sys/module/idxd/refcnt");
      int bound = machine.iommu.bound();
      if (device.equals("refuses")) {
        machine.hardware.faults().answerCommand(CommandError.HW_ERR.code());
      } else if (mainline) {
        // and has told nobody
        machine.endpoint.write(0, GenCtrl.GENCTRL.offset(), 4, 0);
        machine.hardware.halt(GenSts.ResetType.FLR);
      } else {
        machine.hardware.faults().holdCommand();
      }

      assertThat(machine.shell.openAnswer(NODE)).isEqualTo(errno);

      assertThat(machine.iommu.bound()).isEqualTo(bound);
      assertThat(machine.iommu.pasidOf(machine.shell.memory())).isZero();
      assertThat(machine.read("wq0.0/clients")).isEqualTo("0\n");
      assertThat(machine.read("/sys/module/idxd/refcnt")).isEqualTo(references);
    }
  }

  @Nested
  class Opening_at_once {
    /** Each round two threads race for a dedicated queue (14.33). */
    @Test
    void gives_a_dedicated_queue_to_one_only() throws Exception {
      p.basicConfig("dedicated");
      p.enable("dsa0", "wq0.0");
      SimulatedProcess other = p.newProcess();
      ExecutorService threads = Executors.newFixedThreadPool(2);
      try {
        for (int round = 0; round < 100; round++) {
          List<Future<String>> answers =
              threads.invokeAll(List.of(() -> hold(p.shell), () -> hold(other)));
          assertThat(List.of(answers.get(0).get(), answers.get(1).get()))
              .containsExactlyInAnyOrder("ok", "EBUSY");
          held.remove().release();
        }
      } finally {
        threads.shutdown();
      }
      assertThat(p.read("wq0.0/clients")).isEqualTo("0\n");
    }

    private final Queue<Handle> held = new ConcurrentLinkedQueue<>();

    private String hold(SimulatedProcess process) {
      return Machine.answer(
          () -> {
            held.add(process.open(NODE));
            return "ok";
          });
    }
  }

  /** Source: idxd_wq_unmap_portal() in device.c; idxd_pci_probe() in init.c. */
  @Nested
  class What_the_driver_has_of_the_function {
    private IdxdWq queue() {
      return (IdxdWq)
          p.model.devices().stream()
              .filter(device -> device.name().equals("wq0.0"))
              .findFirst()
              .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"dedicated", "shared"})
    void is_a_portal_as_long_as_the_queue_is_bound(String mode) {
      p.basicConfig(mode);
      p.set("wq0.0/type", "kernel", "wq0.0/name", "other");
      p.enable("dsa0", "wq0.0");
      MappedBar portal = queue().portal();
      ByteBuffer descriptor = ByteBuffer.allocateDirect(64);
      portal.iosubmitCmds512(0, descriptor, 1);
      assertThat(p.endpoint.portalWrites()).hasSize(1);

      assertThat(p.unbind("wq0.0")).isEqualTo("ok");

      assertThat(queue().portal()).isNull();
      assertThat(queue().kernelQueue()).isNull();
      portal.iosubmitCmds512(0, descriptor, 1);
      assertThat(p.endpoint.portalWrites()).hasSize(1);
    }

    @Test
    void reaches_all_of_memory() {
      String device = "/sys/bus/pci/devices/" + ADDRESS;

      assertThat(p.read(device + "/dma_mask_bits")).isEqualTo("64\n");
      assertThat(p.read(device + "/consistent_dma_mask_bits")).isEqualTo("64\n");
    }
  }

  /** Source: Documentation/ABI/testing/dsafs-debug, the entry of clients. */
  @Nested
  class The_listing_of_clients {
    @Test
    void has_a_line_for_each_open_file_of_the_function() throws ErrnoException {
      p.basicConfig("shared");
      p.queue("wq0.1", "dedicated", "user", "two");
      p.enable("dsa0", "wq0.0", "wq0.1");
      SimulatedProcess other = p.newProcess();
      Handle two = other.open("/dev/dsa/wq0.1");
      Handle one = p.shell.open(NODE);
      int pasid = p.iommu.pasidOf(p.shell.memory());
      int others = p.iommu.pasidOf(other.memory());

      assertThat(p.idxd.describeClients(ADDRESS))
          .isEqualTo(
              String.format(
                  Locale.ROOT,
                  "wq0.0 pasid %d pid %d (test)\nwq0.1 pasid %d pid %d (test)\n",
                  pasid,
                  p.shell.tid(),
                  others,
                  other.tid()));
      assertThat(p.idxd.describeClients("0000:6a:02.0")).isEmpty();

      one.release();
      two.release();
      assertThat(p.idxd.describeClients(ADDRESS)).isEmpty();
    }

    @Test
    void is_empty_without_the_module() throws ErrnoException {
      p.idxd.unload();

      assertThat(p.idxd.describeClients(ADDRESS)).isEmpty();
    }
  }

  @Nested
  class Files_that_outlive_their_queue {
    private final Handle file;

    Files_that_outlive_their_queue() throws ErrnoException {
      p.basicConfig("dedicated");
      p.enable("dsa0", "wq0.0");
      file = p.shell.open(NODE);
      assertThat(p.unbind("wq0.0")).isEqualTo("ok");
    }

    @Test
    void close_without_a_command() {
      p.endpoint.forget();
      file.release();

      assertThat(p.endpoint.commands()).isEmpty();
      assertThat(p.iommu.pasidOf(p.shell.memory())).isZero();
      assertThat(p.read("wq0.0/clients")).isEqualTo("0\n");
      assertThat(p.read("wq0.0/state")).isEqualTo("disabled\n");
    }

    @Test
    void do_not_disturb_the_next_owner() throws ErrnoException {
      p.enable("wq0.0");
      SimulatedProcess next = p.newProcess();
      Handle theirs = next.open(NODE);
      file.release();

      int dword = p.endpoint.read32(0x500 + WqCfg.PASID.dwordOffset());
      assertThat(WqCfg.PASID.get32(dword)).isEqualTo(p.iommu.pasidOf(next.memory()));
      assertThat(p.read("wq0.0/clients")).isEqualTo("1\n");
      theirs.release();
      assertThat(p.read("wq0.0/clients")).isEqualTo("0\n");
    }
  }

  @Nested
  class Halting {
    Halting() {
      p.basicConfig("dedicated");
      p.enable("dsa0", "wq0.0");
    }

    private void halt(GenSts.ResetType needed) {
      p.hardware.halt(needed);
      p.hardware.injectSwError(0, 0, 0);
    }

    @Test
    void for_good_still_lets_the_queue_be_unbound_with_its_node() {
      halt(GenSts.ResetType.FLR);

      assertThat(p.read("wq0.0/state")).isEqualTo("disabled\n");
      assertThat(p.exists(NODE)).isTrue();
      assertThat(p.unbind("wq0.0")).isEqualTo("ok");
      assertThat(p.exists(NODE)).isFalse();
      assertThat(p.read("wq0.0/cdev_minor")).isEqualTo("-1\n");
    }

    @Test
    void is_undone_by_a_new_pci_binding() {
      halt(GenSts.ResetType.COLD);

      p.set(PCI_UNBIND, ADDRESS, PCI_BIND, ADDRESS);
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
    }

    @Test
    void that_a_reset_can_leave_restarts_the_device_with_its_queues() throws ErrnoException {
      Handle file = p.shell.open(NODE);
      int pasid = p.iommu.pasidOf(p.shell.memory());
      p.endpoint.forget();
      p.hardware.halt(GenSts.ResetType.SOFTWARE);
      p.hardware.injectSwError(0, 0, 0);

      assertThat(p.endpoint.commands()).containsExactly("0x00500000", "0x00100000", "0x00600000");
      assertThat(p.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(p.read("wq0.0/state")).isEqualTo("enabled\n");
      int dword = p.endpoint.read32(0x500 + WqCfg.PASID.dwordOffset());
      assertThat(WqCfg.PASID.get32(dword)).isEqualTo(pasid);
      assertThat(GenCtrl.SOFTERR_INT_EN.get32(p.endpoint.read32(0x88))).isEqualTo(1);
      file.release();
    }
  }

  @Nested
  class Misc_interrupt {
    @Test
    void unmasks_its_vector_after_any_cause() {
      p.endpoint.interrupt(0x2);

      assertThat(MsixPerm.IGNORE.get32(p.endpoint.read32(0x300))).isZero();
    }

    @Test
    void runs_the_wakers_of_a_closed_file_a_last_time() throws ErrnoException {
      p.basicConfig("shared");
      p.enable("dsa0", "wq0.0");
      AtomicInteger woken = new AtomicInteger();
      Handle polled = p.shell.open(NODE);
      Handle other = p.shell.open(NODE);
      int unused = polled.poll(0, woken::incrementAndGet);

      other.release();
      assertThat(woken).hasValue(0);
      polled.release();
      assertThat(woken).hasValue(1);

      p.hardware.injectSwError(SwErr.WQ_IDX_VALID.mask(), 0, 0);
      assertThat(woken).hasValue(1);
    }

    @Test
    void warns_of_unknown_causes_once() {
      p.endpoint.interrupt(0x40);
      p.endpoint.interrupt(0x40);

      assertThat(p.dmesg().split("Unexpected interrupt cause", -1)).hasSize(2);
    }

    @Test
    void takes_an_index_beyond_the_queues_for_none() throws ErrnoException {
      p.basicConfig("shared");
      p.enable("dsa0", "wq0.0");
      AtomicInteger woken = new AtomicInteger();
      int unused = p.shell.open(NODE).poll(0, woken::incrementAndGet);
      long word = SwErr.WQ_IDX_VALID.mask();

      p.hardware.injectSwError(SwErr.WQ_IDX.with(word, 200), 0, 0);

      assertThat(woken).hasValue(1);
    }
  }
}
