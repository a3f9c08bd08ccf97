package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An IAA in the hands of a program in C, {@code iax_client.c}: each operation that it has, results
 * verified there, streams with zlib of Java. Of iax1, wq1.0 is dedicated, wq1.1 shared.
 */
class IaxIT {
  private static final int SHORT = 4000;
  private static final int LONG = 200_000;

  @TempDir static Path directory;

  private static Mounted tree;

  @BeforeAll
  static void mount() throws IOException {
    tree = Abi.MAINLINE.mount().withProgram("CLIENT", "iax_client.c").withPortalShim();
    tree.ok("echo iax1 > ${B%/*}/idxd/unbind", SETUP);
    // A distance is at most 4 KiB for this device, so that a long text may have no matches.
    prepare("short", text(SHORT), Deflater.DEFAULT_STRATEGY);
    prepare("long", text(LONG), Deflater.HUFFMAN_ONLY);
  }

  @AfterAll
  static void unmount() {
    if (tree != null) {
      tree.close();
    }
  }

  /** tools/dsa-setup knows DSA devices only. */
  static final String SETUP =
      String.join(
          "\n",
          "setup_iax() {",
          "  for e in 0 1 2 3; do echo 0 > $D/engine1.$e/group_id; done",
          "  for q in wq1.0:dedicated wq1.1:shared; do",
          "    w=$D/${q%:*}; echo ${q#*:} > $w/mode; echo 16 > $w/size; echo 0 > $w/group_id",
          "    echo 10 > $w/priority; echo user > $w/type; echo app > $w/name",
          "    echo user > $w/driver_name",
          "    [ ${q#*:} = dedicated ] || echo 8 > $w/threshold",
          "  done",
          "  echo iax1 > ${B%/*}/idxd/bind; for q in 0 1; do echo wq1.$q > ${B%/*}/user/bind; done",
          "}",
          "setup_iax");

  private static byte[] text(int length) {
    SplittableRandom random = new SplittableRandom(7);
    byte[] text = new byte[length];
    for (int at = 0; at < length; at++) {
      text[at] = (byte) (random.nextInt(4) == 0 ? ' ' : 'a' + random.nextInt(6));
    }
    return text;
  }

  private static void prepare(String name, byte[] text, int strategy) throws IOException {
    Files.write(directory.resolve(name), text);
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    deflater.setStrategy(strategy);
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(stream, deflater)) {
      out.write(text);
    }
    deflater.end();
    Files.write(directory.resolve(name + ".deflated"), stream.toByteArray());
  }

  private static String run(String program, String queue, String way, String name) {
    String path = directory.resolve(name).toString();
    return tree.ok(
        program
            + " $CLIENT $M/dev/iax/"
            + String.join(" ", queue, way, path, path + ".deflated", path + ".compressed"));
  }

  @ParameterizedTest
  @CsvSource({
    "wq1.0, write, EINVAL",
    "wq1.0, movdir64b, is an error",
    "wq1.0, mapped-movdir64b, is an error",
    "wq1.1, write, EINVAL",
    "wq1.1, enqcmd, is an error",
    "wq1.1, mapped-enqcmd, is an error"
  })
  void does_what_it_can_and_tells_what_it_cannot(String queue, String way, String misaligned)
      throws IOException {
    String shim = way.startsWith("mapped") ? "LD_PRELOAD=$SHIM" : "";
    for (String name : new String[] {"short", "long"}) {
      assertThat(run(shim, queue, way, name).lines())
          .containsExactly(
              "noop 0x01",
              "drain 0x01",
              "move 0x01",
              "crc64 0x01",
              "decompress 0x01",
              "overflow 0x0b",
              "bad data 0x0a error 13",
              "compress 0x01",
              "and back 0x01",
              "unsupported 0x10",
              "misaligned " + misaligned);
      byte[] stream = Files.readAllBytes(directory.resolve(name + ".compressed"));
      Inflater inflater = new Inflater(true);
      try (InflaterInputStream in =
          new InflaterInputStream(new java.io.ByteArrayInputStream(stream), inflater)) {
        assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(directory.resolve(name)));
      }
      inflater.end();
    }
  }

  /** SWERROR 0x1b: the record is not on a boundary of its size. */
  @Test
  void names_the_queue_of_a_misaligned_record_in_its_errors() {
    run("", "wq1.1", "enqcmd", "short");

    assertThat(tree.ok("cut -d , -f 8 $D/iax1/errors")).isEqualTo("00011b0d");
  }

  @Test
  void counts_who_has_it_open() {
    assertThat(
            tree.ok(
                "exec 3<>$M/dev/iax/wq1.1 4<>$M/dev/iax/wq1.1",
                "cat $D/wq1.1/clients $D/iax1/clients $D/dsa0/clients",
                "ls -d $D/wq1.1/iax!wq1.1/file* | wc -l; ls $M/dev/iax"))
        .isEqualTo("2\n2\n0\n2\nwq1.0\nwq1.1");
  }
}
