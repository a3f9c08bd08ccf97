package io.dsafs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.fuse.HandleTable.Open;
import io.dsafs.fuse.TestFile.TestHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** READ, WRITE and IOCTL as the kernel sends them. Source: include/uapi/linux/fuse.h. */
class DirectRequestsTest {
  private static final int READ = 15;
  private static final int WRITE = 16;
  private static final int IOCTL = 39;
  private static final long UNIQUE = 0x1234_5678_9abcL;
  private static final int TID = 4711;
  private static final int BUFFER_BYTES = 8192;

  private final FakeKernel kernel = new FakeKernel();
  private final HandleTable handles = new HandleTable();
  private final DirectRequests direct = new DirectRequests(kernel, handles);
  private final File file = new File();

  /** Whether the thread still puts work off when it has served a request. */
  private volatile boolean putOffAfterwards;

  /** A file that writes down what it is asked. */
  private static final class File extends TestHandle {
    final List<String> calls = new ArrayList<>();
    boolean submits;
    boolean putOff;
    Errno refusal;
    RuntimeException bug;
    String content = "";
    int answer;

    private void call(String what) throws ErrnoException {
      calls.add(what);
      if (refusal != null) {
        throw new ErrnoException(refusal);
      }
      if (bug != null) {
        throw bug;
      }
    }

    @Override
    public int read(ByteBuffer into, long offset) throws ErrnoException {
      call("read " + into.remaining() + " at " + offset);
      into.put(content.getBytes(StandardCharsets.US_ASCII));
      return content.length();
    }

    @Override
    public boolean submits() {
      return submits;
    }

    @Override
    public int write(int tid, ByteBuffer from, long offset) throws ErrnoException {
      putOff = FuseThread.current().taskWork().add(() -> {});
      byte[] bytes = new byte[from.remaining()];
      from.get(bytes);
      call(tid + " writes " + new String(bytes, StandardCharsets.US_ASCII) + " at " + offset);
      return answer;
    }

    @Override
    public int ioctl(int tid, int command, ByteBuffer data) throws ErrnoException {
      StringBuilder seen = new StringBuilder();
      for (int i = 0; data != null && i < data.limit(); i++) {
        seen.append(' ').append(data.get(i));
        data.put(i, (byte) (data.get(i) + 100));
      }
      call(tid + " ioctl " + command + (data == null ? " without data" : seen));
      assertThat(data == null || data.order() == ByteOrder.LITTLE_ENDIAN).isTrue();
      return answer;
    }
  }

  private ByteBuffer request(int opcode, int bodyBytes) {
    handles.add(new Open(new TestFile(), new TestHandle(), 1, null, null));
    long handle = handles.add(new Open(new TestFile(), file, 1, null, null));
    return FakeKernel.message(opcode, UNIQUE, TID, bodyBytes).putLong(40, handle);
  }

  /** Serves the requests on one thread, in this order, and says which were served. */
  private List<Boolean> serve(ByteBuffer... requests) throws Exception {
    FutureTask<List<Boolean>> task =
        new FutureTask<>(
            () -> {
              List<Boolean> served = new ArrayList<>();
              for (ByteBuffer request : requests) {
                FuseThread.current().request().put(0, request.array());
                served.add(direct.serve(FuseThread.current()));
                putOffAfterwards = FuseThread.current().taskWork().add(() -> {});
              }
              return served;
            });
    new FuseThread(FakeLibFuse.RUNTIME, BUFFER_BYTES, task, "test").start();
    return task.get();
  }

  private ByteBuffer reply(ByteBuffer request) throws Exception {
    assertThat(serve(request)).containsExactly(true);
    return takeReply();
  }

  private ByteBuffer takeReply() {
    ByteBuffer reply = kernel.replies.remove();
    assertThat(reply.getInt(0)).isEqualTo(reply.capacity());
    assertThat(reply.getLong(8)).isEqualTo(UNIQUE);
    return reply;
  }

  private static String text(ByteBuffer reply, int from) {
    return new String(reply.array(), from, reply.capacity() - from, StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 14, 17, 18, 38, 40, 0})
  void nothing_else_is_answered(int opcode) throws Exception {
    assertThat(serve(FakeKernel.message(opcode, UNIQUE, TID, 100))).containsExactly(false);

    assertThat(kernel.replies).isEmpty();
  }

  @Nested
  class Read {
    private ByteBuffer read(int size, long offset) {
      return request(READ, 40).putLong(48, offset).putInt(56, size);
    }

    @Test
    void answers_with_the_bytes() throws Exception {
      file.content = "enabled\n";

      ByteBuffer reply = reply(read(4096, 1L << 40));

      assertThat(file.calls).containsExactly("read 4096 at " + (1L << 40));
      assertThat(reply.getInt(4)).isZero();
      assertThat(text(reply, 16)).isEqualTo("enabled\n");
    }

    @Test
    void at_the_end_answers_with_none() throws Exception {
      assertThat(reply(read(4096, 8)).capacity()).isEqualTo(16);
    }

    @Test
    void of_more_than_there_is_room_for_is_cut() throws Exception {
      reply(read(100_000, 0));

      assertThat(file.calls).containsExactly("read " + (BUFFER_BYTES - 16) + " at 0");
    }

    @Test
    void that_is_refused_spoils_nothing_for_the_next() throws Exception {
      file.content = "ok";
      ByteBuffer small = read(1, 0); // the second byte has no room: a bug of the file
      ByteBuffer large = read(4096, 0);

      assertThat(serve(small, large)).containsExactly(true, true);

      assertThat(takeReply().getInt(4)).isEqualTo(-5);
      assertThat(text(takeReply(), 16)).isEqualTo("ok");
    }
  }

  @Nested
  class Write {
    private ByteBuffer write(String data, long offset) {
      byte[] bytes = data.getBytes(StandardCharsets.US_ASCII);
      return request(WRITE, 40 + bytes.length + 10)
          .putLong(48, offset)
          .putInt(56, bytes.length)
          .put(80, bytes);
    }

    @Test
    void hands_on_its_bytes_and_answers_with_the_count() throws Exception {
      file.answer = 5;

      ByteBuffer reply = reply(write("hello", 7));

      assertThat(file.calls).containsExactly("4711 writes hello at 7");
      assertThat(reply.capacity()).isEqualTo(24);
      assertThat(reply.getInt(4)).isZero();
      assertThat(reply.getLong(16)).isEqualTo(5);
    }

    /** A RELEASE that comes next on this thread may wait for an engine: nothing is put off then. */
    @Test
    void that_submits_puts_work_off_until_it_is_answered_and_no_longer() throws Exception {
      file.submits = true;

      ByteBuffer reply = reply(write("hello", 0));

      assertThat(reply.getInt(4)).isZero();
      assertThat(file.putOff).isTrue();
      assertThat(putOffAfterwards).isFalse();
    }

    @Test
    void may_be_longer_than_the_last() throws Exception {
      serve(write("a", 0), write("longer", 0), write("", 0));

      assertThat(file.calls)
          .containsExactly("4711 writes a at 0", "4711 writes longer at 0", "4711 writes  at 0");
    }
  }

  @Nested
  class Ioctl {
    /** The argument is the bytes 1, 2, 3, ...; behind it is what an earlier request left. */
    private ByteBuffer ioctl(int inBytes, int outBytes) {
      ByteBuffer request =
          request(IOCTL, 32 + Math.max(inBytes, outBytes))
              .putInt(52, 17)
              .putInt(64, inBytes)
              .putInt(68, outBytes);
      for (int i = 0; i < Math.max(inBytes, outBytes); i++) {
        request.put(72 + i, (byte) (i + 1));
      }
      return request;
    }

    @ParameterizedTest
    @CsvSource({
      "3, 0, ' 1 2 3', ''",
      "3, 3, ' 1 2 3', 101 102 103",
      "0, 3, ' 0 0 0', 100 100 100",
      "1, 3, ' 1 0 0', 101 100 100",
      "3, 1, ' 1 2 3', 101",
      "0, 0, ' without data', ''",
    })
    void hands_on_what_comes_in_and_answers_with_what_goes_out(
        int in, int out, String seen, String answered) throws Exception {
      file.answer = 9;

      ByteBuffer reply = reply(ioctl(in, out));

      assertThat(file.calls).containsExactly("4711 ioctl 17" + seen);
      assertThat(reply.getInt(4)).isZero();
      assertThat(reply.getInt(16)).isEqualTo(9);
      assertThat(reply.getInt(20)).isZero();
      assertThat(reply.getLong(24)).isZero();
      List<String> bytes = new ArrayList<>();
      for (int i = 32; i < reply.capacity(); i++) {
        bytes.add(Byte.toString(reply.get(i)));
      }
      assertThat(String.join(" ", bytes)).isEqualTo(answered);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {READ, WRITE, IOCTL})
  void a_refusal_is_answered_with_its_number_and_nothing_else(int opcode) throws Exception {
    file.refusal = Errno.EAGAIN;

    ByteBuffer reply = reply(request(opcode, 100));

    assertThat(reply.capacity()).isEqualTo(16);
    assertThat(reply.getInt(4)).isEqualTo(-11);
  }

  @ParameterizedTest
  @ValueSource(ints = {READ, WRITE, IOCTL})
  void a_bug_is_answered_with_EIO(int opcode) throws Exception {
    file.bug = new IllegalStateException("told to fail");

    ByteBuffer reply = reply(request(opcode, 100));

    assertThat(reply.capacity()).isEqualTo(16);
    assertThat(reply.getInt(4)).isEqualTo(-5);
  }
}
