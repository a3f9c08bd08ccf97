package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code lsmod}, {@code modprobe} and {@code rmmod} under {@code dsafs run}: Documentation/run.md.
 */
class ModuleToolsIT {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("RUN", "fuse-mount/dsafs run --abi mainline");

  @TempDir Path directory;

  @BeforeAll
  static void needs_fuse_and_a_namespace() {
    Mounted.requireFuse();
    assumeTrue(Shell.run(ENVIRONMENT, "$RUN -- true").exit() == 0, "SKIPPED: no mount namespace");
  }

  private static String ok(String... steps) {
    Shell.Result result = Shell.run(ENVIRONMENT, String.join("\n", steps));
    assertThat(result.exit()).as(result.output()).isZero();
    return result.text();
  }

  /** A PATH with a machine's tools in it, which say how they were called. */
  private String machines() throws IOException {
    for (String name : new String[] {"lsmod", "modprobe", "rmmod"}) {
      Path tool = directory.resolve(name);
      Files.writeString(tool, "#!/bin/sh\necho 'Module Size Used by'; echo \"machine:$*\"\n");
      assertThat(tool.toFile().setExecutable(true)).isTrue();
    }
    return "PATH=" + directory + ":$PATH ";
  }

  @Test
  void list_the_trees_modules_and_the_machines() throws IOException {
    assertThat(ok(machines() + "$RUN -- lsmod"))
        .matches(
            "Module +Size  Used by\ndmatest +0  0\nidxd +0  0\nidxd_bus +0  0 idxd,idxd_compat\n"
                + "idxd_compat +0  0\nmachine:");
  }

  @Test
  void leave_all_other_modules_to_the_machine() throws IOException {
    assertThat(
            ok(
                machines()
                    + "$RUN -- sh -c 'modprobe -q vfio-pci ids=1:2; modprobe --show-depends idxd;"
                    + " rmmod other' | grep machine"))
        .isEqualTo("machine:-q vfio-pci ids=1:2\nmachine:--show-depends idxd\nmachine:other");
  }

  @Test
  void can_be_left_out() throws IOException {
    assertThat(ok(machines() + "$RUN --no-module-tools -- rmmod idxd | tail -n 1"))
        .isEqualTo("machine:idxd");
  }

  @Test
  void unload_and_load_the_driver_with_its_parameters() {
    assertThat(
            ok(
                "$RUN -- sh -ec 'cd /sys/bus/dsa/devices; echo 1 > engine0.0/group_id",
                "modprobe -r idxd; ls | wc -l; lsmod | grep -c \"^idxd \" || :",
                "modprobe idxd tc_override=Y nosuch=1; cat engine0.0/group_id iax1/state",
                "cat group0.0/traffic_class_a; modprobe idxd; lsmod | grep -c \"^idxd \"'"))
        .isEqualTo("0\n0\n-1\nenabled\n-1\n1");
  }

  @ParameterizedTest
  @CsvSource({
    "rmmod idxd_bus, rmmod: ERROR: Module idxd_bus is in use by: idxd idxd_compat",
    "modprobe -r idxd_bus, modprobe: FATAL: Module idxd_bus is in use by: idxd idxd_compat",
    "rmmod idxd; rmmod idxd, rmmod: ERROR: Module idxd is not currently loaded",
    "exec 3<>/dev/dsa/wq0.0; rmmod idxd, rmmod: ERROR: Module idxd is in use",
    "exec 3<>/dev/dsa/wq0.0; modprobe -r idxd, modprobe: FATAL: Module idxd is in use."
  })
  void refuse_as_those_of_a_machine(String command, String message) {
    assertThat(
            ok(
                "$RUN -- sh -c 'tools/dsa-setup / --wq user:dedicated:16 >/dev/null",
                command + " 2>&1; echo $?'"))
        .isEqualTo(message + "\n1");
  }

  @Test
  void start_a_test_of_the_kernels_queues() {
    assertThat(
            ok(
                "$RUN -- sh -ec 'tools/dsa-setup / --wq kernel:dedicated:16 >/dev/null",
                "modprobe dmatest run=1 iterations=3 max_channels=1; cat /sys/module/dmatest/parameters/iterations",
                "until cat /dev/kmsg | grep -q \"summary 3 tests, 0 failures\"; do :; done'"))
        .isEqualTo("3");
  }
}
