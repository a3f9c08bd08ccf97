package io.dsafs.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskWorkTest {
  private final List<String> done = new ArrayList<>();
  private final TaskWork work = new TaskWork();

  private Runnable note(String name) {
    return () -> done.add(name);
  }

  @Test
  void is_done_when_the_answer_has_been_given_in_the_order_it_was_put_off() {
    work.open();

    assertThat(work.add(note("first"))).isTrue();
    assertThat(work.add(note("second"))).isTrue();
    assertThat(done).isEmpty();
    work.run();

    assertThat(done).containsExactly("first", "second");
    assertThat(work.count()).isZero();
  }

  @Test
  void is_not_taken_while_no_answer_is_owed() {
    assertThat(work.add(note("before"))).isFalse();
    work.open();
    work.run();

    assertThat(work.add(note("after"))).isFalse();
    assertThat(done).isEmpty();
  }

  @Test
  void is_bounded() {
    work.open();

    for (int i = 0; i < 8; i++) {
      assertThat(work.add(note("work"))).isTrue();
    }

    assertThat(work.add(note("too much"))).isFalse();
  }

  @Test
  void that_fails_does_not_keep_the_rest_from_being_done() {
    work.open();
    boolean failing =
        work.add(
            () -> {
              throw new IllegalStateException("failed");
            });
    boolean other = work.add(note("other"));

    assertThatThrownBy(work::run).hasMessage("failed");

    assertThat(failing && other).isTrue();
    assertThat(done).containsExactly("other");
    assertThat(work.count()).isZero();
  }

  @Test
  void behind_one_that_is_held_up_is_done_by_another_thread() {
    TaskWork another = new TaskWork();
    work.open();
    boolean added = work.add(note("before"));
    added &=
        work.add(
            () -> {
              another.takeOver(work);
              another.run();
              done.add("held up");
            });
    added &= work.add(note("left"));

    work.run();

    assertThat(added).isTrue();
    assertThat(done).containsExactly("before", "left", "held up", "left");
  }

  @Test
  void is_not_put_off_once_the_answer_has_been_given() {
    work.open();
    assertThat(work.add(note("before"))).isTrue();

    work.close();

    assertThat(work.add(note("after"))).isFalse();
    work.run();
    assertThat(done).containsExactly("before");
  }
}
