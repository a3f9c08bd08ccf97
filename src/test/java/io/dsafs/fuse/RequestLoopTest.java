package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestLoopTest {
  private static final int THREADS = 2;

  private static final Consumer<FuseThread> UNMOUNTED = thread -> {};

  /** A request is what its thread does. */
  private final LinkedBlockingQueue<Consumer<FuseThread>> queue = new LinkedBlockingQueue<>();

  private final ThreadLocal<Consumer<FuseThread>> received = new ThreadLocal<>();
  private final CountDownLatch never = new CountDownLatch(1);
  private final RequestLoop loop =
      new RequestLoop(new Queue(), Runtime.getSystemRuntime(), 4096, THREADS);

  private final class Queue implements RequestLoop.Requests {
    @Override
    public int receive(FuseThread thread) {
      Consumer<FuseThread> request = uninterrupted(queue::take);
      received.set(request);
      if (request == UNMOUNTED) {
        queue.add(UNMOUNTED); // for the others
        return -1;
      }
      return 1;
    }

    @Override
    public void serve(FuseThread thread, int length) {
      received.get().accept(thread);
    }
  }

  private interface Waiting<T> {
    T get() throws InterruptedException;
  }

  private static <T> T uninterrupted(Waiting<T> waiting) {
    try {
      return waiting.get();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void start() {
    loop.start();
  }

  @AfterEach
  void end() {
    never.countDown();
    queue.add(UNMOUNTED);
  }

  private void assertThatOneIsServed() throws InterruptedException {
    CountDownLatch served = new CountDownLatch(1);
    queue.add(thread -> served.countDown());
    assertThat(served.await(30, TimeUnit.SECONDS)).isTrue();
  }

  private void holdUp() {
    Object unused = uninterrupted(() -> never.await(60, TimeUnit.SECONDS));
  }

  /** The request is answered, and then the thread does that. */
  private void afterAnswer(FuseThread thread, Runnable... works) {
    thread.taskWork().open();
    for (Runnable work : works) {
      assertThat(thread.taskWork().add(work)).isTrue();
    }
  }

  @Test
  void outlives_whatever_a_request_throws() throws InterruptedException {
    for (int i = 0; i < 10; i++) {
      queue.add(
          thread -> {
            throw new OutOfMemoryError("of this request");
          });
      queue.add(
          thread -> {
            throw new IllegalStateException("of this request");
          });
    }

    assertThatOneIsServed();
    assertThat(loop.hasEnded()).isFalse();
  }

  @Test
  void goes_on_while_more_requests_than_threads_are_held_up() throws InterruptedException {
    for (int i = 0; i < 3 * THREADS; i++) {
      queue.add(thread -> holdUp());
    }

    assertThatOneIsServed();
  }

  @Test
  void goes_on_while_many_threads_are_held_up_after_their_answers() throws InterruptedException {
    for (int i = 0; i < 20 * THREADS; i++) {
      queue.add(thread -> afterAnswer(thread, this::holdUp));
    }

    assertThatOneIsServed();
  }

  @Test
  void does_what_a_thread_that_is_held_up_has_left() throws InterruptedException {
    CountDownLatch left = new CountDownLatch(1);

    queue.add(thread -> afterAnswer(thread, this::holdUp, left::countDown));

    assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void waits_for_submissions_under_way_and_not_for_what_they_leave() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    queue.add(
        thread -> {
          thread.beginSubmission();
          afterAnswer(thread, this::holdUp);
          begun.countDown();
          Object unused = uninterrupted(() -> answer.await(60, TimeUnit.SECONDS));
          thread.endSubmission();
        });
    begun.await();

    assertThat(loop.awaitSubmissions(50)).isFalse();
    answer.countDown();

    assertThat(loop.awaitSubmissions(30_000)).isTrue();
  }

  @Test
  void ends_when_the_filesystem_is_unmounted() throws InterruptedException {
    queue.add(UNMOUNTED);

    loop.await();

    assertThat(loop.hasEnded()).isTrue();
  }
}
