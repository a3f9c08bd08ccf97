package io.dsafs.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LeaseTest {
  private final AtomicInteger released = new AtomicInteger();
  private final Lease lease = new Lease(released::incrementAndGet);

  @Test
  void releases_at_its_end_if_nobody_uses_it() {
    assertThat(lease.enter()).isTrue();
    lease.leave();
    assertThat(released).hasValue(0);

    lease.end();

    assertThat(released).hasValue(1);
    assertThat(lease.enter()).isFalse();
    assertThat(lease.isEnded()).isTrue();
  }

  @Test
  void releases_after_the_last_use_and_begins_none_before() {
    assertThat(lease.enter()).isTrue();
    assertThat(lease.enter()).isTrue();

    lease.end();
    assertThat(lease.enter()).isFalse();
    lease.leave();
    assertThat(released).hasValue(0);
    lease.leave();

    assertThat(released).hasValue(1);
  }

  @Test
  void releases_once_however_often_it_is_ended() {
    lease.end();
    lease.end();

    assertThat(released).hasValue(1);
  }

  @Test
  void is_never_released_under_a_user() throws InterruptedException {
    for (int round = 0; round < 2000; round++) {
      AtomicBoolean gone = new AtomicBoolean();
      AtomicBoolean wrong = new AtomicBoolean();
      Lease contended = new Lease(() -> gone.set(true));
      List<Thread> users = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        users.add(
            new Thread(
                () -> {
                  while (contended.enter()) {
                    wrong.compareAndSet(false, gone.get());
                    contended.leave();
                  }
                }));
      }
      users.forEach(Thread::start);
      contended.end();
      for (Thread user : users) {
        user.join();
      }
      assertThat(wrong).isFalse();
      assertThat(gone).isTrue();
    }
  }
}
