package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.testing.Machine;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The attribute {@code cmd_status}. Source: mainline section 2.6. */
class CmdStatusTest {
  private static final String STATUS = "dsa0/cmd_status";
  private final Machine p = Machine.p();

  @Test
  void is_not_there_with_the_strict_abi() {
    assertThat(Machine.builder().strictAbi().boot().exists(STATUS)).isFalse();
  }

  @Test
  void reads_0x0_at_first() {
    assertThat(p.read(STATUS)).isEqualTo("0x0\n");
  }

  @Test
  void any_write_clears_it() {
    p.bind("dsa0");

    assertThat(p.write(STATUS, "whatever")).isEqualTo("ok");
    assertThat(p.read(STATUS)).isEqualTo("0x0\n");
  }

  @Test
  void tells_that_no_queue_is_configured() {
    p.bind("dsa0");

    assertThat(p.read(STATUS)).isEqualTo("0x800d0000\n");
  }

  @Test
  void tells_that_a_shared_queue_is_not_possible() {
    Machine n = Machine.n();
    n.set("wq0.0/group_id", "0", "wq0.0/size", "16");
    n.bind("dsa0");

    assertThat(n.read(STATUS)).isEqualTo("0x800c0000\n");
  }

  @Test
  void tells_that_a_grouped_queue_has_no_size() {
    p.basicConfig("dedicated");
    p.set("wq0.1/group_id", "0");
    p.bind("dsa0");

    assertThat(p.read(STATUS)).isEqualTo("0x800e0000\n");
  }

  @Test
  void stays_when_no_engine_is_configured() {
    p.set("wq0.0/group_id", "0", "wq0.0/size", "16", "wq0.0/mode", "dedicated");
    p.bind("dsa0");

    assertThat(p.read(STATUS)).isEqualTo("0x0\n");
  }

  @Test
  void tells_what_the_hardware_says_to_a_device() {
    p.basicConfig("dedicated");
    p.set("engine0.0/group_id", "1");
    p.bind("dsa0");

    assertThat(p.read(STATUS)).isEqualTo("0x15\n");
  }

  @Nested
  class Of_a_queue {
    Of_a_queue() {
      p.basicConfig("dedicated");
      p.queue("wq0.1", "shared", "user", "two");
    }

    @Test
    void tells_that_the_device_is_off() {
      p.bind("wq0.0");

      assertThat(p.read(STATUS)).isEqualTo("0x80000020\n");
    }

    @Test
    void tells_that_there_is_no_group() {
      p.enable("dsa0");
      p.set("wq0.0/group_id", "-1");
      p.bind("wq0.0");

      assertThat(p.read(STATUS)).isEqualTo("0x80030000\n");
    }

    @Test
    void tells_that_there_is_no_name() {
      p.enable("dsa0");
      p.set("wq0.0/name", "\n");
      p.bind("wq0.0");

      assertThat(p.read(STATUS)).isEqualTo("0x80040000\n");
    }

    @Test
    void tells_that_there_is_no_threshold() {
      p.enable("dsa0");
      p.set("wq0.1/mode", "dedicated", "wq0.1/mode", "shared");
      p.bind("wq0.1");

      assertThat(p.read(STATUS)).isEqualTo("0x80060000\n");
    }

    @Test
    void tells_what_the_hardware_says_to_a_queue() {
      p.set("wq0.0/priority", "0");
      p.enable("dsa0");
      p.bind("wq0.0");

      assertThat(p.read(STATUS)).isEqualTo("0x23\n");
    }

    @Test
    void is_0x0_after_success() {
      p.enable("dsa0", "wq0.0");

      assertThat(p.read(STATUS)).isEqualTo("0x0\n");
    }
  }
}
