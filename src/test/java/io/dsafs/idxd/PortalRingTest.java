package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The daemon's side of a ring, in memory that the test shares with it: Documentation/ioctl.md. */
class PortalRingTest {
  private static final int ENQCMD = RingLayout.ENQCMD;
  private static final int MOVDIR64B = RingLayout.MOVDIR64B;

  /** Remembers the numbers of the descriptors that came. */
  private final class Recorder implements PortalRing.Target {
    private final List<Long> numbers = new ArrayList<>();
    private boolean alive = true;
    private int result;
    private Errno refusal;
    private Runnable meanwhile = () -> {};

    @Override
    public int enqcmd(long offset, ByteBuffer descriptor) throws ErrnoException {
      meanwhile.run();
      numbers.add(descriptor.getLong(56));
      if (refusal != null) {
        throw new ErrnoException(refusal);
      }
      return result;
    }

    @Override
    public void movdir64b(long offset, ByteBuffer descriptor) throws ErrnoException {
      int unused = enqcmd(offset, descriptor);
    }

    @Override
    public boolean alive() {
      return alive;
    }
  }

  private final RingClient client = new RingClient();
  private final Recorder target = new Recorder();
  private final PortalRing ring = new PortalRing(client, target);

  private int word(int at) {
    return client.bytes().getInt(at);
  }

  @Nested
  class Stores {
    @Test
    void are_answered_accepted_retry_or_with_an_errno() {
      int accepted = client.put(ENQCMD, 1);
      assertThat(ring.serve()).isTrue();
      target.result = 1;
      int retry = client.put(ENQCMD, 2);
      assertThat(ring.serve()).isTrue();
      target.refusal = Errno.EFAULT;
      int refused = client.put(ENQCMD, 3);
      assertThat(ring.serve()).isTrue();

      assertThat(client.answer(accepted)).isEqualTo(1);
      assertThat(client.answer(retry)).isEqualTo(2);
      assertThat(client.answer(refused)).isEqualTo(-14);
      assertThat(ring.serve()).isFalse();
    }

    @Test
    void of_an_unknown_kind_are_answered_EINVAL_and_go_nowhere() {
      int slot = client.put(17, 1);

      assertThat(ring.serve()).isTrue();

      assertThat(client.answer(slot)).isEqualTo(-22);
      assertThat(target.numbers).isEmpty();
    }

    @Test
    void keep_their_slot_until_the_answer_is_read_unless_posted() {
      int answered = client.put(ENQCMD, 1);
      int posted = client.put(MOVDIR64B, 2);

      assertThat(ring.serve()).isTrue();

      assertThat(client.bytes().getLong(RingLayout.FREE) >>> answered & 1).isZero();
      assertThat(client.bytes().getLong(RingLayout.FREE) >>> posted & 1).isEqualTo(1);
    }

    @Test
    void are_taken_in_the_order_of_their_tickets_whatever_their_slots() {
      int[] slots = {client.claim(), client.claim(), client.claim()};
      client.fill(slots[2], ENQCMD, 0, 1);
      client.fill(slots[0], MOVDIR64B, 0, 2);
      client.fill(slots[1], ENQCMD, 0, 3);
      for (int slot : slots) {
        client.publish(slot);
      }

      assertThat(ring.serve()).isTrue();

      assertThat(target.numbers).containsExactly(1L, 2L, 3L);
    }

    @Test
    void do_not_wait_for_one_that_was_claimed_before_and_is_not_ready() {
      int late = client.claim();
      client.fill(late, ENQCMD, 0, 1);
      int prompt = client.put(ENQCMD, 2);

      assertThat(ring.serve()).isTrue();
      assertThat(client.answer(prompt)).isEqualTo(1);
      assertThat(client.answer(late)).isZero();
      client.publish(late);
      assertThat(ring.serve()).isTrue();

      assertThat(target.numbers).containsExactly(2L, 1L);
    }

    @Test
    void go_round_the_slots_many_times() {
      for (long i = 0; i < 10_000; i++) {
        int slot = client.put(i % 3 == 0 ? MOVDIR64B : ENQCMD, i);
        if (i % 7 == 0) {
          assertThat(client.claim()).isNotNegative(); // of another thread, and never used
          client.bytes().putLong(RingLayout.FREE, client.bytes().getLong(RingLayout.FREE) | -64L);
        }
        assertThat(ring.serve()).isTrue();
        if (i % 3 != 0) {
          assertThat(client.take(slot)).isEqualTo(1);
        }
      }
      assertThat(target.numbers).hasSize(10_000).isSorted();
    }

    @Test
    void fill_all_slots_and_are_taken_at_once() {
      for (long i = 0; i < RingLayout.SLOTS; i++) {
        client.put(MOVDIR64B, i);
      }
      assertThat(client.claim()).isEqualTo(-1);

      assertThat(ring.serve()).isTrue();

      assertThat(target.numbers).hasSize(RingLayout.SLOTS).isSorted();
      assertThat(client.bytes().getLong(RingLayout.FREE)).isEqualTo(-1);
    }

    @Test
    void are_copied_before_anybody_looks_at_them() {
      int slot = client.put(ENQCMD, 1);
      target.meanwhile = () -> client.bytes().putLong(RingClient.at(slot) + 56, 666);

      assertThat(ring.serve()).isTrue();

      assertThat(target.numbers).containsExactly(1L);
    }

    @Test
    void that_come_while_another_thread_serves_are_taken_by_that_one() {
      boolean[] turnedAway = new boolean[1];
      target.meanwhile =
          () -> {
            target.meanwhile = () -> {};
            client.put(MOVDIR64B, 2);
            turnedAway[0] = !ring.enter();
          };
      client.put(ENQCMD, 1);

      assertThat(ring.enter()).isTrue();

      assertThat(turnedAway[0]).isTrue();
      assertThat(target.numbers).containsExactly(1L, 2L);
    }
  }

  @Nested
  class A_client_that_writes_anything {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void gets_at_most_64_stores_of_a_look_and_harms_nothing(long seed) {
      Random random = new Random(seed);
      byte[] noise = new byte[RingLayout.SIZE_BYTES];
      for (int round = 0; round < 500; round++) {
        random.nextBytes(noise);
        client.bytes().put(0, noise);
        target.numbers.clear();

        assertThat(ring.serve()).isTrue();

        assertThat(target.numbers.size()).isLessThanOrEqualTo(RingLayout.SLOTS);
      }
      assertThat(client.closed).isZero();
    }

    @Test
    void gets_nothing_of_slots_that_are_ready_but_empty() {
      client.bytes().putLong(RingLayout.READY, -1);

      assertThat(ring.serve()).isTrue();

      assertThat(target.numbers).isEmpty();
    }
  }

  @Nested
  class Attention {
    @Test
    void is_not_paid_at_first() {
      assertThat(word(RingLayout.NEED_ENTER)).isEqualTo(1);
    }

    @Test
    void is_told_and_taken_back() {
      ring.attend();
      assertThat(ring.serve()).isFalse();
      assertThat(word(RingLayout.NEED_ENTER)).isZero();

      assertThat(ring.rest()).isTrue();
      assertThat(word(RingLayout.NEED_ENTER)).isEqualTo(1);
    }

    @Test
    void goes_on_while_there_is_something_to_take() {
      ring.attend();
      client.put(MOVDIR64B, 1);

      assertThat(ring.rest()).isFalse();
      assertThat(word(RingLayout.NEED_ENTER)).isZero();
    }
  }

  @Nested
  class The_end {
    @Test
    void takes_what_was_stored_tells_the_client_and_closes_the_memory_once() {
      client.put(MOVDIR64B, 1);

      ring.end();
      ring.end();

      assertThat(target.numbers).containsExactly(1L);
      assertThat(word(RingLayout.ENDED)).isEqualTo(1);
      assertThat(client.closed).isEqualTo(1);
    }

    /** The thread that serves the ring has one store in hand, and more that it has taken. */
    @Test
    void takes_what_another_thread_is_taking() throws InterruptedException {
      CountDownLatch first = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      for (long i = 0; i < 10; i++) {
        client.put(MOVDIR64B, i);
      }
      target.meanwhile =
          () -> {
            target.meanwhile = () -> {};
            first.countDown();
            await(goOn);
          };
      Thread server = start(ring::serve);
      await(first);
      client.put(MOVDIR64B, 10);
      Thread ender = start(ring::end);
      while (!ring.hasEnded()) {
        Thread.onSpinWait();
      }

      assertThat(client.closed).isZero();
      goOn.countDown();
      ender.join();
      server.join();

      assertThat(target.numbers).hasSize(11).isSorted();
      assertThat(client.closed).isEqualTo(1);
    }

    @Test
    void takes_all_whenever_it_comes() throws InterruptedException {
      for (int round = 0; round < 2000; round++) {
        RingClient poster = new RingClient();
        Recorder recorder = new Recorder();
        PortalRing served = new PortalRing(poster, recorder);
        Thread server =
            start(
                () -> {
                  while (!served.hasEnded()) {
                    served.serve();
                  }
                });
        for (long i = 0; i < 40; i++) {
          poster.put(MOVDIR64B, i);
        }

        served.end();

        assertThat(recorder.numbers).hasSize(40);
        assertThat(poster.closed).isEqualTo(1);
        server.join();
      }
    }

    @Test
    void has_a_client_enter_that_stores_too_late_and_so_be_told() {
      ring.attend();
      assertThat(ring.serve()).isFalse();
      List<Integer> told = new ArrayList<>();
      client.put(MOVDIR64B, 1);
      target.meanwhile = () -> told.add(word(RingLayout.NEED_ENTER));

      ring.end();

      assertThat(told).containsExactly(1);
    }

    private static void await(CountDownLatch latch) {
      try {
        assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static Thread start(Runnable body) {
      Thread thread = new Thread(body);
      thread.start();
      return thread;
    }

    @Test
    void leaves_later_stores_alone() {
      ring.end();
      client.put(MOVDIR64B, 1);

      assertThat(ring.enter()).isFalse();
      assertThat(ring.rest()).isTrue();
      assertThat(target.numbers).isEmpty();
    }

    @Test
    void of_the_process_leaves_its_stores_alone() {
      target.alive = false;
      client.put(MOVDIR64B, 1);

      ring.end();

      assertThat(target.numbers).isEmpty();
      assertThat(client.closed).isEqualTo(1);
    }

    @Test
    void cuts_short_what_is_being_taken() {
      client.put(MOVDIR64B, 1);
      client.put(MOVDIR64B, 2);
      target.meanwhile = () -> assertThat(ring.abandon()).isFalse();

      assertThat(ring.serve()).isTrue();

      assertThat(target.numbers).containsExactly(1L);
      assertThat(ring.abandon()).isTrue();
    }
  }
}
