package io.dsafs.mem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertThat(memory.readableBytes(ADDRESS + 1, 2 * PAGE)).isEqualTo(2 * PAGE - 1);
    assertThat(memory.writableBytes(ADDRESS + PAGE - 1, 3)).isEqualTo(3);
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

  /** The pages from {@code ADDRESS} on: absent, readable or writable. */
  private String pages(int count) {
    StringBuilder seen = new StringBuilder();
    for (int page = 0; page < count; page++) {
      long address = ADDRESS + (long) page * PAGE;
      int readable = memory.readableBytes(address, PAGE);
      int writable = memory.writableBytes(address, PAGE);
      assertThat(readable).isIn(0, PAGE);
      assertThat(writable).isIn(0, readable);
      seen.append(readable == 0 ? '-' : writable == 0 ? 'r' : 'w');
    }
    return seen.toString();
  }

  @Nested
  class Ranges {
    @ParameterizedTest
    @CsvSource({
      "0, 1, w-----",
      "0, 4096, w-----",
      "0, 4097, ww----",
      "4095, 1, w-----",
      "4095, 2, ww----",
      "4095, 4097, ww----",
      "4095, 4098, www---",
      "4096, 8192, -ww---",
      "8191, 8194, -wwww-",
    })
    void mean_the_pages_that_they_touch(int offset, int length, String expected) {
      memory.map(ADDRESS + offset, length, true);
      assertThat(pages(6)).isEqualTo(expected);

      memory.map(ADDRESS, 6 * PAGE, true);
      memory.unmap(ADDRESS + offset, length);
      assertThat(pages(6))
          .isEqualTo(expected.replace('w', 'x').replace('-', 'w').replace('x', '-'));

      memory.map(ADDRESS + offset, length, false);
      assertThat(pages(6)).isEqualTo(expected.replace('w', 'r').replace('-', 'w'));
    }

    @Test
    void may_lie_over_holes_and_keep_what_is_between_them() {
      memory.map(ADDRESS + PAGE, PAGE, true);
      memory.map(ADDRESS + 4 * PAGE, PAGE, false);
      memory.poke(ADDRESS + PAGE, new byte[] {7});
      memory.poke(ADDRESS + 4 * PAGE, new byte[] {8});

      memory.map(ADDRESS, 6 * PAGE, true);

      assertThat(pages(7)).isEqualTo("wwwwww-");
      assertThat(memory.peek(ADDRESS + PAGE)).isEqualTo((byte) 7);
      assertThat(memory.peek(ADDRESS + 4 * PAGE)).isEqualTo((byte) 8);
      assertThat(memory.peek(ADDRESS)).isZero();
    }

    @Test
    void change_no_page_behind_them_wherever_their_pages_were_mapped() {
      memory.map(ADDRESS, 2 * PAGE, true);
      memory.map(ADDRESS + 2 * PAGE, 3 * PAGE, true);

      memory.map(ADDRESS + PAGE, 2 * PAGE, false);
      assertThat(pages(6)).isEqualTo("wrrww-");

      memory.map(ADDRESS + 4 * PAGE, 2 * PAGE, false);
      assertThat(pages(8)).isEqualTo("wrrwrr--");

      memory.unmap(ADDRESS + PAGE, 2 * PAGE);
      assertThat(pages(8)).isEqualTo("w--wrr--");
    }

    @Test
    void may_be_unmapped_where_they_have_holes() {
      memory.map(ADDRESS + PAGE, PAGE, true);
      memory.map(ADDRESS + 3 * PAGE, 3 * PAGE, true);

      memory.unmap(ADDRESS, 5 * PAGE);

      assertThat(pages(6)).isEqualTo("-----w");
    }

    @Test
    void end_where_they_end_inside_of_a_page() {
      memory.map(ADDRESS, 2 * PAGE, true);

      assertThat(memory.readableBytes(ADDRESS + 5, 7)).isEqualTo(7);
      assertThat(memory.readableBytes(ADDRESS + 5, 0)).isZero();
      assertThat(memory.writableBytes(ADDRESS + PAGE - 3, 7)).isEqualTo(7);
      assertThat(memory.writableBytes(ADDRESS + 2 * PAGE - 3, 7)).isEqualTo(3);
      assertThat(memory.readableBytes(ADDRESS - 1, 7)).isZero();
      assertThat(memory.readableBytes(ADDRESS + 2 * PAGE, 1)).isZero();
    }
  }

  @Nested
  class Transfers {
    private static final int SIZE = 3 * PAGE;

    private byte[] sample(int length) {
      byte[] bytes = new byte[length];
      new Random(length).nextBytes(bytes);
      return bytes;
    }

    private byte[] peeked(long address, int length) {
      byte[] bytes = new byte[length];
      memory.peek(address, bytes);
      return bytes;
    }

    @ParameterizedTest
    @CsvSource({
      "0, 0, 1",
      "0, 0, 12288",
      "1, 3, 100",
      "4095, 5, 2",
      "4000, 96, 5000",
      "8191, 0, 4097",
    })
    void move_each_byte_to_its_place_over_pages_mapped_apart(int offset, int at, int length) {
      memory.map(ADDRESS + 2 * PAGE, PAGE, true);
      memory.map(ADDRESS + PAGE, PAGE, true);
      memory.map(ADDRESS, PAGE, true);
      byte[] bytes = sample(length);
      buffer.bytes().put(at, bytes);

      assertThat(memory.write(ADDRESS + offset, buffer, at, length)).isEqualTo(length);

      byte[] expected = new byte[SIZE];
      System.arraycopy(bytes, 0, expected, offset, length);
      assertThat(peeked(ADDRESS, SIZE)).isEqualTo(expected);

      DmaBuffer back = new DmaBuffer(4 * PAGE);
      assertThat(memory.read(ADDRESS + offset, back, at, length)).isEqualTo(length);
      byte[] read = new byte[length];
      back.bytes().get(at, read);
      assertThat(read).isEqualTo(bytes);
      assertThat(back.bytes().get(at + length)).isZero();
    }

    @Test
    void stop_before_a_page_that_is_absent_or_cannot_be_written() {
      memory.map(ADDRESS, 3 * PAGE, true);
      memory.map(ADDRESS + PAGE, 1, false);
      memory.unmap(ADDRESS + 2 * PAGE, 1);
      buffer.bytes().put(0, sample(4 * PAGE));

      assertThat(memory.write(ADDRESS + PAGE - 10, buffer, 0, 100)).isEqualTo(10);
      assertThat(memory.write(ADDRESS + PAGE, buffer, 0, 100)).isZero();
      assertThat(memory.read(ADDRESS + 2 * PAGE - 10, buffer, 0, 100)).isEqualTo(10);
      assertThat(peeked(ADDRESS + PAGE, 2 * PAGE)).containsOnly(0);
    }

    @Test
    void of_the_owner_reach_over_pages_mapped_apart_and_parts_of_arrays() {
      memory.map(ADDRESS + PAGE, PAGE, true);
      memory.map(ADDRESS, PAGE, true);
      byte[] bytes = sample(100);

      memory.poke(ADDRESS + PAGE - 30, bytes, 20, 60);

      byte[] back = new byte[100];
      memory.peek(ADDRESS + PAGE - 30, back, 20, 60);
      byte[] expected = new byte[100];
      System.arraycopy(bytes, 20, expected, 20, 60);
      assertThat(back).isEqualTo(expected);
      assertThat(memory.peek(ADDRESS + PAGE + 29)).isEqualTo(bytes[79]);
      assertThat(memory.peek(ADDRESS + PAGE + 30)).isZero();
      assertThat(memory.peek(ADDRESS + PAGE - 31)).isZero();
    }

    @Test
    void of_the_owner_do_not_ask_for_permission_but_for_pages() {
      memory.map(ADDRESS, PAGE, false);
      memory.poke(ADDRESS, new byte[] {5});
      memory.unmap(ADDRESS, 1);

      assertThat(memory.peek(ADDRESS)).isEqualTo((byte) 5);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> memory.peek(ADDRESS + PAGE))
          .withMessageContaining("0x21000");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> memory.poke(ADDRESS + PAGE - 1, new byte[2]));
    }
  }

  @Nested
  class Records {
    @Test
    void are_written_whole() {
      memory.map(ADDRESS, PAGE, true);
      for (int i = 0; i < 32; i++) {
        buffer.bytes().put(100 + i, (byte) (i + 1));
      }

      assertThat(memory.writeFirstByteLast(ADDRESS + 64, buffer, 100, 32)).isTrue();

      byte[] seen = new byte[34];
      memory.peek(ADDRESS + 63, seen);
      for (int i = 0; i < 34; i++) {
        assertThat(seen[i]).isEqualTo((byte) (i == 33 ? 0 : i));
      }
    }

    @Test
    void are_not_written_where_their_page_is_not_writable_whole() {
      memory.map(ADDRESS, PAGE, true);
      memory.map(ADDRESS + PAGE, PAGE, false);
      buffer.bytes().put(0, (byte) 1);

      assertThat(memory.writeFirstByteLast(ADDRESS + PAGE, buffer, 0, 32)).isFalse();
      assertThat(memory.writeFirstByteLast(ADDRESS + PAGE - 31, buffer, 0, 32)).isFalse();
      assertThat(memory.writeFirstByteLast(ADDRESS + PAGE - 32, buffer, 0, 32)).isTrue();

      assertThat(memory.peek(ADDRESS + PAGE)).isZero();
      assertThat(memory.peek(ADDRESS + PAGE - 31)).isZero();
      assertThat(memory.peek(ADDRESS + PAGE - 32)).isEqualTo((byte) 1);
    }

    @Test
    void are_not_written_to_a_process_that_has_ended() {
      memory.map(ADDRESS, PAGE, true);
      buffer.bytes().put(0, (byte) 1);
      memory.end();

      assertThat(memory.writeFirstByteLast(ADDRESS, buffer, 0, 32)).isFalse();
      assertThat(memory.peek(ADDRESS)).isZero();
    }
  }

  @Nested
  class Allocations {
    @Test
    void do_not_meet_whatever_their_size() {
      long first = memory.allocate(1);
      long second = memory.allocate(2 * PAGE);
      long third = memory.allocate(1);

      assertThat(second).isEqualTo(first + 2 * PAGE);
      assertThat(third).isEqualTo(second + 3 * PAGE);
    }

    @Test
    void are_freed_one_by_one_and_only_at_their_start() {
      long[] addresses = {memory.allocate(PAGE), memory.allocate(PAGE), memory.allocate(PAGE)};
      for (int i = 0; i < 3; i++) {
        memory.poke(addresses[i], new byte[] {(byte) (i + 1)});
      }

      memory.free(addresses[1] + 1);
      memory.free(addresses[1] + PAGE);
      assertThat(memory.readableBytes(addresses[1], PAGE)).isEqualTo(PAGE);

      memory.free(addresses[1]);
      memory.free(addresses[1]);
      assertThat(memory.readableBytes(addresses[1], PAGE)).isZero();
      assertThat(memory.peek(addresses[0])).isEqualTo((byte) 1);
      assertThat(memory.peek(addresses[2])).isEqualTo((byte) 3);

      memory.free(addresses[0]);
      assertThat(memory.peek(addresses[2])).isEqualTo((byte) 3);
      memory.free(addresses[2]);
      assertThat(memory.readableBytes(addresses[2], PAGE)).isZero();
    }
  }

  @Test
  void has_a_name_and_all_its_pages_at_hand() {
    assertThat(memory.alive()).isTrue();
    assertThat(memory.describe()).isEqualTo("test");
    assertThat(memory.resident()).isSameAs(memory);
  }
}
