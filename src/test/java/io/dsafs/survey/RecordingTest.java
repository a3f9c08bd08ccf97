package io.dsafs.survey;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is recorded of a tree, and what of it differs. */
class RecordingTest {
  private static final String DEVICE = SmallMachine.DIRECTORY.substring(1) + "/dsa3";

  private SmallMachine machine;

  @BeforeEach
  void create(@TempDir Path root) {
    machine = new SmallMachine(root);
  }

  private Recording record() {
    return Recording.of(machine.tree);
  }

  private RecordedFile file(String path) {
    return record().files().get(path);
  }

  private void permissions(String path, String letters) throws IOException {
    Files.setPosixFilePermissions(machine.path(path), PosixFilePermissions.fromString(letters));
  }

  @Nested
  class Of_a_tree {
    @Test
    void has_links_directories_and_texts() {
      assertThat(file("sys/bus/dsa/devices/dsa3"))
          .isEqualTo(
              new RecordedFile(
                  "link",
                  null,
                  "../../../devices/pci0000:6a/0000:6a:01.0/dsa3",
                  null,
                  null,
                  null,
                  null,
                  false));
      assertThat(file(DEVICE).type()).isEqualTo("directory");
      assertThat(file(DEVICE + "/max_work_queues"))
          .isEqualTo(new RecordedFile("file", "0644", null, "8\n", null, null, null, false));
      assertThat(record().line(DEVICE + "/max_work_queues")).hasValue("8");
      assertThat(record().line(DEVICE)).isEmpty();
    }

    @Test
    void knows_its_functions_and_where_they_are() {
      assertThat(record().functions()).containsExactly(SmallMachine.FUNCTION);
      assertThat(record().directory(SmallMachine.FUNCTION))
          .isEqualTo(SmallMachine.DIRECTORY.substring(1));
    }

    @Test
    void leaves_other_functions_out() {
      machine.file("/sys/devices/pci0000:00/0000:00:02.0/vendor", "0x8086\n");
      machine.file("/sys/devices/pci0000:00/0000:00:02.0/device", "0x1234\n");
      machine.link("/sys/bus/pci/devices/0000:00:02.0", "/sys/devices/pci0000:00/0000:00:02.0");

      assertThat(record().functions()).containsExactly(SmallMachine.FUNCTION);
    }

    @Test
    void has_bytes_where_there_is_no_text() {
      machine.bytes("/" + DEVICE + "/binary", (byte) 1, (byte) 0, (byte) 0xff);
      machine.file(SmallMachine.DIRECTORY + "/config", "abc");

      assertThat(file(DEVICE + "/binary").hex()).isEqualTo("0100ff");
      assertThat(file(SmallMachine.DIRECTORY.substring(1) + "/config").hex()).isEqualTo("616263");
      assertThat(file(DEVICE + "/binary").text()).isNull();
    }

    @Test
    void does_not_read_what_has_effects_or_cannot_be_read() throws IOException {
      machine.file(SmallMachine.DIRECTORY + "/resource0", "12345");
      machine.file("/" + DEVICE + "/secret", "x");
      permissions("/" + DEVICE + "/secret", "-w-------");

      RecordedFile bar = file(SmallMachine.DIRECTORY.substring(1) + "/resource0");
      assertThat(bar.size()).isEqualTo(5);
      assertThat(bar.text()).isNull();
      assertThat(file(DEVICE + "/secret"))
          .isEqualTo(new RecordedFile("file", "0200", null, null, null, null, null, false));
    }

    @Test
    void marks_what_changes_by_itself() {
      machine.file("/" + DEVICE + "/clients", "1\n");
      machine.file("/" + DEVICE + "/power/runtime_active_time", "17\n");

      assertThat(file(DEVICE + "/clients").changes()).isTrue();
      assertThat(file(DEVICE + "/clients").text()).isEqualTo("1\n");
      assertThat(file(DEVICE + "/power/runtime_active_time").changes()).isTrue();
      assertThat(file(DEVICE + "/power/runtime_active_time").text()).isNull();
      assertThat(file(DEVICE + "/op_cap").changes()).isFalse();
    }

    @Test
    void has_the_driver_s_modules_and_nodes() {
      machine.file("/sys/module/idxd/version", "1.00\n");
      machine.file("/sys/module/idxd/notes/build", "x");
      machine.file("/sys/module/other/version", "2\n");
      machine.file("/dev/dsa/wq3.0", "");

      assertThat(record().files())
          .containsKeys("sys/module/idxd/version", "sys/module/idxd/notes")
          .doesNotContainKeys("sys/module/idxd/notes/build", "sys/module/other/version");
      assertThat(file("dev/dsa/wq3.0").type()).isEqualTo("node");
    }

    @Test
    void tells_the_profile_by_the_drivers_of_the_bus() {
      assertThat(record().profile()).isEqualTo("swq-v1");
      assertThat(machine.tree.profile()).isEqualTo("swq-v1");

      machine.file("/sys/bus/dsa/drivers/idxd/bind", "");

      assertThat(record().profile()).isEqualTo("mainline");
      assertThat(machine.tree.profile()).isEqualTo("mainline");
    }
  }

  @Nested
  class Differences {
    @Test
    void are_none_to_itself() {
      assertThat(record().differences(record(), path -> false)).isEmpty();
    }

    @Test
    void are_told_in_the_order_of_paths() throws IOException {
      Recording before = record();
      machine.file("/" + DEVICE + "/added", "new\n");
      machine.file("/" + DEVICE + "/max_work_queues", "9\n");
      permissions("/" + DEVICE + "/max_work_queues", "r--r--r--");
      Files.delete(machine.path("/" + DEVICE + "/op_cap"));

      assertThat(before.differences(record(), path -> false))
          .containsExactly(
              "+ " + DEVICE + "/added: file \"new\\n\"",
              "! " + DEVICE + "/max_work_queues: mode 0644 | 0444",
              "! " + DEVICE + "/max_work_queues: content \"8\\n\" | \"9\\n\"",
              "- " + DEVICE + "/op_cap: file \"0x1f\\n\"");
      assertThat(before.differences(record(), path -> path.endsWith("/op_cap"))).hasSize(3);
    }

    @Test
    void of_kind_and_of_what_changes_are_told_as_such() throws IOException {
      machine.file("/" + DEVICE + "/clients", "1\n");
      Recording before = record();
      machine.file("/" + DEVICE + "/clients", "2\n");
      Files.delete(machine.path("/" + DEVICE + "/op_cap"));
      machine.link("/" + DEVICE + "/op_cap", "/sys/bus");

      assertThat(before.differences(record(), path -> false))
          .contains(
              "! " + DEVICE + "/clients: changing \"1\\n\" | \"2\\n\"",
              "! " + DEVICE + "/op_cap: type file | link",
              "! " + DEVICE + "/op_cap: mode 0644 | null");
    }
  }

  @Nested
  class The_tree {
    @Test
    void is_a_machine_if_it_has_one_of_the_buses(@TempDir Path other) throws IOException {
      assertThat(machine.tree.isMachine()).isTrue();
      assertThat(MachineTree.at(other).isMachine()).isFalse();
      Files.createDirectories(other.resolve("sys/bus/dsa"));
      assertThat(MachineTree.at(other).isMachine()).isTrue();
    }

    @Test
    void follows_links_within_itself_only(@TempDir Path elsewhere) throws IOException {
      Files.createSymbolicLink(machine.path("/sys/outside"), elsewhere);

      assertThat(machine.tree.real("/sys/bus/dsa/devices/dsa3")).hasValue("/" + DEVICE);
      assertThat(machine.tree.real("/sys/outside")).isEmpty();
      assertThat(machine.tree.real("/sys/none")).isEmpty();
    }

    @Test
    void has_sorted_names_and_none_where_there_is_no_directory() {
      assertThat(machine.tree.list("/" + DEVICE))
          .containsExactly("max_work_queues", "op_cap", "wq3.0");
      assertThat(machine.tree.list("/none")).isEmpty();
      assertThat(machine.tree.isDirectory("/sys/bus/dsa/devices/dsa3")).isTrue();
      assertThat(machine.tree.isDirectory("/" + DEVICE + "/op_cap")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"/none, ENOENT", "/sys, EISDIR"})
    void tells_why_something_cannot_be_read(String path, String error) {
      Content content = machine.tree.read(path);

      assertThat(content.failed()).isTrue();
      assertThat(content.error()).isEqualTo(error);
      assertThat(content.bytes()).isEmpty();
      assertThat(machine.tree.line(path)).isEmpty();
    }

    @Test
    void knows_a_function_by_its_driver_too() {
      assertThat(machine.tree.isFunction("0000:00:02.0")).isFalse();
      machine.link("/sys/bus/pci/devices/0000:00:02.0/driver", "/sys/bus/pci/drivers/idxd");

      assertThat(machine.tree.isFunction("0000:00:02.0")).isTrue();
      assertThat(machine.tree.functions()).containsExactly("0000:00:02.0", SmallMachine.FUNCTION);
    }

    @Test
    void answers_the_conditions_of_documents() {
      TreeFacts facts = new TreeFacts(machine.tree, "/sys/bus/dsa/devices/wq3.0");

      assertThat(facts.function()).hasValue(SmallMachine.FUNCTION);
      assertThat(facts.read("size")).hasValue("16");
      assertThat(facts.read("/sys/bus/dsa/devices/dsa3/op_cap")).hasValue("0x1f");
      assertThat(facts.register("GENCAP")).hasValue(0xdeadbeefL);
      assertThat(facts.register("WQCAP")).hasValue(0x80L);
      assertThat(facts.register("GEN")).isEmpty();
      assertThat(new TreeFacts(machine.tree, "/sys/bus").register("GENCAP")).isEmpty();
    }
  }
}
