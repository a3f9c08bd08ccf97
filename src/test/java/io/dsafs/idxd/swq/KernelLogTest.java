package io.dsafs.idxd.swq;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.IntCause;
import io.dsafs.testing.Machine;
import io.dsafs.vfs.Handle;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an administrator reads of the driver. Source: its dev_ calls in init.c, sysfs.c, irq.c. */
class KernelLogTest {
  private static final String NODE = "/dev/dsa/wq0.0";

  private final Machine p = Machine.p();

  /** Level and text of each line, without what was there when the test began. */
  private List<String> lines() {
    return lines(p);
  }

  private static List<String> lines(Machine machine) {
    return machine
        .dmesg()
        .lines()
        .map(line -> line.charAt(0) + line.substring(line.indexOf(';')))
        .toList();
  }

  private List<String> since(int known) {
    return lines().subList(known, lines().size());
  }

  private void enable(String mode) {
    p.basicConfig(mode);
    p.enable("dsa0", "wq0.0");
  }

  @Test
  void names_device_and_queue_when_they_come_and_go() {
    enable("dedicated");
    assertThat(p.unbind("wq0.0")).isEqualTo("ok");
    assertThat(p.unbind("dsa0")).isEqualTo("ok");

    assertThat(lines())
        .containsExactly(
            "6;idxd 0000:6a:01.0: Intel(R) Accelerator Device (v100)",
            "6;dsa dsa0: Device dsa0 enabled",
            "6;dsa wq0.0: wq wq0.0 enabled",
            "6;dsa wq0.0: wq wq0.0 disabled",
            "6;dsa dsa0: Device dsa0 disabled");
  }

  @Test
  void says_that_there_is_no_command_memory() {
    assertThat(lines(Machine.n()))
        .containsExactly(
            "7;idxd 0000:6a:01.0: Device does not have cmdmem support.",
            "6;idxd 0000:6a:01.0: Intel(R) Accelerator Device (v100)");
  }

  @Test
  void warns_of_queues_and_clients_that_a_device_leaves_behind() throws ErrnoException {
    enable("shared");
    Handle file = p.shell.open(NODE);
    int known = lines().size();

    assertThat(p.unbind("dsa0")).isEqualTo("ok");

    assertThat(since(known))
        .containsExactly(
            "4;dsa dsa0: Active wq 0 on disable dsa0.",
            "4;dsa wq0.0: Clients has claim on wq 0: 1",
            "6;dsa wq0.0: wq wq0.0 disabled",
            "6;dsa dsa0: Device dsa0 disabled");
    file.release();
  }

  @Test
  void warns_of_a_device_that_does_not_answer_when_it_is_to_go() {
    enable("dedicated");
    int known = lines().size();
    p.hardware.faults().holdCommand();

    assertThat(p.unbind("dsa0")).isEqualTo("ok");

    assertThat(since(known))
        .containsExactly(
            "4;dsa dsa0: Active wq 0 on disable dsa0.",
            "4;idxd 0000:6a:01.0: Command timed out: DISABLE_WQ",
            "4;dsa wq0.0: Failed to disable wq: command timed out: DISABLE_WQ",
            "6;dsa wq0.0: wq wq0.0 disabled",
            "4;idxd 0000:6a:01.0: Command timed out: DISABLE_DEVICE",
            "4;dsa dsa0: Device disable failed: command timed out: DISABLE_DEVICE",
            "6;dsa dsa0: Device dsa0 disabled");
  }

  /**
   * A device that is not enabled is as it should be; idxd_device_disable() looks at single bits.
   */
  @ParameterizedTest
  @CsvSource({"0x31, false", "0x03, false", "0x04, true"})
  void warns_of_a_device_that_refuses_to_be_disabled(String code, boolean warned) {
    p.basicConfig("dedicated");
    p.enable("dsa0");
    p.hardware.faults().answerCommand(Integer.decode(code));

    assertThat(p.unbind("dsa0")).isEqualTo("ok");

    assertThat(lines().stream().anyMatch(line -> line.startsWith("4;dsa dsa0: Device disable")))
        .isEqualTo(warned);
  }

  @Test
  void says_that_the_work_of_a_closed_file_could_not_be_waited_for() throws ErrnoException {
    enable("shared");
    Handle file = p.shell.open(NODE);
    int known = lines().size();
    p.hardware.faults().answerCommand(0x03);

    file.release();

    assertThat(since(known)).hasSize(1);
    assertThat(since(known).get(0)).startsWith("3;dsa wq0.0: draining PASID ");
    assertThat(p.iommu.pasidOf(p.shell.memory())).isZero();
  }

  @Test
  void tells_the_errno_of_a_configuration_that_is_refused() {
    p.set("engine0.0/group_id", "0");
    assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
    assertThat(lines()).contains("4;dsa dsa0: Device config failed: -22");

    p.basicConfig("dedicated");
    p.hardware.faults().answerCommand(0x03);
    assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
    assertThat(lines()).contains("4;dsa dsa0: Device enable failed: -6");

    p.enable("dsa0");
    p.hardware.faults().answerCommand(0x03);
    assertThat(p.bind("wq0.0")).isEqualTo("ENODEV");
    assertThat(lines()).contains("4;dsa wq0.0: wq 0 enabling failed: -6");
    p.set("wq0.1/group_id", "0");
    assertThat(p.bind("wq0.0")).isEqualTo("ENODEV");
    assertThat(lines()).contains("4;dsa wq0.0: Writing wq 0 config failed: -22");
  }

  @Test
  void warns_of_a_queue_without_a_size() {
    p.basicConfig("dedicated");
    p.set("wq0.1/group_id", "0");

    assertThat(p.bind("dsa0")).isEqualTo("ENODEV");

    assertThat(lines()).contains("4;dsa wq0.1: Incorrect work queue size: 0");
  }

  @ParameterizedTest
  @CsvSource({"false, true, MOVDIR64B", "true, false, ENQCMD"})
  void warns_of_a_processor_that_lacks_an_instruction(
      boolean movdir64b, boolean enqcmd, String instruction) {
    Machine machine = Machine.builder().cpu(movdir64b, enqcmd).build();

    assertThat(
            Machine.answer(
                () -> {
                  machine.idxd.load();
                  return "ok";
                }))
        .isEqualTo("ENODEV");

    assertThat(machine.dmesg())
        .startsWith("4,")
        .contains("idxd driver failed to load without " + instruction + ".");
  }

  @ParameterizedTest
  @CsvSource({"FLR, FLR", "WARM, system reset", "COLD, system reset"})
  void says_what_a_halted_device_needs(GenSts.ResetType needed, String text) {
    enable("dedicated");
    int known = lines().size();

    assertThat(p.hardware.faults().halt(needed)).isTrue();

    assertThat(since(known))
        .containsExactly(
            "4;idxd 0000:6a:01.0: err[0]: 0x0000000000005101",
            "4;idxd 0000:6a:01.0: err[1]: 0x0000000000000000",
            "4;idxd 0000:6a:01.0: err[2]: 0x0000000000000000",
            "4;idxd 0000:6a:01.0: err[3]: 0x0000000000000000",
            "3;idxd 0000:6a:01.0: idxd halted, need " + text + ".");
  }

  @Test
  void says_that_a_restart_has_failed_and_the_device_is_halted() {
    enable("dedicated");
    p.hardware.faults().holdCommand();

    assertThat(p.hardware.faults().halt(GenSts.ResetType.SOFTWARE)).isTrue();

    assertThat(lines())
        .endsWith(
            "4;idxd 0000:6a:01.0: Command timed out: RESET_DEVICE",
            "3;idxd 0000:6a:01.0: Device restart failed: command timed out: RESET_DEVICE");
    assertThat(p.read("dsa0/state")).isEqualTo("halted\n");
    assertThat(p.read("wq0.0/state")).isEqualTo("disabled\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SOFTERR", "CMD", "OCCUPANCY", "PERFMON_OVFL"})
  void is_silent_about_causes_that_the_driver_knows(String cause) {
    int bit =
        (int)
            switch (cause) {
              case "SOFTERR" -> IntCause.SOFTERR.mask();
              case "CMD" -> IntCause.CMD.mask();
              case "OCCUPANCY" -> IntCause.OCCUPANCY.mask();
              default -> IntCause.PERFMON_OVFL.mask();
            };

    p.endpoint.interrupt(bit);

    assertThat(p.dmesg()).doesNotContain("Unexpected");
  }
}
