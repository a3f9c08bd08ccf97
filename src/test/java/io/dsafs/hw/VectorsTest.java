package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.Command;
import io.dsafs.spec.ConfigSpace;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.GenCfg;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.SwErr;
import io.dsafs.spec.WqCfg;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The worked vectors of the hardware reference, each on a device of its own. */
class VectorsTest {
  private static final JsonNode FILE = load();
  private static final int PAGE = KernelMemory.PAGE_BYTES;

  private static JsonNode load() {
    try (InputStream in = VectorsTest.class.getResourceAsStream("/vectors.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static Stream<Arguments> named(String array) {
    return StreamSupport.stream(FILE.get(array).spliterator(), false)
        .filter(vector -> vector.has("name"))
        .map(vector -> Arguments.of(vector.get("name").asText(), vector));
  }

  static Stream<Arguments> operations() {
    return named("vectors");
  }

  static Stream<Arguments> submissions() {
    return named("submission");
  }

  private static long number(JsonNode node) {
    String text = node.asText();
    return text.startsWith("0x") ? Long.parseUnsignedLong(text.substring(2), 16) : node.asLong();
  }

  private static byte[] bytes(JsonNode hex) {
    return HexFormat.of().parseHex(hex.asText());
  }

  @Nested
  class Operations {
    @ParameterizedTest(name = "{0}")
    @MethodSource("io.dsafs.hw.VectorsTest#operations")
    void end_as_the_vector_says(String name, JsonNode vector) {
      Bench bench = bench(vector);
      boolean shared = vector.path("wq").path("mode").asText("dedicated").equals("shared");
      ByteBuffer descriptor = ByteBuffer.wrap(bytes(vector.get("descriptor_hex")));
      int pasid = shared ? Integer.reverseBytes(descriptor.getInt(0)) & 0xfffff : 1;
      KernelMemory memory = pasid == 2 ? bench.other : bench.process;
      for (JsonNode region : vector.get("memory_before")) {
        map(memory, region);
      }
      for (JsonNode page : vector.path("pages_not_present")) {
        memory.unmap(number(page), PAGE);
      }
      for (JsonNode page : vector.path("pages_read_only")) {
        memory.map(number(page), PAGE, false);
      }

      if (shared) {
        assertThat(bench.device.deferrableWrite64(2, 0, descriptor, 0)).isTrue();
      } else {
        bench.device.postedWrite64(2, 0, descriptor, 0);
      }
      bench.device.runAll();

      for (JsonNode region : vector.get("memory_before")) {
        JsonNode after = find(vector.get("memory_after"), region);
        byte[] expected = bytes((after == null ? region : after).get("hex"));
        byte[] found = new byte[expected.length];
        memory.peek(number(region.get("address")), found);
        assertThat(HexFormat.of().formatHex(found))
            .as(region.get("region").asText())
            .isEqualTo(HexFormat.of().formatHex(expected));
      }
      checkRecord(vector, memory);
      JsonNode swerror = vector.get("swerror_hex");
      assertThat(bench.swerrorHex())
          .as("SWERROR")
          .isEqualTo(swerror.isNull() ? "00".repeat(32) : swerror.asText());
      List<String> interrupts = new ArrayList<>();
      bench.interrupts.forEach(data -> interrupts.add("msix:" + data));
      List<String> expected = new ArrayList<>();
      vector.get("interrupts").forEach(each -> expected.add(each.asText()));
      assertThat(interrupts).isEqualTo(expected);
    }

    private void checkRecord(JsonNode vector, KernelMemory memory) {
      JsonNode completion = vector.get("completion");
      if (completion.get("written").asBoolean()) {
        byte[] record = new byte[32];
        memory.peek(number(vector.get("descriptor").get("completion_addr")), record);
        assertThat(HexFormat.of().formatHex(record))
            .as("record")
            .isEqualTo(completion.get("record_hex").asText());
      }
    }

    private JsonNode find(JsonNode regions, JsonNode wanted) {
      for (JsonNode region : regions) {
        if (region.get("address").equals(wanted.get("address"))) {
          return region;
        }
      }
      return null;
    }

    private void map(KernelMemory memory, JsonNode region) {
      byte[] contents = bytes(region.get("hex"));
      long address = number(region.get("address"));
      memory.map(address, contents.length, true);
      memory.poke(address, contents);
    }

    private Bench bench(JsonNode vector) {
      DeviceProfile profile =
          vector.get("profile").asText().equals("dsa2")
              ? DeviceProfile.everything()
              : DeviceProfile.standard();
      if (vector.has("gencap")) {
        profile = profile.withGencap(number(vector.get("gencap")));
      }
      JsonNode wq = vector.path("wq");
      Bench bench = Bench.stepped(profile);
      boolean blocking = wq.path("block_on_fault").asInt() == 1;
      if (blocking) {
        bench.enablePageRequests();
      }
      if (vector.path("pci_privileged_mode_enable").asInt(1) == 0) {
        bench.setConfig(ConfigSpace.PASID_CONTROL, ConfigSpace.PASID_PRIVILEGED_ENABLE, false);
      }
      boolean shared = wq.path("mode").asText().equals("shared");
      bench.configureWq(0, !shared, 16, 16);
      bench.setWq(0, WqCfg.BOF, blocking ? 1 : 0);
      bench.setWq(0, WqCfg.MAX_BATCH_SHIFT, 5);
      long maxTransfer = wq.path("max_transfer_size").asLong(1L << 31);
      bench.setWq(0, WqCfg.MAX_XFER_SHIFT, Long.numberOfTrailingZeros(maxTransfer));
      if (wq.has("opcfg")) {
        bench.setWq(0, WqCfg.opConfig(0), number(wq.get("opcfg")));
      }
      bench.group(0, 1, 1);
      bench.set(GenCfg.GENCFG, GenCfg.USER_INT_EN, wq.path("user_int").asInt());
      for (JsonNode entry : FILE.get("msix_entries")) {
        long permission =
            entry.get("pasid_enable").asLong() << 3 | entry.get("pasid").asLong() << 12;
        bench.device.write(0, Bench.MSIXPERM + 8 * entry.get("index").asLong(), 4, permission);
      }
      if (GenCap.CMD_CAP.isSet(profile.gencap())) {
        bench.command(Command.REQUEST_INT_HANDLE.word(1));
        bench.command(Command.REQUEST_INT_HANDLE.word(2));
      }
      bench.run(Command.ENABLE_DEVICE, 0);
      bench.run(Command.ENABLE_WQ, 0);
      return bench;
    }
  }

  @Nested
  class Submissions {
    @ParameterizedTest(name = "{0}")
    @MethodSource("io.dsafs.hw.VectorsTest#submissions")
    void are_answered_as_the_vector_says(String name, JsonNode vector) {
      int bar = vector.get("bar").asInt();
      long offset = number(vector.get("offset"));
      int wq = bar == 2 ? (int) (offset / 0x4000) : 0;
      Bench bench = bench(vector.get("device_state").asText());
      fill(bench, wq, vector.get("occupancy_before").asInt());
      if (wq == 4) {
        bench.command(Command.DISABLE_WQ.word(1 << 4));
        assertThat(bench.wq(4, WqCfg.STATE)).isEqualTo(2);
      }
      if (vector.get("device_state").asText().equals("halted")) {
        bench.device.halt(GenSts.ResetType.FLR);
      }

      String outcome = access(bench, vector.get("write").asText(), bar, offset, wq);

      assertThat(outcome).isEqualTo(vector.get("outcome").asText());
      assertThat(bench.device.occupancy(wq)).isEqualTo(vector.get("occupancy_after").asInt());
      JsonNode code = vector.get("swerror_code");
      assertThat(bench.swerrorCode()).isEqualTo(code.isNull() ? 0 : (int) number(code));
    }

    private String access(Bench bench, String write, int bar, long offset, int wq) {
      int before = bench.device.occupancy(wq);
      switch (write) {
        case "ENQCMD" -> {
          boolean accepted = bench.device.deferrableWrite64(bar, offset, Bench.noop(), 0);
          return accepted ? "accepted" : "retry";
        }
        case "MOVDIR64B" -> bench.device.postedWrite64(bar, offset, Bench.noop(), 0);
        case "8-byte store" -> bench.device.write(bar, offset, 8, 0);
        default -> {
          return bench.device.read(bar, offset, 8) == -1 ? "all ones" : "other";
        }
      }
      return bench.device.occupancy(wq) > before ? "accepted" : "dropped";
    }

    private void fill(Bench bench, int wq, int occupancy) {
      for (int i = 0; i < occupancy; i++) {
        if (wq == 0) {
          bench.post(wq, Bench.noop());
        } else {
          assertThat(bench.device.deferrableWrite64(2, wq * 0x4000L, Bench.noop(), 0)).isTrue();
        }
      }
    }

    private Bench bench(String state) {
      Bench bench = Bench.stepped();
      bench.configureWq(0, true, 16, 0);
      bench.configureWq(1, false, 16, 8);
      bench.configureWq(2, false, 16, 8);
      bench.configureWq(3, false, 16, 32);
      bench.configureWq(4, false, 16, 8);
      bench.group(0, 0x1f, 1);
      if (!state.equals("disabled")) {
        bench.run(Command.ENABLE_DEVICE, 0);
        for (int wq : new int[] {0, 1, 3, 4}) {
          bench.run(Command.ENABLE_WQ, wq);
        }
      }
      assertThat(bench.get(SwErr.SWERROR, SwErr.VALID)).isZero();
      return bench;
    }
  }
}
