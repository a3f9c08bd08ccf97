package io.dsafs.cli;

import static io.dsafs.testing.Machine.DEVICES;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.CompletionRecord;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.spec.Opcode;
import io.dsafs.testing.Machine;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import io.dsafs.vfs.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the driver does with a device that is made to fail. Sources: swq-v1 sections 5 to 8, 11 and
 * 14; dsa-hardware sections 2.5 to 2.9 and 7.
 */
class InjectionFilesTest {
  private static final String ADDRESS = "0000:6a:01.0";
  private static final String DIRECTORY = "/sys/kernel/debug/dsafs/" + ADDRESS + "/inject";
  private static final String INJECT = DIRECTORY + "/";
  private static final String PCI_UNBIND = "/sys/bus/pci/drivers/idxd/unbind";
  private static final String PCI_BIND = "/sys/bus/pci/drivers/idxd/bind";
  private static final String NODE = "/dev/dsa/wq0.0";
  private static final int LENGTH = 8192;

  private final Machine p = Machine.p();
  private final KernelMemory memory = p.shell.memory();
  private final long source = memory.allocate(LENGTH);
  private final long destination = memory.allocate(LENGTH);
  private final long record = memory.allocate(4096);

  InjectionFilesTest() {
    new InjectionFiles(p.hardware.faults(), p.iommu, ADDRESS).addTo(p.tree.directory(DIRECTORY));
  }

  private String inject(String file, String order) {
    return p.write(INJECT + file, order);
  }

  private String shows(String file) {
    return p.read(INJECT + file);
  }

  private void enable(String mode) {
    p.basicConfig(mode);
    p.enable("dsa0", "wq0.0");
  }

  private void rebind() {
    p.set(PCI_UNBIND, ADDRESS, PCI_BIND, ADDRESS);
  }

  private ByteBuffer copy() {
    ByteBuffer descriptor = ByteBuffer.allocateDirect(64).order(ByteOrder.LITTLE_ENDIAN);
    int flags = Flag.CRAV.mask() | Flag.RCR.mask();
    descriptor.putInt(4, Opcode.MEMMOVE.code() << 24 | flags);
    descriptor.putLong(Descriptor.COMPLETION_ADDR.byteOffset(), record);
    descriptor.putLong(Descriptor.SRC_ADDR.byteOffset(), source);
    descriptor.putLong(Descriptor.DST_ADDR.byteOffset(), destination);
    return descriptor.putInt(Descriptor.XFER_SIZE.byteOffset(), LENGTH);
  }

  private ByteBuffer record() {
    byte[] bytes = new byte[CompletionRecord.SIZE_BYTES];
    memory.peek(record, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The status byte of the record. */
  private int status() {
    return record().get(0) & 0xff;
  }

  private Handle submit() throws ErrnoException {
    Handle file = p.shell.open(NODE);
    assertThat(p.shell.write(file, copy())).isEqualTo("ok");
    return file;
  }

  @Nested
  class Each_file {
    @ParameterizedTest
    @CsvSource({
      "stall,0",
      "halt,off",
      "command,off",
      "page_fault,''",
      "iommu_bind,none",
      "msix,9",
      "swerror,0x0000000000000000 0x0000000000000000 0x0000000000000000 0x0000000000000000"
    })
    void tells_that_nothing_is_wrong_at_first(String file, String text) {
      assertThat(shows(file).strip()).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
      "stall,2",
      "stall,-1",
      "stall,yes",
      "stall,engines=",
      "stall,engines=0x10",
      "halt,4",
      "halt,on",
      "halt,0 0",
      "swerror,error",
      "swerror,error=",
      "swerror,error=0x100",
      "swerror,nothing=1",
      "swerror,valid=1",
      "swerror,0x1 0x2 0x3",
      "swerror,1 2 3 4 5",
      "swerror,error=1 2",
      "command,256",
      "command,always",
      "command,3 3",
      "page_fault,4096",
      "page_fault,0x",
      "page_fault,0x2000-0x1000",
      "page_fault,0x1000 7",
      "page_fault,0x1000 pasid=1048576",
      "page_fault,0x1000 pasid=1 2",
      "page_fault,0x10000000000000000",
      "record_fault,-1",
      "record_fault,one",
      "record_fault,1 2",
      "int_handles,1",
      "int_handles,revoke all",
      "iommu_bind,all",
      "iommu_bind,nospc 0",
      "iommu_bind,nospc x",
      "iommu_bind,nospc 1 1",
      "msix,10",
      "msix,-1",
      "msix,none"
    })
    void refuses_other_text_with_EINVAL_and_changes_nothing(String file, String text) {
      String before = shows(file);

      assertThat(inject(file, text)).isEqualTo("EINVAL");
      assertThat(shows(file)).isEqualTo(before);
    }

    /** Documentation/ABI/testing/dsafs-debug. */
    @Test
    void is_documented_with_its_mode() throws IOException, ErrnoException {
      Pattern entry =
          Pattern.compile(
              "What:\t+/sys/kernel/debug/dsafs/<bdf>/inject/(\\w+)\n(?:.*\n)*?Mode:\t+(\\d+)");
      Matcher found =
          entry.matcher(Files.readString(Path.of("Documentation/ABI/testing/dsafs-debug")));
      List<String> documented = new ArrayList<>();
      while (found.find()) {
        documented.add(found.group(1) + " " + found.group(2));
      }
      List<String> present = new ArrayList<>();
      for (String name : p.list(DIRECTORY)) {
        Node node = p.resolve(INJECT + name);
        present.add(String.format(Locale.ROOT, "%s %04o", name, node.permissions()));
      }

      assertThat(documented).containsExactlyInAnyOrderElementsOf(present);
    }
  }

  @Nested
  class Stalled_engines {
    @Test
    void take_nothing_until_they_are_released() throws ErrnoException {
      enable("shared");
      assertThat(inject("stall", "1\n")).isEqualTo("ok");
      Handle file = submit();
      p.hardware.runAll();
      assertThat(status()).isZero();
      assertThat(shows("stall")).isEqualTo("1\n");

      assertThat(inject("stall", "0\n")).isEqualTo("ok");
      p.hardware.runAll();
      assertThat(status()).isEqualTo(1);
      file.release();
    }

    @Test
    void leave_the_others_working() throws ErrnoException {
      p.set("engine0.1/group_id", "0");
      enable("shared");
      assertThat(inject("stall", "engines=0x1")).isEqualTo("ok");
      Handle file = submit();
      p.hardware.runAll();

      assertThat(status()).isEqualTo(1);
      assertThat(shows("stall")).isEqualTo("engines=0x1\n");
      file.release();
    }

    @Test
    void fill_a_shared_queue_up_to_its_threshold() throws ErrnoException {
      enable("shared");
      p.set(INJECT + "stall", "1");
      Handle file = p.shell.open(NODE);
      for (int i = 0; i < 8; i++) {
        assertThat(p.shell.write(file, copy())).isEqualTo("ok");
      }

      assertThat(p.shell.write(file, copy())).isEqualTo("EAGAIN");
    }

    /** The unbinding itself always succeeds: swq-v1 section 3.5. */
    @Test
    void let_the_unbinding_of_a_queue_with_work_time_out() throws ErrnoException {
      enable("shared");
      p.set(INJECT + "stall", "1");
      Handle file = submit();

      assertThat(p.unbind("wq0.0")).isEqualTo("ok");
      assertThat(p.dmesg()).contains("Failed to disable wq: command timed out");
      assertThat(p.read("wq0.0/state")).isEqualTo("enabled\n");
      assertThat(p.bind("wq0.0")).isEqualTo("ENODEV");
      file.release();
    }

    @Test
    void do_not_keep_a_file_from_closing() throws ErrnoException {
      enable("shared");
      p.set(INJECT + "stall", "1");
      Handle file = submit();
      file.release();

      assertThat(p.read("wq0.0/clients")).isEqualTo("0\n");
      assertThat(p.iommu.pasidOf(memory)).isZero();
      assertThat(p.dmesg()).contains("command timed out: DRAIN_PASID");
    }
  }

  /** swq-v1 sections 3.3 and 11.3. */
  @Nested
  class A_halt {
    @ParameterizedTest
    @CsvSource({"1,FLR", "2,system reset", "3,system reset"})
    void is_seen_by_the_driver(String type, String needed) throws ErrnoException {
      enable("dedicated");
      AtomicInteger woken = new AtomicInteger();
      Handle file = p.shell.open(NODE);
      assertThat(file.poll(0, woken::incrementAndGet)).isEqualTo(OpenFile.POLL_NONE);

      assertThat(inject("halt", type)).isEqualTo("ok");

      assertThat(p.read("dsa0/state")).isEqualTo("halted\n");
      assertThat(p.read("wq0.0/state")).isEqualTo("disabled\n");
      assertThat(p.dmesg()).contains("idxd halted, need " + needed);
      assertThat(p.read("dsa0/errors")).startsWith("0x0000000000005101 ");
      assertThat(woken).hasValue(1);
      assertThat(file.poll(0, null)).isEqualTo(OpenFile.POLL_READABLE);
      assertThat(shows("halt")).isEqualTo(type + "\n");
      assertThat(inject("halt", type)).isEqualTo("EBUSY");
      file.release();
    }

    @Test
    void that_software_can_leave_brings_the_queues_back() throws ErrnoException {
      enable("shared");
      Handle file = p.shell.open(NODE);

      assertThat(inject("halt", "0")).isEqualTo("ok");

      assertThat(shows("halt")).isEqualTo("off\n");
      assertThat(p.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(p.read("wq0.0/state")).isEqualTo("enabled\n");
      assertThat(p.shell.write(file, copy())).isEqualTo("ok");
      p.hardware.runAll();
      assertThat(status()).isEqualTo(1);
      file.release();
    }

    /** swq-v1 section 11.4. */
    @Test
    void stays_if_the_restart_fails() {
      enable("shared");
      p.set(INJECT + "command", "never", INJECT + "halt", "0");

      assertThat(p.read("dsa0/state")).isEqualTo("halted\n");
      assertThat(p.dmesg()).contains("Device restart failed");
    }

    @Test
    void that_needs_power_ends_with_off_and_a_rescan() {
      enable("shared");
      p.set(INJECT + "halt", "3");
      p.set("/sys/bus/pci/devices/" + ADDRESS + "/reset", "1");
      assertThat(shows("halt")).isEqualTo("3\n");

      p.set(INJECT + "halt", "off");
      p.set("/sys/bus/pci/devices/" + ADDRESS + "/remove", "1", "/sys/bus/pci/rescan", "1");

      assertThat(shows("halt")).isEqualTo("off\n");
      enable("shared");
      assertThat(p.read("wq0.0/state")).isEqualTo("enabled\n");
    }

    @Test
    void abandons_what_is_queued() throws ErrnoException {
      enable("shared");
      Handle file = submit();
      p.set(INJECT + "halt", "1");
      p.hardware.runAll();

      assertThat(status()).isZero();
      assertThat(p.shell.write(file, copy())).isEqualTo("EAGAIN");
      file.release();
    }
  }

  /** swq-v1 sections 2.3, 6.8 and 11.3. */
  @Nested
  class A_software_error {
    @Test
    void of_given_fields_reaches_the_driver() {
      assertThat(
              inject(
                  "swerror",
                  "error=0x1a desc_valid=1 wq_idx_valid=1 wq_idx=3 operation=0x03 pasid=0x12"
                      + " fault_rw=1 batch=1 batch_idx=7 fault_addr=0x7f0012345000\n"))
          .isEqualTo("ok");

      assertThat(p.read("dsa0/errors"))
          .isEqualTo(
              "0x0000120300031a3d 0x0000000000000007 0x00007f0012345000 0x0000000000000000\n");
    }

    @Test
    void of_given_words_can_be_pasted_from_errors() {
      String words = "0x0000120300031a3d 0x0000000000000007 0x00007f0012345000 0x0000000000000000";

      assertThat(inject("swerror", words)).isEqualTo("ok");

      assertThat(p.read("dsa0/errors")).isEqualTo(words + "\n");
      // The driver has acknowledged it.
      assertThat(shows("swerror")).startsWith("0x0000120300031a3c ");
    }

    @Test
    void of_a_queue_wakes_only_who_polls_that() throws ErrnoException {
      p.queue("wq0.1", "shared", "user", "two");
      enable("shared");
      p.enable("wq0.1");
      AtomicInteger first = new AtomicInteger();
      AtomicInteger second = new AtomicInteger();
      int unused = p.shell.open(NODE).poll(0, first::incrementAndGet);
      unused = p.shell.open("/dev/dsa/wq0.1").poll(0, second::incrementAndGet);

      p.set(INJECT + "swerror", "error=0x1a wq_idx_valid=1 wq_idx=1");

      assertThat(first).hasValue(0);
      assertThat(second).hasValue(1);
    }

    @Test
    void from_before_the_driver_does_not_silence_later_ones() {
      p.set(PCI_UNBIND, ADDRESS, INJECT + "swerror", "error=0x10", PCI_BIND, ADDRESS);
      assertThat(p.read("dsa0/errors")).startsWith("0x0000000000000000 ");

      p.set(INJECT + "swerror", "error=0x11");
      assertThat(p.read("dsa0/errors")).startsWith("0x0000000000001101 ");
    }

    @Test
    void is_not_seen_twice_while_the_first_is_unread() {
      p.set(PCI_UNBIND, ADDRESS);
      p.set(INJECT + "swerror", "error=0x10", INJECT + "swerror", "error=0x11");

      assertThat(shows("swerror")).startsWith("0x0000000000001003 ");
    }
  }

  /** swq-v1 section 5.3. */
  @Nested
  class A_command {
    @Test
    void that_is_refused_fails_the_binding() {
      p.basicConfig("dedicated");
      p.set(INJECT + "command", "0x11");
      assertThat(shows("command")).isEqualTo("0x11\n");

      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
      assertThat(p.dmesg()).contains("Device enable failed: -6");
      assertThat(p.read("dsa0/cmd_status")).isEqualTo("0x11\n");
      assertThat(shows("command")).isEqualTo("off\n");
      assertThat(p.bind("dsa0")).isEqualTo("ok");
    }

    @Test
    void that_never_answers_fails_the_binding_after_the_polls() {
      p.basicConfig("dedicated");
      p.set(INJECT + "command", "never");

      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
      assertThat(p.dmesg())
          .contains("Command timed out: ENABLE_DEVICE")
          .contains("Device enable failed: -16");
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
      // The next command is not even sent while that one is active.
      p.endpoint.forget();
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
      assertThat(p.endpoint.commands()).isEmpty();
    }

    @Test
    void that_was_held_runs_late() {
      p.basicConfig("dedicated");
      p.set(INJECT + "command", "never");
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");

      p.set(INJECT + "command", "off");

      // Behind the driver's back the device is enabled now, and only a new PCI binding helps.
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
      assertThat(p.dmesg()).contains("Device enable failed: -6");
      rebind();
      enable("dedicated");
    }

    @Test
    void that_was_held_can_be_answered() {
      p.basicConfig("dedicated");
      p.set(INJECT + "command", "never");
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");

      p.set(INJECT + "command", "0x03");

      assertThat(shows("command")).isEqualTo("off\n");
      assertThat(p.bind("dsa0")).isEqualTo("ok");
    }

    @Test
    void that_never_answers_fails_the_probe() {
      p.set(PCI_UNBIND, ADDRESS, INJECT + "command", "never");

      assertThat(p.write(PCI_BIND, ADDRESS)).isEqualTo("ENODEV");
      assertThat(p.iommu.bound()).isZero();
      p.set(INJECT + "command", "off", PCI_BIND, ADDRESS);
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
    }

    /** 14.25: the status of disabling a device is tested as a mask. */
    @ParameterizedTest
    @CsvSource({"0x03,disabled", "0x02,enabled"})
    void to_disable_the_device_counts_as_done_by_its_bits(String status, String state) {
      p.basicConfig("dedicated");
      p.enable("dsa0");
      p.set(INJECT + "command", status);

      assertThat(p.unbind("dsa0")).isEqualTo("ok");
      assertThat(p.read("dsa0/state")).isEqualTo(state + "\n");
    }

    /** 14.3: the open gives the errno back and the PASID too; the queue stays off. */
    @ParameterizedTest
    @CsvSource({"0x32,ENXIO", "never,EBUSY"})
    void of_an_open_gives_it_its_errno(String order, String errno) {
      enable("dedicated");
      p.set(INJECT + "command", order);

      assertThat(p.shell.openAnswer(NODE)).isEqualTo(errno);
      assertThat(p.iommu.pasidOf(memory)).isZero();
      assertThat(p.read("wq0.0/clients")).isEqualTo("0\n");
    }
  }

  /** dsa-hardware section 7. */
  @Nested
  class A_page_fault {
    @ParameterizedTest
    @CsvSource({"0,0x03", "1,0x83"})
    void ends_work_at_the_page_with_its_direction(int write, String status) throws ErrnoException {
      enable("shared");
      long page = (write == 1 ? destination : source) + 4096;
      p.set(INJECT + "page_fault", String.format(Locale.ROOT, "0x%x", page + 100));
      Handle file = submit();
      p.hardware.runAll();

      assertThat(String.format(Locale.ROOT, "0x%02x", status())).isEqualTo(status);
      assertThat(record().getInt(4)).isEqualTo(4096);
      assertThat(record().getLong(8)).isEqualTo(page);
      file.release();
    }

    @Test
    void is_nothing_that_waiting_helps() throws ErrnoException {
      p.basicConfig("shared");
      p.set("wq0.0/block_on_fault", "1");
      p.enable("dsa0", "wq0.0");
      p.set(INJECT + "page_fault", String.format(Locale.ROOT, "0x%x", source));
      Handle file = p.shell.open(NODE);
      ByteBuffer waiting = copy();
      waiting.putInt(4, waiting.getInt(4) | Flag.BOF.mask());
      assertThat(p.shell.write(file, waiting)).isEqualTo("ok");
      p.hardware.runAll();

      assertThat(status()).isEqualTo(4);
      file.release();
    }

    @Test
    void goes_when_it_is_removed() throws ErrnoException {
      enable("shared");
      String range = String.format(Locale.ROOT, "0x%x-0x%x", source, source + LENGTH - 1);
      p.set(INJECT + "page_fault", range, INJECT + "page_fault", "0x1000 pasid=5");
      assertThat(shows("page_fault")).isEqualTo(range + "\n0x1000-0x1fff pasid=5\n");

      p.set(INJECT + "page_fault", "off");
      Handle file = submit();
      p.hardware.runAll();

      assertThat(status()).isEqualTo(1);
      file.release();
    }

    @Test
    void of_a_PASID_is_nobody_elses() throws ErrnoException {
      enable("shared");
      Handle file = p.shell.open(NODE);
      int pasid = p.iommu.pasidOf(memory);
      p.set(INJECT + "page_fault", String.format(Locale.ROOT, "0x%x pasid=%d", source, pasid + 1));
      assertThat(p.shell.write(file, copy())).isEqualTo("ok");
      p.hardware.runAll();
      assertThat(status()).isEqualTo(1);

      p.set(INJECT + "page_fault", String.format(Locale.ROOT, "0x%x pasid=%d", source, pasid));
      assertThat(p.shell.write(file, copy())).isEqualTo("ok");
      p.hardware.runAll();
      assertThat(status()).isEqualTo(3);
      file.release();
    }

    @Test
    void of_a_completion_record_becomes_a_software_error() throws ErrnoException {
      enable("shared");
      p.set(INJECT + "page_fault", String.format(Locale.ROOT, "0x%x", record));
      Handle file = submit();
      p.hardware.runAll();

      assertThat(status()).isZero();
      assertThat(p.read("dsa0/errors"))
          .isEqualTo(
              String.format(
                  Locale.ROOT, "0x0000020300001a2d 0x%016x 0x%016x 0x%016x\n", 0, record, 0));
      assertThat(file.poll(0, null)).isEqualTo(OpenFile.POLL_READABLE);
      file.release();
    }

    @Test
    void at_the_end_of_all_addresses_is_one_page() {
      p.set(INJECT + "page_fault", "0xffffffffffffffff");

      assertThat(shows("page_fault")).isEqualTo("0xfffffffffffff000-0xffffffffffffffff\n");
    }
  }

  /** swq-v1 section 8. */
  @Nested
  class A_refused_PASID {
    @ParameterizedTest
    @CsvSource({"inval,22", "nospc,28", "nomem,12", "nosys,38", "notsupp,524"})
    void leaves_the_device_without_at_the_next_probe(String reason, int errno) {
      p.set(INJECT + "iommu_bind", reason);
      rebind();

      assertThat(p.read("dsa0/pasid_enabled")).isEqualTo("0\n");
      assertThat(p.dmesg()).contains("No PASID support. -" + errno + "\n");
      assertThat(p.write("wq0.0/mode", "shared")).isEqualTo("EINVAL");
      p.set(INJECT + "iommu_bind", "none");
      rebind();
      assertThat(p.read("dsa0/pasid_enabled")).isEqualTo("1\n");
    }

    @Test
    void gives_an_open_its_errno() throws ErrnoException {
      enable("dedicated");
      p.set(INJECT + "iommu_bind", "nospc 2");
      assertThat(shows("iommu_bind")).isEqualTo("nospc 2\n");

      assertThat(p.shell.openAnswer(NODE)).isEqualTo("ENOSPC");
      assertThat(shows("iommu_bind")).isEqualTo("nospc 1\n");
      assertThat(p.shell.openAnswer(NODE)).isEqualTo("ENOSPC");
      assertThat(shows("iommu_bind")).isEqualTo("none\n");
      assertThat(p.read("wq0.0/clients")).isEqualTo("0\n");
      assertThat(p.shell.openAnswer(NODE)).isEqualTo("ok");
    }

    @Test
    void does_not_disturb_who_has_one() throws ErrnoException {
      enable("shared");
      Handle file = p.shell.open(NODE);
      p.set(INJECT + "iommu_bind", "nospc");

      assertThat(p.newProcess().openAnswer(NODE)).isEqualTo("ENOSPC");
      assertThat(p.shell.write(file, copy())).isEqualTo("ok");
      file.release();
    }
  }

  /** swq-v1 sections 11.1 and 14.21. */
  @Nested
  class A_function_with_fewer_vectors {
    @Test
    void is_refused_without_any() {
      p.set(INJECT + "msix", "0", PCI_UNBIND, ADDRESS);

      assertThat(p.write(PCI_BIND, ADDRESS)).isEqualTo("ENODEV");
      assertThat(p.dmesg()).contains("Not MSI-X interrupt capable.");
      assertThat(p.iommu.bound()).isZero();
      assertThat(p.exists(DEVICES + "dsa0")).isFalse();

      p.set(INJECT + "msix", "9", PCI_BIND, ADDRESS);
      assertThat(p.read("dsa0/state")).isEqualTo("disabled\n");
    }

    @Test
    void works_with_what_there_is() throws ErrnoException {
      p.set(INJECT + "msix", "3");
      rebind();

      assertThat(p.pci.irqNames()).containsExactly("idxd-misc", "idxd-portal", "idxd-portal");
      assertThat(p.list("/sys/bus/pci/devices/" + ADDRESS + "/msi_irqs")).hasSize(3);
      enable("shared");
      p.set(INJECT + "swerror", "error=0x1a");
      assertThat(p.read("dsa0/errors")).startsWith("0x0000000000001a01");
    }

    @Test
    void keeps_the_vectors_it_has_until_then() {
      enable("shared");
      p.set(INJECT + "msix", "0", INJECT + "swerror", "error=0x1a");

      assertThat(p.read("dsa0/errors")).startsWith("0x0000000000001a01");
      assertThat(p.pci.irqNames()).hasSize(9);
    }

    @Test
    void shows_it_in_its_list_of_capabilities() throws ErrnoException {
      p.set(INJECT + "msix", "0");
      assertThat(p.endpoint.configRead(0x41, 1)).isEqualTo(0x90);
      p.set("/sys/bus/pci/devices/" + ADDRESS + "/reset", "1");
      assertThat(p.endpoint.configRead(0x41, 1)).isEqualTo(0x90);

      p.set(INJECT + "msix", "4");
      assertThat(p.endpoint.configRead(0x41, 1)).isEqualTo(0x80);
      assertThat(p.endpoint.configRead(0x82, 2) & 0x7ff).isEqualTo(3);
    }
  }

  @Nested
  class Open_files {
    @Test
    void are_listed_while_they_are_open() throws ErrnoException {
      enable("shared");
      SimulatedProcess other = p.newProcess();
      Handle mine = p.shell.open(NODE);
      Handle theirs = other.open(NODE);

      assertThat(p.idxd.describeClients(ADDRESS))
          .isEqualTo(
              "wq0.0 pasid 2 "
                  + memory.describe()
                  + "\nwq0.0 pasid 3 "
                  + other.memory().describe()
                  + "\n");
      mine.release();
      theirs.release();
      assertThat(p.idxd.describeClients(ADDRESS)).isEmpty();
    }
  }
}
