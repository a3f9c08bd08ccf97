package io.dsafs.fuse;

import static io.dsafs.fuse.ErrnoAssert.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.fuse.HandleTable.Open;
import io.dsafs.vfs.Handle;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Opens that overtake the RELEASE of the last close. */
@Timeout(60)
class LateReleasesTest {
  private static final int NOBODY = Integer.MAX_VALUE;

  private final HandleTable handles = new HandleTable();
  private final LateReleases lateReleases = new LateReleases(handles);
  private final Queue queue = new Queue();

  /** A file that one may have open at a time, as a dedicated queue. */
  private final class Queue extends TestFile {
    Errno refusal = Errno.EBUSY;
    int refusals;
    int tries;

    /** What happens at the first try, before it is refused. */
    Runnable meanwhile = () -> {};

    @Override
    public Handle open(int tid, int flags) throws ErrnoException {
      assertThat(tid).isEqualTo(4);
      assertThat(flags).isEqualTo(2);
      tries++;
      if (tries == 1) {
        meanwhile.run();
      }
      if (refusals-- > 0) {
        throw new ErrnoException(refusal);
      }
      return new TestHandle();
    }
  }

  private Handle open() throws ErrnoException {
    return lateReleases.open(queue, "/dev/dsa/wq0.0", 4, 2);
  }

  @Test
  void an_open_that_is_not_refused_is_tried_once() throws ErrnoException {
    assertThat(open()).isNotNull();
    assertThat(queue.tries).isEqualTo(1);
  }

  @Test
  void another_refusal_than_EBUSY_is_passed_on_at_once() {
    queue.refusals = 9;
    queue.refusal = Errno.EINVAL;

    assertRefused(Errno.EINVAL, this::open);
    assertThat(queue.tries).isEqualTo(1);
  }

  @Test
  void a_release_that_came_meanwhile_lets_it_try_again() throws ErrnoException {
    queue.refusals = 1;
    queue.meanwhile = lateReleases::released;

    assertThat(open()).isNotNull();
    assertThat(queue.tries).isEqualTo(2);
  }

  @Test
  void a_release_on_its_way_is_waited_for() throws Exception {
    queue.refusals = 1;
    Thread opener = Thread.currentThread();
    Thread releaser =
        new Thread(
            () -> {
              while (opener.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
              }
              lateReleases.released();
            });
    queue.meanwhile = releaser::start;

    assertThat(open()).isNotNull();
    assertThat(queue.tries).isEqualTo(2);
    releaser.join();
  }

  @Test
  void a_release_of_something_else_is_not_the_last_that_is_waited_for() throws Exception {
    queue.refusals = 2;
    Thread opener = Thread.currentThread();
    Thread releaser =
        new Thread(
            () -> {
              for (int tries = 1; tries <= 2; tries++) {
                while (queue.tries != tries || opener.getState() != Thread.State.TIMED_WAITING) {
                  Thread.onSpinWait();
                }
                lateReleases.released();
              }
            });
    queue.meanwhile = releaser::start;

    assertThat(open()).isNotNull();
    assertThat(queue.tries).isEqualTo(3);
    releaser.join();
  }

  @Test
  void a_release_that_does_not_come_ends_the_waiting_after_half_a_second() {
    queue.refusals = 9;
    handles.add(new Open(queue, new TestFile.TestHandle(), NOBODY, null, null));
    long start = System.nanoTime();

    assertRefused(Errno.EBUSY, this::open);

    assertThat(queue.tries).isEqualTo(2);
    assertThat(System.nanoTime() - start)
        .isBetween(TimeUnit.MILLISECONDS.toNanos(490), TimeUnit.SECONDS.toNanos(30));
  }

  @Test
  void a_holder_that_is_seen_to_have_it_open_still_is_not_waited_for(@TempDir Path tree)
      throws Exception {
    Path seenElsewhere = Files.createFile(tree.resolve("wq0.0"));
    queue.refusals = 9;
    handles.add(new Open(queue, new TestFile.TestHandle(), ownPid(), null, null));
    // Were it waited for, a release would let it try a third time.
    try (InputStream held = Files.newInputStream(seenElsewhere)) {
      assertRefused(Errno.EBUSY, this::open);
      assertThat(queue.tries).isEqualTo(2);
      assertThat(held.read()).isEqualTo(-1);
    }
  }

  @Test
  void a_holder_that_has_something_else_open_is_waited_for(@TempDir Path tree) throws Exception {
    Path other = Files.createFile(tree.resolve("wq0.01"));
    queue.refusals = 9;
    queue.meanwhile = lateReleases::released; // the first time need not be waited for
    handles.add(new Open(queue, new TestFile.TestHandle(), ownPid(), null, null));

    try (InputStream held = Files.newInputStream(other)) {
      assertRefused(Errno.EBUSY, this::open);
      assertThat(queue.tries).isEqualTo(3);
      assertThat(held.read()).isEqualTo(-1);
    }
  }

  @Test
  void an_interrupt_ends_the_waiting_and_is_kept() {
    queue.refusals = 9;
    Thread.currentThread().interrupt();

    assertRefused(Errno.EBUSY, this::open);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(queue.tries).isEqualTo(2);
  }

  private static int ownPid() {
    return (int) ProcessHandle.current().pid();
  }
}
