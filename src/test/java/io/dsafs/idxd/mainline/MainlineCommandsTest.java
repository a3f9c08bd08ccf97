package io.dsafs.idxd.mainline;

import static io.dsafs.idxd.mainline.MainlineConformanceTest.on;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dsafs.core.ErrnoException;
import io.dsafs.spec.Command;
import io.dsafs.testing.Machine;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long a command is waited for that the device does not end. */
class MainlineCommandsTest {
  private static final int PATIENCE_SECONDS = 10;
  private static final int LATE_SECONDS = 100;

  private final Machine machine = on("shared");
  private final MainlineDevice device =
      (MainlineDevice)
          machine.model.devices().stream()
              .filter(MainlineDevice.class::isInstance)
              .findFirst()
              .orElseThrow();
  private final MainlineCommands commands =
      new MainlineCommands(
          device.registers(), device.deviceLock, machine.log, device, this::nextSecond);
  private int seconds;

  @BeforeEach
  void a_command_will_not_end() {
    machine.hardware.faults().holdCommand();
    device.deviceLock.lock();
  }

  @AfterEach
  void unlock() {
    device.deviceLock.unlock();
  }

  /** Each look at the clock is a second later; at last the device goes on. */
  private long nextSecond() {
    if (++seconds == LATE_SECONDS) {
      machine.hardware.faults().letCommandsRun();
    }
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  @Test
  void is_given_up_after_ten_seconds() {
    assertThatThrownBy(() -> commands.disableDeviceLocked())
        .isInstanceOf(ErrnoException.class)
        .hasMessageContaining("DISABLE_DEVICE");

    assertThat(seconds).isBetween(PATIENCE_SECONDS, LATE_SECONDS - 1);
  }

  /** Or a queue would stay enabled that nobody has, and could not be bound again. */
  @Test
  void is_waited_for_to_its_end_by_an_unbinding() throws ErrnoException {
    int[] status = {-1};

    commands.awaitEndsLocked(() -> status[0] = commands.disableDeviceLocked());

    assertThat(status[0]).isZero();
    assertThat(seconds).isGreaterThanOrEqualTo(LATE_SECONDS);
    assertThatThrownBy(
            () -> {
              machine.hardware.faults().holdCommand();
              int unused = commands.disableDeviceLocked();
            })
        .as("and by nobody afterwards")
        .isInstanceOf(ErrnoException.class);
  }

  /** A function that is reset, or gone, reads as all ones, which looks like a command at work. */
  @Test
  void is_given_up_when_nobody_answers() {
    machine.endpoint.unplug();

    assertThatThrownBy(
            () -> commands.awaitEndsLocked(() -> commands.waitIdle(Command.DISABLE_DEVICE, 1)))
        .isInstanceOf(ErrnoException.class);
  }
}
