package io.dsafs.idxd.swq;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.spec.IntCause;
import io.dsafs.spec.MsixPerm;
import io.dsafs.spec.SwErr;
import io.dsafs.testing.Machine;
import io.dsafs.vfs.Handle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Errors that come while one is being taken: swq-v1 section 11.3. */
class MiscInterruptTest {
  private final Machine p = Machine.p();

  MiscInterruptTest() {
    p.basicConfig("shared");
    p.enable("dsa0", "wq0.0");
  }

  private static long errorOf(int code) {
    return SwErr.ERROR.with(SwErr.WQ_IDX_VALID.mask(), code);
  }

  @Test
  void is_taken_with_the_next_one_recorded_before_the_cause_is_acknowledged()
      throws ErrnoException {
    Handle file = p.shell.open("/dev/dsa/wq0.0");
    AtomicInteger woken = new AtomicInteger();
    // Wakers run when the first error has been acknowledged and its cause has not.
    Runnable again =
        () -> {
          if (woken.getAndIncrement() == 0) {
            p.hardware.injectSwError(errorOf(0x11), 0, 0);
          }
        };
    assertThat(file.poll(0, again)).isEqualTo(0);

    p.hardware.injectSwError(errorOf(0x10), 0, 0);

    assertThat(p.read("dsa0/errors")).startsWith("0x0000000000001109 ");
    p.hardware.injectSwError(errorOf(0x12), 0, 0);
    assertThat(p.read("dsa0/errors")).startsWith("0x0000000000001209 ");
  }

  @Test
  void is_masked_while_an_error_is_taken_and_the_cause_acknowledged_after_it()
      throws ErrnoException {
    Handle file = p.shell.open("/dev/dsa/wq0.0");
    List<Integer> masked = new ArrayList<>();
    assertThat(file.poll(0, () -> masked.add(ignored()))).isEqualTo(0);

    p.hardware.injectSwError(errorOf(0x10), 0, 0);

    assertThat(masked).containsExactly(1);
    assertThat(ignored()).isZero();
    assertThat(p.endpoint.read32(IntCause.INTCAUSE.offset())).isZero();
  }

  private int ignored() {
    return MsixPerm.IGNORE.get32(p.endpoint.read32(0x300));
  }
}
