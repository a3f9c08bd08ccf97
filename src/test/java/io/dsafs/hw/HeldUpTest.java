package io.dsafs.hw;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.mem.AddressSpace;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.mem.Iommu;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.CmdStatus;
import io.dsafs.spec.Command;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.Opcode;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that answer first, engines that are held up in memory, and what memory may throw. */
@Timeout(60)
class HeldUpTest {
  private static final int RECORD = Flag.CRAV.mask() | Flag.RCR.mask();
  private static final long WAIT_MILLIS = 30_000;

  /** What this thread has put off. */
  private final Deque<Runnable> later = new ArrayDeque<>();

  private final Thread answering = Thread.currentThread();
  private final Bench bench = Bench.live(this::offer);
  private final KernelMemory memory = bench.process;
  private final long records = memory.allocate(64 * 1024);

  private AfterAnswer.Turn offer(Runnable work) {
    if (Thread.currentThread() != answering) {
      return AfterAnswer.Turn.ELSEWHERE;
    }
    later.add(work);
    return AfterAnswer.Turn.LATER;
  }

  @BeforeEach
  void enable() {
    bench.configureWq(0, false, 16, 16);
    bench.configureWq(1, true, 16, 0);
    bench.group(0, 0x3, 0x3);
    bench.run(Command.ENABLE_DEVICE, 0);
    bench.run(Command.ENABLE_WQ, 0);
    bench.run(Command.ENABLE_WQ, 1);
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private static ByteBuffer noop(long record) {
    return Bench.descriptor(Opcode.NOOP.code(), RECORD, record, 0, 0);
  }

  private ByteBuffer as(int pasid, long record) {
    return noop(record).putInt(0, Descriptor.PASID.with32(0, pasid));
  }

  private String counters(int wq) {
    return bench.device.describeCounters().lines().skip(1L + wq).findFirst().orElseThrow();
  }

  @Nested
  class A_thread_that_answers_first {
    @Test
    void has_its_submission_accepted_before_an_engine_runs() {
      assertThat(bench.enqueue(0, noop(records))).isTrue();
      assertThat(memory.peek(records)).isZero();

      later.forEach(Runnable::run);

      assertThat(memory.peek(records)).isOne();
    }

    @Test
    void may_run_what_it_has_put_off_twice() {
      assertThat(bench.enqueue(0, noop(records))).isTrue();
      later.forEach(Runnable::run);
      later.forEach(Runnable::run);

      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(counters(0)).contains("accepted 1 ", "completed 1 ");
    }

    /** A write(2) of many descriptors. */
    @Test
    void loses_nothing_of_more_than_a_queue_holds() {
      int many = 500;
      for (int i = 0; i < many; i++) {
        bench.post(1, noop(records + 32L * i));
        assertThat(bench.enqueue(0, noop(records + 32L * (many + i)))).isTrue();
      }
      later.forEach(Runnable::run);

      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(counters(0)).contains("completed " + many + " ");
      assertThat(counters(1)).contains("completed " + many + " ", "dropped 0 ");
    }

    @Test
    void is_refused_at_once_by_a_queue_that_others_have_filled() {
      bench.device.stall();
      for (int i = 0; i < 16; i++) {
        assertThat(bench.enqueue(0, noop(records + 32L * i))).isTrue();
      }

      assertThat(bench.enqueue(0, noop(records))).isFalse();
    }
  }

  /** The memory of the process, where something happens before an access. */
  private record Strange(AddressSpace memory, LongConsumer before) implements AddressSpace {
    @Override
    public int read(long address, DmaBuffer into, int offset, int length) {
      before.accept(address);
      return memory.read(address, into, offset, length);
    }

    @Override
    public int write(long address, DmaBuffer from, int offset, int length) {
      before.accept(address);
      return memory.write(address, from, offset, length);
    }

    @Override
    public boolean writeFirstByteLast(long address, DmaBuffer from, int offset, int length) {
      before.accept(address);
      return memory.writeFirstByteLast(address, from, offset, length);
    }

    @Override
    public int writableBytes(long address, int length) {
      before.accept(address);
      return memory.writableBytes(address, length);
    }

    @Override
    public int readableBytes(long address, int length) {
      before.accept(address);
      return memory.readableBytes(address, length);
    }

    @Override
    public AddressSpace resident() {
      return this;
    }

    @Override
    public boolean alive() {
      return true;
    }

    @Override
    public String describe() {
      return "strange";
    }
  }

  private int bind(LongConsumer before) {
    return ((Iommu.Bound) bench.iommu.bind(new Strange(memory, before))).pasid();
  }

  @Nested
  class An_engine_that_is_held_up {
    private final CountDownLatch provided = new CountDownLatch(1);
    private final CountDownLatch heldUp = new CountDownLatch(2);
    private final int unanswered = bind(this::hold);

    private void hold(long address) {
      heldUp.countDown();
      try {
        provided.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** Both engines, by threads of their own, as those of two requests would be. */
    @BeforeEach
    void hold_both_up() throws InterruptedException {
      for (int i = 0; i < 2; i++) {
        assertThat(bench.enqueue(0, as(unanswered, records + 0x4000))).isTrue();
        Thread request = new Thread(later.remove());
        request.setDaemon(true);
        request.start();
      }
      heldUp.await();
    }

    @AfterEach
    void provide() {
      provided.countDown();
    }

    private void awaitCommand() {
      while (CmdStatus.ACTIVE.isSet(bench.read(CmdStatus.CMDSTATUS))) {
        Thread.onSpinWait();
      }
    }

    @Test
    void is_given_up_when_a_command_waits_for_it_and_goes_on_with_others() {
      assertThat(bench.enqueue(0, as(unanswered, records + 0x4020))).isTrue();
      assertThat(bench.enqueue(0, noop(records))).isTrue();

      bench.command(Command.DRAIN_PASID.word(unanswered));
      awaitCommand();

      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(memory.peek(records)).isOne();
      assertThat(counters(0)).contains("completed 1 ", "abandoned 3 ", "in_flight 0");
    }

    /** The claim on an engine ends when the thread has run it. */
    @Test
    void is_not_waited_for_by_a_thread_that_had_claimed_it_once() throws InterruptedException {
      for (int i = 0; i < 16; i++) {
        assertThat(bench.enqueue(0, noop(records + 32L * i))).isTrue();
      }
      AtomicBoolean refused = new AtomicBoolean();
      Thread releasing =
          new Thread(
              () -> {
                while (!refused.get() && answering.getState() != Thread.State.TIMED_WAITING) {
                  Thread.onSpinWait();
                }
                provided.countDown();
              });
      releasing.start();

      boolean taken = bench.enqueue(0, noop(records));

      refused.set(true);
      assertThat(taken).isFalse();
      releasing.join();
    }

    @Test
    void is_left_alone_by_the_thread_that_comes_back_later() throws InterruptedException {
      bench.command(Command.DRAIN_PASID.word(unanswered));
      awaitCommand();
      provided.countDown();

      for (int i = 0; i < 100; i++) {
        assertThat(bench.enqueue(0, noop(records + 32L * i))).isTrue();
        later.forEach(Runnable::run);
      }

      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(counters(0)).contains("completed 100 ", "abandoned 2 ", "in_flight 0");
      assertThat(bench.swerrorCode()).isZero();
    }

    @Test
    void does_not_keep_the_rest_from_being_finished_when_all_is_to_end() {
      assertThat(bench.enqueue(0, noop(records))).isTrue();
      bench.device.refuse();

      assertThat(bench.enqueue(0, noop(records + 32))).isFalse();
      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(memory.peek(records)).isOne();
    }

    @Test
    void is_waited_for_by_a_thread_that_was_interrupted() {
      Thread.currentThread().interrupt();

      assertThat(bench.device.drainAll(200)).isFalse();
      provided.countDown();
      boolean drained = bench.device.drainAll(WAIT_MILLIS);

      assertThat(Thread.interrupted()).isTrue();
      assertThat(drained).isTrue();
    }
  }

  @Nested
  class Whatever_is_thrown_in_an_engine {
    private void assertThatItHalts(ByteBuffer descriptor) {
      assertThat(bench.enqueue(0, descriptor)).isTrue();
      later.forEach(Runnable::run);

      assertThat(bench.device.drainAll(WAIT_MILLIS)).isTrue();
      assertThat(bench.get(GenSts.GENSTS, GenSts.STATE)).isEqualTo(GenSts.State.HALT.code());
      assertThat(counters(0)).contains("abandoned 1 ", "in_flight 0");
    }

    @Test
    void as_an_exception_halts_the_device() {
      int pasid =
          bind(
              address -> {
                throw new IllegalStateException("unforeseen");
              });

      assertThatItHalts(as(pasid, records));
    }

    @Test
    void as_want_of_memory_halts_the_device() {
      int pasid =
          bind(
              address -> {
                throw new OutOfMemoryError("unforeseen");
              });

      assertThatItHalts(as(pasid, records));
    }

    @Test
    void by_a_member_of_a_batch_halts_the_device() {
      long list = memory.allocate(4096);
      int pasid =
          bind(
              address -> {
                if (address == records + 64) {
                  throw new StackOverflowError("unforeseen");
                }
              });
      memory.poke(list, noop(records + 32).array());
      memory.poke(list + 64, noop(records + 64).array());
      ByteBuffer batch = Bench.descriptor(Opcode.BATCH.code(), RECORD, records, list, 0);

      assertThatItHalts(batch.putInt(32, 2).putInt(0, Descriptor.PASID.with32(0, pasid)));
      assertThat(memory.peek(records + 32)).isOne();
    }
  }
}
