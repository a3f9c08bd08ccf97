package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.Status;
import io.dsafs.testing.Machine;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The driver on a device that runs by itself, with an interrupt thread. */
@Timeout(60)
class LiveDriverTest {
  private static final int LENGTH = 300;

  private static void awaitRecord(KernelMemory memory, long record) {
    while (memory.peek(record) == 0) {
      Thread.onSpinWait();
    }
  }

  private static ByteBuffer copy(long destination, long source, long record) {
    ByteBuffer descriptor = ByteBuffer.allocateDirect(64).order(ByteOrder.LITTLE_ENDIAN);
    int flags = Flag.CRAV.mask() | Flag.RCR.mask();
    descriptor.putInt(4, Opcode.MEMMOVE.code() << 24 | flags);
    descriptor.putLong(Descriptor.COMPLETION_ADDR.byteOffset(), record);
    descriptor.putLong(Descriptor.SRC_ADDR.byteOffset(), source);
    descriptor.putLong(Descriptor.DST_ADDR.byteOffset(), destination);
    return descriptor.putInt(Descriptor.XFER_SIZE.byteOffset(), LENGTH);
  }

  /** Every process names only its own memory, whatever it writes into the first four bytes. */
  @Test
  void copies_in_the_memory_of_who_submits() throws ErrnoException {
    try (Machine machine = Machine.builder().live().boot()) {
      machine.basicConfig("shared");
      machine.enable("dsa0", "wq0.0");
      for (byte mark = 1; mark <= 3; mark++) {
        SimulatedProcess process = machine.newProcess();
        KernelMemory memory = process.memory();
        long source = memory.allocate(4096);
        long destination = memory.allocate(4096);
        long record = memory.allocate(4096);
        memory.poke(source, new byte[] {mark});
        Handle file = process.open("/dev/dsa/wq0.0");
        ByteBuffer descriptor = copy(destination, source, record);

        assertThat(process.enqcmd(file, process.map(file), descriptor)).isEqualTo("0");
        awaitRecord(memory, record);
        assertThat(memory.peek(record)).isEqualTo((byte) Status.SUCCESS.code());
        assertThat(memory.peek(destination)).isEqualTo(mark);

        memory.poke(record, new byte[32]);
        assertThat(process.write(file, descriptor.putInt(0, 77))).isEqualTo("ok");
        awaitRecord(memory, record);
        assertThat(memory.peek(record)).isEqualTo((byte) Status.SUCCESS.code());
        file.release();
      }
      assertThat(machine.iommu.bound()).isEqualTo(1);
      assertThat(machine.read("wq0.0/clients")).isEqualTo("0\n");
    }
  }

  /** Clients may be anywhere in a submission when the queue goes; each copy ends once. */
  @Test
  void ends_every_copy_once_while_the_queue_is_unbound_and_bound() throws Exception {
    try (Machine machine = Machine.builder().withoutCmdmem().live().boot()) {
      machine.set("engine0.0/group_id", "0", "engine0.1/group_id", "0");
      machine.queue("wq0.0", "dedicated", "kernel", "dmaengine");
      machine.enable("dsa0", "wq0.0");
      long source = machine.kernelMemory.allocate(4096);
      long destination = machine.kernelMemory.allocate(4096);
      AtomicInteger submitted = new AtomicInteger();
      AtomicInteger ended = new AtomicInteger();
      AtomicBoolean stop = new AtomicBoolean();
      Runnable client =
          () -> {
            while (!stop.get()) {
              for (DmaChannel channel : machine.idxd.dmaEngine().channels()) {
                DmaTransaction copy = channel.prepMemcpy(destination, source, LENGTH, true);
                if (copy != null) {
                  copy.setCallback(result -> ended.incrementAndGet());
                  submitted.addAndGet(
                      Machine.answer(() -> channel.submit(copy) + "").equals("EIO") ? 0 : 1);
                }
              }
            }
          };
      List<Thread> clients = List.of(new Thread(client), new Thread(client));
      clients.forEach(Thread::start);

      while (submitted.get() == 0) {
        Thread.onSpinWait(); // the clients have begun
      }
      for (int i = 0; i < 50; i++) {
        assertThat(machine.unbind("wq0.0")).isEqualTo("ok");
        machine.enable("wq0.0");
      }
      stop.set(true);
      for (Thread thread : clients) {
        thread.join();
      }
      assertThat(machine.unbind("wq0.0")).isEqualTo("ok");

      // A completion taken off its list at the last moment calls back after the unbinding.
      while (ended.get() < submitted.get()) {
        Thread.onSpinWait();
      }
      assertThat(ended.get()).isEqualTo(submitted.get()).isPositive();
      assertThat(machine.dmesg()).doesNotContain("error");
    }
  }

  /** No completion is lost while vectors are masked and unmasked. */
  @Test
  void calls_back_for_every_copy_of_a_channel() throws Exception {
    int copies = 5000;
    try (Machine machine = Machine.builder().withoutCmdmem().live().boot()) {
      machine.set("engine0.0/group_id", "0", "engine0.1/group_id", "0");
      machine.queue("wq0.0", "dedicated", "kernel", "dmaengine");
      machine.enable("dsa0", "wq0.0");
      DmaChannel channel = machine.idxd.dmaEngine().channels().get(0);
      long source = machine.kernelMemory.allocate(4096);
      long destination = machine.kernelMemory.allocate(4096);
      CountDownLatch done = new CountDownLatch(copies);
      AtomicInteger failed = new AtomicInteger();

      for (int i = 0; i < copies; i++) {
        DmaTransaction transaction = channel.prepMemcpy(destination, source, LENGTH, true);
        transaction.setCallback(
            result -> {
              if (result != DmaResult.NO_ERROR) {
                failed.incrementAndGet();
              }
              done.countDown();
            });
        int unused = channel.submit(transaction);
      }

      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(failed).hasValue(0);
      assertThat(machine.unbind("dsa0")).isEqualTo("ok");
    }
  }
}
