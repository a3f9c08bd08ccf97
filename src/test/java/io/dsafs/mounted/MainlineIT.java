package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The driver of current Linux on a real mount, as a shell uses it. */
class MainlineIT {
  private static Mounted tree;

  @BeforeAll
  static void mount() {
    tree = Mounted.mount("--abi mainline --devices 2").withPath("R", "sys/bus/dsa/drivers");
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  @Test
  void has_devices_of_both_kinds_in_their_first_states() {
    Shell.Result result =
        tree.sh("cd $D; for d in dsa0 iax1 iax3; do cat $d/state $d/cmd_status; done");

    assertThat(result.text().split("\n"))
        .containsExactly(
            "disabled", "0x800d0000", "enabled", "0x80200000", "enabled", "0x80200000");
  }

  @Test
  void takes_a_user_queue_from_configuration_to_node_and_back() {
    Shell.Result result =
        tree.sh(
            String.join(
                "\n",
                "set -e; cd $D",
                "echo 0 > engine2.0/group_id; cd wq2.0",
                "echo 0 > group_id; echo 16 > size; echo 8 > threshold; echo 10 > priority",
                "echo user > type; echo app > name; echo user > driver_name",
                "printf dsa2 > $R/idxd/bind; printf wq2.0 > $R/user/bind",
                "cat state; stat -c %a $M/dev/dsa/wq2.0; ls -d 'dsa!wq2.0'; cat ../cmd_status",
                "printf dsa2 > $R/idxd/unbind; cat state size type driver_name",
                "[ ! -e $M/dev/dsa/wq2.0 ] && echo gone"));

    assertThat(result.text().split("\n"))
        .containsExactly(
            "enabled", "600", "dsa!wq2.0", "0x0", "disabled", "0", "none", "user", "gone");
  }

  @Test
  void answers_the_probes_errno() {
    Shell.Result result = tree.sh("printf dsa0 > $R/idxd/bind");

    assertThat(result.text()).contains("No such device or address");
  }
}
