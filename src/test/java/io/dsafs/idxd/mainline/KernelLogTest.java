package io.dsafs.idxd.mainline;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.spec.GenSts;
import io.dsafs.testing.Machine;
import io.dsafs.vfs.Handle;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What an administrator reads of the driver of Linux 6.19. Source: its dev_ calls in init.c,
 * device.c, cdev.c and irq.c.
 */
class KernelLogTest {
  private final Machine machine =
      Machine.builder().mainline().profile(DeviceProfile.versionTwo()).boot();
  private int known = lines().size();

  /** Level and text of each line. */
  private List<String> lines() {
    return machine
        .dmesg()
        .lines()
        .map(line -> line.charAt(0) + line.substring(line.indexOf(';')))
        .toList();
  }

  /** The lines since the last look. */
  private List<String> news() {
    List<String> all = lines();
    List<String> fresh = all.subList(known, all.size());
    known = all.size();
    return fresh;
  }

  private void configure(String mode, String type, String driver) {
    machine.set("engine0.0/group_id", "0");
    machine.queue("wq0.0", mode, type, "app");
    machine.set("wq0.0/driver_name", driver);
    assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
  }

  private void enable(String mode, String type, String driver) {
    configure(mode, type, driver);
    assertThat(machine.bindTo(driver, "wq0.0")).isEqualTo("ok");
  }

  @Test
  void names_the_version_of_the_device() {
    assertThat(lines()).endsWith("6;idxd 0000:6a:01.0: Intel(R) Accelerator Device (v200)");
  }

  @ParameterizedTest
  @CsvSource({"user, user", "kernel, dmaengine"})
  void names_device_and_queue_when_they_come_and_go(String type, String driver) {
    enable("dedicated", type, driver);
    assertThat(machine.unbindFrom(driver, "wq0.0")).isEqualTo("ok");
    assertThat(machine.unbindFrom("idxd", "dsa0")).isEqualTo("ok");

    assertThat(news())
        .containsExactly(
            "6;idxd dsa0: Device dsa0 enabled",
            "6;" + driver + " wq0.0: wq wq0.0 enabled",
            "6;" + driver + " wq0.0: wq wq0.0 disabled",
            "6;idxd dsa0: Device dsa0 disabled");
  }

  @Test
  void warns_of_queues_and_clients_that_a_device_leaves_behind() throws ErrnoException {
    enable("shared", "user", "user");
    Handle file = machine.shell.open("/dev/dsa/wq0.0");
    List<String> unused = news();

    assertThat(machine.unbindFrom("idxd", "dsa0")).isEqualTo("ok");

    assertThat(news())
        .containsExactly(
            "4;idxd dsa0: Active wq 0 on disable dsa0.",
            "4;user wq0.0: Clients has claim on wq 0: 1",
            "6;user wq0.0: wq wq0.0 disabled",
            "6;idxd dsa0: Device dsa0 disabled");
    file.release();
  }

  @Test
  void warns_of_a_process_that_opens_a_queue_again() throws ErrnoException {
    enable("shared", "user", "user");
    Handle first = machine.shell.open("/dev/dsa/wq0.0");
    assertThat(news()).hasSize(2);

    Handle again = machine.shell.open("/dev/dsa/wq0.0");

    int pasid = machine.iommu.pasidOf(machine.shell.memory());
    assertThat(news())
        .containsExactly("4;user wq0.0: PASID " + pasid + " works on the queue already");
    first.release();
    again.release();
  }

  @Test
  void warns_of_a_processor_that_lacks_an_instruction() {
    Machine other = Machine.builder().mainline().cpu(false, true).build();

    assertThat(
            Machine.answer(
                () -> {
                  other.idxd.load();
                  return "ok";
                }))
        .isEqualTo("ENODEV");

    assertThat(other.dmesg()).contains("idxd driver failed to load without MOVDIR64B.");
  }

  @Test
  void warns_of_causes_that_the_driver_does_not_know() {
    for (int bit : new int[] {0, 1, 2, 3, 4, 5}) {
      machine.endpoint.interrupt(1 << bit);
    }
    assertThat(machine.dmesg()).doesNotContain("Unexpected");

    machine.endpoint.interrupt(1 << 6);

    assertThat(machine.dmesg()).contains("Unexpected interrupt cause");
  }

  @Test
  void says_that_no_new_interrupt_handle_is_to_be_had() {
    enable("dedicated", "kernel", "dmaengine");
    List<String> unused = news();
    machine.hardware.faults().answerCommand(0x42);

    assertThat(machine.hardware.faults().revokeInterruptHandles()).isTrue();

    assertThat(news()).contains("3;dmaengine wq0.0: Failed to get int handle: no interrupt handle");
  }

  @ParameterizedTest
  @EnumSource(
      value = GenSts.ResetType.class,
      names = {"WARM", "COLD"})
  void says_that_a_halted_device_needs_more_than_it_can_do(GenSts.ResetType needed) {
    enable("dedicated", "user", "user");
    List<String> unused = news();

    assertThat(machine.hardware.faults().halt(needed)).isTrue();

    assertThat(news()).endsWith("3;idxd 0000:6a:01.0: idxd halted, need system reset");
    assertThat(machine.read("dsa0/state")).isEqualTo("disabled\n");
  }

  @Test
  void follows_a_reset_of_the_function_that_brings_everything_back() {
    enable("dedicated", "user", "user");
    List<String> unused = news();

    assertThat(machine.hardware.faults().halt(GenSts.ResetType.FLR)).isTrue();

    assertThat(news())
        .endsWith(
            "3;idxd 0000:6a:01.0: idxd halted, doing FLR. After FLR, configs are restored",
            "4;idxd dsa0: Active wq 0 on disable dsa0.",
            "6;user wq0.0: wq wq0.0 disabled",
            "6;idxd dsa0: Device dsa0 disabled",
            "6;idxd dsa0: Device dsa0 enabled",
            "6;user wq0.0: wq wq0.0 enabled");
  }

  /** The reset has emptied its configuration: there is nothing to enable. */
  @Test
  void says_that_a_device_that_software_has_configured_is_not_restarted() {
    enable("dedicated", "user", "user");
    List<String> unused = news();

    assertThat(machine.hardware.faults().halt(GenSts.ResetType.SOFTWARE)).isTrue();

    assertThat(news()).endsWith("3;idxd 0000:6a:01.0: Device restart failed: no wq configured");
    assertThat(machine.read("dsa0/state")).isEqualTo("disabled\n");
  }
}
