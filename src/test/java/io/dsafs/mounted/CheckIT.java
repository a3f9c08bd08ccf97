package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dsafs check}, {@code record} and {@code diff}: Documentation/check.md. */
class CheckIT {
  private static final String CHECK = "fuse-mount/dsafs check ";

  /** A copy of a tree by plain files; what cannot be read is empty. */
  private static final String COPY =
      "(cd $M && find sys dev -type d) | (cd $C && xargs mkdir -p)\n"
          + "(cd $M && find sys -type l) | while read -r f; do cp -P $M/$f $C/$f; done\n"
          + "(cd $M && find sys dev -type f) | while read -r f; do\n"
          + "  cat $M/$f > $C/$f 2>/dev/null; chmod --reference=$M/$f $C/$f; done\n"
          + "true";

  private static Mounted tree;

  @TempDir Path directory;

  @BeforeAll
  static void mount() {
    tree = Mounted.mount("--devices 2");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  /** A topology with a DSA of version 1, an IAA, and a DSA of version 2. */
  private Path kinds() {
    try {
      return Files.writeString(
          directory.resolve("kinds.json"),
          """
          {"name": "kinds", "functions": [
            {"address": "0000:6a:01.0", "numaNode": 0, "profile": "S"},
            {"address": "0000:6a:02.0", "numaNode": 0, "profile": "A"},
            {"address": "0000:e7:01.0", "numaNode": 1, "profile": "V2"}
          ]}
          """);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertGreen(Shell.Result result) {
    assertThat(result.exit()).as(result.output()).isZero();
    assertThat(result.output()).containsPattern("all \\d+ passed");
  }

  @Nested
  class A_mounted_tree {
    /** Also when a test has failed: the next one wants devices that it can configure. */
    @AfterEach
    void disable_all() {
      tree.ok("tools/dsa-setup $M disable");
    }

    @Test
    void is_as_documented() {
      assertGreen(tree.sh(CHECK + "$M"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--device-profile N", "--device-profile R --strict-abi"})
    void is_as_documented_and_behaves_so_with_other_devices(String options) {
      try (Mounted other = Mounted.mount(options)) {
        assertGreen(other.sh(CHECK + "$M --write"));
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "--devices 2 --iaa-crypto",
          "--device-profile V2",
          "--device-profile R",
          "--topology spr-2s"
        })
    void of_mainline_is_as_documented_and_behaves_so(String options) {
      try (Mounted other = Mounted.mount("--abi mainline " + options)) {
        assertGreen(other.sh(CHECK + "$M --write"));
        assertThat(other.ok("cat $M/sys/module/idxd/parameters/*")).isEqualTo("Y\nN");
      }
    }

    @Test
    void of_mainline_is_as_documented_while_queues_are_open_and_gets_back_what_was_enabled() {
      try (Mounted other = Mounted.mount("--abi mainline --topology " + kinds())) {
        other.ok("tools/dsa-setup $M -d dsa0 --wq user:shared:16:8 --wq kernel:dedicated:16");
        other.ok("tools/dsa-setup $M -d dsa2 --wq user:dedicated:16");
        String before = other.ok("tools/dsa-setup $M show");

        assertGreen(other.sh("exec 3<>$M/dev/dsa/wq0.0 4<>$M/dev/dsa/wq2.0", CHECK + "$M"));
        other.await("[ $(cat $D/dsa0/clients) = 0 ] && [ $(cat $D/dsa2/clients) = 0 ]");
        assertGreen(other.sh(CHECK + "$M --write"));

        assertThat(other.ok("tools/dsa-setup $M show")).isEqualTo(before);
      }
    }

    @Test
    void gets_back_what_was_configured_and_enabled() {
      tree.ok("tools/dsa-setup $M -d dsa1 --wq user:shared:16:8");
      tree.ok("tools/dsa-setup $M -d dsa0 --wq user:dedicated:32::7:mine --wq user:shared:8:4");
      String before = tree.ok("tools/dsa-setup $M show");

      assertGreen(tree.sh(CHECK + "$M --write"));

      assertThat(tree.ok("tools/dsa-setup $M show")).isEqualTo(before);
    }

    @Test
    void is_not_written_to_while_a_queue_is_open() {
      tree.ok("tools/dsa-setup $M -d dsa0 --wq user:shared:16:8");

      Shell.Result result = tree.sh("exec 3<>$M/dev/dsa/wq0.0", CHECK + "$M --write");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo("dsafs: dsa0 is in use: 1 open files of its queues. Close them first.");
    }

    @Test
    void gets_back_what_was_configured_when_the_check_is_stopped() {
      tree.ok("tools/dsa-setup $M -d dsa0 --wq user:dedicated:32::7:mine");
      String before = tree.ok("tools/dsa-setup $M show dsa0");

      tree.sh(
          CHECK + "$M --write & pid=$!",
          "until [ \"$(cat $D/dsa0/state 2>/dev/null)\" = disabled ]; do :; done",
          "kill -INT $pid; kill -TERM $pid; wait $pid");

      assertThat(tree.ok("tools/dsa-setup $M show dsa0")).isEqualTo(before);
    }
  }

  @Nested
  class A_copy {
    private String prepare(String damage) {
      String place = directory.toString();
      tree.ok("C=" + place, COPY, "cd $C", damage);
      return place;
    }

    @Test
    void is_as_documented() {
      assertGreen(tree.sh(CHECK + prepare("true")));
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "chmod 0444 $W/size | wq0.3/size: mode 0444, documented is 0644",
          "rm $W/threshold | wq0.3/threshold: missing",
          "touch $W/more | wq0.3/more: not documented",
          "echo 16 > $W/priority | wq0.3/priority: holds \"16\\n\", documented is unsigned(0..15)",
          "ln -sfn /sys/bus/dsa $W/subsystem | wq0.3/subsystem: leads to /sys/bus/dsa, which is not relative",
          "ln -sfn ../../bus/dsa $W/subsystem | which is not there",
          "rm $W/uevent; mkdir $W/uevent | wq0.3/uevent: is a directory, documented is a file",
          "touch dev/dsa-x; mkdir -p dev/dsa; touch dev/dsa/wq0.3; chmod 600 dev/dsa/wq0.3"
              + " | /dev/dsa/wq0.3: present, although not: state is enabled"
        })
    void with_one_thing_wrong_is_told_by_name(String damage, String message) {
      String place = prepare("W=sys/devices/pci0000:6a/0000:6a:01.0/dsa0/wq0.3\n" + damage);

      Shell.Result result = tree.sh(CHECK + place);

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.output()).contains(message).containsPattern("of \\d+ failed");
    }

    @Test
    void is_compared_with_a_document_of_others() throws IOException {
      Path document =
          Files.writeString(
              directory.resolve("other"),
              "What:   sys/bus/dsa/devices/wq<m>.<n>/size\nDate\t\tMay 1, 2021\nDescription: a\n b\n"
                  + "What:\t\t/sys/bus/dsa/devices/wq<m>.<n>/colour\nDate:\t\tx\n");

      Shell.Result result = tree.sh(CHECK + "$M --abi-doc " + document);

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.output())
          .contains("/sys/bus/dsa/devices/wq0.0/colour: missing")
          .doesNotContain("size: ");
    }
  }

  @Nested
  class Output {
    @Test
    void of_tap_has_a_plan_and_a_line_for_each() {
      String[] lines = tree.ok(CHECK + "$M --format tap").split("\n");

      assertThat(lines[0]).isEqualTo("TAP version 13");
      long points = Arrays.stream(lines).filter(l -> l.matches("(not )?ok \\d+ - .*")).count();
      assertThat(lines[1]).isEqualTo("1.." + points);
    }

    @Test
    void of_junit_is_XML_with_the_numbers() throws Exception {
      String xml = tree.ok(CHECK + "$M --format junit");

      var document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
      int cases = document.getElementsByTagName("testcase").getLength();
      assertThat(document.getDocumentElement().getAttribute("tests"))
          .isEqualTo(String.valueOf(cases));
    }

    @Test
    void of_json_goes_to_a_file_on_request() throws IOException {
      Path file = directory.resolve("check.json");

      assertThat(tree.ok(CHECK + "$M --format json --output " + file)).isEmpty();

      JsonNode root = JsonMapper.builder().build().readTree(file.toFile());
      assertThat(root.path("fail").asInt()).isZero();
      assertThat(root.path("results").size())
          .isEqualTo(root.path("pass").asInt() + root.path("skip").asInt());
    }

    @ParameterizedTest
    @CsvSource({
      "check, 2", "check /nonexistent, 2", "check $M --abi nosuch, 2",
          "check $M --format nosuch, 2",
      "check /proc, 1", "record /nonexistent, 2", "diff $M, 2", "diff $M /nonexistent, 2",
      "diff $M $M, 0"
    })
    void tells_wrong_usage_from_failure(String arguments, int exit) {
      assertThat(tree.sh("fuse-mount/dsafs " + arguments).exit()).isEqualTo(exit);
    }
  }

  @Nested
  class A_recording {
    private String record(String variables) {
      String file = directory.resolve("tree.json").toString();
      tree.ok("fuse-mount/dsafs record " + variables + " > " + file);
      return file;
    }

    @Test
    void is_the_same_from_the_shell_script() {
      assertThat(tree.ok("tools/record $M | diff - " + record("$M"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "--device-profile N",
          "--device-profile R",
          "--topology spr-2s",
          "--abi mainline --iaa-crypto",
          "--abi mainline --topology kinds"
        })
    void makes_the_machine_that_was_recorded(String options) {
      String file = directory.resolve("tree.json").toString();
      try (Mounted first = Mounted.mount(options.replace("kinds", kinds().toString()))) {
        first.ok("fuse-mount/dsafs record $M > " + file);
        assertThat(first.ok("tools/record $M | diff - " + file)).isEmpty();
      }
      try (Mounted second = Mounted.mount("--from " + file)) {
        assertThat(second.ok("fuse-mount/dsafs diff " + file + " $M")).isEmpty();
      }
    }

    @AfterEach
    void take_the_limit_back() {
      tree.ok("echo 0 > $D/dsa0/token_limit");
    }

    @Test
    void differs_by_name_and_value_unless_ignored() {
      String file = record("$M");
      tree.ok("echo 5 > $D/dsa0/token_limit");
      String compare = "fuse-mount/dsafs diff " + file + " $M ";

      Shell.Result result = tree.sh(compare);
      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo(
              "! sys/devices/pci0000:6a/0000:6a:01.0/dsa0/token_limit: content \"0\\n\" | \"5\\n\"");
      assertThat(tree.ok(compare + "--ignore token_limit")).isEmpty();
      assertThat(tree.ok(compare + "--ignore 'sys/devices/**'")).isEmpty();
    }
  }
}
