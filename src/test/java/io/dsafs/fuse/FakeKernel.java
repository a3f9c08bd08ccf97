package io.dsafs.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import jnr.ffi.Pointer;

/** The kernel's end of {@code /dev/fuse}: gives out requests and keeps the replies. */
final class FakeKernel extends FuseChannel {
  /** What receiving comes to. */
  private sealed interface Arrival {}

  private record Request(byte[] bytes) implements Arrival {}

  private record Result(int length) implements Arrival {}

  private record Failure(RuntimeException thrown) implements Arrival {}

  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  final BlockingQueue<ByteBuffer> replies = new LinkedBlockingQueue<>();

  FakeKernel() {
    super(-1);
  }

  void request(ByteBuffer bytes) {
    arrivals.add(new Request(bytes.array().clone()));
  }

  /** Receiving answers with that in place of a length. */
  void result(int length) {
    arrivals.add(new Result(length));
  }

  void fail(RuntimeException thrown) {
    arrivals.add(new Failure(thrown));
  }

  /** The filesystem has been unmounted, for so many threads. */
  void unmount(int threads) {
    for (int i = 0; i < threads; i++) {
      result(-1);
    }
  }

  @Override
  int receive(Pointer into, int capacity) {
    Arrival next;
    try {
      next = arrivals.take();
    } catch (InterruptedException e) {
      return -1;
    }
    if (next instanceof Failure failure) {
      throw failure.thrown();
    }
    if (next instanceof Request request) {
      into.put(0, request.bytes(), 0, request.bytes().length);
      return request.bytes().length;
    }
    return ((Result) next).length();
  }

  @Override
  void send(Pointer reply, int length) {
    byte[] bytes = new byte[length];
    reply.get(0, bytes, 0, length);
    replies.add(ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()));
  }

  /** A request: its header, and room for {@code bodyBytes} behind it. */
  static ByteBuffer message(int opcode, long unique, int tid, int bodyBytes) {
    return ByteBuffer.allocate(40 + bodyBytes)
        .order(ByteOrder.nativeOrder())
        .putInt(0, 40 + bodyBytes)
        .putInt(4, opcode)
        .putLong(8, unique)
        .putInt(32, tid);
  }
}
