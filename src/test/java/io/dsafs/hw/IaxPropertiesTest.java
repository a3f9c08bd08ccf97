package io.dsafs.hw;

import static io.dsafs.hw.IaxBench.compress;
import static io.dsafs.hw.IaxBench.decompress;
import static io.dsafs.hw.IaxBench.descriptor;
import static io.dsafs.hw.IaxBench.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.GenSts;
import io.dsafs.spec.IaxOpcode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Compression and decompression of an IAA against the library's. */
class IaxPropertiesTest {
  private static final int MOST = 600_000;

  private final IaxBench iax = new IaxBench();

  /** Data with few or many different bytes and with repetitions, sometimes longer than a buffer. */
  private static byte[] data(long seed) {
    Random random = new Random(seed);
    int most = random.nextInt(20) == 0 ? MOST : 5000;
    byte[] data = new byte[1 + random.nextInt(most)];
    int alphabet = 1 + random.nextInt(256);
    for (int i = 0; i < data.length; ) {
      int run = Math.min(data.length - i, 1 + random.nextInt(400));
      if (i > 0 && random.nextBoolean()) {
        int back = 1 + random.nextInt(Math.min(i, 5000));
        for (int j = 0; j < run; j++) {
          data[i + j] = data[i + j - back];
        }
      } else {
        for (int j = 0; j < run; j++) {
          data[i + j] = (byte) random.nextInt(alphabet);
        }
      }
      i += run;
    }
    return data;
  }

  static byte[] inflate(byte[] stream, int length) {
    Inflater inflater = new Inflater(true);
    inflater.setInput(stream);
    byte[] out = new byte[length + 1];
    try {
      int got = inflater.inflate(out);
      assertThat(inflater.finished()).isTrue();
      return Arrays.copyOf(out, got);
    } catch (DataFormatException e) {
      throw new AssertionError(e);
    } finally {
      inflater.end();
    }
  }

  private static int crc(byte[] data) {
    CRC32 crc = new CRC32();
    crc.update(data);
    return (int) crc.getValue();
  }

  @Property(tries = 1000)
  void what_is_compressed_the_library_decompresses(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int append, @ForAll boolean literals) {
    byte[] data = data(seed);
    iax.source(data);
    int flags = 2 | append << 2 | (literals ? 1 << 4 : 0);

    ByteBuffer record = iax.run(descriptor(IaxOpcode.COMPRESS, 0, data.length, flags));

    assertThat(status(record)).isOne();
    assertThat(record.getInt(32)).isEqualTo(crc(data));
    byte[] stream = iax.output(record);
    if (append == 2) {
      // The library wants a last block, which is not there.
      stream = Arrays.copyOf(stream, stream.length + 5);
      System.arraycopy(new byte[] {1, 0, 0, -1, -1}, 0, stream, stream.length - 5, 5);
    }
    assertThat(Arrays.mismatch(inflate(stream, data.length), data)).isEqualTo(-1);
  }

  @Property(tries = 1000)
  void what_is_compressed_comes_back(@ForAll long seed) {
    byte[] data = data(seed);
    iax.source(data);
    ByteBuffer record = iax.run(compress(data.length));
    byte[] stream = iax.output(record);
    iax.source(stream);

    record = iax.run(decompress(stream.length));

    assertThat(status(record)).isOne();
    assertThat(record.getInt(4)).isEqualTo(stream.length);
    assertThat(record.getInt(32)).isEqualTo(crc(data));
    assertThat(Arrays.mismatch(iax.output(record), data)).isEqualTo(-1);
  }

  /** The library looks back 32 KiB: only data of 4 KiB is sure to be decoded. */
  @Property(tries = 1000)
  void what_the_library_compresses_is_decompressed(
      @ForAll long seed,
      @ForAll @IntRange(max = 9) int level,
      @ForAll @IntRange(max = 2) int strategy) {
    byte[] all = data(seed);
    byte[] data = Arrays.copyOf(all, Math.min(4096, all.length));
    byte[] stream = IaxOperationsTest.deflate(data, level, strategy);
    iax.source(stream);

    ByteBuffer record = iax.run(descriptor(IaxOpcode.DECOMPRESS, 0, stream.length, 0x1f));

    assertThat(status(record)).isOne();
    assertThat(record.getInt(4)).isEqualTo(stream.length);
    assertThat(Arrays.mismatch(iax.output(record), data)).isEqualTo(-1);
  }

  /** Huffman codes alone need no history, whatever the size. */
  @Property(tries = 100)
  void what_the_library_compresses_without_matches_is_decompressed(@ForAll long seed) {
    byte[] data = data(seed);
    byte[] stream = IaxOperationsTest.deflate(data, 6, Deflater.HUFFMAN_ONLY);
    iax.source(stream);

    ByteBuffer record = iax.run(descriptor(IaxOpcode.DECOMPRESS, 0, stream.length, 0x1f));

    assertThat(status(record)).isOne();
    assertThat(Arrays.mismatch(iax.output(record), data)).isEqualTo(-1);
  }

  @Property(tries = 2000)
  void nonsense_ends_with_a_status(@ForAll long seed, @ForAll @IntRange(max = 0x1f) int flags) {
    Random random = new Random(seed);
    byte[] stream = IaxOperationsTest.deflate(data(seed), 6, random.nextInt(3));
    for (int i = 0; i < 3; i++) {
      stream[random.nextInt(stream.length)] ^= (byte) (1 << random.nextInt(8));
    }
    iax.source(stream);

    ByteBuffer record =
        iax.run(descriptor(IaxOpcode.DECOMPRESS, 0, stream.length, flags | 1).putInt(48, 5000));

    assertThat(status(record)).isIn(0x01, 0x0a, 0x0b);
    assertThat(IaxBench.outputSize(record)).isBetween(0, 5000);
    assertThat(iax.bench.get(GenSts.GENSTS, GenSts.STATE)).isOne();
  }
}
