package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel is told without having asked. */
class NoticesTest {
  private final FakeLibFuse libFuse = new FakeLibFuse();
  private final Pointer channel = FakeLibFuse.pointer(0x1000);
  private final TestFile node = new TestFile();

  @Nested
  class Of_names {
    @Test
    void name_their_directory_by_its_number(@TempDir Path tree) throws Exception {
      Path directory = Files.createDirectory(tree.resolve("dsa"));
      long number = (Long) Files.getAttribute(directory, "unix:ino");
      NameInvalidator invalidator = new NameInvalidator(libFuse, channel, tree);
      node.markSeen();

      invalidator.gone("/dsa", node, "wq0.ä");
      assertThat(libFuse.calls).containsExactly("forget wq0.ä (6) in " + number);
      assertThat(node.seen()).isFalse();

      // The number is kept: the directory need not answer again.
      Files.delete(directory);
      node.markSeen();
      invalidator.gone("/dsa", node, "wq0.0");
      assertThat(libFuse.calls).hasSize(2).last().isEqualTo("forget wq0.0 (5) in " + number);
    }

    @Test
    void are_not_sent_for_what_the_kernel_has_never_seen(@TempDir Path tree) {
      new NameInvalidator(libFuse, channel, tree).gone("/", node, "wq0.0");

      assertThat(libFuse.calls).isEmpty();
    }

    @Test
    void are_not_sent_when_the_directory_went_too(@TempDir Path tree) {
      node.markSeen();

      new NameInvalidator(libFuse, channel, tree).gone("/dsa", node, "wq0.0");

      assertThat(libFuse.calls).isEmpty();
    }
  }

  @Nested
  class Of_sizes {
    @Test
    void are_sent_for_files_that_were_looked_at(@TempDir Path tree) throws Exception {
      Path file = Files.createFile(tree.resolve("kmsg"));
      long number = (Long) Files.getAttribute(file, "unix:ino");
      SizeInvalidator invalidator =
          new SizeInvalidator(libFuse, channel, tree, List.of("/kmsg", "/none"));

      invalidator.resized("/kmsg", node);
      assertThat(libFuse.calls).isEmpty();

      node.markSeen();
      invalidator.resized("/none", node);
      invalidator.resized("/other", node);
      assertThat(libFuse.calls).isEmpty();
      invalidator.resized("/kmsg", node);
      invalidator.resized("/kmsg", node);
      assertThat(libFuse.calls).containsExactly("anew " + number + " -1 0");
    }
  }

  @Nested
  class Of_polls {
    private final PollWaker waker = new PollWaker(libFuse);

    @Test
    void go_to_the_newest_handle_once() {
      waker.hold(FakeLibFuse.pointer(1));
      waker.hold(FakeLibFuse.pointer(2));
      waker.run();
      waker.run();

      assertThat(libFuse.calls).containsExactly("destroy 1", "wake 2", "destroy 2");
    }

    @Test
    void are_not_sent_after_the_close() {
      waker.hold(FakeLibFuse.pointer(1));
      waker.drop();
      waker.drop();
      waker.run();

      assertThat(libFuse.calls).containsExactly("destroy 1");
    }
  }
}
