package io.dsafs.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/** A thread that serves requests, with the buffers it serves them from. */
final class FuseThread extends Thread {
  private final Pointer requestPointer;
  private final ByteBuffer request;
  private final ByteBuffer writeData;
  private final ByteBuffer ioctlData;
  private final Pointer replyPointer;
  private final ByteBuffer reply;

  /**
   * @param bufferBytes room for the largest request, and for the largest reply
   */
  FuseThread(Runtime runtime, int bufferBytes, Runnable body, String name) {
    super(null, body, name);
    setDaemon(true);
    request = ByteBuffer.allocateDirect(bufferBytes).order(ByteOrder.nativeOrder());
    requestPointer = pointerTo(runtime, request);
    writeData = part(request, Protocol.WRITE_DATA);
    ioctlData = part(request, Protocol.IOCTL_DATA);
    reply = ByteBuffer.allocateDirect(bufferBytes).order(ByteOrder.nativeOrder());
    replyPointer = pointerTo(runtime, reply);
  }

  /** By address: JNR moves bytes of a wrapped buffer one by one. */
  private static Pointer pointerTo(Runtime runtime, ByteBuffer buffer) {
    return Pointer.wrap(runtime, Pointer.wrap(runtime, buffer).address(), buffer.capacity());
  }

  private static ByteBuffer part(ByteBuffer whole, int from) {
    return whole.slice(from, whole.capacity() - from).order(ByteOrder.nativeOrder());
  }

  static FuseThread current() {
    return (FuseThread) Thread.currentThread();
  }

  /** The request being served. */
  ByteBuffer request() {
    return request;
  }

  Pointer requestPointer() {
    return requestPointer;
  }

  /** The bytes of a WRITE, as many as {@code length}. */
  ByteBuffer writeData(int length) {
    return writeData.clear().limit(length);
  }

  /** The argument of an IOCTL, {@code length} bytes. */
  ByteBuffer ioctlData(int length) {
    return ioctlData.clear().limit(length);
  }

  ByteBuffer reply() {
    return reply;
  }

  Pointer replyPointer() {
    return replyPointer;
  }

  /** The user that made the request, as this process's user namespace numbers users. */
  int callerUid() {
    return request.getInt(Protocol.IN_UID);
  }

  /** The thread that made the request, in this process's pid namespace; 0 if it is not in it. */
  int callerTid() {
    return request.getInt(Protocol.IN_PID);
  }
}
