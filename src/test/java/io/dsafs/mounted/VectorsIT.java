package io.dsafs.mounted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.SwErr;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The worked vectors of the hardware reference, submitted by a program in C with its own memory at
 * the vectors' addresses: memory, all 32 bytes of the record, and the software error.
 *
 * <p>The device's registers are as in the vectors, but for the limits that a vector wants of its
 * queue and that this driver takes from the device: there the device has the smaller limit; and a
 * device of version 2 has the queue table of version 1, the only one that this driver knows. Pages
 * that are not present are unmapped, since the mount's page requests are on. The process has PASID
 * 2, the kernel 1; a software error is expected with the process's.
 */
class VectorsIT {
  private static final JsonNode FILE = load();

  /** What no program can bring about, and why. */
  private static final Map<String, String> OUT_OF_REACH =
      Map.of(
          "opcode_not_in_opcfg", "this driver does not write OPCFG",
          "noop_interrupt", "this driver does not switch user interrupts on (GENCFG)",
          "noop_interrupt_wrong_pasid", "this driver does not switch user interrupts on",
          "noop_interrupt_out_of_range", "this driver does not switch user interrupts on",
          "shared_pasid_from_descriptor", "this driver does not switch user interrupts on",
          "shared_privileged", "ENQCMD refuses, and write(2) clears, the privilege bit",
          "shared_privileged_not_enabled", "ENQCMD refuses, and write(2) clears, that bit");

  /** The process's, on a fresh machine. */
  private static final int PASID = 2;

  /** A queue whose settings differ from the others' needs a device of its own, or a queue. */
  private enum Setup {
    ONE("dsa1", null, 31, "user:dedicated:16"),
    ONE_SHARED("dsa1", null, 31, "user:shared:16:16"),
    ONE_BLOCKING("dsa1", null, 31, "--block-on-fault --wq user:dedicated:16"),
    ONE_SMALL("dsa1", null, 12, "user:dedicated:16"),
    ONE_NO_READBACK("dsa1", "0x00000040915f0007", 31, "user:dedicated:16"),
    ONE_NO_OVERLAP("dsa1", "0x00000040915f0105", 31, "user:dedicated:16"),
    TWO("dsa2", null, 31, "user:dedicated:16");

    private final String profile;
    private final String gencap;
    private final int transferShift;
    private final String queue;

    Setup(String profile, String gencap, int transferShift, String queue) {
      this.profile = profile;
      this.gencap = gencap;
      this.transferShift = transferShift;
      this.queue = queue.startsWith("--") ? queue : "--wq " + queue;
    }

    boolean fits(JsonNode vector) {
      JsonNode wq = vector.path("wq");
      boolean small = wq.has("max_transfer_size");
      return profile.equals(vector.get("profile").asText())
          && (gencap == null
              ? !vector.has("gencap")
              : gencap.equals(vector.path("gencap").asText()))
          && small == (transferShift == 12)
          && wq.path("mode").asText("dedicated").equals("shared") == queue.contains("shared")
          && (wq.path("block_on_fault").asInt() == 1) == queue.contains("block");
    }

    /** The profile's registers; a queue of the vectors takes 32 descriptors a batch. */
    String deviceProfile() {
      JsonNode registers = FILE.get("profiles").get(profile);
      long capabilities = number(gencap == null ? registers.get("gencap").asText() : gencap);
      capabilities = GenCap.MAX_BATCH_SHIFT.with(capabilities, 5);
      capabilities = GenCap.MAX_XFER_SHIFT.with(capabilities, transferShift);
      boolean two = profile.equals("dsa2");
      return String.format(
          "{\"name\": \"%s\", \"version\": \"%s\", \"gencap\": \"0x%x\", \"opcap\": [\"%s\"]%s}",
          profile,
          registers.get("version").asText(),
          capabilities,
          registers.get("opcap").asText(),
          two ? ", \"cmdcap\": \"0x7ffe\"" : "");
    }
  }

  @BeforeAll
  static void needs_fuse() {
    Mounted.requireFuse();
  }

  private static JsonNode load() {
    try (InputStream in = VectorsIT.class.getResourceAsStream("/vectors.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Stream<JsonNode> vectors() {
    return StreamSupport.stream(FILE.get("vectors").spliterator(), false);
  }

  private static String name(JsonNode vector) {
    return vector.get("name").asText();
  }

  private static long number(String text) {
    return Long.parseUnsignedLong(text.substring(2), 16);
  }

  @Test
  void all_run_but_those_that_no_program_can_bring_about() {
    List<String> left = new ArrayList<>();
    vectors()
        .filter(vector -> Stream.of(Setup.values()).noneMatch(setup -> setup.fits(vector)))
        .forEach(vector -> left.add(name(vector)));
    TreeSet<String> known = new TreeSet<>();
    vectors().map(VectorsIT::name).filter(OUT_OF_REACH::containsKey).forEach(known::add);

    assertThat(left).isEmpty();
    assertThat(known).hasSameSizeAs(OUT_OF_REACH.keySet());
    assertThat(vectors().count()).isEqualTo(212);
  }

  @TestFactory
  Stream<DynamicTest> end_as_the_vector_says() {
    return Stream.of(Setup.values()).flatMap(VectorsIT::run);
  }

  /** Runs all vectors that fit on one mount, and reports each. */
  private static Stream<DynamicTest> run(Setup setup) {
    List<JsonNode> fitting =
        vectors()
            .filter(setup::fits)
            .filter(vector -> !OUT_OF_REACH.containsKey(name(vector)))
            .toList();
    StringBuilder script = new StringBuilder();
    List<String> runs = new ArrayList<>();
    int errors = 0;
    for (JsonNode vector : fitting) {
      for (String way : ways(vector)) {
        runs.add(name(vector) + " " + way);
        append(script, vector, way);
        errors += vector.get("swerror_hex").isNull() ? 0 : 1;
      }
    }
    Map<String, String> outcomes = new HashMap<>();
    String logged = submit(setup, script.toString(), outcomes);
    int expectedErrors = errors;
    return Stream.concat(
        runs.stream()
            .map(
                run ->
                    dynamicTest(
                        setup + " " + run, () -> assertThat(outcomes.get(run)).isEqualTo("ok"))),
        Stream.of(
            dynamicTest(
                setup + " records no other errors",
                () -> assertThat(logged).isEqualTo("" + expectedErrors))));
  }

  /** Fills in what came of each run; answers how many errors the driver has logged. */
  private static String submit(Setup setup, String script, Map<String, String> outcomes) {
    Path profile = write(".json", setup.deviceProfile());
    Path input = write(".txt", script);
    try (Mounted tree = Mounted.mount("--device-profile " + profile)) {
      tree.withProgram("CLIENT", "vectors_client.c");
      tree.ok("tools/dsa-setup $M " + setup.queue);
      tree.ok("$CLIENT $M/dev/dsa/wq0.0 $D/dsa0/errors $D/dsa0/../resource0 <" + input)
          .lines()
          .forEach(
              line -> {
                String[] words = line.split(" ", 3);
                outcomes.put(words[0] + " " + words[1], words[2]);
              });
      return tree.ok("grep -c 'err.0.:' $M/dev/kmsg || true");
    } finally {
      delete(profile);
      delete(input);
    }
  }

  private static Path write(String suffix, String text) {
    try {
      return Files.writeString(Files.createTempFile("vectors", suffix), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** write(2) refuses misaligned records, and batches of a device of version 1. */
  private static List<String> ways(JsonNode vector) {
    boolean shared = vector.path("wq").path("mode").asText().equals("shared");
    String store = shared ? "enqcmd" : "movdir64b";
    ByteBuffer descriptor = descriptor(vector);
    boolean batch = vector.get("opcode").asInt() == Opcode.BATCH.code();
    boolean refused =
        descriptor.getLong(Descriptor.COMPLETION_ADDR.byteOffset()) % 32 != 0
            || (batch && vector.get("profile").asText().equals("dsa1"));
    if (refused) {
      return List.of(store);
    }
    // ENQCMD faults on reserved bits in its first word; write(2) passes them on.
    boolean reserved = shared && (descriptor.getInt(0) & 0x7ff00000) != 0;
    return reserved ? List.of("write") : List.of("write", store);
  }

  private static ByteBuffer descriptor(JsonNode vector) {
    byte[] bytes = HexFormat.of().parseHex(vector.get("descriptor_hex").asText());
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void append(StringBuilder script, JsonNode vector, String way) {
    script.append("vector ").append(name(vector)).append(' ').append(way).append('\n');
    regions(script, "map", vector.get("memory_before"));
    vector.path("pages_not_present").forEach(page -> line(script, "absent", page.asText()));
    vector.path("pages_read_only").forEach(page -> line(script, "read-only", page.asText()));
    regions(script, "expect", vector.get("memory_after"));
    JsonNode completion = vector.get("completion");
    if (completion.get("written").asBoolean()) {
      String record = vector.get("descriptor").get("completion_addr").asText();
      line(script, "expect", record + " " + completion.get("record_hex").asText());
      line(script, "record", record);
    }
    JsonNode error = vector.get("swerror_hex");
    if (!error.isNull()) {
      line(script, "error", errors(error.asText()));
    }
    line(script, "submit", vector.get("descriptor_hex").asText());
  }

  private static void regions(StringBuilder script, String word, JsonNode regions) {
    regions.forEach(
        region ->
            line(script, word, region.get("address").asText() + " " + region.get("hex").asText()));
  }

  private static void line(StringBuilder script, String word, String values) {
    script.append(word).append(' ').append(values).append('\n');
  }

  /** The errors attribute, with the PASID that the process has. */
  private static String errors(String hex) {
    ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
    long first = SwErr.PASID.with(words.getLong(0), PASID);
    return String.format(
        "0x%016x 0x%016x 0x%016x 0x%016x",
        first, words.getLong(8), words.getLong(16), words.getLong(24));
  }
}
