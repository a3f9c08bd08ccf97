package io.dsafs.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps of checks, on plain files: Documentation/check.md. */
class StepRunnerTest {
  private static final String QUEUE_SIZE = SmallMachine.DIRECTORY + "/dsa3/wq3.0/size";

  private SmallMachine machine;
  private StepRunner runner;

  @BeforeEach
  void create(@TempDir Path root) {
    machine = new SmallMachine(root);
    RawAccess access = new RawAccess(machine.tree);
    Map<String, List<CheckStep>> macros =
        Map.of(
            "resize",
            List.of(
                CheckStep.parse("write $1/size \"$2\\n\"", 1),
                CheckStep.parse("read $1/size -> \"$2\\n\"", 2)));
    runner =
        new StepRunner(
            machine.tree,
            access,
            new CheckContext(machine.tree, "dsa0", "dsa3"),
            macros,
            new SavedConfiguration(machine.tree, access));
  }

  private Optional<String> run(String step) {
    return runner.run(CheckStep.parse(step, 1));
  }

  /** In the order of a check: what a step leaves is there for the next. */
  private void assertPass(String... steps) {
    for (String step : steps) {
      assertThat(run(step)).as(step).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "read wq0.0/size -> \"16\\n\"",
        "read wq0.0/size ~ \"\\\\d+\\n\"",
        "read wq0.0/none -> ENOENT",
        "await wq0.0/size -> \"16\\n\"",
        "read dsa0/max_work_queues -> \"{max_work_queues}\\n\"",
        "read /sys/bus/pci/devices/{bdf}/vendor -> \"0x8086\\n\"",
        "read /sys/{pci}/vendor -> \"0x8086\\n\"",
        "link wq0.0 -> ../../../devices/pci0000:6a/0000:6a:01.0/dsa3/wq3.0",
        "link wq0.0/size -> absent",
        "list wq0.0 -> size",
        "list dsa0 -> op_cap wq3.0 max_work_queues",
        "list dsa0 ~ op_cap",
        "mode wq0.0/size -> 0644 3",
        "mode wq0.0/none -> absent",
        "exists wq0.0/size",
        "exists wq0.0/none -> absent",
        "absent wq0.0/none",
        "absent wq0.0/size -> present",
        "open wq0.0/size read",
        "open wq0.0/none both -> ENOENT",
        "open /sys write -> EISDIR",
        "create /sys -> EISDIR",
        "mkdir /sys -> EEXIST",
        "field GENCAP max_xfer_shift -> 0x1f",
        "field GENCAP config_en -> 0x1",
        "field WQCAP total_wq_size -> 0x80",
        "field GENCAP total_wq_size -> absent",
        "write wq0.0/none \"1\" -> ENOENT",
      })
  void come_to_what_they_must(String step) {
    assertThat(run(step)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "read wq0.0/size -> \"17\\n\"|read wq3.0/size -> \"17\\n\": got \"16\\n\"",
        "read wq0.0/none|read wq3.0/none: got ENOENT",
        "exists wq0.0/none|exists wq3.0/none: got absent",
        "list dsa0 -> op_cap|list dsa3 -> op_cap: got \"max_work_queues op_cap wq3.0\"",
        "list dsa0 ~ op_cap none|list dsa3 ~ op_cap none: got \"max_work_queues op_cap wq3.0\"",
        "read wq0.0/size ~ \"1\"|read wq3.0/size ~ \"1\": got \"16\\n\"",
        "do resize none 5|write none/size \"5\\n\": got ENOENT",
      })
  void say_what_they_came_to_instead(String step, String wrong) {
    assertThat(run(step)).hasValue(wrong);
  }

  @Test
  void write_to_files_and_make_them() {
    assertPass(
        "write wq0.0/size \"32\\n\"",
        "read wq0.0/size -> \"32\\n\"",
        "create /sys/new",
        "write /sys/new \"ab\"*2+\"c\"",
        "read /sys/new -> \"ababc\"",
        "mkdir /sys/newer",
        "exists /sys/newer");
  }

  @Test
  void run_rows_of_steps_with_operands() {
    assertPass("do resize wq0.0 64");

    assertThat(machine.text(QUEUE_SIZE)).isEqualTo("64\n");
  }

  @Test
  void set_what_is_put_back_at_the_end() {
    assertPass("set wq0.0/size \"17\\n\"", "set wq0.0/size \"18\\n\"");
    assertThat(machine.text(QUEUE_SIZE)).isEqualTo("18\n");

    runner.close();

    assertThat(machine.text(QUEUE_SIZE)).isEqualTo("16\n");
  }

  @Test
  void save_what_later_steps_reckon_with() {
    assertPass(
        "save before wq0.0/size",
        "write wq0.0/size \"{before + 4}\\n\"",
        "read wq0.0/size -> \"20\\n\"");
    assertThat(run("save other wq0.0/none")).hasValue("save other wq3.0/none: got unreadable");
  }

  @Test
  void hold_files_open_until_they_are_released() {
    assertPass(
        "hold one wq0.0/size",
        "poll one -> readable",
        "get one -> 3",
        "get one -> 0",
        "seek one -> 0",
        "put one \"8\\n\" -> 2",
        "control one -> ENOTTY",
        "release one",
        "get one -> EBADF");
    assertThat(machine.text(QUEUE_SIZE)).isEqualTo("8\n\n");
    assertThat(run("hold two wq0.0/none")).hasValue("hold two wq3.0/none: got ENOENT");
  }

  @Test
  void that_nobody_knows_are_mistakes_of_the_list() {
    assertThatIllegalArgumentException().isThrownBy(() -> run("frobnicate wq0.0"));
    assertThatIllegalArgumentException().isThrownBy(() -> run("do nothing"));
  }

  @Nested
  class Names {
    private CheckContext context;

    @BeforeEach
    void create() {
      context = new CheckContext(machine.tree, "dsa0", "dsa3");
    }

    @ParameterizedTest
    @CsvSource({
      "dsa0/state, dsa3/state",
      "wq0.1 engine0.2 group0.3, wq3.1 engine3.2 group3.3",
      "wq1.1 dsa00, wq1.1 dsa00",
      "{id}, 3",
      "{max_work_queues}, 8",
      "{max_work_queues + 1}, 9",
      "{max_work_queues - 1}, 7",
      "{max_work_queues * 2}, 16",
      "{max_work_queues - 1 * 2}, 14",
      "{op_cap}, 31",
      "{none}, 0",
      "{max_work_queues}.{id}, 8.3",
      "no braces, no braces",
    })
    void are_those_of_the_device_that_there_is(String text, String resolved) {
      assertThat(context.resolve(text)).isEqualTo(resolved);
    }

    @ParameterizedTest
    @CsvSource({
      "dsa0/state, /sys/bus/dsa/devices/dsa3/state",
      "drivers/user/bind, /sys/bus/dsa/drivers/user/bind",
      "/sys/module, /sys/module",
    })
    void are_paths_below_the_bus(String text, String path) {
      assertThat(context.path(text)).isEqualTo(path);
    }

    @Test
    void stay_where_the_device_is_the_one_of_the_list() {
      assertThat(new CheckContext(machine.tree, "dsa3", "dsa3").resolve("dsa3/wq3.0 dsa0"))
          .isEqualTo("dsa3/wq3.0 dsa0");
    }
  }
}
