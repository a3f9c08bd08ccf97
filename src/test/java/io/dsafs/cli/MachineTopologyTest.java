package io.dsafs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsafs.cli.MachineTopology.Function;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Documentation/topology.md. */
class MachineTopologyTest {
  @TempDir Path directory;

  private static List<String> places(MachineTopology topology) {
    return topology.functions().stream().map(f -> f.address() + " " + f.numaNode()).toList();
  }

  private static MachineTopology of(String topology, int devices) throws CommandFailure {
    MachineOptions options = new MachineOptions();
    options.topology = topology;
    options.devices = devices;
    return MachineTopology.of(options);
  }

  private MachineTopology read(String json) throws CommandFailure {
    Path file = directory.resolve("machine.json");
    try {
      Files.writeString(file, json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return of(file.toString(), 1);
  }

  @Nested
  class The_preset {
    /** dsa-hardware section 1.1. */
    @Test
    void has_four_devices_on_each_of_two_sockets() throws CommandFailure {
      assertThat(places(of("spr-2s", 1)))
          .containsExactly(
              "0000:6a:01.0 0",
              "0000:6f:01.0 0",
              "0000:74:01.0 0",
              "0000:79:01.0 0",
              "0000:e7:01.0 1",
              "0000:ec:01.0 1",
              "0000:f1:01.0 1",
              "0000:f6:01.0 1");
    }

    /** mainline section 9.2. */
    @Test
    void has_an_IAA_next_to_each_under_mainline() throws CommandFailure {
      MachineOptions options = new MachineOptions();
      options.topology = "spr-2s";
      options.abi = MachineOptions.Abi.MAINLINE;

      List<String> places = places(MachineTopology.of(options));

      assertThat(places).hasSize(16).startsWith("0000:6a:01.0 0", "0000:6a:02.0 0");
      assertThat(places).endsWith("0000:f6:01.0 1", "0000:f6:02.0 1");
    }
  }

  @Nested
  class A_number_of_devices {
    @Test
    void uses_the_same_places_first() throws CommandFailure {
      assertThat(places(of(null, 1))).containsExactly("0000:6a:01.0 0");
      assertThat(places(of(null, 8))).isEqualTo(places(of("spr-2s", 1)));
    }

    @Test
    void goes_on_in_further_domains() throws CommandFailure {
      assertThat(places(of(null, 256)))
          .hasSize(256)
          .doesNotHaveDuplicates()
          .contains("0001:6a:01.0 0", "001f:f6:01.0 1");
    }
  }

  @Nested
  class A_file {
    @Test
    void says_where_devices_are_and_what_they_can_do() throws CommandFailure, IOException {
      Files.writeString(directory.resolve("two.json"), "{\"engcap\": 2}");

      MachineTopology topology =
          read(
              """
              { "name": "mine", "functions": [
                { "address": "0001:E7:00.1", "numaNode": 3, "profile": "R" },
                { "address": "0000:6a:01.0", "profile": "two.json" },
                { "address": "0000:6b:01.0", "numaNode": 0,
                  "profile": { "name": "small", "wqcap": "0x3b000000080040" } },
                { "address": "0000:6b:02.0" } ] }
              """);

      assertThat(topology.name()).isEqualTo("mine");
      assertThat(places(topology))
          .containsExactly(
              "0000:6a:01.0 -1", "0000:6b:01.0 0", "0000:6b:02.0 -1", "0001:e7:00.1 3");
      List<Function> functions = topology.functions();
      assertThat(functions.get(0).profile().engcap()).isEqualTo(2);
      assertThat(functions.get(1).profile().wqcap()).isEqualTo(0x3b000000080040L);
      assertThat(functions.get(2).profile().name()).isEqualTo("P");
      assertThat(functions.get(3).profile().name()).isEqualTo("R");
    }

    @Test
    void has_its_own_name_if_it_gives_none() throws CommandFailure {
      assertThat(read("{\"functions\": [{\"address\": \"0000:01:00.0\"}]}").name())
          .isEqualTo("machine.json");
    }

    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        value = {
          "{, is not JSON",
          "[], it is not a JSON object",
          "{}, `\"functions\" must be a list`",
          "`{\"functions\": []}`, at least one",
          "`{\"function\": []}`, `there is no key \"function\"`",
          "`{\"functions\": [7]}`, function 0: it is not a JSON object",
          "`{\"functions\": [{}]}`, function 0:  is no \"address\"",
          "`{\"functions\": [{\"address\": \"6a:01.0\"}]}`, `\"6a:01.0\" is no \"address\"`",
          "`{\"functions\": [{\"address\": \"0000:6a:20.0\"}]}`, is no \"address\"",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\", \"node\": 1}]}`, there is no key \"node\"",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\", \"numaNode\": -2}]}`, -2 is no \"numaNode\"",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\", \"numaNode\": \"0\"}]}`, is no \"numaNode\"",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\", \"profile\": \"Q\"}]}`, there is no device profile",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\", \"profile\": \"N\"}]}`, --device-profile N",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\", \"profile\": {\"engcap\": 0}}]}`, 1 to 64 engines",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\", \"profile\": {\"engines\": 0}}]}`, engines",
          "`{\"functions\": [{\"address\": \"0000:6a:01.0\"}, {\"address\": \"0000:6A:01.0\"}]}`,"
              + " two functions are at 0000:6a:01.0"
        })
    void that_describes_no_machine_is_refused_with_the_reason(String json, String reason) {
      assertThatThrownBy(() -> read(json))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("machine.json")
          .hasMessageContaining(reason);
    }

    @Test
    void must_be_there() {
      assertThatThrownBy(() -> of("spr-3s", 1))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("there is no topology 'spr-3s'")
          .hasMessageContaining("spr-2s");
    }

    @Test
    void has_at_most_256_functions() {
      String one = "{\"address\": \"0000:01:00.0\"},";

      assertThatThrownBy(() -> read("{\"functions\": [" + one.repeat(256) + "{}]}"))
          .hasMessageContaining("257 functions are more than 256");
    }
  }
}
