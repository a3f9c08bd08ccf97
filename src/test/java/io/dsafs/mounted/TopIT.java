package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** {@code dsafs top} on a mount in use: Documentation/top.md. */
class TopIT {
  private static final String TOP = "fuse-mount/dsafs top $M ";

  private static final String DEBUG = "$M/sys/kernel/debug/dsafs/0000:6a:01.0/";

  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree = Mounted.mount().withProgram("CLIENT", "dsa_client.c");
    tree.ok("tools/dsa-setup $M --wq user:dedicated:16 --wq user:shared:16:8");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  /** A counter of a queue, by the counters file. */
  private static long counter(String queue, String name) {
    return Long.parseLong(
        tree.ok(
            "sed -n 's/^"
                + queue
                + " .*\\b"
                + name
                + " \\([0-9]*\\).*/\\1/p' "
                + DEBUG
                + "counters"));
  }

  /** The cells of a queue's row of the text. */
  private static String[] row(String text, String queue) {
    Matcher line =
        Pattern.compile("^ +" + Pattern.quote(queue) + " .* (?:user|none) .*$", Pattern.MULTILINE)
            .matcher(text);
    assertThat(line.find()).as(text).isTrue();
    return line.group().trim().split(" +");
  }

  @Nested
  class The_counters {
    @Test
    void add_up_to_what_a_program_has_submitted() {
      long submitted = counter("wq1", "submitted");
      long completed = counter("wq1", "completed");
      long failed = counter("wq1", "failed");

      tree.ok("$CLIENT $M/dev/dsa/wq0.1 --mode enqcmd --op noop,fill --sizes 64 --count 500");

      long retried = counter("wq1", "retried");
      assertThat(counter("wq1", "completed") - completed).isEqualTo(1000);
      assertThat(counter("wq1", "submitted") - submitted - retried).isEqualTo(1000);
      assertThat(counter("wq1", "failed")).isEqualTo(failed);
      assertThat(counter("wq1", "in_flight")).isZero();
    }

    @Test
    void tell_what_a_full_queue_refused() {
      Matcher report =
          Pattern.compile("submitted 64 completed (\\d+) retried 0 dropped (\\d+)")
              .matcher(tree.ok("$CLIENT $M/dev/dsa/wq0.0 --mode movdir64b --fill-queue"));
      assertThat(report.find()).isTrue();

      assertThat(counter("wq0", "submitted")).isEqualTo(64);
      assertThat(counter("wq0", "completed")).isEqualTo(Long.parseLong(report.group(1)));
      assertThat(counter("wq0", "dropped")).isEqualTo(Long.parseLong(report.group(2)));
      String text = tree.ok(TOP + "--once --interval 0.05");
      assertThat(text).contains("last 0x53 DWQ_FULL");
      String[] row = row(text, "wq0.0");
      assertThat(row[11]).isEqualTo("64");
      assertThat(row[13]).isEqualTo(report.group(2));
    }
  }

  @Nested
  class A_client {
    @Test
    void comes_with_its_rates_and_goes() {
      String shown =
          tree.ok(
              "$CLIENT $M/dev/dsa/wq0.1 --mode enqcmd --busy --sizes 4096 > $M-busy & p=$!",
              "until grep -q busy $M-busy; do :; done",
              TOP + "--once --interval 0.3",
              "echo pid $p; kill $p; wait $p || rm $M-busy");

      Matcher pid = Pattern.compile("pid (\\d+)").matcher(shown);
      assertThat(pid.find()).isTrue();
      assertThat(shown).containsPattern("wq0\\.1 +" + pid.group(1) + " +[1-9]\\d* +dsa_client\n");
      String[] row = row(shown, "wq0.1");
      assertThat(Double.parseDouble(row[8])).isPositive();
      assertThat(Double.parseDouble(row[9])).isPositive();

      // Its release may still be on its way.
      tree.await("! grep . " + DEBUG + "clients");
      assertThat(tree.ok(TOP + "--once --interval 0.01")).doesNotContain("dsa_client");
    }
  }

  @Nested
  class The_output {
    @Test
    void as_json_is_one_object_whose_numbers_add_up() throws JsonProcessingException {
      JsonNode top = JsonMapper.builder().build().readTree(tree.ok(TOP + "--json --interval 0.05"));

      assertThat(top.get("schema").asInt()).isEqualTo(1);
      assertThat(top.get("abi").asText()).isEqualTo("swq-v1");
      JsonNode device = top.get("devices").get(0);
      assertThat(device.get("name").asText()).isEqualTo("dsa0");
      assertThat(device.get("state").asText()).isEqualTo("enabled");
      assertThat(device.get("queues")).hasSize(8);
      for (JsonNode queue : device.get("queues")) {
        JsonNode totals = queue.get("totals");
        assertThat(totals.get("submitted").asLong())
            .isEqualTo(sum(totals, "accepted", "retried", "dropped"));
        assertThat(totals.get("accepted").asLong() - queue.get("inFlight").asLong())
            .isEqualTo(sum(totals, "completed", "abandoned"));
        assertThat(queue.get("perSecond").get("submitted").isNumber()).isTrue();
      }
    }

    private long sum(JsonNode node, String... keys) {
      return Arrays.stream(keys).mapToLong(key -> node.get(key).asLong()).sum();
    }

    @Test
    void into_a_pipe_is_block_after_block() {
      assertThat(tree.ok(TOP + "--count 3 --interval 0.05 | grep -c 'rates over'")).isEqualTo("3");
      assertThat(tree.ok("timeout 60 " + TOP + "--interval 0.05 | grep -m 2 -c 'rates over'"))
          .isEqualTo("2");
    }

    @Test
    void on_a_terminal_is_drawn_in_place_and_leaves_the_terminal_as_it_was() {
      for (String key : new String[] {"q", "\\003"}) {
        String session =
            "stty -a > $M-before; fuse-mount/dsafs top $M --interval 0.05; echo exit $?;"
                + " stty -a | cmp - $M-before && echo same";

        // The key is pressed when the first view with rates has been drawn.
        String shown =
            tree.ok(
                "rm -f $M-screen; mkfifo $M-keys; export S='" + session + "'",
                "script -qfec 'bash -c \"$S\"' $M-screen < $M-keys > /dev/null & p=$!",
                "exec 3> $M-keys",
                "until grep -q 'rates over [0-9]' $M-screen 2>/dev/null; do :; done",
                "printf '" + key + "' >&3; wait $p; exec 3>&-",
                "cat $M-screen; rm $M-screen $M-keys $M-before");

        assertThat(shown).contains("\u001b[?1049h", "q: quit", "\u001b[?25h\u001b[?1049l");
        assertThat(shown.replace("\r", "")).contains("exit 0\nsame\n");
      }
    }
  }

  @Nested
  class Mainline {
    @Test
    void shows_both_kinds_of_devices_and_what_the_event_log_got() throws JsonProcessingException {
      try (Mounted other = Mounted.mount("--abi mainline --device-profile V2")) {
        other.ok("tools/dsa-setup $M --wq user:dedicated:16");
        // A batch of no descriptors at address 0, and no record to tell of it; its process stays
        // until the event is there, as nothing is logged for one that has gone.
        other.ok(
            "exec 3<>$M/dev/dsa/wq0.0",
            "printf '\\0\\0\\0\\0\\0\\0\\0\\1'\"$(printf '\\\\0%.0s' {1..56})\" >&3",
            "c=$M/sys/kernel/debug/dsafs/0000:6a:01.0/counters",
            "timeout 20 bash -c \"until grep -q 'events 1 ' $c; do :; done\" 3>&-",
            "exec 3>&-");
        other.await("[ $(cat $D/dsa0/clients) = 0 ]");

        JsonNode top =
            JsonMapper.builder().build().readTree(other.ok(TOP + "--json --interval 0.05"));
        assertThat(top.get("abi").asText()).isEqualTo("mainline");
        JsonNode dsa = top.get("devices").get(0);
        assertThat(dsa.get("softwareErrors").asLong()).isZero();
        assertThat(dsa.get("events").asLong()).isEqualTo(1);
        assertThat(dsa.get("lastEvent").asInt()).isNotZero();
        assertThat(dsa.get("queues").get(0).get("totals").get("failed").asLong()).isEqualTo(1);
        JsonNode iax = top.get("devices").get(1);
        assertThat(iax.get("name").asText()).isEqualTo("iax1");
        assertThat(iax.get("state").asText()).isEqualTo("enabled");

        assertThat(other.ok(TOP + "--once --interval 0.05"))
            .containsPattern("dsa0 .* software errors 0  events 1, last 0x[0-9a-f]{2} [A-Z_]+ ")
            .containsPattern("iax1  0000:6a:02.0  enabled  software errors 0 ")
            .containsPattern("wq1\\.0 +iaa_crypto +dedicated");
      }
    }
  }

  @Nested
  class Wrong_use {
    @Test
    void of_a_place_where_nothing_is_mounted_fails_with_a_message() {
      Shell.Result result = tree.sh("fuse-mount/dsafs top /var --once");

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.output()).contains("no dsafs answers at /var");
    }

    @Test
    void of_options_ends_with_2() {
      for (String options :
          new String[] {"--interval 0", "--interval soon", "--count 0", "--once --count 2"}) {
        assertThat(tree.sh(TOP + options).exit()).as(options).isEqualTo(2);
      }
    }
  }
}
