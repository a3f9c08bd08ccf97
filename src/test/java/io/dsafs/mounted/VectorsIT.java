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
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The worked vectors of the hardware reference, submitted by a program in C with its own memory at
 * the vectors' addresses: memory, all 32 bytes of the record, and the software error; on both
 * drivers.
 *
 * <p>The device's registers are as in the vectors. What a vector wants of its queue, mainline sets
 * by the queue's attributes; swq-v1 takes limits from the device, so there the device has the
 * smaller one, and a device of version 2 has the queue table of version 1, the only one that swq-v1
 * knows. Pages that are not present are unmapped, since the mount's page requests are on. The
 * process has PASID 2, the kernel 1; a software error is expected with the process's.
 */
class VectorsIT {
  private static final JsonNode FILE = load();

  private static final String PRIVILEGE = "ENQCMD refuses, and write(2) clears, the privilege bit";
  private static final String NO_USER_INTERRUPTS =
      "this driver does not switch user interrupts on (GENCFG)";

  /** What no program can bring about, and why. */
  private static final Map<Abi, Map<String, String>> OUT_OF_REACH =
      Map.of(
          Abi.SWQ_V1,
          Map.of(
              "opcode_not_in_opcfg", "this driver does not write OPCFG",
              "noop_interrupt", NO_USER_INTERRUPTS,
              "noop_interrupt_wrong_pasid", NO_USER_INTERRUPTS,
              "noop_interrupt_out_of_range", NO_USER_INTERRUPTS,
              "shared_pasid_from_descriptor", NO_USER_INTERRUPTS,
              "shared_privileged", PRIVILEGE,
              "shared_privileged_not_enabled", PRIVILEGE),
          Abi.MAINLINE,
          Map.of(
              "noop_interrupt_user_disabled", "this driver switches user interrupts on (GENCFG)",
              "shared_privileged", PRIVILEGE,
              "shared_privileged_not_enabled", PRIVILEGE));

  /** The process's, on a fresh machine. */
  private static final int PASID = 2;

  private static final int WHOLE = 31;
  private static final int SMALL = 12;

  private static final String NO_READBACK = "0x00000040915f0007";
  private static final String NO_OVERLAP = "0x00000040915f0105";
  private static final String WITHOUT_MOVE = "0x100bf07f7";

  /** A queue whose settings differ from the others' needs a device of its own, or a queue. */
  private enum Setup {
    ONE(Abi.SWQ_V1, "dsa1", null, WHOLE, ""),
    ONE_SHARED(Abi.SWQ_V1, "dsa1", null, WHOLE, "shared"),
    ONE_BLOCKING(Abi.SWQ_V1, "dsa1", null, WHOLE, "block"),
    ONE_SMALL(Abi.SWQ_V1, "dsa1", null, SMALL, ""),
    ONE_NO_READBACK(Abi.SWQ_V1, "dsa1", NO_READBACK, WHOLE, ""),
    ONE_NO_OVERLAP(Abi.SWQ_V1, "dsa1", NO_OVERLAP, WHOLE, ""),
    TWO(Abi.SWQ_V1, "dsa2", null, WHOLE, ""),
    MAINLINE_ONE(Abi.MAINLINE, "dsa1", null, WHOLE, ""),
    MAINLINE_ONE_SHARED(Abi.MAINLINE, "dsa1", null, WHOLE, "shared"),
    MAINLINE_ONE_BLOCKING(Abi.MAINLINE, "dsa1", null, WHOLE, "block"),
    MAINLINE_ONE_SMALL(Abi.MAINLINE, "dsa1", null, SMALL, ""),
    MAINLINE_ONE_INTERRUPTS(Abi.MAINLINE, "dsa1", null, WHOLE, "interrupt"),
    MAINLINE_ONE_SHARED_INTERRUPTS(Abi.MAINLINE, "dsa1", null, WHOLE, "shared interrupt"),
    MAINLINE_ONE_NO_READBACK(Abi.MAINLINE, "dsa1", NO_READBACK, WHOLE, ""),
    MAINLINE_ONE_NO_OVERLAP(Abi.MAINLINE, "dsa1", NO_OVERLAP, WHOLE, ""),
    MAINLINE_TWO(Abi.MAINLINE, "dsa2", null, WHOLE, ""),
    MAINLINE_TWO_WITHOUT_MOVE(Abi.MAINLINE, "dsa2", null, WHOLE, "opcfg");

    private final Abi abi;
    private final String profile;
    private final String gencap;
    private final int transferShift;
    private final String words;

    Setup(Abi abi, String profile, String gencap, int transferShift, String words) {
      this.abi = abi;
      this.profile = profile;
      this.gencap = gencap;
      this.transferShift = transferShift;
      this.words = words;
    }

    private boolean has(String word) {
      return words.contains(word);
    }

    boolean fits(JsonNode vector) {
      JsonNode wq = vector.path("wq");
      boolean interrupt = abi == Abi.MAINLINE && wq.path("user_int").asInt() == 1;
      return profile.equals(vector.get("profile").asText())
          && (gencap == null
              ? !vector.has("gencap")
              : gencap.equals(vector.path("gencap").asText()))
          && wq.has("max_transfer_size") == (transferShift == SMALL)
          && wq.path("mode").asText("dedicated").equals("shared") == has("shared")
          && (wq.path("block_on_fault").asInt() == 1) == has("block")
          && interrupt == has("interrupt")
          && (abi == Abi.MAINLINE && wq.has("opcfg")) == has("opcfg");
    }

    /** The vectors that run here. */
    List<JsonNode> vectors() {
      return VectorsIT.vectors()
          .filter(this::fits)
          .filter(vector -> !OUT_OF_REACH.get(abi).containsKey(VectorsIT.name(vector)))
          .toList();
    }

    /** The profile's registers; in swq-v1 with the limits of the queue. */
    String deviceProfile() {
      JsonNode registers = FILE.get("profiles").get(profile);
      long capabilities = number(gencap == null ? registers.get("gencap").asText() : gencap);
      boolean two = profile.equals("dsa2");
      String queues = "";
      if (abi == Abi.SWQ_V1) {
        capabilities = GenCap.MAX_BATCH_SHIFT.with(capabilities, 5);
        capabilities = GenCap.MAX_XFER_SHIFT.with(capabilities, transferShift);
      } else if (two) {
        queues = ", \"wqcap\": \"0x00ff000001080080\"";
      }
      return String.format(
          Locale.ROOT,
          "{\"name\": \"%s\", \"version\": \"%s\", \"gencap\": \"0x%x\", \"opcap\": [\"%s\"]%s%s}",
          profile,
          registers.get("version").asText(),
          capabilities,
          registers.get("opcap").asText(),
          two ? ", \"cmdcap\": \"0x7ffe\"" : "",
          queues);
    }

    /** Steps that enable the device and wq0.0. */
    String[] enable() {
      String mode = has("shared") ? "shared" : "dedicated";
      if (abi == Abi.SWQ_V1) {
        return new String[] {
          "tools/dsa-setup $M"
              + (has("block") ? " --block-on-fault" : "")
              + (" --wq user:" + mode + ":16")
        };
      }
      List<String> steps = new ArrayList<>(List.of("set -e; W=$D/wq0.0"));
      steps.add("for e in 0 1 2 3; do echo 0 > $D/engine0.$e/group_id; done");
      steps.add("echo " + mode + " > $W/mode; echo user > $W/type; echo vectors > $W/name");
      steps.add("echo user > $W/driver_name; echo 16 > $W/size; echo 0 > $W/group_id");
      steps.add("echo 10 > $W/priority; echo 32 > $W/max_batch_size");
      steps.add("echo " + (1L << transferShift) + " > $W/max_transfer_size");
      if (has("shared")) {
        steps.add("echo 16 > $W/threshold");
      }
      if (has("block")) {
        steps.add("echo 1 > $W/block_on_fault");
      }
      if (has("opcfg")) {
        steps.add("echo 1,00bf07f7 > $W/op_config");
      }
      steps.add("echo dsa0 > ${B%/*}/idxd/bind; echo wq0.0 > ${B%/*}/user/bind");
      if (has("interrupt")) {
        // The process has PASID 2, the vectors' PASID 1 but for the shared queue.
        steps.add(permission(1, has("shared") ? PASID + 1 : PASID));
        steps.add(permission(2, has("shared") ? PASID : PASID + 1));
      }
      return steps.toArray(String[]::new);
    }

    /** A step by which a vector may be named by a PASID. */
    private static String permission(int entry, int pasid) {
      return String.format(
          Locale.ROOT,
          "printf '\\x08\\x%02x\\x00\\x00' | dd of=$D/dsa0/../resource0 bs=8 seek=%d conv=notrunc"
              + " status=none",
          pasid << 4,
          0x300 / 8 + entry);
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

  @ParameterizedTest
  @EnumSource
  void all_run_but_those_that_no_program_can_bring_about(Abi abi) {
    TreeSet<String> left = new TreeSet<>();
    vectors().map(VectorsIT::name).forEach(left::add);
    Stream.of(Setup.values())
        .filter(setup -> setup.abi == abi)
        .flatMap(setup -> setup.vectors().stream())
        .forEach(vector -> left.remove(name(vector)));

    assertThat(left).isEqualTo(OUT_OF_REACH.get(abi).keySet());
    assertThat(vectors().count()).isEqualTo(212);
  }

  @TestFactory
  Stream<DynamicTest> end_as_the_vector_says() {
    return Stream.of(Setup.values()).flatMap(VectorsIT::run);
  }

  /** What a mount has to tell after all its vectors. */
  private record Told(Map<String, String> outcomes, String errors, String pending) {}

  /** Runs all vectors that fit on one mount, and reports each. */
  private static Stream<DynamicTest> run(Setup setup) {
    StringBuilder script = new StringBuilder();
    List<String> runs = new ArrayList<>();
    int errors = 0;
    long interrupts = 0;
    for (JsonNode vector : setup.vectors()) {
      for (String way : ways(vector)) {
        runs.add(name(vector) + " " + way);
        append(setup.abi, script, vector, way);
        errors += vector.get("swerror_hex").isNull() ? 0 : 1;
      }
      for (JsonNode interrupt : vector.get("interrupts")) {
        interrupts |= 1L << Integer.parseInt(interrupt.asText().substring("msix:".length()));
      }
    }
    Told told = submit(setup, script.toString());
    String expectedErrors = "" + errors;
    String expectedPending = String.format(Locale.ROOT, "0x%016x", interrupts);
    return Stream.concat(
        runs.stream()
            .map(
                run ->
                    dynamicTest(
                        setup + " " + run,
                        () -> assertThat(told.outcomes.get(run)).isEqualTo("ok"))),
        Stream.of(
            dynamicTest(
                setup + " records no other errors",
                () -> assertThat(told.errors).isEqualTo(expectedErrors)),
            dynamicTest(
                setup + " has raised these interrupts of queues, which nobody takes",
                () -> assertThat(told.pending).isEqualTo(expectedPending))));
  }

  private static Told submit(Setup setup, String script) {
    Path profile = write(".json", setup.deviceProfile());
    Path input = write(".txt", script);
    String alone = setup.abi == Abi.MAINLINE ? " --iax=off" : "";
    try (Mounted tree = setup.abi.mount("--device-profile " + profile + alone)) {
      tree.withProgram("CLIENT", "vectors_client.c");
      tree.ok(setup.enable());
      Map<String, String> outcomes = new HashMap<>();
      tree.ok("$CLIENT $M/dev/dsa/wq0.0 $D/dsa0/errors $D/dsa0/../resource0 <" + input)
          .lines()
          .forEach(
              line -> {
                String[] words = line.split(" ", 3);
                outcomes.put(words[0] + " " + words[1], words[2]);
              });
      return new Told(
          outcomes,
          tree.ok("grep -c 'err.0.:' $M/dev/kmsg || true"),
          tree.ok("sed -n 's/^MSIXPBA 0x[0-9a-f]* //p' $M/sys/kernel/debug/dsafs/*/registers"));
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

  private static void append(Abi abi, StringBuilder script, JsonNode vector, String way) {
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
      line(script, "error", errors(abi, error.asText()));
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
  private static String errors(Abi abi, String hex) {
    ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(hex)).order(ByteOrder.LITTLE_ENDIAN);
    words.putLong(0, SwErr.PASID.with(words.getLong(0), PASID));
    if (abi == Abi.SWQ_V1) {
      return IntStream.range(0, 4)
          .mapToObj(i -> String.format(Locale.ROOT, "0x%016x", words.getLong(i * Long.BYTES)))
          .collect(Collectors.joining(" "));
    }
    return IntStream.range(0, 8)
        .mapToObj(i -> String.format(Locale.ROOT, "%08x", words.getInt((7 - i) * Integer.BYTES)))
        .collect(Collectors.joining(","));
  }
}
