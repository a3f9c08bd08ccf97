package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.MsixPerm;
import io.dsafs.testing.Machine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies for kernel clients. Source: swq-v1 sections 10.5, 10.6 and 11.6. */
class DmaChannelTest {
  private static final byte[] TEXT = "what is to be copied".getBytes(StandardCharsets.US_ASCII);

  private final Machine n = Machine.n();
  private final DmaChannel channel;
  private final long source = n.kernelMemory.allocate(4096);
  private final long destination = n.kernelMemory.allocate(4096);
  private final List<DmaResult> results = new ArrayList<>();

  DmaChannelTest() {
    n.set("engine0.0/group_id", "0");
    n.queue("wq0.0", "dedicated", "kernel", "dmaengine");
    n.enable("dsa0", "wq0.0");
    channel = n.idxd.dmaEngine().channels().get(0);
    n.kernelMemory.poke(source, TEXT);
  }

  private String copied() {
    byte[] bytes = new byte[TEXT.length];
    n.kernelMemory.peek(destination, bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  private void runAll() {
    while (n.hardware.step()) {
      // one descriptor after the other
    }
  }

  private int submit(boolean interrupt) throws ErrnoException {
    DmaTransaction copy = channel.prepMemcpy(destination, source, TEXT.length, interrupt);
    copy.setCallback(results::add);
    return channel.submit(copy);
  }

  @Test
  void copies_and_calls_back_from_the_interrupt() throws ErrnoException {
    int cookie = submit(true);
    assertThat(channel.isComplete(cookie)).isFalse();

    runAll();

    assertThat(results).containsExactly(DmaResult.NO_ERROR);
    assertThat(channel.isComplete(cookie)).isTrue();
    assertThat(copied()).isEqualTo(new String(TEXT, StandardCharsets.US_ASCII));
  }

  @Test
  void without_an_interrupt_the_end_is_seen_when_asked_for() throws ErrnoException {
    int cookie = submit(false);
    runAll();
    assertThat(results).isEmpty();

    assertThat(channel.isComplete(cookie)).isTrue();
    assertThat(results).containsExactly(DmaResult.NO_ERROR);
  }

  @Test
  void tells_of_a_failed_copy() throws ErrnoException {
    DmaTransaction copy = channel.prepMemcpy(0x1000, source, TEXT.length, true);
    copy.setCallback(results::add);
    int unused = channel.submit(copy);

    runAll();

    assertThat(results).containsExactly(DmaResult.WRITE_FAILED);
  }

  @Test
  void takes_the_vectors_in_turn_and_reuses_descriptors() throws ErrnoException {
    for (int i = 0; i < 1000; i++) {
      int unused = submit(true);
      runAll();
    }

    assertThat(results).hasSize(1000).containsOnly(DmaResult.NO_ERROR);
  }

  @Test
  void prepares_nothing_longer_than_the_device_can_move() {
    assertThat(channel.prepMemcpy(destination, source, (1L << 31) + 1, true)).isNull();
  }

  @Test
  void prepares_nothing_on_a_disabled_queue() {
    assertThat(n.unbind("wq0.0")).isEqualTo("ok");

    assertThat(channel.prepMemcpy(destination, source, 1, true)).isNull();
  }

  @Test
  void counts_clients_of_the_queue_and_shows_its_use() throws ErrnoException {
    assertThat(n.idxd.dmaEngine().request(c -> true)).isSameAs(channel);
    assertThat(n.idxd.dmaEngine().request(c -> true)).isNull();
    int unused = submit(true);

    assertThat(n.read("wq0.0/clients")).isEqualTo("1\n");
    assertThat(n.read("/sys/class/dma/dma0chan0/in_use")).isEqualTo("1\n");
    assertThat(n.read("/sys/class/dma/dma0chan0/memcpy_count")).isEqualTo("1\n");
    assertThat(n.read("/sys/class/dma/dma0chan0/bytes_transferred")).isEqualTo(TEXT.length + "\n");
    channel.release();
    assertThat(n.read("wq0.0/clients")).isEqualTo("0\n");
  }

  @Test
  void a_client_of_a_queue_that_went_gets_nothing_and_is_not_counted() throws ErrnoException {
    DmaChannel held = n.idxd.dmaEngine().request(c -> true);
    DmaTransaction prepared = held.prepMemcpy(destination, source, TEXT.length, true);
    assertThat(n.unbind("wq0.0")).isEqualTo("ok");
    n.enable("wq0.0");

    assertThat(held.prepMemcpy(destination, source, 1, true)).isNull();
    assertThat(
            Machine.answer(
                () -> {
                  int unused = held.submit(prepared);
                  return "ok";
                }))
        .isEqualTo("EIO");
    held.release();

    assertThat(n.read("wq0.0/clients")).isEqualTo("0\n");
    assertThat(n.read("/sys/module/idxd/refcnt")).isEqualTo("1\n");
  }

  @Test
  void a_copy_is_complete_when_it_is_and_not_when_a_later_one_is() throws ErrnoException {
    DmaTransaction first = channel.prepMemcpy(destination, source, TEXT.length, false);
    int earlier = channel.submit(first);
    int later = submit(true);
    // As if engines ended them the other way round.
    assertThat(n.hardware.step()).isTrue();
    assertThat(n.hardware.step()).isTrue();

    assertThat(results).containsExactly(DmaResult.NO_ERROR);
    n.kernelMemory.poke(first.completionAddress(), new byte[1]);
    assertThat(channel.isComplete(later)).isTrue();
    assertThat(channel.isComplete(earlier)).isFalse();
    n.kernelMemory.poke(first.completionAddress(), new byte[] {1});
    assertThat(channel.isComplete(earlier)).isTrue();
  }

  @Test
  void channel_numbers_are_the_lowest_free() throws ErrnoException {
    n.set("dsa0/cmd_status", "0");
    assertThat(n.unbind("dsa0")).isEqualTo("ok");
    for (String wq : List.of("wq0.1", "wq0.2")) {
      n.queue(wq, "dedicated", "kernel", "dmaengine");
    }
    n.enable("dsa0", "wq0.0", "wq0.1", "wq0.2");

    assertThat(n.unbind("wq0.1")).isEqualTo("ok");
    assertThat(n.list("/sys/class/dma")).containsExactly("dma0chan0", "dma0chan2");
    n.enable("wq0.1");
    assertThat(n.list("/sys/class/dma")).containsExactly("dma0chan0", "dma0chan1", "dma0chan2");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_is_under_way_ends_aborted_when_the_device_goes(boolean interrupt)
      throws ErrnoException {
    int unused = submit(interrupt);

    n.set("/sys/bus/pci/drivers/idxd/unbind", "0000:6a:01.0");

    assertThat(results).containsExactly(DmaResult.ABORTED);
  }

  /** Vectors are taken in turn, so that each has descriptors of several queues. */
  @Test
  @Timeout(20)
  void a_queue_that_goes_ends_its_own_copies_and_gives_its_memory_back() throws ErrnoException {
    n.set("dsa0/cmd_status", "0");
    assertThat(n.unbind("dsa0")).isEqualTo("ok");
    n.queue("wq0.1", "dedicated", "kernel", "dmaengine");
    n.enable("dsa0", "wq0.0", "wq0.1");
    List<String> ends = new ArrayList<>();
    List<Long> records = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int number = i % 2;
      DmaChannel each = n.idxd.dmaEngine().channels().get(number);
      DmaTransaction copy = each.prepMemcpy(destination, source, TEXT.length, i < 16);
      copy.setCallback(result -> ends.add(number + " " + result));
      records.add(copy.completionAddress());
      int unused = each.submit(copy);
    }

    assertThat(n.unbind("wq0.1")).isEqualTo("ok");

    assertThat(ends).hasSize(10).containsOnly("1 ABORTED");
    assertThat(n.kernelMemory.writableBytes(records.get(0), 32)).isEqualTo(32);
    assertThat(n.kernelMemory.writableBytes(records.get(1), 32)).isZero();
  }

  @Test
  void a_record_that_cannot_be_written_ends_the_copy_as_aborted() throws ErrnoException {
    DmaTransaction copy = channel.prepMemcpy(destination, source, TEXT.length, true);
    copy.setCallback(results::add);
    n.kernelMemory.unmap(copy.completionAddress(), 32);
    int unused = channel.submit(copy);

    runAll();

    assertThat(results).containsExactly(DmaResult.ABORTED);
  }

  /** Source: process_fault() in irq.c: the record tells which of those under way it was. */
  @Test
  void a_record_that_cannot_be_written_ends_no_other_copy() throws ErrnoException {
    n.set("dsa0/cmd_status", "0");
    assertThat(n.unbind("dsa0")).isEqualTo("ok");
    n.set("engine0.1/group_id", "1");
    n.queue("wq0.1", "dedicated", "kernel", "dmaengine");
    n.set("wq0.1/group_id", "1");
    n.enable("dsa0", "wq0.0", "wq0.1");
    List<String> ends = new ArrayList<>();
    List<Long> masked = new ArrayList<>();
    n.hardware.faults().stallEngines(1);
    for (int i = 0; i < 2; i++) {
      int number = i;
      DmaChannel each = n.idxd.dmaEngine().channels().get(i);
      DmaTransaction copy = each.prepMemcpy(destination, source, TEXT.length, true);
      copy.setCallback(
          result -> {
            ends.add(number + " " + result);
            masked.add(masked());
          });
      int unused = each.submit(copy);
    }

    n.hardware.faults().failRecords(1);
    runAll();
    assertThat(ends).containsExactly("1 ABORTED");
    assertThat(masked).containsExactly(9L);
    assertThat(masked()).isZero();
    n.hardware.faults().stallEngines(0);
    runAll();

    assertThat(ends).containsExactly("1 ABORTED", "0 NO_ERROR");
    assertThat(copied()).isEqualTo(new String(TEXT, StandardCharsets.US_ASCII));
  }

  /** The posted code writes all of them to the start of the portal, as the supervisor. */
  @Test
  void descriptors_are_privileged_and_go_to_the_first_slot() throws ErrnoException {
    n.endpoint.forget();

    for (int i = 0; i < 3; i++) {
      DmaTransaction copy = channel.prepMemcpy(destination, source, TEXT.length, true);
      assertThat(Descriptor.PRIV.get32(copy.bytes().getInt(0))).isOne();
      int unused = channel.submit(copy);
    }

    assertThat(n.endpoint.portalWrites()).containsExactly(0L, 0L, 0L);
  }

  /** How many of the nine vectors send no message: the driver does not want to be interrupted. */
  private long masked() {
    return IntStream.rangeClosed(0, 8)
        .filter(vector -> MsixPerm.IGNORE.get32(n.endpoint.read32(0x300 + 8L * vector)) == 1)
        .count();
  }
}
