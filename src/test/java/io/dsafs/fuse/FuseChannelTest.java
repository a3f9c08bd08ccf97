package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages through a descriptor; a pipe stands for {@code /dev/fuse}. */
class FuseChannelTest {
  private static final int O_NONBLOCK = 04000;

  /** Public because JNR implements it in a class loader of its own. */
  public interface LibC {
    int pipe2(int[] ends, int flags);

    int close(int fd);
  }

  private final LibC libC = LibraryLoader.create(LibC.class).load("libc.so.6");
  private final int[] ends = new int[2];
  private final Pointer buffer = Memory.allocateDirect(FakeLibFuse.RUNTIME, 64, true);

  @BeforeEach
  void open() {
    assertThat(libC.pipe2(ends, O_NONBLOCK)).isZero();
  }

  @AfterEach
  void close() {
    assertThat(libC.close(ends[0])).isZero();
    assertThat(libC.close(ends[1])).isZero();
  }

  @Test
  void go_through_it_whole() {
    buffer.put(0, new byte[] {1, 2, 3, 4}, 0, 4);
    new FuseChannel(ends[1]).send(buffer, 3);

    assertThat(new FuseChannel(ends[0]).receive(buffer.slice(32), 32)).isEqualTo(3);

    byte[] received = new byte[4];
    buffer.get(32, received, 0, 4);
    assertThat(received).containsExactly(1, 2, 3, 0);
  }

  @Test
  void may_not_be_there_after_all() {
    assertThat(new FuseChannel(ends[0]).receive(buffer, 64)).isZero();
  }

  @Test
  void that_cannot_be_received_are_an_error_of_the_program() {
    assertThatIllegalStateException()
        .isThrownBy(() -> new FuseChannel(ends[1]).receive(buffer, 64))
        .withMessageContaining("error 9");
  }
}
