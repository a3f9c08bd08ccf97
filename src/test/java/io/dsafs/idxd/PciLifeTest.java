package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.core.OpenFile;
import io.dsafs.mem.KernelMemory;
import io.dsafs.spec.Descriptor;
import io.dsafs.spec.Flag;
import io.dsafs.testing.Machine;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The function is taken away or reset while programs use its queues. Sources: swq-v1 sections 3.7,
 * 6.6 and 14.36; dsa-hardware section 1.5.
 */
class PciLifeTest {
  private static final String ADDRESS = "0000:6a:01.0";
  private static final String DRIVER = "/sys/bus/pci/drivers/idxd/";
  private static final String FUNCTION = "/sys/bus/pci/devices/" + ADDRESS + "/";
  private static final String NODE = "/dev/dsa/wq0.0";

  private final Machine p = Machine.p();
  private final KernelMemory memory = p.shell.memory();
  private final long record = memory.allocate(4096);

  private void takeAway(String way) {
    if (way.equals("unbind")) {
      p.set(DRIVER + "unbind", ADDRESS);
    } else {
      p.set(FUNCTION + "remove", "1");
    }
  }

  private void bringBack(String way) {
    if (way.equals("unbind")) {
      p.set(DRIVER + "bind", ADDRESS);
    } else {
      p.set("/sys/bus/pci/rescan", "1");
    }
  }

  private void enable(String mode) {
    p.basicConfig(mode);
    p.enable("dsa0", "wq0.0");
  }

  private ByteBuffer noop() {
    ByteBuffer descriptor = ByteBuffer.allocateDirect(64).order(ByteOrder.LITTLE_ENDIAN);
    descriptor.putInt(4, Flag.CRAV.mask() | Flag.RCR.mask());
    return descriptor.putLong(Descriptor.COMPLETION_ADDR.byteOffset(), record);
  }

  private void assertUsable(String mode) throws ErrnoException {
    enable(mode);
    memory.poke(record, new byte[32]);
    assertThat(p.read("wq0.0/cdev_minor")).isEqualTo("0\n");
    Handle file = p.shell.open(NODE);
    assertThat(p.shell.write(file, noop())).isEqualTo("ok");
    p.hardware.runAll();
    assertThat(memory.peek(record)).isEqualTo((byte) 1);
    file.release();
    assertThat(p.iommu.bound()).isEqualTo(1);
    assertThat(p.read("wq0.0/clients")).isEqualTo("0\n");
  }

  @Nested
  class Taken_away_with_a_queue_open {
    @ParameterizedTest
    @ValueSource(strings = {"unbind", "remove"})
    void tells_the_holder_and_leaves_nothing(String way) throws ErrnoException {
      enable("shared");
      AtomicInteger woken = new AtomicInteger();
      Handle file = p.shell.open(NODE);
      SimulatedProcess.Page page = p.shell.map(file);
      int unused = file.poll(0, woken::incrementAndGet);

      takeAway(way);

      assertThat(woken).hasValue(1);
      assertThat(file.poll(0, null)).isEqualTo(OpenFile.POLL_GONE);
      assertThat(p.shell.write(file, noop())).isEqualTo("ENODEV");
      assertThat(p.shell.mapAnswer(file, 4096, 3, SimulatedProcess.MAP_SHARED, 0))
          .isEqualTo("ENODEV");
      assertThat(p.shell.enqcmd(file, page, noop())).isEqualTo("1");
      assertThat(p.exists(NODE)).isFalse();
      assertThat(p.exists("/sys/bus/dsa/devices/dsa0")).isFalse();
      file.release();
      assertThat(p.iommu.bound()).isZero();

      bringBack(way);
      assertUsable("shared");
    }

    @ParameterizedTest
    @ValueSource(strings = {"unbind", "remove"})
    void does_not_give_the_file_the_device_that_comes_after(String way) throws ErrnoException {
      enable("dedicated");
      Handle old = p.shell.open(NODE);
      takeAway(way);
      bringBack(way);
      enable("dedicated");
      SimulatedProcess next = p.newProcess();
      Handle file = next.open(NODE);

      assertThat(p.shell.write(old, noop())).isEqualTo("ENODEV");
      assertThat(old.poll(0, null)).isEqualTo(OpenFile.POLL_GONE);
      old.release();
      assertThat(p.read("wq0.0/clients")).isEqualTo("1\n");
      assertThat(p.iommu.pasidOf(next.memory())).isNotZero();
      file.release();
      assertThat(p.iommu.bound()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unbind", "remove"})
    void finishes_what_the_queue_holds(String way) throws ErrnoException {
      p.basicConfig("shared");
      p.enable("dsa0", "wq0.0");
      Handle file = p.shell.open(NODE);
      assertThat(p.shell.write(file, noop())).isEqualTo("ok");
      p.hardware.runAll();

      takeAway(way);

      assertThat(memory.peek(record)).isEqualTo((byte) 1);
      file.release();
      bringBack(way);
      assertUsable("shared");
    }

    /**
     * The device does not end its work, so that it is still enabled when the kernel takes bus
     * mastering away: it halts, and only a reset of the function helps.
     */
    @ParameterizedTest
    @ValueSource(strings = {"unbind", "remove"})
    void halts_if_it_cannot_finish_and_a_reset_helps(String way) throws ErrnoException {
      enable("shared");
      Handle file = p.shell.open(NODE);
      assertThat(p.shell.write(file, noop())).isEqualTo("ok");
      p.hardware.stall();

      takeAway(way);

      assertThat(p.dmesg()).contains("Failed to disable wq").contains("Disabling device failed");
      file.release();
      assertThat(p.iommu.bound()).isZero();
      p.hardware.release();
      bringBack(way);
      p.basicConfig("shared");
      assertThat(p.bind("dsa0")).isEqualTo("ENODEV");
      assertThat(p.read("dsa0/cmd_status")).isEqualTo("0x5\n");

      p.set(DRIVER + "unbind", ADDRESS, FUNCTION + "reset", "1", DRIVER + "bind", ADDRESS);
      p.hardware.runAll();
      assertThat(memory.peek(record)).isZero();
      assertUsable("shared");
    }
  }

  @Nested
  class Reset_with_a_queue_open {
    private final Handle file;

    Reset_with_a_queue_open() throws ErrnoException {
      enable("shared");
      file = p.shell.open(NODE);
      assertThat(p.shell.write(file, noop())).isEqualTo("ok");
      p.set(FUNCTION + "reset", "1");
    }

    @Test
    void abandons_its_work() {
      p.hardware.runAll();

      assertThat(memory.peek(record)).isZero();
      assertThat(p.shell.write(file, noop())).isEqualTo("EAGAIN");
    }

    /**
     * The posted driver has no handlers for a reset, and the device cannot interrupt during one.
     */
    @Test
    void is_not_noticed_by_the_driver() {
      assertThat(p.read("dsa0/state")).isEqualTo("enabled\n");
      assertThat(p.read("wq0.0/state")).isEqualTo("enabled\n");
      assertThat(p.read("dsa0/errors")).startsWith("0x0000000000000000 ");
      assertThat(p.dmesg()).doesNotContain("err[0]");
    }

    @Test
    void keeps_the_configuration_of_the_function() {
      // Memory space and bus mastering; MSI-X; PASID with privileged mode; PRI; ATS.
      assertThat(p.endpoint.configRead(0x04, 2)).isEqualTo(0x6);
      assertThat(p.endpoint.configRead(0x82, 2)).isEqualTo(0x8008);
      assertThat(p.endpoint.configRead(0x236, 2)).isEqualTo(0x5);
      assertThat(p.endpoint.configRead(0x244, 2)).isEqualTo(0x1);
      assertThat(p.endpoint.configRead(0x226, 2)).isEqualTo(0x8000);
      assertThat(p.endpoint.configRead(0x10, 4)).isNotEqualTo(0xc);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unbind", "remove"})
    void leaves_a_device_that_a_new_binding_makes_usable(String way) throws ErrnoException {
      file.release();
      assertThat(p.iommu.pasidOf(memory)).isZero();
      takeAway(way);
      assertThat(p.iommu.bound()).isZero();
      bringBack(way);
      assertUsable("shared");
    }
  }
}
