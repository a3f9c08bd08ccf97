package io.dsafs.hw;

import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Operations on random memory with absent and read-only pages, against implementations that go byte
 * by byte and know nothing of chunks. Section 7.2 of the hardware reference.
 */
class OperationPropertiesTest extends RandomMemory {
  private int size() {
    return 1 + random.nextInt(random.nextBoolean() ? 64 : 4 * PAGE);
  }

  @Property(tries = 10_000)
  void moves_are_as_if_through_a_copy(@ForAll long seed, @ForAll @IntRange(max = 3) int faults) {
    prepare(seed, faults);
    int size = size();
    int source = place(size);
    int near = Math.min(BYTES - size - 1, Math.max(0, source + random.nextInt(256) - 128));
    int destination = random.nextBoolean() ? near : place(size);

    Outcome found = submit(descriptor(Opcode.MEMMOVE, source, destination, size));

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    boolean fromEnd = destination > source && destination < source + size;
    for (int i = 0; i < size; i++) {
      int at = fromEnd ? size - 1 - i : i;
      if (!model.readable(source + at)) {
        expected.fault(false, source + at, i);
      } else if (!model.writable(destination + at)) {
        expected.fault(true, destination + at, i);
      }
      if (expected.status != 1) {
        expected.result = fromEnd ? 1 : 0;
        break;
      }
      memory[destination + at] = model.bytes[source + at];
    }
    verify(found, expected, memory);
  }

  @Property(tries = 10_000)
  void fills_repeat_the_pattern_from_the_start(
      @ForAll long seed, @ForAll @IntRange(max = 3) int faults) {
    prepare(seed, faults);
    int size = size();
    int destination = place(size);
    long pattern = random.nextLong();

    Outcome found = submit(descriptor(Opcode.MEMFILL, 0, destination, size).putLong(16, pattern));

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    for (int i = 0; i < size; i++) {
      if (!model.writable(destination + i)) {
        expected.fault(true, destination + i, i);
        break;
      }
      memory[destination + i] = (byte) (pattern >>> (8 * (i % 8)));
    }
    verify(found, expected, memory);
  }

  @Property(tries = 20_000)
  void compares_find_the_first_difference_or_fault(
      @ForAll long seed, @ForAll @IntRange(max = 3) int faults, @ForAll boolean withPattern) {
    prepare(seed, faults);
    int size = size();
    int source1 = place(size);
    int source2 = place(size);
    long pattern = random.nextLong();
    for (int i = 0; withPattern && i < size; i++) {
      model.bytes[source1 + i] = (byte) (pattern >>> (8 * (i % 8)));
    }
    if (!withPattern) {
      System.arraycopy(model.bytes, source1, model.bytes, source2, size);
    }
    if (random.nextBoolean()) {
      model.bytes[source1 + random.nextInt(size)] ^= 1;
    }
    ByteBuffer work =
        withPattern
            ? descriptor(Opcode.COMPVAL, source1, 0, size).putLong(24, pattern)
            : descriptor(Opcode.COMPARE, source1, source2, size);

    Outcome found = submit(work);

    Outcome expected = new Outcome();
    for (int i = 0; i < size && expected.status == 1 && expected.result == 0; i++) {
      if (!model.readable(source1 + i)) {
        expected.fault(false, source1 + i, i);
      } else if (!withPattern && !model.readable(source2 + i)) {
        expected.fault(false, source2 + i, i);
      } else {
        byte wanted = withPattern ? (byte) (pattern >>> (8 * (i % 8))) : model.bytes[source2 + i];
        if (model.bytes[source1 + i] != wanted) {
          expected.result = 1;
          expected.completed = withPattern && i < size / 8 * 8 ? i / 8 * 8 : i;
        }
      }
    }
    verify(found, expected, model.bytes);
  }

  @Property(tries = 10_000)
  void dualcasts_leave_the_same_number_of_bytes_in_both(
      @ForAll long seed, @ForAll @IntRange(max = 2) int faults) {
    prepare(seed, faults);
    // Four pages for each of the three operands, so that they never overlap.
    int size = 1 + random.nextInt(3 * PAGE);
    int low = random.nextInt(PAGE);
    int source = random.nextInt(PAGE);
    int destination1 = 4 * PAGE + low;
    int destination2 = 8 * PAGE + low;

    Outcome found =
        submit(
            descriptor(Opcode.DUALCAST, source, destination1, size)
                .putLong(40, BASE + destination2));

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    for (int i = 0; i < size && expected.status == 1; i++) {
      if (!model.readable(source + i)) {
        expected.fault(false, source + i, i);
      } else if (!model.writable(destination1 + i)) {
        expected.fault(true, destination1 + i, i);
      } else if (!model.writable(destination2 + i)) {
        expected.fault(true, destination2 + i, i);
      } else {
        memory[destination1 + i] = model.bytes[source + i];
        memory[destination2 + i] = model.bytes[source + i];
      }
    }
    verify(found, expected, memory);
  }

  @Property(tries = 20_000)
  void checksums_are_polynomial_divisions(
      @ForAll long seed,
      @ForAll @IntRange(max = 2) int faults,
      @ForAll int crcSeed,
      @ForAll boolean plain,
      @ForAll boolean bit7First,
      @ForAll boolean copying) {
    prepare(seed, faults);
    int size = 1 + random.nextInt(random.nextBoolean() ? 64 : 3 * PAGE);
    int source = random.nextInt(PAGE);
    int destination = 6 * PAGE + random.nextInt(PAGE);
    Opcode opcode = copying ? Opcode.COPY_CRC : Opcode.CRCGEN;
    ByteBuffer work =
        descriptor(opcode, source, destination, size)
            .putInt(
                4, FLAGS | (plain ? 1 << 17 : 0) | (bit7First ? 1 << 18 : 0) | opcode.code() << 24)
            .putInt(40, crcSeed);
    if (!copying) {
      work.putLong(24, 0);
    }

    Outcome found = submit(work);

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    int register = plain ? crcSeed : ~Integer.reverse(crcSeed);
    for (int i = 0; i < size; i++) {
      if (!model.readable(source + i)) {
        expected.fault(false, source + i, i);
      } else if (copying && !model.writable(destination + i)) {
        expected.fault(true, destination + i, i);
      }
      if (expected.status != 1) {
        break;
      }
      for (int bit = 0; bit < 8; bit++) {
        int next = model.bytes[source + i] >>> (bit7First ? 7 - bit : bit) & 1;
        boolean divide = (register >>> 31 ^ next) != 0;
        register = register << 1 ^ (divide ? 0x1edc6f41 : 0);
      }
      if (copying) {
        memory[destination + i] = model.bytes[source + i];
      }
    }
    expected.value = (plain ? register : Integer.reverse(~register)) & 0xffff_ffffL;
    verify(found, expected, memory);
  }
}
