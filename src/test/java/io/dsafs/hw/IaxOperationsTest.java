package io.dsafs.hw;

import static io.dsafs.hw.IaxBench.DESTINATION;
import static io.dsafs.hw.IaxBench.ROOM;
import static io.dsafs.hw.IaxBench.SOURCE;
import static io.dsafs.hw.IaxBench.STATE;
import static io.dsafs.hw.IaxBench.compress;
import static io.dsafs.hw.IaxBench.decompress;
import static io.dsafs.hw.IaxBench.descriptor;
import static io.dsafs.hw.IaxBench.error;
import static io.dsafs.hw.IaxBench.outputSize;
import static io.dsafs.hw.IaxBench.status;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.Flag;
import io.dsafs.spec.IaxOpcode;
import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Driver reference sections 8.4 and 8.5. */
class IaxOperationsTest {
  private static final byte[] TEXT =
      "it is a far, far better thing that I do, than I have ever done".getBytes(US_ASCII);

  private final IaxBench iax = new IaxBench();

  static byte[] deflate(byte[] data, int level, int strategy) {
    Deflater deflater = new Deflater(level, true);
    deflater.setStrategy(strategy);
    deflater.setInput(data);
    deflater.finish();
    byte[] out = new byte[data.length + 100 + data.length / 10];
    int length = 0;
    while (!deflater.finished()) {
      length += deflater.deflate(out, length, out.length - length);
    }
    deflater.end();
    return Arrays.copyOf(out, length);
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  @Nested
  class A_descriptor {
    @Test
    void that_does_nothing_completes_in_64_bytes() {
      iax.bench.process.poke(IaxBench.RECORD + 63, new byte[] {7});

      ByteBuffer record =
          iax.run(
              Bench.descriptor(
                  IaxOpcode.NOOP.code(), IaxBench.RECORD_FLAGS, IaxBench.RECORD, 0, 0));

      assertThat(record.array()).isEqualTo(ByteBuffer.allocate(64).put(0, (byte) 1).array());
    }

    @Test
    void needs_a_record_on_a_64_byte_boundary() {
      iax.bench.post(0, Bench.descriptor(0, IaxBench.RECORD_FLAGS, IaxBench.RECORD + 32, 0, 0));
      iax.bench.device.runAll();

      assertThat(iax.bench.swerrorCode()).isEqualTo(0x1b);
    }

    @Test
    void moves_memory() {
      iax.source(TEXT);

      ByteBuffer record =
          iax.run(
              Bench.descriptor(
                      IaxOpcode.MEMMOVE.code(),
                      IaxBench.RECORD_FLAGS,
                      IaxBench.RECORD,
                      SOURCE,
                      DESTINATION)
                  .putInt(32, TEXT.length));

      assertThat(status(record)).isOne();
      assertThat(iax.memory(DESTINATION, TEXT.length)).isEqualTo(TEXT);
    }

    @Test
    void drains() {
      ByteBuffer record =
          iax.run(
              Bench.descriptor(
                  IaxOpcode.DRAIN.code(), IaxBench.RECORD_FLAGS, IaxBench.RECORD, 0, 0));

      assertThat(status(record)).isOne();
    }

    @ParameterizedTest
    @EnumSource(
        names = {
          "ZERO_DECOMP_32",
          "ZERO_DECOMP_16",
          "ZERO_COMP_32",
          "ZERO_COMP_16",
          "SCAN",
          "SET_MEMBER",
          "EXTRACT",
          "SELECT",
          "RLE_BURST",
          "FIND_UNIQUE",
          "EXPAND"
        })
    void of_an_operation_that_is_not_modelled_is_unsupported(IaxOpcode opcode) {
      assertThat(status(iax.run(descriptor(opcode, 0, 64, 0)))).isEqualTo(0x10);
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "MEMFILL", "COMPARE", "DUALCAST", "CRCGEN", "CFLUSH"})
    void of_an_operation_of_a_DSA_is_unsupported(Opcode opcode) {
      ByteBuffer record =
          iax.run(
              Bench.descriptor(
                  opcode.code(), IaxBench.RECORD_FLAGS, IaxBench.RECORD, SOURCE, DESTINATION));

      assertThat(status(record)).isEqualTo(0x10);
    }

    @Test
    void tells_which_flags_are_invalid() {
      ByteBuffer record =
          iax.run(descriptor(IaxOpcode.DECOMPRESS, Flag.CR.mask() | 1 << 17, 64, 0xf));

      assertThat(status(record)).isEqualTo(0x11);
      assertThat(record.getInt(16)).isEqualTo(0x20080);
    }

    @Test
    void that_is_not_allowed_on_its_queue_is_unsupported() {
      IaxBench narrow =
          new IaxBench(DeviceProfile.sapphireRapidsIaa().toBuilder().opcap(0xdL, 0x8L).build());

      assertThat(status(narrow.run(decompress(64)))).isEqualTo(0x10);
    }
  }

  @Nested
  class Decompression {
    private ByteBuffer run(byte[] stream) {
      iax.source(stream);
      return iax.run(decompress(stream.length));
    }

    @Test
    void tells_size_and_checksums_of_what_comes_out() {
      byte[] stream = deflate(TEXT, 9, Deflater.DEFAULT_STRATEGY);

      ByteBuffer record = run(stream);

      assertThat(status(record)).isOne();
      assertThat(iax.output(record)).isEqualTo(TEXT);
      assertThat(record.getInt(4)).isEqualTo(stream.length);
      CRC32 crc = new CRC32();
      crc.update(TEXT);
      assertThat(record.getInt(32)).isEqualTo((int) crc.getValue());
      int xor = 0;
      for (int i = 0; i < TEXT.length; i++) {
        xor ^= TEXT[i] << 8 * (i % 2);
      }
      assertThat(record.getShort(30) & 0xffff).isEqualTo(xor);
    }

    @Test
    void has_the_other_CRC_on_demand() {
      byte[] stream = deflate(TEXT, 9, Deflater.DEFAULT_STRATEGY);
      iax.source(stream);

      ByteBuffer record =
          iax.run(descriptor(IaxOpcode.DECOMPRESS, IaxBench.CRC_RFC3720, stream.length, 0xf));

      CRC32C crc = new CRC32C();
      crc.update(TEXT);
      assertThat(record.getInt(32)).isEqualTo((int) crc.getValue());
    }

    @Test
    void stops_at_the_end_of_a_block_that_is_not_the_last() {
      // A fixed block with an end only, then one that has no meaning.
      ByteBuffer record = run(hex("020c00"));

      assertThat(status(record)).isOne();
      assertThat(record.getInt(4)).isEqualTo(2);
      assertThat(outputSize(record)).isZero();
    }

    @Test
    void suppresses_output() {
      byte[] stream = deflate(TEXT, 9, Deflater.DEFAULT_STRATEGY);
      iax.source(stream);

      ByteBuffer record = iax.run(descriptor(IaxOpcode.DECOMPRESS, 0, stream.length, 0x20f));

      CRC32 crc = new CRC32();
      crc.update(TEXT);
      assertThat(record.getInt(32)).isEqualTo((int) crc.getValue());
      assertThat(outputSize(record)).isZero();
      assertThat(iax.memory(DESTINATION, 8)).containsOnly(0);
    }

    @Test
    void fills_the_destination_and_tells_that_there_is_more() {
      byte[] stream = deflate(TEXT, 9, Deflater.DEFAULT_STRATEGY);
      iax.source(stream);

      ByteBuffer record = iax.run(decompress(stream.length).putInt(48, 10));

      assertThat(status(record)).isEqualTo(0x0b);
      assertThat(outputSize(record)).isEqualTo(10);
      assertThat(iax.memory(DESTINATION, 11)).startsWith(Arrays.copyOf(TEXT, 10));
      assertThat(iax.memory(DESTINATION + 10, 1)).containsExactly(0);
    }

    @Test
    void cannot_go_on_after_an_overflow() {
      byte[] stream = deflate(TEXT, 9, Deflater.DEFAULT_STRATEGY);
      iax.source(stream);

      ByteBuffer record =
          iax.run(descriptor(IaxOpcode.DECOMPRESS, 1 << 19, stream.length, 0xf).putInt(48, 10));

      assertThat(status(record)).isEqualTo(0x0a);
      assertThat(error(record)).isEqualTo(25);
    }

    @ParameterizedTest
    @CsvSource({
      // a reserved type of block
      "07, 13",
      // a stored block whose length is not confirmed
      "0101000000, 14",
      // the input ends within a block
      "4b4c, 15",
      // fixed block: distance 1 before anything was put out
      "030200, 18",
      // fixed block: a literal that the format reserves
      "1b03, 11",
      // dynamic block: 287 literals; 31 distances
      "f5000000, 35",
      "05de0000, 36",
      // dynamic block: four code lengths of one bit
      "05009200000000, 8",
    })
    void says_what_is_wrong(String stream, int code) {
      ByteBuffer record = run(hex(stream));

      assertThat(status(record)).isEqualTo(0x0a);
      assertThat(error(record)).isEqualTo(code);
    }

    @Test
    void remembers_four_kibibytes_and_no_more() {
      byte[] data = new byte[4200];
      new SplittableRandom(1).nextBytes(data);
      System.arraycopy(data, 0, data, 4120, 80);
      byte[] stream = deflate(data, 9, Deflater.DEFAULT_STRATEGY);

      ByteBuffer record = run(stream);

      assertThat(status(record)).isEqualTo(0x0a);
      assertThat(error(record)).isEqualTo(17);
    }

    @ParameterizedTest
    @CsvSource({"0x0, 0x30", "0x2f, 0x30", "0x401, 0x30", "0x2001, 0x30", "0x1, 0x01"})
    void checks_its_flags(String flags, String expected) {
      byte[] stream = deflate(TEXT, 9, Deflater.DEFAULT_STRATEGY);
      iax.source(stream);

      ByteBuffer record =
          iax.run(descriptor(IaxOpcode.DECOMPRESS, 0, stream.length, Integer.decode(flags)));

      assertThat(status(record)).isEqualTo(Integer.decode(expected));
    }

    @Test
    void refuses_filters() {
      assertThat(status(iax.run(decompress(8).putInt(56, 1)))).isEqualTo(0x31);
    }

    @Test
    void checks_sizes_and_places() {
      assertThat(status(iax.run(decompress(0)))).isEqualTo(0x13);
      assertThat(status(iax.run(decompress(8).putInt(48, 0)))).isEqualTo(0x13);
      assertThat(status(iax.run(decompress(8).putInt(60, 1)))).isEqualTo(0x12);
      assertThat(status(iax.run(decompress(8).putLong(24, SOURCE + 4)))).isEqualTo(0x16);
    }

    @Test
    void stops_at_a_page_that_is_not_there() {
      byte[] data = new byte[3 * 4096];
      byte[] stream = deflate(data, 0, Deflater.DEFAULT_STRATEGY);
      iax.source(stream);
      iax.bench.process.unmap(DESTINATION + 4096, 4096);

      ByteBuffer record = iax.run(decompress(stream.length));

      assertThat(status(record)).isEqualTo(0x83);
      assertThat(record.getLong(8)).isEqualTo(DESTINATION + 4096);
      iax.bench.process.map(DESTINATION + 4096, 4096, true);
      iax.bench.process.unmap(SOURCE + 4096, 4096);

      record = iax.run(decompress(stream.length));

      assertThat(status(record)).isEqualTo(0x03);
      assertThat(record.getLong(8)).isEqualTo(SOURCE + 4096);
    }

    @Test
    void goes_on_with_the_checksums_of_a_state() {
      byte[] stream = deflate(TEXT, 9, Deflater.DEFAULT_STRATEGY);
      iax.source(stream);
      CRC32 crc = new CRC32();
      crc.update(TEXT);
      ByteBuffer state = ByteBuffer.allocate(5376).order(ByteOrder.LITTLE_ENDIAN);
      state.putInt(0, (int) crc.getValue()).putShort(1076, (short) 1);
      iax.bench.process.poke(STATE, state.array());

      ByteBuffer record = iax.run(withState(stream.length));

      crc.update(TEXT);
      assertThat(status(record)).isOne();
      assertThat(record.getInt(32)).isEqualTo((int) crc.getValue());
    }

    private ByteBuffer withState(int size) {
      return descriptor(IaxOpcode.DECOMPRESS, IaxBench.READ_STATE, size, 0xf)
          .putLong(40, STATE)
          .putInt(52, 5376);
    }

    @Test
    void refuses_a_state_in_the_middle_of_a_block() {
      iax.bench.process.poke(STATE, new byte[5376]);

      ByteBuffer record = iax.run(withState(8));

      assertThat(status(record)).isEqualTo(0x0a);
      assertThat(error(record)).isEqualTo(22);
      assertThat(status(iax.run(withState(8).putLong(40, STATE + 16)))).isEqualTo(0x1c);
    }
  }

  @Nested
  class Compression {
    @Test
    void brings_codes_and_header_in_source_2() {
      iax.source("aaaaaaaaaa".getBytes(US_ASCII));
      iax.bench.process.poke(STATE, fixedState(3, 2));

      ByteBuffer record = iax.run(withState(10));

      assertThat(status(record)).isOne();
      // the header, a literal, a match of nine one back, the end
      assertThat(iax.output(record)).isEqualTo(hex("4a840300"));
      assertThat(record.getInt(4)).isEqualTo(10);
    }

    private ByteBuffer withState(int size) {
      return descriptor(IaxOpcode.COMPRESS, IaxBench.READ_STATE, size, 6)
          .putLong(40, STATE)
          .putInt(52, 1568);
    }

    private static byte[] fixedState(int bits, int waiting) {
      ByteBuffer state = ByteBuffer.allocate(1568).order(ByteOrder.LITTLE_ENDIAN);
      state.putInt(28, bits).putInt(32, waiting);
      for (int i = 0; i < 286; i++) {
        int word =
            i < 144
                ? 0x40030 + i
                : i < 256 ? 0x48190 + i - 144 : i < 280 ? 0x38000 + i - 256 : 0x400c0 + i - 280;
        state.putInt(288 + 4 * i, word);
      }
      for (int i = 0; i < 30; i++) {
        state.putInt(288 + 4 * 288 + 4 * i, 0x28000 + i);
      }
      return state.array();
    }

    @Test
    void writes_the_bits_that_fill_no_byte_to_the_other_state() {
      iax.source(TEXT);
      iax.bench.process.poke(STATE, fixedState(3, 2));
      ByteBuffer first = withState(TEXT.length);
      // no flush, nothing appended, state written
      first.putInt(4, first.getInt(4) | IaxBench.WRITE_STATE).putShort(38, (short) 0);

      ByteBuffer record = iax.run(first);

      byte[] start = iax.output(record);
      ByteBuffer state =
          ByteBuffer.wrap(iax.memory(STATE + 1568, 1568)).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(state.getInt(0)).isEqualTo(record.getInt(32));
      assertThat(state.getInt(28)).isBetween(0, 7);
      ByteBuffer second = withState(TEXT.length);
      second.putInt(4, second.getInt(4) | IaxBench.STATE_SELECT).putShort(38, (short) 0xe);
      record = iax.run(second);
      byte[] rest = iax.output(record);

      byte[] stream = Arrays.copyOf(start, start.length + rest.length);
      System.arraycopy(rest, 0, stream, start.length, rest.length);
      byte[] twice = Arrays.copyOf(TEXT, 2 * TEXT.length);
      System.arraycopy(TEXT, 0, twice, TEXT.length, TEXT.length);
      assertThat(IaxPropertiesTest.inflate(stream, twice.length)).isEqualTo(twice);
      CRC32 crc = new CRC32();
      crc.update(twice);
      assertThat(record.getInt(32)).isEqualTo((int) crc.getValue());
    }

    @Test
    void has_no_word_for_a_token_without_a_code() {
      iax.source(TEXT);
      iax.bench.process.poke(STATE, new byte[1568]);

      ByteBuffer record = iax.run(withState(TEXT.length));

      assertThat(status(record)).isEqualTo(0x0a);
      assertThat(error(record)).isEqualTo(30);
    }

    @Test
    void counts_tokens_in_place_of_putting_them_out() {
      iax.source("abcabcabcabc".getBytes(US_ASCII));

      ByteBuffer record = iax.run(descriptor(IaxOpcode.COMPRESS, 0, 12, 5));

      assertThat(status(record)).isOne();
      assertThat(outputSize(record)).isEqualTo(1280);
      ByteBuffer counts = ByteBuffer.wrap(iax.output(record)).order(ByteOrder.LITTLE_ENDIAN);
      assertThat(counts.getInt(4 * 'a')).isOne();
      assertThat(counts.getInt(4 * 'b')).isOne();
      assertThat(counts.getInt(4 * 'c')).isOne();
      // the end, one match of nine bytes, three back
      assertThat(counts.getInt(4 * 256)).isOne();
      assertThat(counts.getInt(4 * 263)).isOne();
      assertThat(counts.getInt(4 * 288 + 4 * 2)).isOne();
    }

    @Test
    void that_has_no_room_is_an_error() {
      byte[] data = new byte[1000];
      new SplittableRandom(5).nextBytes(data);
      iax.source(data);

      ByteBuffer record = iax.run(compress(1000).putInt(48, 100));

      assertThat(status(record)).isEqualTo(0x0a);
      assertThat(error(record)).isEqualTo(25);
      assertThat(iax.memory(DESTINATION + 100, 4)).containsOnly(0);
    }

    @ParameterizedTest
    @CsvSource({"0x20", "0x40", "0x200", "0x3000"})
    void refuses_what_it_cannot_do(String flags) {
      ByteBuffer record = iax.run(descriptor(IaxOpcode.COMPRESS, 0, 8, 6 | Integer.decode(flags)));

      assertThat(status(record)).isEqualTo(0x30);
    }

    @Test
    void checks_sizes_and_places() {
      assertThat(status(iax.run(compress(0)))).isEqualTo(0x13);
      assertThat(status(iax.run(compress(8).putInt(48, 0)))).isEqualTo(0x13);
      assertThat(status(iax.run(compress(8).putLong(56, 1)))).isEqualTo(0x12);
      assertThat(status(iax.run(compress(8).putLong(24, SOURCE + 4)))).isEqualTo(0x16);
      assertThat(status(iax.run(withState(8).putInt(52, 288)))).isEqualTo(0x13);
      assertThat(status(iax.run(withState(8).putLong(40, STATE + 8)))).isEqualTo(0x1c);
    }

    @Test
    void stops_at_a_page_that_is_not_there() {
      byte[] data = new byte[3 * 4096];
      new SplittableRandom(5).nextBytes(data);
      iax.source(data);
      iax.bench.process.unmap(SOURCE + 8192, 4096);

      ByteBuffer record = iax.run(compress(data.length));

      assertThat(status(record)).isEqualTo(0x03);
      assertThat(record.getLong(8)).isEqualTo(SOURCE + 8192);
      iax.bench.process.map(SOURCE + 8192, 4096, true);
      iax.bench.process.unmap(DESTINATION, ROOM);

      record = iax.run(compress(data.length));

      assertThat(status(record)).isEqualTo(0x83);
    }
  }

  /** Check values of the catalogue of parametrised CRC algorithms, over 123456789. */
  @Nested
  class A_CRC_of_64_bits {
    @ParameterizedTest(name = "{0}")
    @CsvSource({
      "CRC-64/ECMA-182, 0x42f0e1eba9ea3693, 0, 6c40df5f0b497347",
      "CRC-64/WE, 0x42f0e1eba9ea3693, 0x4000, 62ec59e3f1a4f00a",
      "CRC-64/XZ, 0x42f0e1eba9ea3693, 0xc000, 995dc9bbdf1939fa",
      "CRC-16/T10-DIF, 0x8bb7000000000000, 0, d0db000000000000",
      "CRC-32/ISO-HDLC, 0x04c11db700000000, 0xc000, 00000000cbf43926",
    })
    void has_the_check_value(String name, String polynomial, String flags, String expected) {
      iax.source("123456789".getBytes(US_ASCII));

      ByteBuffer record =
          iax.run(
              descriptor(IaxOpcode.CRC64, 0, 9, Integer.decode(flags))
                  .putLong(24, 0)
                  .putInt(48, 0)
                  .putLong(56, Long.parseUnsignedLong(polynomial.substring(2), 16)));

      assertThat(status(record)).isOne();
      assertThat(record.getLong(40)).isEqualTo(Long.parseUnsignedLong(expected, 16));
    }

    @Test
    void refuses_other_flags() {
      ByteBuffer record =
          iax.run(descriptor(IaxOpcode.CRC64, 0, 9, 1).putLong(24, 0).putInt(48, 0));

      assertThat(status(record)).isEqualTo(0x30);
    }
  }
}
