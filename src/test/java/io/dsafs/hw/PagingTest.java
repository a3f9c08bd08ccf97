package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.Command;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenCap;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.WqCfg;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Pages that are not present but could be. Hardware reference sections 4.8, 5, 7.1 and 8.3. */
class PagingTest {
  private static final int PAGE = KernelMemory.PAGE_BYTES;
  private static final long RECORD = 0x10000;
  private static final long SOURCE = 0x20000;
  private static final long DESTINATION = 0x30000;
  private static final long LIST = 0x40000;
  private static final long NOWHERE = 0x50000;

  private static final int RECORDED = Flag.CRAV.mask() | Flag.RCR.mask();

  /** Memory of which some pages are swapped out: only who may ask for them gets at them. */
  private static final class Swapping implements AddressSpace {
    private final KernelMemory memory;
    private final Set<Long> out;
    private final boolean asking;

    Swapping(KernelMemory memory, Set<Long> out, boolean asking) {
      this.memory = memory;
      this.out = out;
      this.asking = asking;
    }

    private int present(long address, int length) {
      int bytes = 0;
      while (bytes < length) {
        long page = (address + bytes) & -PAGE;
        if (out.contains(page) && !(asking && out.remove(page))) {
          break;
        }
        bytes = (int) Math.min(length, page + PAGE - address);
      }
      return bytes;
    }

    @Override
    public int read(long address, DmaBuffer into, int offset, int length) {
      return memory.read(address, into, offset, present(address, length));
    }

    @Override
    public int write(long address, DmaBuffer from, int offset, int length) {
      return memory.write(address, from, offset, present(address, length));
    }

    @Override
    public boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length) {
      return present(address, length) == length
          && memory.writeFirstByteLast(address, from, offset, length);
    }

    @Override
    public int writableBytes(long address, int length) {
      return memory.writableBytes(address, present(address, length));
    }

    @Override
    public int readableBytes(long address, int length) {
      return memory.readableBytes(address, present(address, length));
    }

    @Override
    public AddressSpace resident() {
      return new Swapping(memory, out, false);
    }

    @Override
    public boolean alive() {
      return true;
    }

    @Override
    public String describe() {
      return "swapping";
    }
  }

  private final KernelMemory memory = new KernelMemory("process 3");
  private final Set<Long> out = new HashSet<>();
  private final Bench bench =
      Bench.stepped(
          DeviceProfile.standard()
              .withGencap(GenCap.DRAIN_READBACK.with(DeviceProfile.standard().gencap(), 1)));

  PagingTest() {
    for (long start : new long[] {RECORD, SOURCE, DESTINATION, LIST}) {
      memory.map(start, 2 * PAGE, true);
    }
    for (int i = 0; i < 2 * PAGE; i += 8) {
      memory.poke(SOURCE + i, ByteBuffer.allocate(8).putLong(i * 0x9e3779b97f4a7c15L).array());
    }
  }

  private PagingTest configured(boolean requests) {
    if (requests) {
      bench.enablePageRequests();
    }
    bench.configured();
    assertThat(bench.iommu.bind(new Swapping(memory, out, true))).isEqualTo(new Iommu.Bound(3));
    bench.setWq(0, WqCfg.PASID, 3);
    bench.setWq(0, WqCfg.BOF, requests ? 1 : 0); // cannot be on without
    bench.run(Command.ENABLE_DEVICE, 0);
    bench.run(Command.ENABLE_WQ, 0);
    return this;
  }

  private void submit(ByteBuffer descriptor) {
    bench.post(0, descriptor);
    bench.device.runAll();
  }

  private static ByteBuffer move(int flags, long from, long to) {
    return Bench.descriptor(Opcode.MEMMOVE.code(), RECORDED | flags, RECORD, from, to)
        .putInt(32, 2 * PAGE);
  }

  private long record(int offset) {
    byte[] word = new byte[8];
    memory.peek(RECORD + offset, word);
    return ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private int status() {
    return (int) record(0) & 0xff;
  }

  private int bytesCompleted() {
    return (int) (record(0) >>> 32);
  }

  private void assertMoved(int length) {
    byte[] source = new byte[length];
    byte[] destination = new byte[length];
    memory.peek(SOURCE, source);
    memory.peek(DESTINATION, destination);
    assertThat(destination).isEqualTo(source);
  }

  @Nested
  class An_operand_without_block_on_fault {
    @Test
    void ends_partially_at_a_source_page() {
      configured(true);
      out.add(SOURCE + PAGE);

      submit(move(0, SOURCE, DESTINATION));

      assertThat(status()).isEqualTo(0x03);
      assertThat(bytesCompleted()).isEqualTo(PAGE);
      assertThat(record(8)).isEqualTo(SOURCE + PAGE);
      assertThat(out).containsExactly(SOURCE + PAGE);
      assertMoved(PAGE);
    }

    @Test
    void ends_partially_at_a_destination_page_with_the_mark_of_a_write() {
      configured(true);
      out.add(DESTINATION + PAGE);

      submit(move(0, SOURCE, DESTINATION));

      assertThat(status()).isEqualTo(0x83);
      assertThat(record(8)).isEqualTo(DESTINATION + PAGE);
    }
  }

  @Nested
  class An_operand_with_block_on_fault {
    @Test
    void is_brought_in() {
      configured(true);
      out.addAll(Set.of(SOURCE, SOURCE + PAGE, DESTINATION, DESTINATION + PAGE));

      submit(move(Flag.BOF.mask(), SOURCE, DESTINATION));

      assertThat(status()).isEqualTo(0x01);
      assertThat(out).isEmpty();
      assertMoved(2 * PAGE);
    }

    @Test
    void is_refused_where_nothing_is_mapped() {
      configured(true);
      out.add(SOURCE);

      submit(move(Flag.BOF.mask(), SOURCE, DESTINATION + PAGE));

      assertThat(status()).isEqualTo(0x84);
      assertThat(bytesCompleted()).isEqualTo(PAGE);
      assertThat(record(8)).isEqualTo(DESTINATION + 2 * PAGE);
    }
  }

  @Nested
  class A_record {
    @Test
    void is_waited_for_whatever_the_flags_say() {
      configured(true);
      out.add(RECORD);

      submit(move(0, SOURCE, DESTINATION));

      assertThat(status()).isEqualTo(0x01);
      assertThat(bench.swerrorCode()).isZero();
    }

    @Test
    void is_an_error_while_page_requests_are_off() {
      configured(false);
      out.add(RECORD);

      submit(move(0, SOURCE, DESTINATION));

      assertThat(status()).isZero();
      assertThat(bench.swerrorCode()).isEqualTo(0x1a);
    }

    @Test
    void is_an_error_if_it_cannot_be_brought_in() {
      configured(true);

      submit(move(0, SOURCE, DESTINATION).putLong(8, NOWHERE));

      assertThat(bench.swerrorCode()).isEqualTo(0x1a);
    }
  }

  @Nested
  class A_descriptor_list {
    private ByteBuffer batch() {
      for (int i = 0; i < 2; i++) {
        byte[] member = new byte[64];
        ByteBuffer.wrap(member).put(0, Bench.noop(), 0, 64);
        memory.poke(LIST + 64L * i, member);
      }
      return Bench.descriptor(Opcode.BATCH.code(), RECORDED, RECORD, LIST, 0).putInt(32, 2);
    }

    @Test
    void is_waited_for() {
      configured(true);
      ByteBuffer batch = batch();
      out.add(LIST);

      submit(batch);

      assertThat(status()).isEqualTo(0x01);
      assertThat(bytesCompleted()).isEqualTo(2);
    }

    @Test
    void is_an_error_while_page_requests_are_off() {
      configured(false);
      ByteBuffer batch = batch();
      out.add(LIST);

      submit(batch);

      assertThat(status()).isEqualTo(0x06);
      assertThat(record(8)).isEqualTo(LIST);
    }
  }

  @Nested
  class A_member_of_a_batch {
    @Test
    void decides_by_its_own_flag() {
      configured(true);
      for (int i = 0; i < 2; i++) {
        byte[] member = new byte[64];
        int flags = i == 0 ? Flag.BOF.mask() : 0;
        ByteBuffer bytes =
            Bench.descriptor(
                Opcode.MEMMOVE.code(), flags, 0, SOURCE + (long) i * PAGE, DESTINATION);
        ByteBuffer.wrap(member).put(0, bytes.putInt(32, PAGE), 0, 64);
        memory.poke(LIST + 64L * i, member);
      }
      out.addAll(Set.of(SOURCE, SOURCE + PAGE));

      submit(Bench.descriptor(Opcode.BATCH.code(), RECORDED, RECORD, LIST, 0).putInt(32, 2));

      assertThat(status()).isEqualTo(0x05);
      assertThat(out).containsExactly(SOURCE + PAGE);
      assertThat(bench.swerrorCode()).isEqualTo(0x03);
    }
  }

  @Nested
  class A_readback_of_a_drain {
    private static final int READBACK1 = 1 << 16;

    @Test
    void is_waited_for() {
      configured(true);
      out.add(SOURCE);

      submit(Bench.descriptor(Opcode.DRAIN.code(), RECORDED | READBACK1, RECORD, SOURCE, 0));

      assertThat(status()).isEqualTo(0x01);
    }

    @Test
    void is_an_error_while_page_requests_are_off() {
      configured(false);
      out.add(SOURCE);

      submit(Bench.descriptor(Opcode.DRAIN.code(), RECORDED | READBACK1, RECORD, SOURCE, 0));

      assertThat(status()).isEqualTo(0x1f);
    }
  }
}
