package io.dsafs.fuse;

import static io.dsafs.fuse.Protocol.FUSE_IOCTL;
import static io.dsafs.fuse.Protocol.FUSE_READ;
import static io.dsafs.fuse.Protocol.FUSE_WRITE;
import static io.dsafs.fuse.Protocol.IN_FH;
import static io.dsafs.fuse.Protocol.IN_OPCODE;
import static io.dsafs.fuse.Protocol.IN_UNIQUE;
import static io.dsafs.fuse.Protocol.IOCTL_COMMAND;
import static io.dsafs.fuse.Protocol.IOCTL_IN_SIZE;
import static io.dsafs.fuse.Protocol.IOCTL_OUT_BYTES;
import static io.dsafs.fuse.Protocol.IOCTL_OUT_SIZE;
import static io.dsafs.fuse.Protocol.IO_OFFSET;
import static io.dsafs.fuse.Protocol.IO_SIZE;
import static io.dsafs.fuse.Protocol.OUT_ERROR;
import static io.dsafs.fuse.Protocol.OUT_HEADER_BYTES;
import static io.dsafs.fuse.Protocol.OUT_LENGTH;
import static io.dsafs.fuse.Protocol.OUT_UNIQUE;
import static io.dsafs.fuse.Protocol.WRITE_OUT_BYTES;

import io.dsafs.core.Errno;
import io.dsafs.core.ErrnoException;
import io.dsafs.vfs.Handle;
import java.nio.ByteBuffer;

/**
 * READ, WRITE and IOCTL, answered straight from the request's buffer.
 *
 * <p>They need nothing that libfuse knows: the handle says all. Going through libfuse would cost an
 * upcall, two copies and some garbage for each, and these three are what programs do all day.
 */
// A refusal carries no stack trace, and the same one serves every time.
@SuppressWarnings("StaticAssignmentOfThrowable")
final class DirectRequests {
  private static final ErrnoException GONE =
      new ErrnoException(Errno.ENODEV, "the machine is going down");

  private final FuseChannel channel;
  private final HandleTable handles;

  /** Work for devices is refused. */
  private volatile boolean refusing;

  DirectRequests(FuseChannel channel, HandleTable handles) {
    this.channel = channel;
    this.handles = handles;
  }

  /**
   * From now on what hands work to a device is refused with ENODEV; what is under way goes on. See
   * {@link RequestLoop#awaitSubmissions}.
   */
  void refuseSubmissions() {
    refusing = true;
  }

  /** Answers the thread's request if it is one of the three, and says whether it was. */
  boolean serve(FuseThread thread) {
    ByteBuffer request = thread.request();
    int opcode = request.getInt(IN_OPCODE);
    if (opcode != FUSE_READ && opcode != FUSE_WRITE && opcode != FUSE_IOCTL) {
      return false;
    }
    HandleTable.Open open = handles.get(request.getLong(IN_FH));
    if (open == null || opcode == FUSE_READ || !open.handle().submits()) {
      answer(thread, opcode, open == null ? null : open.handle());
      return true;
    }
    thread.beginSubmission();
    thread.taskWork().open();
    try {
      answer(thread, opcode, refusing ? null : open.handle());
    } finally {
      // Or the next request, which may wait for an engine, puts off what it waits for.
      thread.taskWork().close();
      thread.endSubmission();
    }
    return true;
  }

  /**
   * Whatever happens, there is an answer.
   *
   * @param handle null: refused, as the mount or its devices are at their end
   */
  private void answer(FuseThread thread, int opcode, Handle handle) {
    int length = OUT_HEADER_BYTES;
    int error = 0;
    try {
      if (handle == null) {
        throw GONE;
      }
      length +=
          switch (opcode) {
            case FUSE_READ -> read(thread, handle);
            case FUSE_WRITE -> write(thread, handle);
            default -> ioctl(thread, handle);
          };
    } catch (ErrnoException e) {
      error = -e.errno().number();
    } catch (RuntimeException | Error e) {
      error = Failures.unforeseen(e);
    }
    thread
        .reply()
        .putInt(OUT_LENGTH, length)
        .putInt(OUT_ERROR, error)
        .putLong(OUT_UNIQUE, thread.request().getLong(IN_UNIQUE));
    channel.send(thread.replyPointer(), length);
  }

  // Each of the three puts its answer behind the header and returns the answer's length.

  private static int read(FuseThread thread, Handle handle) throws ErrnoException {
    ByteBuffer request = thread.request();
    ByteBuffer reply = thread.reply();
    int size = Math.min(request.getInt(IO_SIZE), reply.capacity() - OUT_HEADER_BYTES);
    reply.limit(OUT_HEADER_BYTES + size).position(OUT_HEADER_BYTES);
    try {
      return handle.read(reply, request.getLong(IO_OFFSET));
    } finally {
      reply.clear(); // also for the answer to a read that was refused, and for those that follow
    }
  }

  private static int write(FuseThread thread, Handle handle) throws ErrnoException {
    ByteBuffer request = thread.request();
    ByteBuffer data = thread.writeData(request.getInt(IO_SIZE));
    int count = handle.write(thread.callerTid(), data, request.getLong(IO_OFFSET));
    thread.reply().putLong(OUT_HEADER_BYTES, count);
    return WRITE_OUT_BYTES;
  }

  private static int ioctl(FuseThread thread, Handle handle) throws ErrnoException {
    ByteBuffer request = thread.request();
    int inSize = request.getInt(IOCTL_IN_SIZE);
    int outSize = request.getInt(IOCTL_OUT_SIZE);
    int size = Math.max(inSize, outSize);
    ByteBuffer data = size == 0 ? null : thread.ioctlData(size);
    for (int i = inSize; i < size; i++) {
      data.put(i, (byte) 0); // an argument that is only filled in shows nobody's old bytes
    }
    int result = handle.ioctl(thread.callerTid(), request.getInt(IOCTL_COMMAND), data);
    ByteBuffer reply = thread.reply();
    reply.putLong(OUT_HEADER_BYTES, result & 0xffffffffL).putLong(OUT_HEADER_BYTES + 8, 0);
    if (outSize > 0) {
      reply.put(OUT_HEADER_BYTES + IOCTL_OUT_BYTES, data, 0, outSize);
    }
    return IOCTL_OUT_BYTES + outSize;
  }
}
