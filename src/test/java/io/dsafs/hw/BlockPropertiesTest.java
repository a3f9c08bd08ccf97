package io.dsafs.hw;

import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Delta records and data integrity fields on random memory, against implementations that go word by
 * word and block by block. Sections 8.8, 8.9 and 8.14 of the hardware reference.
 */
class BlockPropertiesTest extends RandomMemory {
  private static final int SOURCE2 = 4 * PAGE;
  private static final int TARGET = 8 * PAGE;
  private static final int[] BLOCKS = {512, 520, 4096, 4104};

  /** The first byte of a range that cannot be read (or written), or -1. */
  private int firstFault(boolean write, int from, int length) {
    for (int at = from; at < from + length; at++) {
      if (!(write ? model.writable(at) : model.readable(at))) {
        return at;
      }
    }
    return -1;
  }

  @Property(tries = 10_000)
  void delta_records_list_the_words_that_differ(
      @ForAll long seed,
      @ForAll @IntRange(max = 2) int faults,
      @ForAll @IntRange(min = 80, max = 400) int limit) {
    prepare(seed, faults);
    int size = 8 * (1 + random.nextInt(1000));
    int source1 = 8 * random.nextInt(100);
    int source2 = SOURCE2 + 8 * random.nextInt(100);
    int record = TARGET + random.nextInt(2 * PAGE);
    System.arraycopy(model.bytes, source1, model.bytes, source2, size);
    for (int i = random.nextInt(60); i > 0; i--) {
      model.bytes[source2 + random.nextInt(size)] ^= 1;
    }

    Outcome found =
        submit(
            descriptor(Opcode.CR_DELTA, source1, source2, size)
                .putLong(40, BASE + record)
                .putInt(48, limit));

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    int stored = 0;
    for (int word = 0; word < size && expected.status == 1 && expected.result < 2; word += 8) {
      int fault1 = firstFault(false, source1 + word, 8);
      int fault2 = firstFault(false, source2 + word, 8);
      if (fault1 >= 0 || fault2 >= 0) {
        expected.fault(false, fault1 >= 0 ? fault1 : fault2, word);
      } else if (differs(source1 + word, source2 + word)) {
        if (stored + 10 > limit) {
          expected.result = 2;
          expected.completed = word;
        } else if (firstFault(true, record + stored, 10) >= 0) {
          expected.fault(true, firstFault(true, record + stored, 10), word);
        } else {
          memory[record + stored] = (byte) (word / 8);
          memory[record + stored + 1] = (byte) ((word / 8) >>> 8);
          System.arraycopy(model.bytes, source2 + word, memory, record + stored + 2, 8);
          stored += 10;
        }
      }
    }
    if (expected.result == 0) {
      expected.result = stored > 0 ? 1 : 0;
    }
    expected.value = stored;
    verify(found, expected, memory);
  }

  private boolean differs(int at1, int at2) {
    for (int i = 0; i < 8; i++) {
      if (model.bytes[at1 + i] != model.bytes[at2 + i]) {
        return true;
      }
    }
    return false;
  }

  @Property(tries = 10_000)
  void delta_records_are_applied_until_something_is_wrong(
      @ForAll long seed, @ForAll @IntRange(max = 2) int faults) {
    prepare(seed, faults);
    int size = 8 * (1 + random.nextInt(1000));
    int record = random.nextInt(PAGE);
    int target = TARGET + 8 * random.nextInt(100);
    int recordBytes = 10 + random.nextInt(2000);
    int index = 0;
    for (int at = 0; at + 10 <= recordBytes; at += 10) {
      index += random.nextInt(200) == 0 ? 0 : 1 + (random.nextBoolean() ? random.nextInt(20) : 0);
      model.bytes[record + at] = (byte) index;
      model.bytes[record + at + 1] = (byte) (index >>> 8);
    }

    Outcome found =
        submit(descriptor(Opcode.AP_DELTA, record, target, size).putInt(40, recordBytes));

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    int last = -1;
    for (int at = 0; at + 10 <= recordBytes && expected.status == 1; at += 10) {
      int word = (model.bytes[record + at] & 0xff) | (model.bytes[record + at + 1] & 0xff) << 8;
      if (firstFault(false, record + at, 10) >= 0) {
        expected.fault(false, firstFault(false, record + at, 10), at);
      } else if (word <= last) {
        expected.status = 0x07;
        expected.completed = at;
      } else if (word * 8 >= size) {
        expected.status = 0x08;
        expected.completed = at;
      } else if (firstFault(true, target + 8 * word, 8) >= 0) {
        expected.fault(true, firstFault(true, target + 8 * word, 8), at);
      } else {
        System.arraycopy(model.bytes, record + at + 2, memory, target + 8 * word, 8);
      }
      last = word;
    }
    verify(found, expected, memory);
  }

  /** Running tags of one side, as simply as can be. */
  private static final class Tags {
    int ref;
    int mask;
    int app;
    int flags;

    void advance() {
      ref += (flags & 0x80) != 0 ? 0 : 1;
      app = (flags & 0x10) != 0 ? (app + 1) & 0xffff : app;
    }

    long record() {
      return (ref & 0xffff_ffffL) | (long) mask << 32 | (long) app << 48;
    }
  }

  private static int guard(byte[] bytes, int from, int length, int flags) {
    int register = (flags & 4) != 0 ? 0xffff : 0;
    for (int i = from; i < from + length; i++) {
      for (int bit = 7; bit >= 0; bit--) {
        boolean divide = (register >>> 15 & 1) != (bytes[i] >>> bit & 1);
        register = (register << 1 ^ (divide ? 0x8bb7 : 0)) & 0xffff;
      }
    }
    return (flags & 8) != 0 ? ~register & 0xffff : register;
  }

  private static void putField(byte[] bytes, int at, int guard, int app, int ref) {
    ByteBuffer.wrap(bytes)
        .putShort(at, (short) guard)
        .putShort(at + 2, (short) app)
        .putInt(at + 4, ref);
  }

  @Property(tries = 50_000)
  void integrity_fields_are_checked_and_made_block_by_block(
      @ForAll long seed,
      @ForAll @IntRange(max = 2) int faults,
      @ForAll @IntRange(max = 3) int blockCode,
      @ForAll @IntRange(max = 4) int operation) {
    prepare(seed, faults, DeviceProfile.everything());
    Opcode opcode =
        new Opcode[] {
              Opcode.DIF_CHECK, Opcode.DIF_INS, Opcode.DIF_STRP, Opcode.DIF_UPDT, Opcode.DIX_GEN
            }
            [operation];
    boolean checks =
        opcode == Opcode.DIF_CHECK || opcode == Opcode.DIF_STRP || opcode == Opcode.DIF_UPDT;
    boolean generates = opcode != Opcode.DIF_CHECK && opcode != Opcode.DIF_STRP;
    boolean copies = opcode != Opcode.DIF_CHECK && opcode != Opcode.DIX_GEN;
    boolean updates = opcode == Opcode.DIF_UPDT;
    int block = BLOCKS[blockCode];
    int sourceUnit = block + (checks ? 8 : 0);
    int targetUnit = (copies ? block : 0) + (generates ? 8 : 0);
    int blocks = 1 + random.nextInt(Math.max(1, 3 * PAGE / sourceUnit));
    int source = random.nextInt(PAGE / 2);
    int target = 6 * PAGE + 8 * random.nextInt(PAGE / 16);
    int difFlags = blockCode | random.nextInt(4) << 2;
    Tags in = new Tags();
    in.flags = checks ? random.nextInt(32) << 3 & 0x90 : 0;
    in.ref = random.nextInt();
    in.app = random.nextInt(0x10000);
    in.mask = random.nextBoolean() ? 0 : random.nextInt(0x10000);
    Tags out = new Tags();
    out.flags = generates ? (random.nextInt(32) << 3) & (updates ? 0xf8 : 0x90) : 0;
    out.ref = random.nextInt();
    out.app = random.nextInt(0x10000);
    out.mask = random.nextInt(0x10000);
    ByteBuffer work =
        descriptor(opcode, source, target, blocks * sourceUnit).put(42, (byte) difFlags);
    if (checks) {
      work.put(40, (byte) in.flags).putInt(48, in.ref);
      work.putShort(52, (short) in.mask).putShort(54, (short) in.app);
      putGoodFields(in, source, block, blocks, difFlags);
    }
    if (generates) {
      work.put(41, (byte) out.flags).putInt(56, out.ref);
      work.putShort(60, (short) out.mask).putShort(62, (short) out.app);
    }
    if (targetUnit == 0) {
      work.putLong(24, 0);
    }

    Outcome found = submit(work);

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    for (int i = 0; i < blocks && expected.status == 1; i++) {
      int from = source + i * sourceUnit;
      int to = target + i * targetUnit;
      if (firstFault(false, from, sourceUnit) >= 0) {
        expected.fault(false, firstFault(false, from, sourceUnit), (long) i * sourceUnit);
        break;
      }
      if (firstFault(true, to, targetUnit) >= 0) {
        expected.fault(true, firstFault(true, to, targetUnit), (long) i * sourceUnit);
        break;
      }
      int guard = guard(model.bytes, from, block, difFlags);
      ByteBuffer stored = ByteBuffer.wrap(model.bytes);
      if (checks) {
        int errors = (stored.getShort(from + block) & 0xffff) == guard ? 0 : 1;
        int app = stored.getShort(from + block + 2) & 0xffff;
        errors |= in.mask == 0xffff || app == (in.app & ~in.mask) ? 0 : 2;
        errors |= stored.getInt(from + block + 4) == in.ref ? 0 : 4;
        if (errors != 0) {
          expected.status = 0x09;
          expected.result = errors;
          expected.completed = (long) i * sourceUnit;
          break;
        }
        in.advance();
      }
      if (copies) {
        System.arraycopy(model.bytes, from, memory, to, block);
      }
      if (generates) {
        int field = to + targetUnit - 8;
        boolean pass = updates;
        putField(
            memory,
            field,
            pass && (out.flags & 0x20) != 0 ? stored.getShort(from + block) : guard,
            pass && (out.flags & 0x08) != 0
                ? stored.getShort(from + block + 2)
                : out.app & ~out.mask,
            pass && (out.flags & 0x40) != 0 ? stored.getInt(from + block + 4) : out.ref);
        out.advance();
      }
    }
    if (expected.status != 0x09) {
      expected.value = checks ? in.record() : 0;
      expected.value2 = generates ? out.record() : 0;
    }
    verify(found, expected, memory);
  }

  /** Fields as they must be, now and then with a bit flipped. */
  private void putGoodFields(Tags start, int source, int block, int blocks, int difFlags) {
    Tags tags = new Tags();
    tags.flags = start.flags;
    tags.ref = start.ref;
    tags.app = start.app;
    tags.mask = start.mask;
    for (int i = 0; i < blocks; i++) {
      int from = source + i * (block + 8);
      int guard = guard(model.bytes, from, block, difFlags);
      putField(model.bytes, from + block, guard, tags.app & ~tags.mask, tags.ref);
      tags.advance();
      if (random.nextInt(10) == 0) {
        model.bytes[from + random.nextInt(block + 8)] ^= 4;
      }
    }
  }
}
