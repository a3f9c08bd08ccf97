package io.dsafs.hw;

import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Batches of random members on random memory, against an implementation that runs one after the
 * other. Section 4.8 of the hardware reference.
 */
class BatchPropertiesTest extends RandomMemory {
  private static final int SOURCES = 0;
  private static final int DESTINATIONS = 4 * PAGE;
  private static final int RECORDS = 8 * PAGE;
  private static final int LIST = 10 * PAGE;

  private static final Opcode[] OPERATIONS = {Opcode.NOOP, Opcode.MEMMOVE, Opcode.MEMFILL};
  private static final int UNDEFINED_OPERATION = 0x0b;

  /** A member, in the terms of the simple implementation. */
  private static final class Member {
    int opcode;
    boolean fenced;
    boolean recordValid;
    boolean recordWanted;
    int record;
    int source;
    int destination;
    int size;
    long pattern;

    ByteBuffer descriptor() {
      int flags =
          (fenced ? Flag.FENCE.mask() : 0)
              | (recordValid ? Flag.CRAV.mask() : 0)
              | (recordWanted ? Flag.RCR.mask() : 0);
      long address = recordValid ? BASE + record : 0;
      return switch (opcode) {
        case 0x03 ->
            Bench.descriptor(opcode, flags, address, BASE + source, BASE + destination)
                .putInt(32, size);
        case 0x04 ->
            Bench.descriptor(opcode, flags, address, pattern, BASE + destination).putInt(32, size);
        default -> Bench.descriptor(opcode, flags, address, 0, 0);
      };
    }
  }

  private Member member(int index) {
    Member member = new Member();
    boolean undefined = random.nextInt(12) == 0;
    member.opcode =
        undefined ? UNDEFINED_OPERATION : OPERATIONS[random.nextInt(OPERATIONS.length)].code();
    member.fenced = random.nextInt(4) == 0;
    member.recordValid = random.nextBoolean();
    member.recordWanted = member.recordValid && random.nextBoolean();
    member.record = RECORDS + 32 * index + (random.nextBoolean() ? PAGE : 0);
    member.size = 1 + random.nextInt(2 * PAGE);
    member.source = SOURCES + random.nextInt(2 * PAGE);
    member.destination = DESTINATIONS + random.nextInt(2 * PAGE);
    member.pattern = random.nextLong();
    return member;
  }

  @Property(tries = 10_000)
  void run_one_member_after_the_other(
      @ForAll long seed,
      @ForAll @IntRange(max = 3) int faults,
      @ForAll @IntRange(min = 2, max = 40) int count) {
    prepare(seed, faults);
    int list = LIST + 64 * random.nextInt(2 * PAGE / 64 - count);
    Member[] members = new Member[count];
    for (int i = 0; i < count; i++) {
      members[i] = member(i);
      members[i].descriptor().get(0, model.bytes, list + 64 * i, 64);
    }

    Outcome found = submit(descriptor(Opcode.BATCH, list, 0, count).putLong(24, 0));

    byte[] memory = model.bytes.clone();
    Outcome expected = new Outcome();
    boolean failed = false;
    for (int i = 0; i < count && expected.status == 1; i++) {
      int fault = firstUnreadable(list + 64 * i, 64);
      if (fault >= 0) {
        expected.fault(false, fault, i);
        expected.status = 0x06;
      } else if (failed && members[i].fenced) {
        expected.status = 0x05;
        expected.completed = i;
      } else {
        failed |= !run(members[i], memory);
        expected.completed = i + 1L;
      }
    }
    if (failed && expected.status == 1) {
      expected.status = 0x05;
    }
    verify(found, expected, memory);
  }

  private int firstUnreadable(int from, int length) {
    for (int at = from; at < from + length; at++) {
      if (!model.readable(at)) {
        return at;
      }
    }
    return -1;
  }

  /** Whether the member ends with status 0x01. */
  private boolean run(Member member, byte[] memory) {
    if (member.recordValid && !model.writable(member.record)) {
      return false; // not performed, and told in SWERROR
    }
    Outcome outcome = new Outcome();
    switch (member.opcode) {
      case 0x00 -> {}
      case 0x03 -> move(member, memory, outcome);
      case 0x04 -> fill(member, memory, outcome);
      default -> outcome.status = 0x10;
    }
    if (member.recordValid && (member.recordWanted || outcome.status != 1)) {
      record(member.record, outcome, memory);
    }
    return outcome.status == 1;
  }

  private void move(Member member, byte[] memory, Outcome outcome) {
    for (int i = 0; i < member.size && outcome.status == 1; i++) {
      if (!model.readable(member.source + i)) {
        outcome.fault(false, member.source + i, i);
      } else if (!model.writable(member.destination + i)) {
        outcome.fault(true, member.destination + i, i);
      } else {
        memory[member.destination + i] = memory[member.source + i];
      }
    }
  }

  private void fill(Member member, byte[] memory, Outcome outcome) {
    for (int i = 0; i < member.size && outcome.status == 1; i++) {
      if (!model.writable(member.destination + i)) {
        outcome.fault(true, member.destination + i, i);
      } else {
        memory[member.destination + i] = (byte) (member.pattern >>> (8 * (i % 8)));
      }
    }
  }

  private static void record(int at, Outcome outcome, byte[] memory) {
    ByteBuffer bytes = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(0, (byte) outcome.status);
    bytes.putInt(4, (int) outcome.completed).putLong(8, outcome.faultAddress);
    bytes.get(0, memory, at, 32);
  }
}
