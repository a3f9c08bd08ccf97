package io.dsafs.idxd;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.hw.DeviceProfile;
import io.dsafs.spec.Flag;
import io.dsafs.spec.GenSts;
import io.dsafs.spec.Opcode;
import io.dsafs.testing.Machine;
import io.dsafs.testing.SimulatedProcess;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A device that halts again and again, while processes open its queue, submit and close, and its
 * messages and resets take their time. {@code -Dhalts=N} makes it N halts each.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class HaltsUnderLoadTest {
  private static final int HALTS = Integer.getInteger("halts", 40);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int WRITES = 20;
  private static final String NODE = "/dev/dsa/wq0.0";

  /** Of wq0.0, in its third word. */
  private static final long PASID_OFFSET = 0x508;

  /** Mapped for reading only: each record there is an error, or an event. */
  private static final long DENIED = 0x20000;

  private static final Pattern ENABLED = Pattern.compile("(?m)^wq0 \\w+ enabled ");

  private volatile boolean stop;

  /** Opens the queue, submits and closes it, whatever becomes of that. */
  private final class Client extends Thread {
    private final SimulatedProcess process;

    Client(Machine machine) {
      process = machine.newProcess();
      process.memory().map(DENIED, 4096, false);
    }

    @Override
    public void run() {
      ByteBuffer noop = ByteBuffer.allocateDirect(64).order(ByteOrder.LITTLE_ENDIAN);
      noop.putInt(4, Opcode.NOOP.code() << 24 | Flag.CRAV.mask() | Flag.RCR.mask());
      noop.putLong(8, DENIED);
      while (!stop) {
        try {
          Handle file = process.open(NODE);
          for (int i = 0; i < WRITES; i++) {
            String unused = process.write(file, noop);
          }
          file.release();
        } catch (ErrnoException e) {
          Thread.onSpinWait(); // another has it, or it is away
        }
      }
    }
  }

  /** The device and the queue say so, and the driver; that of swq-v1 does all along. */
  private static boolean isUp(Machine machine) {
    GenSts.State state = GenSts.State.of(machine.endpoint.read32(GenSts.GENSTS.offset()));
    return state == GenSts.State.ENABLED
        && ENABLED.matcher(machine.hardware.describeQueues()).find()
        && machine.read("dsa0/state").equals("enabled\n")
        && machine.read("wq0.0/state").equals("enabled\n")
        && machine.exists(NODE);
  }

  private static void awaitUp(Machine machine, int halt) throws InterruptedException {
    long begun = System.nanoTime();
    // Once is enough: an open has the queue off for a moment.
    while (!isUp(machine)) {
      assertThat(System.nanoTime() - begun)
          .as("halt %d: %s", halt, machine.dmesg())
          .isLessThan(PATIENCE_NANOS);
      Thread.sleep(1);
    }
  }

  private static Machine mainline(String mode) {
    Machine machine =
        Machine.builder().mainline().profile(DeviceProfile.versionTwo()).live().boot();
    machine.basicConfig(mode);
    machine.set("wq0.0/driver_name", "user");
    assertThat(machine.bindTo("idxd", "dsa0")).isEqualTo("ok");
    assertThat(machine.bindTo("user", "wq0.0")).isEqualTo("ok");
    return machine;
  }

  private static Machine swq(String mode) {
    Machine machine = Machine.builder().live().boot();
    machine.basicConfig(mode);
    machine.enable("dsa0", "wq0.0");
    return machine;
  }

  private void haltAgainAndAgain(Machine machine, GenSts.ResetType needed) throws Exception {
    int bound = machine.iommu.bound();
    machine.endpoint.slowDown();
    List<Thread> clients = List.of(new Client(machine), new Client(machine));
    clients.forEach(Thread::start);
    try {
      for (int i = 0; i < HALTS; i++) {
        assertThat(machine.hardware.faults().halt(needed)).isTrue();
        awaitUp(machine, i);
        machine.endpoint.forget();
      }
    } finally {
      stop = true;
      for (Thread client : clients) {
        client.join();
      }
    }

    assertThat(machine.dmesg())
        .doesNotContain(
            "need system reset", "not enabled after", "restart failed", "Unable to re-enable");
    assertThat(machine.iommu.bound()).isEqualTo(bound);
    assertThat(machine.shell.openAnswer(NODE)).isEqualTo("ok");
  }

  @ParameterizedTest
  @ValueSource(strings = {"shared", "dedicated"})
  void comes_back_by_a_reset_of_the_function(String mode) throws Exception {
    try (Machine machine = mainline(mode)) {
      haltAgainAndAgain(machine, GenSts.ResetType.FLR);
    }
  }

  /** Driver swq-v1 resets the device itself, and leaves other halts to the administrator. */
  @ParameterizedTest
  @ValueSource(strings = {"shared", "dedicated"})
  void comes_back_by_a_restart(String mode) throws Exception {
    try (Machine machine = swq(mode)) {
      haltAgainAndAgain(machine, GenSts.ResetType.SOFTWARE);
    }
  }

  /** An open has a dedicated queue off while it writes the PASID. */
  @ParameterizedTest
  @CsvSource({"true, FLR", "false, SOFTWARE"})
  void comes_back_with_a_queue_that_was_just_being_opened(boolean current, GenSts.ResetType needed)
      throws Exception {
    try (Machine machine = current ? mainline("dedicated") : swq("dedicated")) {
      int bound = machine.iommu.bound();
      machine.endpoint.afterNextWrite(
          PASID_OFFSET, () -> assertThat(machine.hardware.faults().halt(needed)).isTrue());

      assertThat(machine.shell.openAnswer(NODE)).isEqualTo("ENXIO");
      awaitUp(machine, 0);

      assertThat(machine.iommu.bound()).isEqualTo(bound);
      assertThat(machine.read("wq0.0/clients")).isEqualTo("0\n");
      assertThat(machine.shell.openAnswer(NODE)).isEqualTo("ok");
    }
  }
}
