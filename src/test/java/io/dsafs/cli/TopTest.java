package io.dsafs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documentation/top.md: from the files of a tree to text and JSON. */
class TopTest {
  private static final Path SHOWN = Path.of("/tmp/dsa");

  @TempDir private Path root;

  private TopFixture tree;
  private long nanos = TimeUnit.SECONDS.toNanos(-5);

  @BeforeEach
  void makeTree() throws IOException {
    tree = TopFixture.standard(root);
  }

  private TopSample sample() throws CommandFailure {
    return new TopSampler(root, () -> nanos).sample();
  }

  private TopSample halfASecondLater() throws CommandFailure {
    nanos += TimeUnit.MILLISECONDS.toNanos(500);
    tree.advance();
    return sample();
  }

  private static String text(TopSample before, TopSample now) {
    return new TopText(SHOWN, false).render(before, now);
  }

  private static JsonNode json(TopSample before, TopSample now) throws IOException {
    return JsonMapper.builder().build().readTree(new TopJson(SHOWN).render(before, now));
  }

  @Nested
  class As_text {
    @Test
    void shows_queues_with_rates_and_totals_and_their_clients() throws CommandFailure {
      TopSample before = sample();

      assertThat(text(before, halfASecondLater()))
          .isEqualTo(
              """
              /tmp/dsa  swq-v1  daemon 4711  devices 2  rates over 0.50 s

              dsa3  0000:6a:01.0  enabled  software errors 3, last 0x1a CRA_XLAT  queues unused 1
                queue  name  mode    state    type  size/thr  queued  run  submit/s  done/s  reject/s  submitted  completed  rejected  failed
                wq3.0  app   shared  enabled  user      16/8       0    0       500     406       100       1250       1093       150       5
                client  pid  pasid  process
                wq3.0   812      2  my (odd) name
                wq3.0     9      -  x?[2J

              -  0000:6a:02.0  no driver  software errors 0  queues unused 1
              """);
    }

    @Test
    void has_no_rates_without_an_earlier_sample() throws CommandFailure {
      assertThat(text(null, sample()))
          .contains("rates over -\n")
          .contains(
              "16/8       2    1         -       -         -       1000        890       100");
    }

    @Test
    void shows_unused_queues_on_demand() throws CommandFailure {
      TopSample now = sample();

      assertThat(new TopText(SHOWN, true).render(now, now))
          .contains("  wq3.1  -     dedicated  disabled  none       0/-       0    0")
          .contains("  wq0    -     -     -      -          -/-       0    0")
          .doesNotContain("unused");
    }

    @Test
    void tells_a_halt_that_the_driver_does_not_know_of() throws CommandFailure {
      tree.counters(TopFixture.DSA, "device state halt errors 0 last_error 0x00\n");

      assertThat(text(null, sample()))
          .contains("dsa3  0000:6a:01.0  enabled (hardware: halt)  software errors 0\n");
    }
  }

  @Nested
  class As_JSON {
    @Test
    void has_all_counters_and_their_rates() throws CommandFailure, IOException {
      TopSample before = sample();

      JsonNode top = json(before, halfASecondLater());

      assertThat(top.get("schema").asInt()).isEqualTo(1);
      assertThat(top.get("mountPoint").asText()).isEqualTo("/tmp/dsa");
      assertThat(top.get("pid").asLong()).isEqualTo(4711);
      assertThat(top.get("intervalSeconds").asDouble()).isEqualTo(0.5);
      JsonNode device = top.get("devices").get(0);
      assertThat(device.get("name").asText()).isEqualTo("dsa3");
      assertThat(device.get("lastError").asInt()).isEqualTo(0x1a);
      JsonNode queue = device.get("queues").get(0);
      assertThat(queue.get("totals").toString())
          .isEqualTo(
              "{\"submitted\":1250,\"accepted\":1100,\"retried\":110,\"dropped\":40,"
                  + "\"completed\":1093,\"failed\":5,\"abandoned\":7}");
      assertThat(queue.get("perSecond").toString())
          .isEqualTo(
              "{\"submitted\":500.0,\"accepted\":400.0,\"retried\":100.0,\"dropped\":0.0,"
                  + "\"completed\":406.0,\"failed\":0.0,\"abandoned\":0.0}");
      assertThat(device.get("clients").get(0).toString())
          .isEqualTo("{\"queue\":\"wq3.0\",\"pid\":812,\"process\":\"my (odd) name\",\"pasid\":2}");
    }

    @Test
    void has_every_key_whatever_is_missing() throws CommandFailure, IOException {
      JsonNode device = json(null, sample()).get("devices").get(1);

      assertThat(device.get("name").isNull()).isTrue();
      assertThat(device.get("state").isNull()).isTrue();
      assertThat(device.get("hardwareState").asText()).isEqualTo("disabled");
      assertThat(device.get("queues").get(0).toString())
          .startsWith(
              "{\"queue\":\"wq0\",\"name\":null,\"mode\":null,\"state\":null,\"type\":null,"
                  + "\"size\":null,\"threshold\":null,\"occupancy\":0,\"inFlight\":0,")
          .contains("\"perSecond\":{\"submitted\":null,");
    }
  }

  @Nested
  class A_sample {
    @Test
    void finds_analytics_accelerators_too() throws CommandFailure, IOException {
      tree.device(TopFixture.UNBOUND, "iax1");

      TopSample.Device device = sample().devices().get(1);

      assertThat(device.name()).isEqualTo("iax1");
      assertThat(device.queues().get(0).id()).isEqualTo("wq1.0");
    }

    @Test
    void of_another_mount_at_the_same_place_has_no_rates() throws CommandFailure {
      TopSample before = sample();
      tree.write("sys/kernel/debug/dsafs/machine", "abi swq-v1\npid 4712\n");

      assertThat(text(before, halfASecondLater())).contains("rates over -\n");
    }

    @Test
    void is_refused_where_nothing_is_mounted() throws IOException {
      Files.delete(root.resolve("sys/kernel/debug/dsafs/machine"));

      assertThatThrownBy(TopTest.this::sample)
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("no dsafs answers at " + root);
    }

    @Test
    void survives_files_that_say_something_else() throws CommandFailure {
      tree.counters(TopFixture.DSA, "\ndevice\nwq0 submitted many accepted\nwqx 1 2\n");
      tree.write("sys/kernel/debug/dsafs/" + TopFixture.DSA + "/clients", "wq3.0 nobody\n\n");
      tree.write("sys/bus/dsa/devices/dsa3/wq3.0/size", "large\n");

      TopSample.Device device = sample().devices().get(0);

      assertThat(device.queues()).hasSize(1);
      assertThat(device.queues().get(0).size()).isNull();
      assertThat(device.clients()).isEmpty();
    }
  }
}
