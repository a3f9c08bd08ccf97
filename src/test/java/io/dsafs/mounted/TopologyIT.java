package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines with several devices: Documentation/topology.md. */
class TopologyIT {
  @BeforeAll
  static void needs_fuse() {
    Mounted.requireFuse();
  }

  @Nested
  class A_two_socket_Xeon {
    private static Mounted tree;

    @BeforeAll
    static void mount() {
      tree = Mounted.mount("--topology spr-2s").withProgram("CLIENT", "dsa_client.c");
    }

    @AfterAll
    static void unmount() {
      if (tree != null) {
        tree.close();
      }
    }

    @Test
    void has_its_devices_in_their_places() {
      assertThat(
              tree.ok(
                  "for i in $(seq 0 7); do d=$(realpath $D/dsa$i); n=${d%/*}",
                  "echo ${n##*/} $(cat $d/numa_node) $(cat $n/numa_node); done"))
          .isEqualTo(
              "0000:6a:01.0 0 0\n0000:6f:01.0 0 0\n0000:74:01.0 0 0\n0000:79:01.0 0 0\n"
                  + "0000:e7:01.0 1 1\n0000:ec:01.0 1 1\n0000:f1:01.0 1 1\n0000:f6:01.0 1 1");
      assertThat(tree.ok("lspci -O sysfs.path=$M/sys/bus/pci -n | sort | uniq -c | wc -l"))
          .isEqualTo("8");
      assertThat(tree.ok("sed -n 's/^topology //p' $M/sys/kernel/debug/dsafs/machine"))
          .isEqualTo("spr-2s");
    }

    @Test
    void gives_each_its_own_queues_and_all_one_row_of_minors() {
      String inject = "$M/sys/kernel/debug/dsafs/0000:6a:01.0/inject";
      tree.ok("for i in 0 5 7; do tools/dsa-setup $M -d dsa$i --wq user:shared:16:8; done");

      assertThat(tree.ok("cat $D/wq{0,5,7}.0/cdev_minor; ls $M/dev/dsa"))
          .isEqualTo("0\n1\n2\nwq0.0\nwq5.0\nwq7.0");
      // One process, one PASID, on two devices.
      assertThat(
              tree.ok(
                  "exec 3<>$M/dev/dsa/wq0.0 4<>$M/dev/dsa/wq5.0",
                  "cat $M/sys/kernel/debug/dsafs/0000:{6a,ec}:01.0/clients | cut -d ' ' -f 1-3"))
          .isEqualTo("wq0.0 pasid 2\nwq5.0 pasid 2");
      // What happens to one does not happen to another.
      assertThat(
              tree.ok(
                  "echo 1 > "
                      + inject
                      + "/stall; echo 0000:f6:01.0 > $M/sys/bus/pci/drivers/idxd/unbind",
                  "$CLIENT $M/dev/dsa/wq5.0 --mode enqcmd --op move --sizes 1..64K | tail -n 1",
                  "echo 0 > " + inject + "/stall; cat $D/dsa0/state; ls $M/dev/dsa"))
          .endsWith("failed 0\nenabled\nwq0.0\nwq5.0");
      // The number of the device that went is the next one's.
      assertThat(
              tree.ok(
                  "echo 0000:74:01.0 > $M/sys/bus/pci/drivers/idxd/unbind",
                  "echo 0000:f6:01.0 > $M/sys/bus/pci/drivers/idxd/bind",
                  "echo 0000:74:01.0 > $M/sys/bus/pci/drivers/idxd/bind",
                  "for i in 2 7; do d=$(realpath $D/dsa$i); d=${d%/*}; echo ${d##*/}; done",
                  "for i in f6 74; do echo 0000:$i:01.0 > $M/sys/bus/pci/drivers/idxd/unbind; done",
                  "for i in 74 f6; do echo 0000:$i:01.0 > $M/sys/bus/pci/drivers/idxd/bind; done"))
          .isEqualTo("0000:f6:01.0\n0000:74:01.0");
    }
  }

  @Nested
  class A_file {
    @TempDir Path directory;

    private Path file(String json) throws IOException {
      return Files.writeString(directory.resolve("machine.json"), json);
    }

    /** The example of the document. */
    @Test
    void describes_a_machine() throws IOException {
      String document = Files.readString(Path.of("Documentation/topology.md"));
      String example = document.substring(document.indexOf("```json\n") + 8);
      Path file = file(example.substring(0, example.indexOf("```")));

      try (Mounted tree = Mounted.mount("--topology " + file)) {
        assertThat(tree.ok("cd $D; grep . dsa?/numa_node dsa?/max_work_queues_size"))
            .isEqualTo(
                "dsa0/numa_node:0\ndsa1/numa_node:1\n"
                    + "dsa0/max_work_queues_size:128\ndsa1/max_work_queues_size:64");
      }
    }

    @Test
    void that_describes_none_is_refused_and_nothing_is_mounted() throws IOException {
      Path file =
          file(
              "{\"functions\": [{\"address\": \"0000:6a:01.0\"}, {\"address\": \"0000:6a:01.0\"}]}");
      Path place = Mounted.newMountPoint();

      Shell.Result result =
          Shell.run(Map.of(), "fuse-mount/dsafs mount " + place + " --topology " + file);

      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.text())
          .isEqualTo(
              "dsafs: the topology " + file + " cannot be used: two functions are at 0000:6a:01.0");
      assertThat(place).isEmptyDirectory();
      Files.delete(place);
    }
  }

  @Test
  void is_not_given_together_with_a_number_of_devices() {
    Shell.Result result =
        Shell.run(Map.of(), "fuse-mount/dsafs mount /tmp/x --topology spr-2s --devices 2");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.output()).contains("give one");
  }
}
