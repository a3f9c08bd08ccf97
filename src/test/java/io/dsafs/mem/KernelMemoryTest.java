package io.dsafs.mem;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Pages that appear, fault and keep their contents. */
class KernelMemoryTest {
  private static final int PAGE = KernelMemory.PAGE_BYTES;
  private static final long ADDRESS = 0x20000;

  private final KernelMemory memory = new KernelMemory("test");
  private final DmaBuffer buffer = new DmaBuffer(4 * PAGE);

  @Test
  void nothing_is_mapped_at_first() {
    assertThat(memory.read(ADDRESS, buffer, 0, 1)).isZero();
    assertThat(memory.write(ADDRESS, buffer, 0, 1)).isZero();
    assertThat(memory.writeFirstByteLast(ADDRESS, buffer, 0, 32)).isFalse();
  }

  @Test
  void accesses_stop_at_the_first_absent_page() {
    memory.map(ADDRESS, 2 * PAGE, true);

    assertThat(memory.write(ADDRESS + 100, buffer, 0, 4 * PAGE - 100)).isEqualTo(2 * PAGE - 100);
    assertThat(memory.readableBytes(ADDRESS + PAGE, 2 * PAGE)).isEqualTo(PAGE);
  }

  @Test
  void accesses_go_on_over_pages_that_were_mapped_apart() {
    memory.map(ADDRESS + PAGE, PAGE, true);
    memory.map(ADDRESS, PAGE, true);
    buffer.bytes().put(PAGE, (byte) 9);

    assertThat(memory.write(ADDRESS, buffer, 0, 2 * PAGE)).isEqualTo(2 * PAGE);
    assertThat(memory.peek(ADDRESS + PAGE)).isEqualTo((byte) 9);
  }

  @Test
  void read_only_pages_fault_when_written() {
    memory.map(ADDRESS, 2 * PAGE, true);
    memory.map(ADDRESS + PAGE, 1, false);

    assertThat(memory.writableBytes(ADDRESS, 2 * PAGE)).isEqualTo(PAGE);
    assertThat(memory.readableBytes(ADDRESS, 2 * PAGE)).isEqualTo(2 * PAGE);
  }

  @Test
  void pages_keep_their_contents_while_absent() {
    memory.map(ADDRESS, PAGE, true);
    memory.poke(ADDRESS, new byte[] {1, 2, 3});
    memory.unmap(ADDRESS, 1);
    assertThat(memory.read(ADDRESS, buffer, 0, 3)).isZero();

    memory.map(ADDRESS, 1, true);

    assertThat(memory.read(ADDRESS, buffer, 0, 3)).isEqualTo(3);
    assertThat(buffer.bytes().get(2)).isEqualTo((byte) 3);
  }

  @Test
  void allocations_are_zero_and_have_a_gap_behind_them() {
    long first = memory.allocate(10);
    long second = memory.allocate(PAGE + 1);

    assertThat(first % PAGE).isZero();
    assertThat(memory.read(first, buffer, 0, 2 * PAGE)).isEqualTo(PAGE);
    assertThat(memory.writableBytes(second, 4 * PAGE)).isEqualTo(2 * PAGE);
  }

  @Test
  void what_is_freed_faults() {
    long address = memory.allocate(PAGE);

    memory.free(address);

    assertThat(memory.readableBytes(address, 1)).isZero();
  }

  @Test
  void a_process_that_has_ended_cannot_be_reached() {
    memory.map(ADDRESS, PAGE, true);

    memory.end();

    assertThat(memory.alive()).isFalse();
    assertThat(memory.read(ADDRESS, buffer, 0, 1)).isZero();
  }

  @Test
  void addresses_are_unsigned() {
    memory.map(-PAGE, PAGE, true);
    memory.map(ADDRESS, PAGE, true);

    assertThat(memory.write(-1, buffer, 0, 1)).isEqualTo(1);
    assertThat(memory.write(ADDRESS, buffer, 0, 1)).isEqualTo(1);
  }
}
