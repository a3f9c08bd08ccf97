package io.dsafs.idxd;

import static io.dsafs.testing.SimulatedProcess.MAP_PRIVATE;
import static io.dsafs.testing.SimulatedProcess.MAP_SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.mem.TaskMemory;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Opcode;
import io.dsafs.spec.WqCfg;
import io.dsafs.testing.Machine;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Submitting through an open node: the ioctls that stand for a mapping, and write(2).
 *
 * <p>Sources: swq-v1 section 6.7; dsa-hardware section 3.3; mainline section 5.4.
 */
class PortalTest {
  private static final String NODE = "/dev/dsa/wq0.0";
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int READ_WRITE = PROT_READ | PROT_WRITE;

  private static Machine machine(String mode) {
    return machine(Machine.builder(), mode);
  }

  private static Machine machine(Machine.Builder builder, String mode) {
    Machine machine = builder.boot();
    machine.basicConfig(mode);
    machine.enable("dsa0", "wq0.0");
    return machine;
  }

  private static int occupancy(Machine machine) {
    return WqCfg.OCCUPANCY.get32(machine.endpoint.read32(0x500 + WqCfg.OCCUPANCY.dwordOffset()));
  }

  private static ByteBuffer noops(int count) {
    return ByteBuffer.allocateDirect(64 * count).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Nested
  class Opening {
    @ParameterizedTest
    @CsvSource({"NO_SUCH_THREAD, EINVAL", "REFUSED, EINVAL", "NO_DESCRIPTORS, ENFILE"})
    void says_why_the_openers_memory_cannot_be_had(TaskMemory.Refusal reason, String errno) {
      Machine machine = machine("shared");
      SimulatedProcess process = machine.newProcess();
      int bound = machine.iommu.bound();

      process.setOutOfReach(reason);
      assertThat(process.openAnswer(NODE)).isEqualTo(errno);
      assertThat(machine.iommu.bound()).isEqualTo(bound);

      process.setOutOfReach(null);
      assertThat(process.openAnswer(NODE)).isEqualTo("ok");
    }
  }

  @Nested
  class Mapping {
    private final Machine machine = machine("shared");
    private final SimulatedProcess shell = machine.shell;
    private final Handle file = open(Machine.O_RDWR);

    private Handle open(int flags) {
      try {
        return shell.open(NODE, flags);
      } catch (ErrnoException e) {
        throw new IllegalStateException(e);
      }
    }

    @Test
    void refuses_length_0_with_EINVAL() {
      assertThat(shell.mapAnswer(file, 0, READ_WRITE, MAP_SHARED, 0)).isEqualTo("EINVAL");
    }

    @Test
    void refuses_an_unaligned_offset_with_EINVAL() {
      assertThat(shell.mapAnswer(file, 4096, READ_WRITE, MAP_SHARED, 64)).isEqualTo("EINVAL");
    }

    @Test
    void refuses_other_kinds_of_mapping_with_EINVAL() {
      for (int type : List.of(0, 4, 15)) {
        assertThat(shell.mapAnswer(file, 4096, READ_WRITE, type, 0)).isEqualTo("EINVAL");
      }
    }

    @Test
    void refuses_to_write_what_is_open_for_reading_with_EACCES() {
      Handle reader = open(Machine.O_RDONLY);

      assertThat(shell.mapAnswer(reader, 4096, PROT_WRITE, MAP_SHARED, 0)).isEqualTo("EACCES");
      assertThat(shell.mapAnswer(reader, 4096, READ_WRITE, 3, 0)).isEqualTo("EACCES");
      assertThat(shell.mapAnswer(reader, 4096, PROT_READ, MAP_SHARED, 0)).isEqualTo("ok");
      assertThat(shell.mapAnswer(reader, 4096, PROT_WRITE, MAP_PRIVATE, 0)).isEqualTo("ok");
    }

    @Test
    void refuses_what_is_not_open_for_reading_with_EACCES() {
      Handle writer = open(Machine.O_WRONLY);

      assertThat(shell.mapAnswer(writer, 4096, PROT_WRITE, MAP_SHARED, 0)).isEqualTo("EACCES");
      assertThat(shell.mapAnswer(writer, 4096, PROT_READ, MAP_PRIVATE, 0)).isEqualTo("EACCES");
    }

    @Test
    void checks_access_before_length() {
      assertThat(shell.mapAnswer(open(Machine.O_WRONLY), 8192, PROT_WRITE, MAP_SHARED, 0))
          .isEqualTo("EACCES");
    }

    @Test
    void logs_that_a_mapping_is_too_large_but_not_every_time() {
      for (int i = 0; i < 20; i++) {
        assertThat(shell.mapAnswer(file, 4097, READ_WRITE, MAP_SHARED, 0)).isEqualTo("EINVAL");
      }

      assertThat(machine.dmesg().split("mapping too large", -1)).hasSizeBetween(2, 11);
    }

    @Test
    void ignores_flags_beyond_the_kind() {
      int populate = 0x8000;

      assertThat(shell.mapAnswer(file, 4096, PROT_WRITE, MAP_SHARED | populate, 0)).isEqualTo("ok");
    }

    @Test
    void answers_a_handle_of_the_limited_page() throws ErrnoException {
      assertThat(shell.map(file).kind()).isEqualTo(1);
      assertThat(shell.map(file).handle()).isNotEqualTo(shell.map(file).handle());
    }

    @Test
    void ends_with_its_unmapping() throws ErrnoException {
      SimulatedProcess.Page page = shell.map(file);

      assertThat(shell.unmap(file, page)).isEqualTo("0");
      assertThat(shell.unmap(file, page)).isEqualTo("EFAULT");
      assertThat(shell.enqcmd(file, page, noops(1))).isEqualTo("EFAULT");
    }

    @Test
    void cannot_be_unmapped_by_another_process() throws ErrnoException {
      SimulatedProcess.Page page = shell.map(file);

      assertThat(machine.newProcess().unmap(file, page)).isEqualTo("EFAULT");
      assertThat(shell.enqcmd(file, page, noops(1))).isEqualTo("0");
    }

    @Test
    void outlives_the_binding_of_its_queue() throws ErrnoException {
      SimulatedProcess.Page page = shell.map(file);

      assertThat(machine.unbind("wq0.0")).isEqualTo("ok");
      assertThat(shell.enqcmd(file, page, noops(1))).isEqualTo("1");
      machine.enable("wq0.0");
      assertThat(shell.enqcmd(file, page, noops(1))).isEqualTo("0");
    }

    @Test
    void is_not_possible_after_the_device_is_gone() throws ErrnoException {
      SimulatedProcess.Page page = shell.map(file);
      machine.set("/sys/bus/pci/drivers/idxd/unbind", "0000:6a:01.0");

      assertThat(shell.mapAnswer(file, 4096, READ_WRITE, MAP_SHARED, 0)).isEqualTo("ENODEV");
      assertThat(shell.enqcmd(file, page, noops(1))).isEqualTo("1");
      assertThat(shell.movdir64b(file, page, noops(1))).isEqualTo("0");
    }

    @Test
    void is_there_with_the_strict_abi_too() throws ErrnoException {
      Machine strict = machine(Machine.builder().strictAbi(), "shared");
      Handle node = strict.shell.open(NODE);

      assertThat(strict.shell.enqcmd(node, strict.shell.map(node), noops(1))).isEqualTo("0");
    }
  }

  @Nested
  class Enqcmd {
    private final Machine machine = machine("shared");
    private final SimulatedProcess shell = machine.shell;
    private final Handle file;
    private final SimulatedProcess.Page page;

    Enqcmd() throws ErrnoException {
      file = shell.open(NODE);
      page = shell.map(file);
    }

    @Test
    void is_accepted_below_the_threshold_and_retried_at_it() {
      for (int i = 0; i < 8; i++) {
        assertThat(shell.enqcmd(file, page, noops(1))).isEqualTo("0");
      }
      assertThat(shell.enqcmd(file, page, noops(1))).isEqualTo("1");
      assertThat(occupancy(machine)).isEqualTo(8);
    }

    @Test
    void goes_to_any_slot_of_the_page() {
      assertThat(shell.store(PortalIoctl.ENQCMD, file, page, 4032, noops(1))).isEqualTo("0");
    }

    @Test
    void refuses_what_is_not_a_slot_with_EINVAL() {
      for (long offset : List.of(1L, 32L, 4096L, -64L)) {
        assertThat(shell.store(PortalIoctl.ENQCMD, file, page, offset, noops(1)))
            .isEqualTo("EINVAL");
      }
    }

    @Test
    void faults_on_reserved_bits() {
      ByteBuffer privileged = noops(1).putInt(0, 0x80000000);

      assertThat(shell.enqcmd(file, page, privileged)).isEqualTo("EFAULT");
      assertThat(shell.enqcmd(file, page, noops(1).putInt(0, 1 << 20))).isEqualTo("EFAULT");
    }

    @Test
    void takes_any_pasid_bits_and_leaves_the_callers_bytes_alone() throws ErrnoException {
      ByteBuffer data =
          ByteBuffer.allocateDirect(PortalIoctl.ENQCMD.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
      data.putLong(0, page.handle()).putInt(16, 0xabcde);

      assertThat(file.ioctl(shell.tid(), PortalIoctl.ENQCMD.command(), data)).isZero();
      assertThat(data.getInt(16)).isEqualTo(0xabcde);
    }

    @Test
    void faults_without_a_pasid() throws ErrnoException {
      SimulatedProcess other = machine.newProcess();
      SimulatedProcess.Page theirs = other.map(file);

      assertThat(other.enqcmd(file, theirs, noops(1))).isEqualTo("EFAULT");
      Handle own = other.open(NODE);
      assertThat(other.enqcmd(file, theirs, noops(1))).isEqualTo("0");
      own.release();
      assertThat(other.enqcmd(file, theirs, noops(1))).isEqualTo("EFAULT");
    }

    @Test
    void faults_on_a_page_mapped_for_reading() throws ErrnoException {
      SimulatedProcess.Page readable = shell.map(file, 4096, PROT_READ, MAP_SHARED, 0);

      assertThat(shell.enqcmd(file, readable, noops(1))).isEqualTo("EFAULT");
    }

    @Test
    void is_never_accepted_by_a_private_mapping() throws ErrnoException {
      SimulatedProcess.Page copy = shell.map(file, 4096, READ_WRITE, MAP_PRIVATE, 0);

      assertThat(shell.enqcmd(file, copy, noops(1))).isEqualTo("1");
      assertThat(shell.movdir64b(file, copy, noops(1))).isEqualTo("0");
      assertThat(occupancy(machine)).isZero();
    }

    @Test
    void is_retried_by_a_dedicated_queue() throws ErrnoException {
      Machine dedicated = machine("dedicated");
      Handle node = dedicated.shell.open(NODE);
      SimulatedProcess.Page portal = dedicated.shell.map(node);

      assertThat(dedicated.shell.enqcmd(node, portal, noops(1))).isEqualTo("1");
      assertThat(dedicated.shell.movdir64b(node, portal, noops(1))).isEqualTo("0");
      assertThat(occupancy(dedicated)).isEqualTo(1);
    }

    @Test
    void movdir64b_is_dropped_by_a_shared_queue() {
      assertThat(shell.movdir64b(file, page, noops(1))).isEqualTo("0");
      assertThat(occupancy(machine)).isZero();
    }
  }

  @Nested
  class Write {
    private final Machine machine = machine("shared");
    private final SimulatedProcess shell = machine.shell;
    private final Handle file;

    Write() throws ErrnoException {
      file = shell.open(NODE);
    }

    @Test
    void submits_whole_descriptors() {
      assertThat(shell.write(file, noops(3))).isEqualTo("ok");
      assertThat(occupancy(machine)).isEqualTo(3);
    }

    @Test
    void ignores_a_remainder() {
      ByteBuffer some = noops(2).limit(127);

      assertThat(shell.write(file, some)).isEqualTo("wrote 64");
      assertThat(shell.write(file, noops(1).limit(63))).isEqualTo("wrote 0");
    }

    @Test
    void refuses_another_process_with_EPERM_whatever_the_length() {
      SimulatedProcess other = machine.newProcess();

      assertThat(other.write(file, noops(1))).isEqualTo("EPERM");
      assertThat(other.write(file, noops(0))).isEqualTo("EPERM");
    }

    @Test
    void counts_what_was_accepted_before_a_full_queue() {
      assertThat(shell.write(file, noops(10))).isEqualTo("wrote 512");
      assertThat(shell.write(file, noops(1))).isEqualTo("EAGAIN");
    }

    @Test
    void refuses_a_batch_on_a_version_1_device_with_EINVAL() {
      ByteBuffer batch = noops(1).putInt(4, Opcode.BATCH.code() << 24);

      assertThat(shell.write(file, batch)).isEqualTo("EINVAL");
    }

    @Test
    void takes_a_batch_on_a_version_2_device() throws ErrnoException {
      Machine two = machine(Machine.builder().profile(DeviceProfile.versionTwo()), "shared");
      ByteBuffer batch = noops(1).putInt(4, Opcode.BATCH.code() << 24);

      assertThat(two.shell.write(two.shell.open(NODE), batch)).isEqualTo("ok");
    }

    @Test
    void refuses_an_unaligned_record_address_even_if_unused_with_EINVAL() {
      ByteBuffer unaligned = noops(1).putLong(Descriptor.COMPLETION_ADDR.byteOffset(), 16);

      assertThat(shell.write(file, unaligned)).isEqualTo("EINVAL");
    }

    @Test
    void stops_at_the_first_refusal() {
      ByteBuffer mixed = noops(3).putLong(64 + Descriptor.COMPLETION_ADDR.byteOffset(), 16);

      assertThat(shell.write(file, mixed)).isEqualTo("wrote 64");
      assertThat(occupancy(machine)).isEqualTo(1);
    }

    @Test
    void leaves_the_bytes_of_the_caller_alone() {
      ByteBuffer own = noops(1).putInt(0, 0x8000_0007);

      assertThat(shell.write(file, own)).isEqualTo("ok");
      assertThat(own.getInt(0)).isEqualTo(0x8000_0007);
    }

    @Test
    void never_refuses_on_a_dedicated_queue() throws ErrnoException {
      Machine dedicated = machine("dedicated");
      Handle node = dedicated.shell.open(NODE);

      assertThat(dedicated.shell.write(node, noops(20))).isEqualTo("ok");
      assertThat(occupancy(dedicated)).isEqualTo(16);
    }

    @Test
    void refuses_after_the_queue_was_unbound_with_ENXIO() {
      assertThat(machine.unbind("wq0.0")).isEqualTo("ok");

      assertThat(shell.write(file, noops(1))).isEqualTo("ENXIO");
    }

    @Test
    void refuses_after_the_device_is_gone_with_ENODEV() {
      machine.set("/sys/bus/pci/drivers/idxd/unbind", "0000:6a:01.0");

      assertThat(shell.write(file, noops(1))).isEqualTo("ENODEV");
      assertThat(file.poll(0, null)).isEqualTo(OpenFile.POLL_GONE);
    }
  }
}
