package io.dsafs.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** A thread that serves requests, with the buffers it serves them from. */
final class FuseThread extends Thread {
  /** Offset of the caller's thread id in the header of a request (struct fuse_in_header). */
  private static final int HEADER_PID = 32;

  private final Pointer request;
  private final Pointer channelPointer;
  private final ByteBuffer transfer;
  private final Pointer transferPointer;

  FuseThread(Runtime runtime, int receiveBytes, Runnable body, String name) {
    super(null, body, name);
    setDaemon(true);
    request = runtime.getMemoryManager().allocateDirect(receiveBytes, false);
    channelPointer = runtime.getMemoryManager().allocateDirect(Long.BYTES, true);
    transfer = ByteBuffer.allocateDirect(receiveBytes).order(ByteOrder.LITTLE_ENDIAN);
    transferPointer = Pointer.wrap(runtime, transfer);
  }

  static FuseThread current() {
    return (FuseThread) Thread.currentThread();
  }

  /** The request being served. */
  Pointer request() {
    return request;
  }

  /** A {@code struct fuse_chan **} to the channel. */
  Pointer pointerTo(Pointer channel) {
    channelPointer.putPointer(0, channel);
    return channelPointer;
  }

  /** The thread that made the request, in this process's pid namespace; 0 if it is not in it. */
  int callerTid() {
    return request.getInt(HEADER_PID);
  }

  /** An empty little-endian buffer for up to {@code limit} bytes, valid until the next call. */
  ByteBuffer transfer(int limit) {
    return transfer.clear().limit(Math.min(limit, transfer.capacity()));
  }

  /** The transfer buffer filled with native memory. */
  ByteBuffer transferFrom(Pointer source, int length) {
    source.transferTo(0, transferPointer, 0, length);
    return transfer(length);
  }

  /** Copies the first bytes of the transfer buffer to native memory. */
  void transferTo(Pointer target, int length) {
    target.transferFrom(0, transferPointer, 0, length);
  }
}
