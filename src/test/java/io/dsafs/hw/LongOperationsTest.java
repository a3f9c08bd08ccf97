package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations longer than the pieces they are done in. */
class LongOperationsTest {
  private static final int FLAGS = Flag.CRAV.mask() | Flag.RCR.mask();
  private static final int SIZE = (1 << 20) + 13;
  private static final int PAGE = KernelMemory.PAGE_BYTES;

  private final Bench bench = Bench.stepped().enabled();
  private final KernelMemory memory = bench.process;
  private final long record = memory.allocate(PAGE);
  private final long source = memory.allocate(2 << 20);
  private final long target = memory.allocate(2 << 20);
  private final byte[] data = new byte[SIZE];

  @BeforeEach
  void fillSource() {
    new Random(1).nextBytes(data);
    memory.poke(source, data);
  }

  private ByteBuffer descriptor(Opcode opcode, long from, long to, int size) {
    return Bench.descriptor(opcode.code(), FLAGS, record, from, to).putInt(32, size);
  }

  private ByteBuffer run(ByteBuffer descriptor) {
    bench.post(0, descriptor);
    bench.device.runAll();
    byte[] bytes = new byte[32];
    memory.peek(record, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private byte[] peek(long address, int size) {
    byte[] bytes = new byte[size];
    memory.peek(address, bytes);
    return bytes;
  }

  @Test
  void move() {
    assertThat(run(descriptor(Opcode.MEMMOVE, source, target, SIZE)).get(0)).isEqualTo((byte) 1);
    assertThat(peek(target, SIZE)).isEqualTo(data);
  }

  @Test
  void move_onto_itself_upwards() {
    assertThat(run(descriptor(Opcode.MEMMOVE, source, source + 100, SIZE)).get(0))
        .isEqualTo((byte) 1);
    assertThat(peek(source + 100, SIZE)).isEqualTo(data);
  }

  @Test
  void move_onto_itself_upwards_until_a_fault() {
    long page = (source + 300_000) & -PAGE;
    memory.unmap(page, PAGE);

    ByteBuffer found = run(descriptor(Opcode.MEMMOVE, source, source + 100, SIZE));

    // The last byte that could be read is the first after the absent page.
    int untouched = (int) (page + PAGE - source);
    assertThat(found.get(0)).isEqualTo((byte) 0x03);
    assertThat(found.get(1)).isEqualTo((byte) 1);
    assertThat(found.getInt(4)).isEqualTo(SIZE - untouched);
    assertThat(found.getLong(8)).isEqualTo(page);
    assertThat(peek(source + 100 + untouched, SIZE - untouched))
        .isEqualTo(Arrays.copyOfRange(data, untouched, SIZE));
    assertThat(peek(page + PAGE, 100))
        .isEqualTo(Arrays.copyOfRange(data, untouched, untouched + 100));
  }

  @Test
  void fill() {
    run(descriptor(Opcode.MEMFILL, 0x0807060504030201L, target, SIZE));

    byte[] filled = peek(target, SIZE);
    for (int i = 0; i < SIZE; i++) {
      assertThat(filled[i]).isEqualTo((byte) (i % 8 + 1));
    }
  }

  @Test
  void compare() {
    byte[] other = data.clone();
    other[700_001]++;
    memory.poke(target, other);

    ByteBuffer found = run(descriptor(Opcode.COMPARE, source, target, SIZE));

    assertThat(found.get(1)).isEqualTo((byte) 1);
    assertThat(found.getInt(4)).isEqualTo(700_001);
  }

  @Test
  void dualcast() {
    long second = memory.allocate(2 << 20);

    run(descriptor(Opcode.DUALCAST, source, target, SIZE).putLong(40, second));

    assertThat(peek(target, SIZE)).isEqualTo(data);
    assertThat(peek(second, SIZE)).isEqualTo(data);
  }

  @Test
  void crc() {
    CRC32C expected = new CRC32C();
    expected.update(data, 0, 12_345);
    int seed = (int) expected.getValue();
    expected.update(data, 12_345, SIZE - 12_345);

    ByteBuffer found =
        run(descriptor(Opcode.CRCGEN, source + 12_345, 0, SIZE - 12_345).putInt(40, seed));

    assertThat(found.getInt(16)).isEqualTo((int) expected.getValue());
  }

  @Test
  void delta_of_all_words_there_and_back() {
    int size = 0x80000;
    byte[] other = Arrays.copyOf(data, size);
    for (int i = 0; i < size; i += 8) {
      other[i] ^= 0x55;
    }
    memory.poke(target, other);
    long delta = memory.allocate(1 << 20);

    ByteBuffer created =
        run(
            descriptor(Opcode.CR_DELTA, source, target, size)
                .putLong(40, delta)
                .putInt(48, 1 << 20));
    assertThat(created.get(1)).isEqualTo((byte) 1);
    assertThat(created.getInt(16)).isEqualTo(size / 8 * 10);

    ByteBuffer applied =
        run(descriptor(Opcode.AP_DELTA, delta, source, size).putInt(40, size / 8 * 10));
    assertThat(applied.get(0)).isEqualTo((byte) 1);
    assertThat(peek(source, size)).isEqualTo(other);
  }

  @Test
  void integrity_fields_there_and_back() {
    int size = 1 << 20;
    int protectedSize = size / 512 * 520;
    long back = memory.allocate(2 << 20);

    run(
        descriptor(Opcode.DIF_INS, source, target, size)
            .putInt(56, 7)
            .putShort(62, (short) 0x1234));
    ByteBuffer stripped =
        run(
            descriptor(Opcode.DIF_STRP, target, back, protectedSize)
                .putInt(48, 7)
                .putShort(54, (short) 0x1234));

    assertThat(stripped.get(0)).isEqualTo((byte) 1);
    assertThat(stripped.getInt(16)).isEqualTo(7 + size / 512);
    assertThat(peek(back, size)).isEqualTo(Arrays.copyOf(data, size));
  }

  @Test
  void batch_of_as_many_members_as_a_queue_allows() {
    int members = 1024;
    long list = memory.allocate(64 * members);
    for (int i = 0; i < members; i++) {
      memory.poke(
          list + 64L * i,
          Bench.descriptor(Opcode.MEMMOVE.code(), 0, 0, source + i, target + i)
              .putInt(32, 1)
              .array());
    }

    ByteBuffer found = run(descriptor(Opcode.BATCH, list, 0, members));

    assertThat(found.get(0)).isEqualTo((byte) 1);
    assertThat(found.getInt(4)).isEqualTo(members);
    assertThat(peek(target, members)).isEqualTo(Arrays.copyOf(data, members));
  }

  @Test
  void move_onto_itself_upwards_until_a_page_that_cannot_be_written() {
    long page = (source + 300_000) & -PAGE;
    memory.map(page, PAGE, false);

    ByteBuffer found = run(descriptor(Opcode.MEMMOVE, source, source + 100, SIZE));

    int written = (int) (source + 100 + SIZE - (page + PAGE));
    assertThat(found.get(0)).isEqualTo((byte) 0x83);
    assertThat(found.get(1)).isEqualTo((byte) 1);
    assertThat(found.getInt(4)).isEqualTo(written);
    assertThat(found.getLong(8)).isEqualTo(page);
    assertThat(peek(page + PAGE, written))
        .isEqualTo(Arrays.copyOfRange(data, SIZE - written, SIZE));
  }

  @Test
  void cache_flush_until_a_page_that_cannot_be_written() {
    assertThat(run(descriptor(Opcode.CFLUSH, 0, target, SIZE)).get(0)).isEqualTo((byte) 1);
    long page = (target + 700_000) & -PAGE;
    memory.map(page, PAGE, false);

    ByteBuffer found = run(descriptor(Opcode.CFLUSH, 0, target, SIZE));

    assertThat(found.get(0)).isEqualTo((byte) 0x83);
    assertThat(found.getInt(4)).isEqualTo((int) (page - target));
    assertThat(found.getLong(8)).isEqualTo(page);
  }

  @Test
  void fill_until_a_page_that_cannot_be_written() {
    long page = (target + 700_000) & -PAGE;
    memory.map(page, PAGE, false);

    ByteBuffer found = run(descriptor(Opcode.MEMFILL, -1, target, SIZE));

    assertThat(found.get(0)).isEqualTo((byte) 0x83);
    assertThat(found.getInt(4)).isEqualTo((int) (page - target));
    assertThat(peek(page - 1, 2)).containsExactly(0xff, 0);
  }

  @Test
  void compare_with_a_pattern() {
    byte[] same = new byte[SIZE];
    Arrays.fill(same, (byte) 0x5a);
    same[900_003] = 0;
    memory.poke(source, same);

    ByteBuffer found = run(descriptor(Opcode.COMPVAL, source, 0x5a5a5a5a5a5a5a5aL, SIZE));

    assertThat(found.get(1)).isEqualTo((byte) 1);
    assertThat(found.getInt(4)).isEqualTo(900_003 & -8);
  }

  @Test
  void copy_with_crc() {
    CRC32C expected = new CRC32C();
    expected.update(data);

    ByteBuffer found = run(descriptor(Opcode.COPY_CRC, source, target, SIZE));

    assertThat(found.getInt(16)).isEqualTo((int) expected.getValue());
    assertThat(peek(target, SIZE)).isEqualTo(data);
  }

  /**
   * With a stride only one byte of each is looked at. Source: DSA specification, section 8.3.12.
   */
  @Test
  void translation_fetch_with_and_without_a_stride() {
    Bench two = Bench.stepped(DeviceProfile.everything()).enabled();
    two.process.map(record, PAGE, true);
    two.process.map(source, 2 << 20, true);
    two.process.unmap(source + 5 * PAGE, PAGE);
    two.process.unmap(source + 200 * PAGE, PAGE);
    ByteBuffer whole = descriptor(Opcode.TRANSL_FETCH, source, 0, SIZE);
    ByteBuffer every = descriptor(Opcode.TRANSL_FETCH, source, 0, SIZE).putInt(48, 4 * PAGE);
    every.putInt(4, every.getInt(4) | 1 << 16);

    two.post(0, whole);
    two.device.runAll();
    assertThat(two.process.peek(record)).isEqualTo((byte) 3);
    byte[] bytes = new byte[32];
    two.process.peek(record, bytes);
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(8))
        .isEqualTo(source + 5 * PAGE);

    two.post(0, every);
    two.device.runAll();
    two.process.peek(record, bytes);
    assertThat(bytes[0]).isEqualTo((byte) 3);
    assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(8))
        .isEqualTo(source + 200 * PAGE);
  }
}
