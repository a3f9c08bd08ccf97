package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.MsixPerm;
import io.dsafs.testing.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Descriptors of kernel queues and their submission. Source: swq-v1 section 10. */
class KernelQueueTest {
  private static final int SIZE = 4;
  private static final int PER_ENGINE = 64;

  /** A queue of current Linux. */
  private static IdxdWq mainlineQueue(Machine machine, String mode) {
    machine.set("engine0.0/group_id", "0");
    machine.queue("wq0.0", mode, "kernel", "other");
    machine.set("wq0.0/driver_name", "dmaengine");
    machine.set("/sys/bus/dsa/drivers/idxd/bind", "dsa0");
    machine.set("/sys/bus/dsa/drivers/dmaengine/bind", "wq0.0");
    return queueOf(machine);
  }

  private static IdxdWq boundQueue(Machine machine, String mode) {
    machine.set("engine0.0/group_id", "0");
    machine.queue("wq0.0", mode, "kernel", "other");
    machine.set("wq0.0/size", "" + SIZE);
    machine.enable("dsa0", "wq0.0");
    return queueOf(machine);
  }

  private static IdxdWq queueOf(Machine machine) {
    return (IdxdWq)
        machine.model.devices().stream()
            .filter(device -> device.name().equals("wq0.0"))
            .findFirst()
            .orElseThrow();
  }

  private static String allocate(KernelQueue queue) {
    return Machine.answer(
        () -> {
          DmaTransaction unused = queue.allocate(false);
          return "ok";
        });
  }

  private static String blockingAllocate(KernelQueue queue) {
    return Machine.answer(
        () -> {
          DmaTransaction unused = queue.allocate(true);
          return "ok";
        });
  }

  private static String submit(KernelQueue queue) {
    return Machine.answer(
        () -> {
          DmaTransaction descriptor = queue.allocate(false);
          try {
            queue.submit(descriptor, false);
          } catch (ErrnoException e) {
            queue.free(descriptor);
            throw e;
          }
          return "ok";
        });
  }

  @Nested
  class Dedicated {
    private final Machine p = Machine.p();
    private final KernelQueue queue = boundQueue(p, "dedicated").kernelQueue();

    @Test
    void hands_out_as_many_descriptors_as_the_queue_has_entries() throws ErrnoException {
      List<DmaTransaction> taken = new ArrayList<>();
      for (int i = 0; i < SIZE; i++) {
        taken.add(queue.allocate(false));
      }

      assertThat(allocate(queue)).isEqualTo("EAGAIN");
      queue.free(taken.get(2));
      DmaTransaction again = queue.allocate(false);
      assertThat(again).isSameAs(taken.get(2));
    }

    @Test
    void does_not_overtake_who_waits_for_room_but_refuses_with_EBUSY() throws Exception {
      List<DmaTransaction> taken = new ArrayList<>();
      for (int i = 0; i < SIZE; i++) {
        taken.add(queue.allocate(false));
      }
      AtomicReference<String> waited = new AtomicReference<>();
      Thread waiter = new Thread(() -> waited.set(blockingAllocate(queue)));
      waiter.start();

      while (!allocate(queue).equals("EBUSY")) {
        Thread.onSpinWait();
      }
      queue.free(taken.get(0));
      waiter.join();

      assertThat(waited).hasValue("ok");
    }

    @Test
    void who_waits_for_room_leaves_with_EIO_when_the_queue_goes() throws Exception {
      for (int i = 0; i < SIZE; i++) {
        assertThat(allocate(queue)).isEqualTo("ok");
      }
      AtomicReference<String> waited = new AtomicReference<>();
      Thread waiter = new Thread(() -> waited.set(blockingAllocate(queue)));
      waiter.start();
      while (!allocate(queue).equals("EBUSY")) {
        Thread.onSpinWait();
      }

      assertThat(p.unbind("wq0.0")).isEqualTo("ok");
      waiter.join();

      assertThat(waited).hasValue("EIO");
      assertThat(allocate(queue)).isEqualTo("EIO");
    }

    @Test
    void refuses_when_the_device_is_not_enabled_with_EIO() {
      p.hardware.halt(io.dsafs.spec.GenSts.ResetType.FLR);
      p.hardware.injectSwError(0, 0, 0);

      assertThat(allocate(queue)).isEqualTo("EIO");
    }
  }

  /** Source: idxd_wq_thread() in irq.c, which looks a few times and then leaves. */
  @Test
  @Timeout(20)
  void an_interrupt_without_a_reason_is_masked_ends_and_leaves_what_is_under_way()
      throws ErrnoException {
    Machine p = Machine.p();
    IdxdWq wq = boundQueue(p, "dedicated");
    KernelQueue queue = wq.kernelQueue();
    DmaTransaction descriptor = queue.allocate(false);
    descriptor.bytes().putInt(Descriptor.FLAGS.dwordOffset(), Flag.RCI.mask());
    descriptor.bytes().putShort(Descriptor.INT_HANDLE.byteOffset(), (short) 1);
    descriptor.setCookie(1);
    queue.submit(descriptor, false);
    CompletionInterrupt handler = wq.device().completionInterrupts().get(0);

    handler.hard();
    assertThat(MsixPerm.IGNORE.get32(p.endpoint.read32(0x308))).isOne();
    handler.thread();

    assertThat(MsixPerm.IGNORE.get32(p.endpoint.read32(0x308))).isZero();
    assertThat(queue.inFlight(1)).isTrue();
    assertThat(handler.list().isEmpty()).isFalse();
  }

  @Test
  void a_descriptor_is_handed_out_empty() throws ErrnoException {
    Machine p = Machine.p();
    KernelQueue queue = boundQueue(p, "dedicated").kernelQueue();
    DmaTransaction used = queue.allocate(false);
    for (int at = 0; at < 64; at += 8) {
      used.bytes().putLong(at, -1);
    }
    used.setCookie(7);
    used.setCallback(result -> {});
    p.kernelMemory.poke(used.completionAddress(), new byte[] {1});
    assertThat(queue.finished(used)).isTrue();
    queue.free(used);

    DmaTransaction again = queue.allocate(false);

    assertThat(again).isSameAs(used);
    assertThat(again.cookie()).isZero();
    assertThat(again.takeCallback()).isNull();
    for (int at = 0; at < 64; at += 8) {
      assertThat(again.bytes().getLong(at)).isZero();
    }
    assertThat(queue.finished(again)).isFalse();
  }

  @Nested
  class Shared {
    private final Machine p = Machine.p();
    private final KernelQueue queue = boundQueue(p, "shared").kernelQueue();

    @Test
    void hands_out_entries_and_what_the_engines_hold() {
      for (int i = 0; i < SIZE + PER_ENGINE; i++) {
        assertThat(allocate(queue)).isEqualTo("ok");
      }
      assertThat(allocate(queue)).isEqualTo("EAGAIN");
    }

    @Test
    void refuses_to_submit_to_a_full_queue_with_EBUSY_again_and_again() {
      for (int i = 0; i < SIZE; i++) {
        assertThat(submit(queue)).isEqualTo("ok");
      }

      assertThat(submit(queue)).isEqualTo("EBUSY");
      assertThat(submit(queue)).isEqualTo("EBUSY");
      assertThat(p.hardware.step()).isTrue();
      assertThat(submit(queue)).isEqualTo("ok");
    }

    @Test
    void a_waiter_gets_in_when_the_device_makes_room() throws Exception {
      for (int i = 0; i < SIZE; i++) {
        assertThat(submit(queue)).isEqualTo("ok");
      }
      DmaTransaction descriptor = queue.allocate(false);
      Thread waiter =
          new Thread(
              () -> {
                String unused =
                    Machine.answer(
                        () -> {
                          queue.submit(descriptor, true);
                          return "ok";
                        });
              });
      waiter.start();
      while (waiter.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }

      assertThat(p.hardware.step()).isTrue();
      waiter.join();

      assertThat(queue.finished(descriptor)).isFalse();
      assertThat(p.hardware.occupancy(0)).isEqualTo(SIZE);
      assertThat(submit(queue)).isEqualTo("EBUSY");
    }

    @Test
    void an_interrupted_waiter_gives_up_with_EINTR() {
      for (int i = 0; i < SIZE; i++) {
        assertThat(submit(queue)).isEqualTo("ok");
      }
      Thread.currentThread().interrupt();

      assertThat(
              Machine.answer(
                  () -> {
                    queue.submit(queue.allocate(true), true);
                    return "ok";
                  }))
          .isEqualTo("EINTR");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  /** Source: idxd_wq_alloc_resources() of Linux 6.19, in device.c. */
  @Nested
  class Of_current_Linux {
    @ParameterizedTest
    @CsvSource({"dedicated, 16", "shared, 8"})
    void hands_out_what_the_queue_takes_at_once(String mode, int most) {
      KernelQueue queue = mainlineQueue(Machine.builder().mainline().boot(), mode).kernelQueue();

      for (int i = 0; i < most; i++) {
        assertThat(allocate(queue)).isEqualTo("ok");
      }
      assertThat(allocate(queue)).isEqualTo("EAGAIN");
    }
  }

  /** Source: idxd_enqcmds() of Linux 6.19, in submit.c. */
  @Test
  void a_full_queue_of_current_Linux_is_tried_as_often_as_its_attribute_says() {
    Machine machine = Machine.builder().mainline().boot();
    machine.set("engine0.0/group_id", "0");
    machine.queue("wq0.0", "shared", "kernel", "other");
    // of more descriptors than the queue has room for
    machine.set("wq0.0/size", "4", "wq0.0/enqcmds_retries", "3", "wq0.0/driver_name", "dmaengine");
    machine.set("/sys/bus/dsa/drivers/idxd/bind", "dsa0");
    machine.set("/sys/bus/dsa/drivers/dmaengine/bind", "wq0.0");
    KernelQueue queue = queueOf(machine).kernelQueue();
    for (int i = 0; i < 4; i++) {
      assertThat(submit(queue)).isEqualTo("ok");
    }
    machine.endpoint.forget();

    assertThat(submit(queue)).isEqualTo("EAGAIN");

    assertThat(machine.endpoint.portalWrites()).hasSize(1 + 3).containsOnly(0x1100L);
  }

  /** More may be out than there are descriptors, as for a moment while one is given back. */
  @Nested
  class Without_a_free_descriptor {
    private static final int DESCRIPTORS = 2;
    private final IdxdWq wq = boundQueue(Machine.p(), "dedicated");

    private KernelQueue queue() throws ErrnoException {
      return KernelQueue.allocateFor(wq, generous(wq.kernelQueue().policy()));
    }

    private static KernelQueue.Policy generous(KernelQueue.Policy usual) {
      return new KernelQueue.Policy() {
        @Override
        public int descriptors() {
          return DESCRIPTORS;
        }

        @Override
        public int limit() {
          return DESCRIPTORS + 1;
        }

        @Override
        public int attempts() {
          return usual.attempts();
        }

        @Override
        public boolean usesAllSlots() {
          return usual.usesAllSlots();
        }

        @Override
        public boolean privileged() {
          return usual.privileged();
        }

        @Override
        public int interruptHandle() {
          return usual.interruptHandle();
        }

        @Override
        public boolean renewsHandles() {
          return usual.renewsHandles();
        }

        @Override
        public CompletionList completions(int interruptHandle) {
          return usual.completions(interruptHandle);
        }
      };
    }

    @Test
    @Timeout(20)
    void an_attempt_is_refused_with_EAGAIN_and_takes_no_room() throws ErrnoException {
      KernelQueue queue = queue();
      for (int i = 0; i < DESCRIPTORS; i++) {
        assertThat(blockingAllocate(queue)).isEqualTo("ok");
      }

      // Who may wait does so for room, of which there is always some.
      for (int i = 0; i < 3; i++) {
        assertThat(blockingAllocate(queue)).isEqualTo("EAGAIN");
      }
    }
  }
}
