package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;

/** Random memory with absent and read-only pages, and a device that works on a copy of it. */
abstract class RandomMemory {
  static final int PAGE = 4096;
  static final int PAGES = 12;
  static final int BYTES = PAGES * PAGE;
  static final long BASE = 0x10_0000;
  static final long RECORD = 0x1_0000;
  static final int FLAGS = Flag.CRAV.mask() | Flag.RCR.mask();

  static final int ABSENT = 0;
  static final int READ_ONLY = 1;
  static final int WRITABLE = 2;

  /** What must come of a descriptor. */
  static final class Outcome {
    int status = 1;
    int result;
    long completed;
    long faultAddress;
    long value;
    long value2;

    void fault(boolean write, int at, long done) {
      status = write ? 0x83 : 0x03;
      faultAddress = (BASE + at) & -PAGE;
      completed = done;
    }

    @Override
    public String toString() {
      return String.join(
          " ",
          Integer.toHexString(status),
          Integer.toString(result),
          Long.toString(completed),
          Long.toHexString(faultAddress),
          Long.toHexString(value),
          Long.toHexString(value2));
    }
  }

  /** Memory as the simple implementations see it. */
  static final class Model {
    final byte[] bytes = new byte[BYTES];
    final int[] pages = new int[PAGES];

    Model(Random random, int faults) {
      new SplittableRandom(random.nextLong()).nextBytes(bytes);
      Arrays.fill(pages, WRITABLE);
      for (int i = 0; i < faults; i++) {
        pages[random.nextInt(PAGES)] = random.nextBoolean() ? ABSENT : READ_ONLY;
      }
    }

    boolean readable(int at) {
      return pages[at / PAGE] != ABSENT;
    }

    boolean writable(int at) {
      return pages[at / PAGE] == WRITABLE;
    }
  }

  final Random random = new Random();
  Model model;
  Bench bench;

  void prepare(long seed, int faults) {
    prepare(seed, faults, DeviceProfile.standard());
  }

  void prepare(long seed, int faults, DeviceProfile profile) {
    random.setSeed(seed);
    model = new Model(random, faults);
    // A device serves one case after the other: making one costs more than all the rest.
    if (bench == null || !bench.profile.equals(profile)) {
      bench = Bench.stepped(profile).enabled();
      bench.process.map(RECORD, 32, true);
    }
    bench.process.poke(RECORD, new byte[32]);
  }

  Outcome submit(ByteBuffer descriptor) {
    bench.process.map(BASE, BYTES, true);
    bench.process.poke(BASE, model.bytes);
    for (int page = 0; page < PAGES; page++) {
      if (model.pages[page] == ABSENT) {
        bench.process.unmap(BASE + (long) page * PAGE, PAGE);
      } else if (model.pages[page] == READ_ONLY) {
        bench.process.map(BASE + (long) page * PAGE, PAGE, false);
      }
    }
    bench.post(0, descriptor);
    bench.device.runAll();
    byte[] record = new byte[32];
    bench.process.peek(RECORD, record);
    Outcome found = new Outcome();
    ByteBuffer fields = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    found.status = record[0] & 0xff;
    found.result = record[1] & 0xff;
    found.completed = fields.getInt(4);
    found.faultAddress = fields.getLong(8);
    found.value = fields.getLong(16);
    found.value2 = fields.getLong(24);
    return found;
  }

  void verify(Outcome found, Outcome expected, byte[] memory) {
    assertThat(found).hasToString(expected.toString());
    byte[] after = new byte[BYTES];
    bench.process.peek(BASE, after);
    assertThat(Arrays.mismatch(after, memory)).isEqualTo(-1);
  }

  ByteBuffer descriptor(Opcode opcode, int source, int destination, int size) {
    return Bench.descriptor(opcode.code(), FLAGS, RECORD, BASE + source, BASE + destination)
        .putInt(32, size);
  }

  int place(int size) {
    return random.nextInt(BYTES - size);
  }
}
