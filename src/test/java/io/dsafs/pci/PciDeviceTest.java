package io.dsafs.pci;

import static io.dsafs.pci.ErrnoAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsafs.core.Device;
import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.core.IdAllocator;
import io.dsafs.pci.PciFixture.TestDriver;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a driver may do with a function. */
class PciDeviceTest {
  private final PciFixture fixture = new PciFixture();
  private final FakeEndpoint endpoint = fixture.endpoint;

  private int command() {
    return endpoint.dword(4) & 0xffff;
  }

  @Nested
  class Enabled {
    @Test
    void answers_memory_accesses_and_masters_the_bus() throws ErrnoException {
      PciDevice device = fixture.add();
      device.enable();
      assertThat(command()).isEqualTo(2);
      device.setMaster();
      assertThat(command()).isEqualTo(6);
    }

    @Test
    void leaves_a_low_power_state() throws ErrnoException {
      PciDevice device = fixture.add();
      endpoint.configWrite(0x94, 2, 3);
      device.enable();
      assertThat(endpoint.dword(0x94)).isEqualTo(8);
    }

    @Test
    void loses_mastering_but_not_memory_space_when_the_driver_goes() throws ErrnoException {
      PciDevice device = fixture.add();
      device.enable();
      device.setMaster();

      device.devres().releaseAll();

      assertThat(command()).isEqualTo(2);
      assertThat(fixture.read("enable")).isEqualTo("0\n");
    }
  }

  @Nested
  class Mapped {
    @Test
    void reaches_the_registers() throws ErrnoException {
      PciDevice device = fixture.add();
      device.enable();
      MappedBar registers = device.ioremap(device.resourceStart(0), device.resourceLength(0));

      registers.write32(0x60, 0x12345678);
      registers.write64(0x68, 0x1122334455667788L);

      assertThat(registers.read32(0x60)).isEqualTo(0x12345678);
      assertThat(registers.read64(0x68)).isEqualTo(0x1122334455667788L);
      assertThat(endpoint.writes)
          .containsExactly("0 60 4 12345678", "0 68 4 55667788", "0 6c 4 11223344");
    }

    @Test
    void in_part_counts_from_the_part() throws ErrnoException {
      PciDevice device = fixture.add();
      device.enable();
      MappedBar part = device.ioremap(device.resourceStart(0) + 0x400, 0x100);

      part.write32(8, 1);

      assertThat(endpoint.writes).containsExactly("0 408 4 1");
      assertThat(part.size()).isEqualTo(0x100);
      assertThatThrownBy(() -> part.read32(0x100)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void is_null_outside_of_a_BAR() {
      PciDevice device = fixture.add();
      assertThat(device.ioremap(0x1000, 0x1000)).isNull();
      assertThat(device.ioremap(device.resourceStart(0), 0x10001)).isNull();
      assertThat(device.ioremap(device.resourceStart(0), 0)).isNull();
    }

    @Test
    void reads_ones_and_writes_nothing_once_unmapped() throws ErrnoException {
      PciDevice device = fixture.add();
      device.enable();
      MappedBar registers = device.ioremap(device.resourceStart(0), 0x1000);
      MappedBar portal = device.ioremap(device.resourceStart(2), 0x4000);

      device.iounmap(registers);
      device.devres().releaseAll();

      registers.write32(0, 1);
      assertThat(registers.read32(0)).isEqualTo(-1);
      assertThat(registers.read64(0)).isEqualTo(-1);
      portal.iosubmitCmds512(0, ByteBuffer.allocate(64), 1);
      assertThat(portal.iosubmitCmds512Sync(0, ByteBuffer.allocate(64), 1)).isEqualTo(1);
      assertThat(endpoint.writes).isEmpty();
      assertThat(endpoint.commands).isEmpty();
    }
  }

  /** swq-v1 section 9. */
  @Nested
  class Submission {
    private MappedBar portal;
    private final ByteBuffer items = ByteBuffer.allocate(5 * 64);

    private void map() {
      PciDevice device = fixture.add();
      portal = device.ioremap(device.resourceStart(2), 0x4000);
      for (int i = 0; i < 5; i++) {
        items.put(i * 64, (byte) i);
      }
      items.position(64);
    }

    @Test
    void posts_the_items_in_ascending_order() {
      map();
      portal.iosubmitCmds512(0x3040, items, 3);
      assertThat(endpoint.commands).containsExactly(1, 2, 3);
      assertThat(endpoint.commandPlaces).hasSize(3).allMatch("2 3040"::equals);
      assertThat(items.position()).isEqualTo(64);
    }

    @ParameterizedTest
    @CsvSource({"9, 0", "4, 0", "3, 1", "1, 3", "0, 4"})
    void stops_at_the_first_refusal_and_counts_what_is_left(int room, int left) {
      map();
      endpoint.room = room;
      assertThat(portal.iosubmitCmds512Sync(0x1000, items, 4)).isEqualTo(left);
      assertThat(endpoint.commands).isEqualTo(List.of(1, 2, 3, 4).subList(0, 4 - left));
      assertThat(endpoint.commandPlaces).hasSize(4 - left).allMatch("2 1000"::equals);
    }

    @Test
    void of_nothing_does_nothing() {
      map();
      portal.iosubmitCmds512(0, items, 0);
      assertThat(portal.iosubmitCmds512Sync(0, items, 0)).isZero();
      assertThat(endpoint.commands).isEmpty();
    }

    @Test
    void to_an_unaligned_place_faults() {
      map();
      assertThatThrownBy(() -> portal.iosubmitCmds512(8, items, 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> portal.iosubmitCmds512Sync(8, items, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** swq-v1 section 7. */
  @Nested
  class CommandMemory {
    @Test
    void is_mapped_and_unmapped_where_the_device_has_it() {
      PciDevice device = fixture.add();
      assertThat(Cmdmem.deviceSupportsCmdmem(device)).isTrue();

      MappedBar portal = Cmdmem.devmCmdmemRemap(device, device.resourceStart(2), 0x4000);
      assertThat(portal.iosubmitCmds512Sync(0, ByteBuffer.allocate(64), 1)).isZero();

      Cmdmem.devmCmdmemUnmap(device, portal);
      assertThat(portal.iosubmitCmds512Sync(0, ByteBuffer.allocate(64), 1)).isEqualTo(1);
    }

    @Test
    void is_not_mapped_without_the_bit() {
      PciFixture machine = new PciFixture(QuirkTable.withoutCmdmem(), Runnable::run, true);
      PciDevice device = machine.add();
      MappedBar plain = device.ioremap(device.resourceStart(2), 0x4000);

      assertThat(Cmdmem.devmCmdmemRemap(device, device.resourceStart(2), 0x4000)).isNull();
      Cmdmem.devmCmdmemUnmap(device, plain);

      assertThat(plain.iosubmitCmds512Sync(0, ByteBuffer.allocate(64), 1)).isZero();
    }

    @Test
    void is_nothing_that_another_device_has() {
      Device other = new Device("dsa0", null, null, null);
      assertThat(Cmdmem.deviceSupportsCmdmem(other)).isFalse();
      assertThat(Cmdmem.devmCmdmemRemap(other, 0, 1)).isNull();
    }
  }

  @Nested
  class Interrupts {
    private final List<String> calls = new ArrayList<>();
    private final Queue<Runnable> woken = new ArrayDeque<>();

    private PciFixture machine = fixture;
    private PciDevice device;

    private void start(int vectors) throws ErrnoException {
      device = machine.add();
      device.enable();
      device.setMaster();
      device.allocateVectors(vectors);
    }

    private void startWithOwnThread() throws ErrnoException {
      machine = new PciFixture(QuirkTable.standard(), woken::add, true);
      start(2);
    }

    private IrqHandler handler(String name) {
      return new IrqHandler() {
        @Override
        public void hard() {
          calls.add("hard " + name);
        }

        @Override
        public void thread() {
          calls.add("thread " + name);
        }
      };
    }

    @Test
    void program_the_table_and_switch_MSI_X_on() throws ErrnoException {
      start(9);

      assertThat(endpoint.dword(0x80) >>> 30).isEqualTo(2);
      List<Long> addresses = new ArrayList<>();
      for (int vector = 0; vector < 9; vector++) {
        addresses.add(endpoint.bar0.getLong(0x2000 + 16 * vector));
        assertThat(endpoint.bar0.getInt(0x2000 + 16 * vector + 8)).isEqualTo(vector);
        assertThat(endpoint.bar0.getInt(0x2000 + 16 * vector + 12)).isEqualTo(1);
      }
      assertThat(addresses)
          .doesNotHaveDuplicates()
          .allSatisfy(address -> assertThat(address >>> 20).isEqualTo(0xfee));
    }

    @Test
    void reach_the_handler_of_their_vector() throws ErrnoException {
      start(9);
      device.requestIrq(0, "idxd-misc", handler("misc"));
      device.requestIrq(8, "idxd-portal", handler("portal"));

      endpoint.interrupt(8);
      endpoint.interrupt(0);
      endpoint.interrupt(1);

      assertThat(calls).containsExactly("hard portal", "thread portal", "hard misc", "thread misc");
      assertThat(device.irqNames()).containsExactly("idxd-misc", "idxd-portal");
    }

    @Test
    void from_a_stray_message_reach_nobody() throws ErrnoException {
      start(2);
      device.requestIrq(0, "idxd-misc", handler("misc"));
      long address = endpoint.bar0.getLong(0x2000);

      endpoint.sink.message(address + 64, 0);
      endpoint.sink.message(address, 1);
      endpoint.sink.message(address, -1);
      endpoint.sink.message(address, 2048);
      endpoint.sink.message(address, 70000);

      assertThat(calls).isEmpty();
    }

    @Test
    void run_the_hard_part_at_once_and_the_thread_part_on_the_thread() throws ErrnoException {
      startWithOwnThread();
      device.requestIrq(0, "idxd-misc", handler("misc"));

      machine.endpoint.interrupt(0);
      machine.endpoint.interrupt(0);
      assertThat(calls).containsExactly("hard misc", "hard misc");

      woken.remove().run();
      assertThat(calls).endsWith("hard misc", "thread misc");
      assertThat(woken).isEmpty();
    }

    @Test
    void that_arrive_during_the_thread_part_run_it_once_more() throws ErrnoException {
      start(2);
      device.requestIrq(
          0,
          "idxd-misc",
          new IrqHandler() {
            @Override
            public void hard() {
              calls.add("hard");
            }

            @Override
            public void thread() {
              calls.add("thread");
              if (calls.size() == 2) {
                endpoint.interrupt(0);
                device.synchronizeIrq(0);
              }
            }
          });

      endpoint.interrupt(0);

      assertThat(calls).containsExactly("hard", "thread", "hard", "thread");
    }

    @Test
    void are_waited_for_even_if_their_thread_has_not_begun() throws ErrnoException {
      startWithOwnThread();
      device.requestIrq(0, "idxd-misc", handler("misc"));
      machine.endpoint.interrupt(0);

      device.synchronizeIrq(0);

      assertThat(calls).containsExactly("hard misc", "thread misc");
      woken.remove().run();
      assertThat(calls).hasSize(2);
    }

    @Test
    void are_waited_for_while_their_thread_runs() throws Exception {
      machine = new PciFixture(QuirkTable.standard(), task -> new Thread(task).start(), true);
      start(1);
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch mayEnd = new CountDownLatch(1);
      AtomicBoolean ended = new AtomicBoolean();
      device.requestIrq(
          0,
          "idxd-misc",
          new IrqHandler() {
            @Override
            public void hard() {}

            @Override
            public void thread() {
              begun.countDown();
              awaitUninterruptibly(mayEnd);
              ended.set(true);
            }
          });
      machine.endpoint.interrupt(0);
      begun.await();
      AtomicBoolean endedBefore = new AtomicBoolean();
      Thread waiter =
          new Thread(
              () -> {
                device.synchronizeIrq(0);
                endedBefore.set(ended.get());
              });
      waiter.start();
      while (waiter.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }

      mayEnd.countDown();
      waiter.join();

      assertThat(endedBefore).isTrue();
    }

    /** free_irq() returns when no part of the handler runs any more. */
    @Test
    void are_waited_for_by_who_frees_their_vector_whichever_part_runs() throws Exception {
      for (boolean inHardPart : new boolean[] {true, false}) {
        machine = new PciFixture(QuirkTable.standard(), task -> new Thread(task).start(), true);
        start(1);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        Runnable part =
            () -> {
              begun.countDown();
              awaitUninterruptibly(mayEnd);
              ended.set(true);
            };
        device.requestIrq(
            0,
            "idxd-misc",
            new IrqHandler() {
              @Override
              public void hard() {
                if (inHardPart) {
                  part.run();
                }
              }

              @Override
              public void thread() {
                if (!inHardPart) {
                  part.run();
                }
              }
            });
        Thread interrupter = new Thread(() -> machine.endpoint.interrupt(0));
        interrupter.start();
        begun.await();
        AtomicBoolean endedBefore = new AtomicBoolean();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread freer =
            new Thread(
                () -> {
                  device.freeIrq(0);
                  endedBefore.set(ended.get());
                  interrupted.set(Thread.currentThread().isInterrupted());
                });
        freer.start();
        while (freer.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
        freer.interrupt(); // the kernel's wait is uninterruptible

        mayEnd.countDown();
        freer.join();
        interrupter.join();

        assertThat(endedBefore).isTrue();
        assertThat(interrupted).isTrue();
      }
    }

    @Test
    void come_again_after_a_part_of_the_handler_has_failed() throws ErrnoException {
      startWithOwnThread();
      AtomicBoolean failHard = new AtomicBoolean(true);
      AtomicBoolean failThread = new AtomicBoolean(true);
      device.requestIrq(
          0,
          "idxd-misc",
          new IrqHandler() {
            @Override
            public void hard() {
              calls.add("hard");
              fail(failHard);
            }

            @Override
            public void thread() {
              calls.add("thread");
              fail(failThread);
            }

            private void fail(AtomicBoolean once) {
              if (once.getAndSet(false)) {
                throw new IllegalStateException("told to fail");
              }
            }
          });

      assertThatThrownBy(() -> machine.endpoint.interrupt(0)).hasMessage("told to fail");
      assertThat(woken).isEmpty();
      machine.endpoint.interrupt(0);
      assertThatThrownBy(() -> woken.remove().run()).hasMessage("told to fail");
      machine.endpoint.interrupt(0);
      woken.remove().run();

      assertThat(calls).containsExactly("hard", "hard", "thread", "hard", "thread");
      device.synchronizeIrq(0);
    }

    @Test
    void have_no_address_bits_left_from_before() throws ErrnoException {
      endpoint.bar0.putInt(0x2004, -1);

      start(1);

      assertThat(endpoint.bar0.getLong(0x2000) >>> 32).isZero();
    }

    @Test
    void are_off_and_have_given_their_numbers_back_once_freed() throws ErrnoException {
      start(2);
      long address = endpoint.bar0.getLong(0x2000);
      device.requestIrq(1, "idxd-portal", handler("portal"));

      device.freeVectors();

      assertThat(endpoint.dword(0x80) >>> 31).isZero();
      assertThat(device.irqNames()).isEmpty();
      endpoint.bar0.putLong(0x2000, 0);
      device.allocateVectors(2);
      assertThat(endpoint.bar0.getLong(0x2000)).isEqualTo(address);
    }

    @Test
    void are_refused_with_ENOSPC_and_nothing_taken_when_the_machine_has_no_numbers_left()
        throws ErrnoException {
      fixture.add();
      IdAllocator numbers = new IdAllocator(24, 3);
      Msix msix = new Msix(new ConfigSpace(endpoint), endpoint, numbers, Runnable::run);

      assertRefused(Errno.ENOSPC, () -> msix.allocate(4));

      assertThat(endpoint.dword(0x80) >>> 31).isZero();
      msix.allocate(3);
      assertThat(msix.irqs()).containsExactly(24, 25, 26);
    }

    private void awaitUninterruptibly(CountDownLatch latch) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** The registers read as all ones meanwhile, and no handler shall see that. */
    @Test
    void that_are_late_wait_while_the_function_resets() throws ErrnoException {
      start(1);
      device.requestIrq(0, "idxd-misc", handler("misc"));
      long address = endpoint.bar0.getLong(0x2000);
      endpoint.meanwhile =
          () -> {
            endpoint.sink.message(address, 0);
            endpoint.sink.message(address, 0);
            calls.add("reset");
          };

      device.reset();

      assertThat(calls).containsExactly("reset", "hard misc", "thread misc");
      endpoint.interrupt(0);
      assertThat(calls).endsWith("thread misc", "hard misc", "thread misc");
    }

    @Test
    void that_came_before_are_handled_before_the_function_resets() throws ErrnoException {
      startWithOwnThread();
      device.requestIrq(0, "idxd-misc", handler("misc"));
      machine.endpoint.interrupt(0);
      machine.endpoint.meanwhile = () -> calls.add("reset");

      device.reset();

      assertThat(calls).containsExactly("hard misc", "thread misc", "reset");
      woken.remove().run();
      assertThat(calls).hasSize(3);
    }

    @Test
    void no_longer_come_to_a_freed_vector() throws ErrnoException {
      start(2);
      device.requestIrq(0, "idxd-misc", handler("misc"));

      device.freeIrq(0);
      endpoint.interrupt(0);

      assertThat(calls).isEmpty();
      assertThat(endpoint.bar0.getInt(0x200c)).isEqualTo(1);
      device.requestIrq(0, "idxd-misc", handler("again"));
      endpoint.interrupt(0);
      assertThat(calls).containsExactly("hard again", "thread again");
    }

    @Test
    void refuse_what_the_function_has_not() throws ErrnoException {
      start(2);
      assertRefused(Errno.EINVAL, () -> device.allocateVectors(1));
      assertRefused(Errno.EINVAL, () -> device.requestIrq(2, "x", handler("x")));
      device.requestIrq(1, "x", handler("x"));
      assertRefused(Errno.EBUSY, () -> device.requestIrq(1, "x", handler("x")));
      device.freeVectors();
      assertRefused(Errno.ENOSPC, () -> device.allocateVectors(10));
      assertRefused(Errno.EINVAL, () -> device.allocateVectors(0));
      fixture.write("msi_bus", "0");
      assertRefused(Errno.EINVAL, () -> device.allocateVectors(2));
    }

    @Test
    void are_refused_without_the_capability() {
      PciDevice bare =
          fixture.bus.addFunction(PciFixture.ADDRESS, new FakeEndpoint().withoutMsix(), 0);
      assertThat(bare.msixVectorCount()).isEqualTo(-1);
      assertRefused(Errno.EINVAL, () -> bare.allocateVectors(1));
    }

    @Test
    void show_in_msi_irqs_while_they_are_allocated() throws ErrnoException {
      start(2);
      assertThat(fixture.read("msi_irqs/24")).isEqualTo("msix\n");
      assertThat(fixture.read("msi_irqs/25")).isEqualTo("msix\n");
      assertThat(fixture.exists(PciFixture.DEVICE + "/msi_irqs/26")).isFalse();

      device.freeVectors();

      assertThat(fixture.exists(PciFixture.DEVICE + "/msi_irqs")).isFalse();
      assertThat(endpoint.dword(0x80) >>> 31).isZero();
    }
  }

  @Nested
  class AfterTheDriver {
    @Test
    void all_that_it_took_goes_in_reverse_order() {
      List<String> released = new ArrayList<>();
      List<MappedBar> mappings = new ArrayList<>();
      fixture.model.addDriver(
          new TestDriver("idxd", fixture.bus) {
            @Override
            protected void probe(PciDevice device) throws ErrnoException {
              device.enable();
              device.devres().add(() -> released.add("first, MSI-X " + msix()));
              mappings.add(device.ioremap(device.resourceStart(0), 0x1000));
              device.allocateVectors(9);
              device.devres().add(() -> released.add("last, irqs " + device.irqNames()));
              device.requestIrq(
                  0,
                  "idxd-misc",
                  new IrqHandler() {
                    @Override
                    public void hard() {}

                    @Override
                    public void thread() {}
                  });
              throw new ErrnoException(Errno.ENODEV);
            }
          });

      fixture.add();

      assertThat(released).containsExactly("last, irqs []", "first, MSI-X on");
      assertThat(msix()).isEqualTo("off");
      assertThat(mappings.get(0).read32(0)).isEqualTo(-1);
      assertThat(fixture.exists(PciFixture.DEVICE + "/msi_irqs")).isFalse();
    }

    private String msix() {
      return endpoint.dword(0x80) < 0 ? "on" : "off";
    }
  }

  @Nested
  class Reset {
    @Test
    void gives_the_configuration_and_the_vectors_back() throws ErrnoException {
      PciDevice device = fixture.add();
      device.enable();
      device.setMaster();
      device.allocateVectors(2);
      List<String> calls = new ArrayList<>();
      device.requestIrq(
          1,
          "idxd-portal",
          new IrqHandler() {
            @Override
            public void hard() {
              calls.add("hard");
            }

            @Override
            public void thread() {}
          });
      endpoint.configWrite(0x184, 4, 0x800000fd);
      byte[] before = fixture.readBytes("config", 0, 4096);

      assertThat(fixture.write("reset", "1\n")).isEqualTo(2);

      assertThat(endpoint.resets).isEqualTo(1);
      assertThat(fixture.readBytes("config", 0, 4096)).isEqualTo(before);
      endpoint.interrupt(0);
      endpoint.interrupt(1);
      assertThat(calls).containsExactly("hard");
    }

    /** pci_restore_state(). */
    @ParameterizedTest
    @CsvSource({
      "0x00c, 0x00000010, cache line size",
      "0x010, 0x1234000c, BAR0",
      "0x03c, 0x0000000b, interrupt line",
      "0x048, 0x00002957, device control",
      "0x068, 0x00000010, device control 2",
      "0x104, 0x10031003, LTR latencies",
      "0x17c, 0x00000002, VC port control",
      "0x184, 0x800000f5, VC0 control",
      "0x190, 0x81000008, VC1 control",
      "0x224, 0x80030060, ATS control",
      "0x234, 0x00011404, PASID control",
      "0x244, 0x81000000, PRI control",
      "0x24c, 0x00000100, PRI allocation",
    })
    void gives_each_register_back(String offset, String value, String register)
        throws ErrnoException {
      endpoint.row(0x03c, 0, 0xff);
      endpoint.row(0x104, 0, 0x1fff1fff);
      endpoint.flr();
      PciDevice device = fixture.add();
      endpoint.configWrite(Integer.decode(offset), 4, Long.decode(value).intValue());
      endpoint.resets = 0;

      device.reset();

      assertThat(endpoint.resets).as(register).isEqualTo(1);
      assertThat(endpoint.dword(Integer.decode(offset)))
          .as(register)
          .isEqualTo(Long.decode(value).intValue());
    }

    @Test
    void wakes_the_function_and_keeps_it_from_the_bus_while_it_resets() throws ErrnoException {
      PciDevice device = fixture.add();
      device.enable();
      endpoint.configWrite(0x94, 2, 3);
      endpoint.configWrites.clear();

      device.reset();

      assertThat(endpoint.configWrites).startsWith("94 2 8", "4 2 400", "48 2 a910");
      assertThat(command()).isEqualTo(2);
    }

    @Test
    void tells_the_driver_before_and_after() throws ErrnoException {
      PciDevice device = fixture.add();
      List<String> told = new ArrayList<>();
      fixture.model.addDriver(
          new TestDriver("idxd", fixture.bus) {
            @Override
            protected void resetPrepare(PciDevice function) {
              told.add("prepare at reset " + endpoint.resets + locked(function));
            }

            @Override
            protected void resetDone(PciDevice function) {
              told.add("done at reset " + endpoint.resets + locked(function));
            }

            private String locked(PciDevice function) {
              return function.lock.isHeldByCurrentThread() ? ", locked" : "";
            }
          });

      device.reset();

      assertThat(told).containsExactly("prepare at reset 0, locked", "done at reset 1, locked");
      assertThat(device.lock.isLocked()).isFalse();
    }

    @Test
    void is_not_there_where_the_function_has_none() {
      endpoint.row(0x44, 0x00008022, 0);
      endpoint.flr();
      endpoint.resets = 0;
      PciDevice device = fixture.add();

      assertThat(fixture.exists(PciFixture.DEVICE + "/reset")).isFalse();
      assertRefused(Errno.ENOTTY, device::reset);
      assertThat(endpoint.resets).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "2", "x", "\n"})
    void refuses_anything_but_1_with_EINVAL(String text) {
      fixture.add();
      assertRefused(Errno.EINVAL, () -> fixture.write("reset", text));
      assertThat(endpoint.resets).isZero();
    }
  }

  @Test
  void has_DMA_masks_of_32_bits_until_a_driver_says_more() throws ErrnoException {
    PciDevice device = fixture.add();
    assertThat(fixture.read("dma_mask_bits")).isEqualTo("32\n");

    device.setDmaMask(64);
    device.setCoherentDmaMask(48);

    assertThat(fixture.read("dma_mask_bits")).isEqualTo("64\n");
    assertThat(fixture.read("consistent_dma_mask_bits")).isEqualTo("48\n");
    assertRefused(Errno.EIO, () -> device.setDmaMask(65));
    assertRefused(Errno.EIO, () -> device.setDmaMask(0));
    device.setDmaMask(1);
    assertThat(fixture.read("dma_mask_bits")).isEqualTo("1\n");
  }

  /** Source: drivers/pci/ats.c. */
  @Nested
  class Behind_an_IOMMU {
    @Test
    void has_privileged_PASIDs_if_it_is_capable_of_them() {
      PciDevice device = fixture.add();
      assertThat(device.pasidPrivileged()).isTrue();

      endpoint.configWrite(0x236, 2, 1);
      assertThat(device.pasidPrivileged()).isFalse();
      endpoint.configWrite(0x236, 2, 4);
      assertThat(device.pasidPrivileged()).isFalse();
    }

    @Test
    void has_plain_PASIDs_else() {
      endpoint.row(0x234, 0x1400, 0x00050000);
      endpoint.flr();

      PciDevice device = fixture.add();

      assertThat(endpoint.dword(0x234)).isEqualTo(0x00011400);
      assertThat(device.pasidPrivileged()).isFalse();
    }

    @Test
    void is_left_alone_without_the_capabilities() {
      endpoint.row(0x170, 0x00010002, 0);
      endpoint.flr();
      endpoint.configWrites.clear();

      PciDevice device = fixture.add();

      assertThat(device.pasidPrivileged()).isFalse();
      assertThat(endpoint.configWrites)
          .noneMatch(write -> Integer.parseInt(write.split(" ")[0], 16) >= 0x200);
    }

    @Test
    void has_all_switched_off_when_it_goes() {
      PciDevice device = fixture.add();

      fixture.bus.remove(device);

      assertThat(endpoint.dword(0x224)).isEqualTo(0x00000060);
      assertThat(endpoint.dword(0x234)).isEqualTo(0x00001404);
      assertThat(endpoint.dword(0x244)).isEqualTo(0x81000000);
    }
  }

  @Test
  void leaves_no_lock_behind_at_a_shutdown() {
    fixture.addDriver();
    PciDevice device = fixture.add();

    fixture.bus.shutdown();

    assertThat(device.lock.isLocked()).isFalse();
  }
}
