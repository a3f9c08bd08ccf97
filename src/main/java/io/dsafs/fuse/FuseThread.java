package io.dsafs.fuse;

import io.dsafs.core.TaskWork;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;

/**
 * A thread that serves requests, with the buffers it serves them from, and what it does when it has
 * answered.
 */
final class FuseThread extends Thread implements TaskWork.Owner {
  /** Instead of the number of a turn: the thread is not counted on any more. */
  private static final int COUNTED_OUT = -1;

  private final TaskWork taskWork = new TaskWork();

  /** Counts beginnings and ends of work after an answer: odd while there is some. */
  private final AtomicInteger turns = new AtomicInteger();

  /** The turn that the guard has seen last. */
  private int turnSeen;

  /** Counts beginnings and ends of requests that hand work to a device. */
  private final AtomicInteger submissions = new AtomicInteger();

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

  @Override
  public TaskWork taskWork() {
    return taskWork;
  }

  // Work after the answer.

  /** Answers the number of the turn that begins, for {@link #endWork}. */
  int beginWork() {
    return turns.incrementAndGet();
  }

  /** False if the thread has been counted out meanwhile. */
  boolean endWork(int turn) {
    return turns.compareAndSet(turn, (turn + 1) & Integer.MAX_VALUE);
  }

  /** For the guard: whether the thread has been at the same work since it was asked last. */
  boolean isHeldUp() {
    int now = turns.get();
    boolean same = now != COUNTED_OUT && isUnderWay(now) && now == turnSeen;
    turnSeen = now;
    return same;
  }

  /** For the guard: the thread ends when it comes back. */
  boolean countOut() {
    int now = turns.get();
    return isUnderWay(now) && now == turnSeen && turns.compareAndSet(now, COUNTED_OUT);
  }

  // Submissions.

  /** A request begins that hands work to a device. What is written next by others is seen. */
  void beginSubmission() {
    submissions.incrementAndGet();
  }

  /** It has been answered. */
  void endSubmission() {
    submissions.lazySet(submissions.get() + 1);
  }

  /** Changes with each beginning and end. */
  int submission() {
    return submissions.get();
  }

  static boolean isUnderWay(int number) {
    return (number & 1) != 0;
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
