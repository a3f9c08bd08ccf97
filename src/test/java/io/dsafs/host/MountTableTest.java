package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.host.Mounts.Mount;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The form is that of proc_pid_mountinfo(5). */
class MountTableTest {
  private static List<Mount> parse(String... lines) {
    return MountTable.parse(String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void gives_place_root_type_and_device_of_each_mount() {
    List<Mount> mounts =
        parse(
            "22 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/sda1 rw",
            "40 22 0:52 / /mnt/a rw - fuse.dsafs dsafs rw,user_id=0",
            "41 22 0:52 /sys /mnt/b rw - fuse.dsafs dsafs rw,user_id=0");

    assertThat(mounts)
        .containsExactly(
            new Mount("/", "/", "ext4", "8:1"),
            new Mount("/mnt/a", "/", "fuse.dsafs", "0:52"),
            new Mount("/mnt/b", "/sys", "fuse.dsafs", "0:52"));
  }

  @Test
  void takes_escaped_bytes_back() {
    String line = "40 22 0:52 / /a\\040b\\011c\\012d\\134040\\043 rw - fuse.dsafs dsafs rw";

    assertThat(parse(line).get(0).name()).isEqualTo("/a b\tc\nd\\040#");
  }

  /** Mount points elsewhere are of any bytes; they concern nobody. */
  @Test
  void keeps_names_that_are_not_UTF_8() {
    List<Mount> mounts =
        parse(
            "40 22 0:52 / /mnt/\u00ff rw - tmpfs x rw", "41 22 0:53 / /mnt/a rw - fuse.dsafs x rw");

    assertThat(mounts).extracting(Mount::name).containsExactly("/mnt/\u00ff", "/mnt/a");
    assertThat(mounts.get(0).path()).isNull();
    assertThat(mounts.get(1).path()).isEqualTo(Path.of("/mnt/a"));
  }

  @Test
  void names_a_path_by_its_bytes() {
    assertThat(MountTable.name(Path.of("/mnt/\u00e9"))).isEqualTo("/mnt/\u00c3\u00a9");
    assertThat(MountTable.path("/mnt/\u00c3\u00a9")).isEqualTo(Path.of("/mnt/\u00e9"));
  }

  @Test
  void leaves_out_what_is_no_mount() {
    assertThat(parse("", "40 22 0:52", "40 22 0:52 / /a rw -", "40 22 0:52 / /a\\9 rw - x y z"))
        .containsExactly(new Mount("/a\\9", "/", "x", "0:52"));
  }

  @Test
  void finds_the_mounts_of_this_machine() throws IOException {
    assertThat(Mounts.at(Path.of("/"))).isNotNull();
    assertThat(Mounts.at(Path.of("/proc")).type()).isEqualTo("proc");
  }
}
