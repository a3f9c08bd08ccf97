package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.ErrnoException;
import io.dsafs.fuse.HandleTable.Open;
import io.dsafs.fuse.TestFile.TestHandle;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The threads that receive requests. */
@Timeout(120)
class RequestThreadsTest {
  private static final int NORMAL_THREADS = Math.max(2, Runtime.getRuntime().availableProcessors());
  private static final int BUFFER_BYTES = 4096;
  private static final int LOOKUP = 1;
  private static final int READ = 15;

  private final FakeKernel kernel = new FakeKernel();
  private final FakeLibFuse libFuse = new FakeLibFuse();
  private final HandleTable handles = new HandleTable();
  private final Slow slow = new Slow();
  private final RequestLoop loop =
      new RequestLoop(
          FuseMount.requests(
              libFuse,
              FakeLibFuse.pointer(0x5000),
              FakeLibFuse.pointer(0xc000),
              kernel,
              new DirectRequests(kernel, handles)),
          FakeLibFuse.RUNTIME,
          BUFFER_BYTES,
          NORMAL_THREADS);

  /** A file whose readers wait until they are let go. */
  private static final class Slow extends TestHandle {
    final Semaphore held = new Semaphore(0);
    final Semaphore letGo = new Semaphore(0);
    final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    @Override
    public int read(ByteBuffer into, long offset) throws ErrnoException {
      threads.add(Thread.currentThread());
      held.release();
      letGo.acquireUninterruptibly();
      return 0;
    }
  }

  @AfterEach
  void unmount() {
    slow.letGo.release(1000);
    kernel.unmount(1000);
  }

  private ByteBuffer read(long unique) {
    return FakeKernel.message(READ, unique, 1, 40).putInt(56, 100);
  }

  private void holdUp(int readers) {
    handles.add(new Open(new TestFile(), slow, 1, null, null));
    for (int i = 0; i < readers; i++) {
      kernel.request(read(i));
    }
    slow.held.acquireUninterruptibly(readers);
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void give_libfuse_what_they_do_not_serve_themselves() {
    loop.start();

    kernel.request(FakeKernel.message(LOOKUP, 1, 1, 10));
    await(() -> !libFuse.calls.isEmpty());

    assertThat(libFuse.calls)
        .containsExactly(
            String.format(Locale.ROOT, "process %d: 50 bytes, first 50, to %d", 0x5000, 0xc000));
    assertThat(kernel.replies).isEmpty();
  }

  @Test
  void serve_the_rest_themselves_and_go_on() throws InterruptedException {
    slow.letGo.release(100);
    handles.add(new Open(new TestFile(), slow, 1, null, null));
    loop.start();

    for (int unique = 1; unique <= 100; unique++) {
      kernel.request(read(unique));
    }

    for (int i = 0; i < 100; i++) {
      assertThat(kernel.replies.poll(60, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(libFuse.calls).isEmpty();
  }

  @Test
  void go_on_where_there_was_no_request_after_all() {
    loop.start();
    for (int i = 0; i < 10 * NORMAL_THREADS; i++) {
      kernel.result(0);
    }

    kernel.request(FakeKernel.message(LOOKUP, 1, 1, 0));
    await(() -> !libFuse.calls.isEmpty());

    assertThat(libFuse.calls).hasSize(1);
    assertThat(loop.hasEnded()).isFalse();
  }

  @Test
  void are_joined_by_others_while_all_are_held_up() {
    loop.start();

    holdUp(3 * NORMAL_THREADS);

    assertThat(slow.threads).hasSize(3 * NORMAL_THREADS);
    assertThat(slow.threads).allMatch(Thread::isDaemon);
  }

  @Test
  void end_when_they_are_too_many_again() {
    loop.start();
    holdUp(3 * NORMAL_THREADS);

    slow.letGo.release(3 * NORMAL_THREADS);

    // Each ends after a request of its own; one more may have been added while the last were held.
    await(() -> slow.threads.stream().filter(Thread::isAlive).count() <= NORMAL_THREADS);
    kernel.request(FakeKernel.message(LOOKUP, 1, 1, 0));
    await(() -> !libFuse.calls.isEmpty());
    assertThat(loop.hasEnded()).isFalse();
  }

  @Test
  void are_joined_again_at_the_next_time_that_all_are_held_up() {
    loop.start();
    holdUp(NORMAL_THREADS + 1);
    slow.letGo.release(NORMAL_THREADS + 1);

    holdUp(NORMAL_THREADS + 2);

    assertThat(slow.threads).hasSizeGreaterThan(NORMAL_THREADS);
  }

  @Test
  void end_with_the_mount() throws Exception {
    loop.start();
    assertThat(loop.hasEnded()).isFalse();
    CountDownLatch ended = new CountDownLatch(1);
    Thread waiter =
        new Thread(
            () -> {
              try {
                loop.await();
                ended.countDown();
              } catch (InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    waiter.start();
    await(() -> waiter.getState() == Thread.State.WAITING);

    kernel.unmount(NORMAL_THREADS);

    assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.hasEnded()).isTrue();
  }

  @Test
  void end_when_requests_can_no_longer_be_received() throws Exception {
    loop.start();

    kernel.fail(new IllegalStateException("told to fail"));

    loop.await();
    assertThat(loop.hasEnded()).isTrue();
  }
}
