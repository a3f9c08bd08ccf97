package io.dsafs.idxd.mainline;

import static io.dsafs.idxd.mainline.MainlineConformanceTest.builder;
import static io.dsafs.idxd.mainline.MainlineConformanceTest.on;
import static io.dsafs.idxd.mainline.MainlineConformanceTest.queue;
import static io.dsafs.idxd.mainline.MainlineConformanceTest.v2;
import static io.dsafs.testing.SimulatedProcess.MAP_SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.hw.DsaDevice;
import io.dsafs.mem.DmaBuffer;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.EventEntry;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.Opcode;
import io.dsafs.testing.Machine;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The conformance checks of section 11 of the mainline reference that are about the character
 * device, by number; and what sections 3.9 and 7.4 say of halts and events.
 */
class MainlineCdevConformanceTest {
  private static final String NODE = "/dev/dsa/wq0.0";
  private static final int READ_WRITE = 3;
  private static final long RECORD = 0x10000;
  private static final int RECORD_FLAGS = Flag.CRAV.mask() | Flag.RCR.mask();

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocateDirect(count).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Descriptors of one operation, with their records in a row. */
  private static ByteBuffer descriptors(int count, Opcode opcode, long... records) {
    ByteBuffer all = bytes(count * 64);
    for (int i = 0; i < count; i++) {
      all.putInt(i * 64 + 4, opcode.code() << 24 | RECORD_FLAGS);
      all.putLong(i * 64 + 8, records[i]);
    }
    return all;
  }

  private static ByteBuffer noop(long record) {
    return descriptors(1, Opcode.NOOP, record);
  }

  private static int byteAt(KernelMemory memory, long address) {
    DmaBuffer one = new DmaBuffer(1);
    assertThat(memory.read(address, one, 0, 1)).isEqualTo(1);
    return one.bytes().get(0);
  }

  private static SimulatedProcess program(Machine machine) {
    SimulatedProcess process = machine.newProcess();
    process.memory().map(RECORD, 4096, true);
    return process;
  }

  @Nested
  class Opening {
    @Test
    void check_098_a_dedicated_queue_opens_once() throws ErrnoException {
      Machine on = on("dedicated");

      Handle first = on.shell.open(NODE);
      assertThat(on.shell.openAnswer(NODE)).isEqualTo("EBUSY");
      first.release();
      assertThat(on.shell.openAnswer(NODE)).isEqualTo("ok");
    }

    @Test
    void check_099_a_shared_queue_opens_often() throws ErrnoException {
      Machine on = on("shared");

      for (int i = 0; i < 3; i++) {
        Handle unused = on.shell.open(NODE);
      }

      assertThat(on.read("wq0.0/clients")).isEqualTo("3\n");
      assertThat(on.read("dsa0/clients")).isEqualTo("3\n");
      assertThat(on.list("wq0.0/dsa!wq0.0")).contains("file0", "file1", "file2");
    }

    @Test
    void check_100_an_open_file_is_an_object() throws ErrnoException {
      Machine on = on("shared");
      Handle file = on.shell.open(NODE);
      String object = "wq0.0/dsa!wq0.0/file0/";

      assertThat(on.read(object + "pid")).isEqualTo(on.shell.tid() + "\n");
      assertThat(on.read(object + "cr_faults")).isEqualTo("0\n");
      assertThat(on.read(object + "cr_fault_failures")).isEqualTo("0\n");
      assertThat(on.read(object + "uevent")).isEqualTo("DEVTYPE=idxd_file\nMODALIAS=idxd:t0\n");
      assertThat(on.events).contains("add file0");
      file.release();
      assertThat(on.events).contains("remove file0");
      assertThat(on.exists(object)).isFalse();
    }

    @Test
    void a_file_that_outlives_the_binding_counts_below_zero() throws ErrnoException {
      Machine on = on("shared");
      Handle file = on.shell.open(NODE);
      assertThat(on.unbindFrom("user", "wq0.0")).isEqualTo("ok");

      assertThat(on.shell.write(file, noop(0))).isEqualTo("ENXIO");
      file.release();

      assertThat(on.read("wq0.0/clients")).isEqualTo("-1\n");
    }

    /** Section 5.1: the result of the last command that an open has sent. */
    @Test
    void opening_a_dedicated_queue_clears_the_status_and_a_shared_one_does_not()
        throws ErrnoException {
      for (String mode : List.of("dedicated", "shared")) {
        Machine on = on(mode);
        assertThat(on.bindTo("dmaengine", "wq0.1")).isEqualTo("ENODEV");
        assertThat(on.read("dsa0/cmd_status")).isEqualTo("0x80200000\n");

        Handle unused = on.shell.open(NODE);

        assertThat(on.read("dsa0/cmd_status"))
            .isEqualTo(mode.equals("dedicated") ? "0x0\n" : "0x80200000\n");
      }
    }

    /** Section 5.1, step 4: {@code pasid_enabled} promises nothing. */
    @Test
    void without_an_IOMMU_there_is_a_node_that_cannot_be_opened() {
      Machine on = Machine.builder().mainline().withoutIommu().boot();
      on.basicConfig("dedicated");
      on.set("wq0.0/driver_name", "user");
      assertThat(on.bindTo("idxd", "dsa0")).isEqualTo("ok");
      assertThat(on.bindTo("user", "wq0.0")).isEqualTo("ok");

      assertThat(on.read("dsa0/pasid_enabled")).isEqualTo("1\n");
      assertThat(on.shell.openAnswer(NODE)).isEqualTo("ENODEV");
    }
  }

  /** Section 5.2. */
  @Nested
  class Closing {
    private static final String DRAIN_WQ = "0x00800001";
    private static final String RESET_WQ = "0x00a00001";
    private static final String ENABLE_WQ = "0x00600000";

    private static String drainPasid(int pasid) {
      return String.format(Locale.ROOT, "0x%08x", 0x00b00000 | pasid);
    }

    @Test
    void takes_the_PASID_out_of_a_dedicated_queue_and_drains_it_no_other_way()
        throws ErrnoException {
      Machine on = on("dedicated");
      Handle file = on.shell.open(NODE);
      on.endpoint.forget();

      file.release();

      assertThat(on.endpoint.commands()).containsExactly(DRAIN_WQ, RESET_WQ, ENABLE_WQ);
    }

    @Test
    void drains_the_PASID_of_a_shared_queue() throws ErrnoException {
      Machine on = on("shared");
      Handle file = on.shell.open(NODE);
      int pasid = on.iommu.pasidOf(on.shell.memory());
      on.endpoint.forget();

      file.release();

      assertThat(on.endpoint.commands()).containsExactly(drainPasid(pasid));
    }

    /** Section 4.2. */
    @Test
    void drains_the_PASID_also_when_the_queue_was_unbound() throws ErrnoException {
      Machine on = on("dedicated");
      Handle file = on.shell.open(NODE);
      int pasid = on.iommu.pasidOf(on.shell.memory());
      assertThat(on.unbindFrom("user", "wq0.0")).isEqualTo("ok");
      on.endpoint.forget();

      file.release();

      assertThat(on.endpoint.commands()).containsExactly(drainPasid(pasid));
    }
  }

  @Nested
  class Mapping {
    @Test
    void check_101_takes_a_capability() throws ErrnoException {
      Machine on = on("shared");
      SimulatedProcess with = on.newProcess();
      SimulatedProcess without = on.newProcess().withoutRawIo();

      Handle theirs = without.open(NODE);
      assertThat(without.mapAnswer(theirs, 4096, READ_WRITE, MAP_SHARED, 0)).isEqualTo("EPERM");
      Handle ours = with.open(NODE);
      assertThat(with.mapAnswer(ours, 4096, READ_WRITE, MAP_SHARED, 0)).isEqualTo("ok");
    }

    @Test
    void check_102_one_page_whatever_the_offset() throws ErrnoException {
      Machine on = on("shared");
      Handle file = on.shell.open(NODE);

      assertThat(on.shell.mapAnswer(file, 8192, READ_WRITE, MAP_SHARED, 0)).isEqualTo("EINVAL");
      assertThat(on.shell.mapAnswer(file, 4096, READ_WRITE, MAP_SHARED, 4096)).isEqualTo("ok");
    }

    @Test
    void check_103_a_file_counts_until_it_is_released() throws ErrnoException {
      Machine on = on("shared");
      Handle file = on.shell.open(NODE);
      SimulatedProcess.Page page = on.shell.map(file);

      // Whoever maps keeps the file: the release comes after the last unmapping.
      assertThat(on.read("wq0.0/clients")).isEqualTo("1\n");
      assertThat(on.shell.unmap(file, page)).isEqualTo("0");
      file.release();
      assertThat(on.read("wq0.0/clients")).isEqualTo("0\n");
    }
  }

  @Nested
  class Writing {
    private final Machine on = on("shared");
    private final SimulatedProcess program = program(on);
    private final Handle file;

    Writing() throws ErrnoException {
      file = program.open(NODE);
    }

    @Test
    void check_104_a_no_op_completes() {
      assertThat(program.write(file, noop(RECORD))).isEqualTo("ok");

      on.hardware.runAll();
      assertThat(byteAt(program.memory(), RECORD)).isEqualTo(1);
    }

    @Test
    void check_105_less_than_a_descriptor_is_nothing() {
      assertThat(program.write(file, bytes(63))).isEqualTo("wrote 0");
      assertThat(program.write(file, bytes(0))).isEqualTo("ok");
    }

    @Test
    void check_106_a_rest_is_ignored() {
      ByteBuffer two = bytes(130);
      two.put(0, descriptors(2, Opcode.NOOP, RECORD, RECORD + 32), 0, 128);

      assertThat(program.write(file, two)).isEqualTo("wrote 128");
    }

    @Test
    void check_107_a_record_has_its_alignment() {
      ByteBuffer second = descriptors(2, Opcode.NOOP, RECORD, RECORD + 0x10);

      assertThat(program.write(file, noop(RECORD + 0x10))).isEqualTo("EINVAL");
      assertThat(program.write(file, second)).isEqualTo("wrote 64");
    }

    @Test
    void check_108_a_record_of_an_IAX_has_more() throws ErrnoException {
      Machine a = builder().and(DeviceProfile.sapphireRapidsIaa()).boot();
      assertThat(a.unbindFrom("idxd", "iax1")).isEqualTo("ok");
      a.set("engine1.0/group_id", "0");
      queue(a, "wq1.0", "shared");
      assertThat(a.bindTo("idxd", "iax1")).isEqualTo("ok");
      assertThat(a.bindTo("user", "wq1.0")).isEqualTo("ok");
      SimulatedProcess process = program(a);
      Handle node = process.open("/dev/iax/wq1.0");

      assertThat(process.write(node, noop(RECORD + 32))).isEqualTo("EINVAL");
      assertThat(process.write(node, noop(RECORD + 64))).isEqualTo("ok");
    }

    @Test
    void check_109_a_batch_is_refused_on_version_1() throws ErrnoException {
      ByteBuffer batch = descriptors(1, Opcode.BATCH, RECORD);
      assertThat(program.write(file, batch)).isEqualTo("EINVAL");

      Machine two = v2();
      two.set("engine2.0/group_id", "0");
      queue(two, "wq2.0", "shared");
      assertThat(two.bindTo("idxd", "dsa2")).isEqualTo("ok");
      assertThat(two.bindTo("user", "wq2.0")).isEqualTo("ok");
      SimulatedProcess process = program(two);
      assertThat(process.write(process.open("/dev/dsa/wq2.0"), batch)).isEqualTo("ok");
    }

    @Test
    void check_111_a_full_queue_is_tried_again_and_refuses() {
      on.hardware.faults().stallEngines(-1);
      for (int i = 0; i < 7; i++) {
        assertThat(program.write(file, noop(RECORD))).isEqualTo("ok");
      }

      assertThat(program.write(file, descriptors(2, Opcode.NOOP, RECORD, RECORD)))
          .isEqualTo("wrote 64");
      assertThat(program.write(file, noop(RECORD))).isEqualTo("EAGAIN");
      on.set("wq0.0/enqcmds_retries", "0");
      assertThat(program.write(file, noop(RECORD))).isEqualTo("EAGAIN");
    }

    @Test
    void check_112_another_address_space_may_nothing() {
      SimulatedProcess child = on.newProcess();

      assertThat(child.write(file, noop(RECORD))).isEqualTo("EPERM");
      assertThat(child.write(file, bytes(0))).isEqualTo("EPERM");
      assertThat(child.mapAnswer(file, 4096, READ_WRITE, MAP_SHARED, 0)).isEqualTo("EPERM");
      assertThat(file.poll(child.tid(), null)).isEqualTo(OpenFile.POLL_INVALID);
    }

    @Test
    void check_113_privilege_and_PASID_are_the_files() {
      SimulatedProcess other = program(on);
      ByteBuffer foreign = noop(RECORD);
      foreign.putInt(0, Descriptor.PRIV.with32(Descriptor.PASID.with32(0, 77), 1));

      assertThat(program.write(file, foreign)).isEqualTo("ok");
      on.hardware.runAll();

      assertThat(byteAt(program.memory(), RECORD)).isEqualTo(1);
      assertThat(byteAt(other.memory(), RECORD)).isZero();
      assertThat(on.read("dsa0/errors")).doesNotContain("1");
    }

    @Test
    void check_114_operations_that_do_not_exist() {
      assertThat(Machine.answer(() -> "" + file.read(ByteBuffer.allocate(64), 0)))
          .isEqualTo("EINVAL");
      assertThat(Machine.answer(() -> "" + file.ioctl(program.tid(), 0x5401, null)))
          .isEqualTo("ENOTTY");
      assertThat(SimulatedProcess.seek(file)).isEqualTo("ESPIPE");
    }

    @Test
    void check_115_readable_for_ever_after_an_error() {
      assertThat(file.poll(program.tid(), null)).isEqualTo(OpenFile.POLL_NONE);

      on.hardware.injectSwError(0x1000, 0, 0);

      for (int i = 0; i < 2; i++) {
        assertThat(file.poll(program.tid(), null)).isEqualTo(OpenFile.POLL_READABLE);
      }
      assertThat(on.read("dsa0/errors")).endsWith("00000000,00001001\n");
    }
  }

  @Nested
  class Compression {
    @Test
    void check_120_the_module_takes_the_first_queue() throws ErrnoException {
      Machine a =
          Machine.builder()
              .mainline(true)
              .profile(DeviceProfile.sapphireRapidsDsa())
              .and(DeviceProfile.sapphireRapidsIaa())
              .boot();

      assertThat(a.read("wq1.0/state")).isEqualTo("enabled\n");
      assertThat(a.read("wq1.0/type")).isEqualTo("kernel\n");
      assertThat(a.readlink("wq1.0/driver")).endsWith("drivers/crypto");
      assertThat(a.write("/sys/bus/dsa/drivers/crypto/sync_mode", "async")).isEqualTo("EBUSY");
    }

    @Test
    void the_driver_takes_settings_while_it_has_no_queue() {
      Machine a = Machine.builder().mainline(true).boot();
      String driver = "/sys/bus/dsa/drivers/crypto/";

      assertThat(a.write(driver + "sync_mode", "async_irq\n")).isEqualTo("ok");
      assertThat(a.read(driver + "sync_mode")).isEqualTo("async_irq\n");
      assertThat(a.write(driver + "sync_mode", "later")).isEqualTo("EINVAL");
      assertThat(a.write(driver + "verify_compress", "n")).isEqualTo("ok");
      assertThat(a.read(driver + "verify_compress")).isEqualTo("0\n");
    }
  }

  @Nested
  class Events {
    private static final String LOG = "/sys/kernel/debug/idxd/dsa2/event_log";

    private final Machine two = v2();
    private final DsaDevice hardware = two.further.get(1);

    Events() {
      two.set("engine2.0/group_id", "0");
      queue(two, "wq2.0", "shared");
      assertThat(two.bindTo("idxd", "dsa2")).isEqualTo("ok");
      assertThat(two.bindTo("user", "wq2.0")).isEqualTo("ok");
    }

    @Test
    void a_record_that_the_device_could_not_write_is_written_and_counted() throws ErrnoException {
      SimulatedProcess process = program(two);
      Handle file = process.open("/dev/dsa/wq2.0");
      hardware.faults().failRecords(1);

      assertThat(process.write(file, noop(RECORD))).isEqualTo("ok");
      hardware.runAll();

      assertThat(byteAt(process.memory(), RECORD)).isEqualTo(1);
      assertThat(two.read("wq2.0/dsa!wq2.0/file0/cr_faults")).isEqualTo("1\n");
      assertThat(two.read("wq2.0/dsa!wq2.0/file0/cr_fault_failures")).isEqualTo("0\n");
      assertThat(two.read(LOG))
          .startsWith(
              "Event Log head 1 tail 1 interrupt pending 0\n\nEvent Log entry 0 (processed)");
    }

    @Test
    void a_record_that_nobody_can_write_counts_as_a_failure() throws ErrnoException {
      SimulatedProcess process = program(two);
      Handle file = process.open("/dev/dsa/wq2.0");
      process.memory().map(0x20000, 4096, false);

      assertThat(process.write(file, noop(0x20000))).isEqualTo("ok");
      hardware.runAll();

      assertThat(two.read("wq2.0/dsa!wq2.0/file0/cr_faults")).isEqualTo("1\n");
      assertThat(two.read("wq2.0/dsa!wq2.0/file0/cr_fault_failures")).isEqualTo("1\n");
      assertThat(two.read("dsa2/errors")).doesNotContain("1");
    }

    @Nested
    class Of_batches {
      private static final long LIST = 0x30000;
      private static final long DENIED = 0x20000;

      /** Where a list may be whose second half cannot be read. */
      private static final long LAST = LIST + 4096 - 64;

      private final SimulatedProcess process = program(two);
      private final Handle file = open();

      Of_batches() {
        process.memory().map(LIST, 4096, true);
        process.memory().map(DENIED, 4096, false);
      }

      private Handle open() {
        try {
          return process.open("/dev/dsa/wq2.0");
        } catch (ErrnoException e) {
          throw new IllegalStateException(e);
        }
      }

      private void poke(long address, ByteBuffer bytes) {
        DmaBuffer buffer = new DmaBuffer(bytes.capacity());
        buffer.bytes().put(0, bytes, 0, bytes.capacity());
        assertThat(process.memory().write(address, buffer, 0, bytes.capacity()))
            .isEqualTo(bytes.capacity());
      }

      private void submit(long list, int flags) {
        ByteBuffer batch = descriptors(1, Opcode.BATCH, flags == 0 ? 0 : RECORD);
        batch.putInt(4, Opcode.BATCH.code() << 24 | flags).putLong(16, list).putInt(32, 2);
        assertThat(process.write(file, batch)).isEqualTo("ok");
        hardware.runAll();
      }

      private int status() {
        return byteAt(process.memory(), RECORD);
      }

      private int result() {
        return byteAt(process.memory(), RECORD + 1);
      }

      @Test
      void one_succeeds_if_its_records_could_be_written_in_the_end() {
        poke(LIST, descriptors(2, Opcode.NOOP, RECORD + 32, RECORD + 64));
        hardware.faults().failRecords(1);

        submit(LIST, RECORD_FLAGS);

        assertThat(status()).isEqualTo(1);
        assertThat(result()).isZero();
      }

      @Test
      void one_with_a_record_that_nobody_can_write_fails() {
        poke(LIST, descriptors(2, Opcode.NOOP, DENIED, RECORD + 64));

        submit(LIST, RECORD_FLAGS);

        assertThat(status()).isEqualTo(5);
        assertThat(result()).isEqualTo(1);
      }

      /** idxd_evl_fault_work(): the result says so whatever the status is. */
      @Test
      void one_that_could_not_read_its_list_keeps_its_status_and_says_that_a_member_failed() {
        poke(LAST, noop(DENIED));

        submit(LAST, RECORD_FLAGS);

        assertThat(status()).isEqualTo(6);
        assertThat(result()).isEqualTo(1);
        assertThat(byteAt(process.memory(), RECORD + 4)).isEqualTo(1);
      }

      /** The number of a batch that was never told of comes again after 256 others. */
      @Test
      void a_failure_of_one_without_a_record_is_forgotten_when_its_number_comes_again() {
        poke(LAST, noop(DENIED));
        submit(LAST, 0);
        poke(LIST, descriptors(2, Opcode.NOOP, RECORD + 32, RECORD + 64));

        for (int i = 0; i < 2 * EventEntry.BATCH_IDS; i++) {
          hardware.faults().failRecords(1);
          submit(LIST, RECORD_FLAGS);
          assertThat(status()).as("batch %d", i).isEqualTo(1);
          assertThat(result()).as("batch %d", i).isZero();
        }
      }
    }

    /** A process can have its page wait for ever; the device must have room again all the same. */
    @Test
    void the_head_moves_although_no_record_can_be_written_yet() throws ErrnoException {
      List<Runnable> held = new ArrayList<>();
      Machine slow =
          builder()
              .workqueues(() -> held::add)
              .and(DeviceProfile.sapphireRapidsIaa())
              .and(DeviceProfile.versionTwo())
              .boot();
      slow.set("engine2.0/group_id", "0");
      queue(slow, "wq2.0", "shared");
      assertThat(slow.bindTo("idxd", "dsa2")).isEqualTo("ok");
      assertThat(slow.bindTo("user", "wq2.0")).isEqualTo("ok");
      SimulatedProcess process = program(slow);
      Handle file = process.open("/dev/dsa/wq2.0");
      slow.further.get(1).faults().failRecords(200);

      for (int i = 0; i < 200; i++) {
        assertThat(process.write(file, noop(RECORD))).isEqualTo("ok");
        slow.further.get(1).runAll();
      }

      assertThat(slow.read(LOG)).startsWith("Event Log head 8 tail 8 interrupt pending 0\n");
      assertThat(held).hasSize(200);
      assertThat(byteAt(process.memory(), RECORD)).isZero();
      file.release();
      held.forEach(Runnable::run);
      assertThat(byteAt(process.memory(), RECORD)).as("a file that is closed").isZero();
    }

    @Test
    void a_fault_that_no_worker_takes_counts_as_a_failure() throws ErrnoException {
      Machine busy =
          builder()
              .workqueues(
                  () ->
                      work -> {
                        throw new RejectedExecutionException();
                      })
              .and(DeviceProfile.sapphireRapidsIaa())
              .and(DeviceProfile.versionTwo())
              .boot();
      busy.set("engine2.0/group_id", "0");
      queue(busy, "wq2.0", "shared");
      assertThat(busy.bindTo("idxd", "dsa2")).isEqualTo("ok");
      assertThat(busy.bindTo("user", "wq2.0")).isEqualTo("ok");
      SimulatedProcess process = program(busy);
      Handle file = process.open("/dev/dsa/wq2.0");
      busy.further.get(1).faults().failRecords(1);

      assertThat(process.write(file, noop(RECORD))).isEqualTo("ok");
      busy.further.get(1).runAll();

      assertThat(busy.read("wq2.0/dsa!wq2.0/file0/cr_fault_failures")).isEqualTo("1\n");
      assertThat(busy.dmesg()).contains("Failed to service fault work.");
    }

    @Test
    void the_first_file_of_a_process_counts() throws ErrnoException {
      SimulatedProcess process = program(two);
      Handle first = process.open("/dev/dsa/wq2.0");
      Handle second = process.open("/dev/dsa/wq2.0");
      hardware.faults().failRecords(1);

      assertThat(process.write(second, noop(RECORD))).isEqualTo("ok");
      hardware.runAll();

      assertThat(two.read("wq2.0/dsa!wq2.0/file0/cr_faults")).isEqualTo("1\n");
      assertThat(two.read("wq2.0/dsa!wq2.0/file1/cr_faults")).isEqualTo("0\n");
      List.of(first, second).forEach(Handle::release);
    }

    @Test
    void the_log_is_empty_while_the_device_is_disabled_and_root_reads_it() throws ErrnoException {
      assertThat(two.unbindFrom("idxd", "dsa2")).isEqualTo("ok");

      assertThat(two.read(LOG)).isEmpty();
      assertThat(two.resolve(LOG).permissions()).isEqualTo(0400);
      assertThat(two.exists("/sys/kernel/debug/idxd/dsa0")).isFalse();
    }
  }

  @Nested
  class Halts {
    private final Machine on = on("shared");

    @Test
    void a_software_reset_leaves_a_configurable_device_empty() {
      assertThat(on.hardware.faults().halt(GenSts.ResetType.SOFTWARE)).isTrue();

      assertThat(on.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(on.read("wq0.0/size")).isEqualTo("0\n");
      assertThat(on.read("wq0.0/group_id")).isEqualTo("-1\n");
      assertThat(on.exists("dsa0/driver")).isTrue();
    }

    @Test
    void an_FLR_keeps_the_configuration() {
      on.set("wq0.0/enqcmds_retries", "7");

      assertThat(on.hardware.faults().halt(GenSts.ResetType.FLR)).isTrue();

      assertThat(on.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(on.read("wq0.0/state")).isEqualTo("enabled\n");
      assertThat(on.read("wq0.0/name")).isEqualTo("app\n");
      assertThat(on.read("wq0.0/threshold")).isEqualTo("8\n");
      assertThat(on.read("wq0.0/enqcmds_retries")).isEqualTo("7\n");
      assertThat(on.read("wq0.0/driver_name")).isEqualTo("user\n");
      assertThat(on.events).contains("unbind wq0.0", "bind wq0.0");
      assertThat(on.shell.openAnswer(NODE)).isEqualTo("ok");
    }

    @Test
    void so_does_the_one_that_root_asks_for() {
      assertThat(on.write("/sys/bus/pci/devices/0000:6a:01.0/reset", "1")).isEqualTo("ok");

      assertThat(on.read("wq0.0/state")).isEqualTo("enabled\n");
      assertThat(on.read("group0.0/engines")).isEqualTo("engine0.0\n");
    }

    @Test
    void a_system_reset_is_out_of_reach() {
      assertThat(on.hardware.faults().halt(GenSts.ResetType.COLD)).isTrue();

      assertThat(on.read("dsa0/state")).isEqualTo("disabled\n");
      assertThat(on.exists("wq0.0/driver")).isTrue();
      on.set("dsa0/cmd_status", "1");
      assertThat(on.unbindFrom("idxd", "dsa0")).isEqualTo("ok");
      on.basicConfig("shared");
      assertThat(on.bindTo("idxd", "dsa0")).isEqualTo("ENXIO");
      assertThat(on.read("dsa0/cmd_status")).isEqualTo("0x0\n");
      assertThat(on.dmesg()).contains("idxd halted, need system reset");
    }
  }
}
