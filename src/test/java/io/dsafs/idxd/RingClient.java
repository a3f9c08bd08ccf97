package io.dsafs.idxd;

import io.dsafs.mem.SharedMemory;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The client's side of a ring, in memory of the test: as dsafs_ring.h, one thread, no waiting. */
final class RingClient implements SharedMemory {
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(RingLayout.SIZE_BYTES + 64)
          .alignedSlice(64)
          .order(ByteOrder.LITTLE_ENDIAN);
  int closed;

  RingClient() {
    bytes.putLong(RingLayout.FREE, -1);
  }

  @Override
  public ByteBuffer bytes() {
    return bytes;
  }

  @Override
  public void close() {
    closed++;
  }

  /** Claims the first free slot, or answers -1. */
  int claim() {
    long free = (long) LONGS.getVolatile(bytes, RingLayout.FREE);
    long unused = (long) LONGS.getAndBitwiseAnd(bytes, RingLayout.FREE, ~Long.lowestOneBit(free));
    return free == 0 ? -1 : Long.numberOfTrailingZeros(free);
  }

  /** A store whose descriptor has a number in its last 8 bytes. */
  void fill(int slot, int kind, int offset, long number) {
    int at = at(slot);
    for (int i = 0; i < 56; i += 8) {
      bytes.putLong(at + i, 0);
    }
    bytes.putLong(at + 56, number);
    bytes.putLong(at + RingLayout.TICKET, bytes.getLong(RingLayout.TICKETS));
    bytes.putLong(RingLayout.TICKETS, bytes.getLong(RingLayout.TICKETS) + 1);
    bytes.putInt(at + RingLayout.KIND, kind).putInt(at + RingLayout.OFFSET, offset);
    bytes.putInt(at + RingLayout.ANSWER, 0);
  }

  void publish(int slot) {
    long unused = (long) LONGS.getAndBitwiseOr(bytes, RingLayout.READY, 1L << slot);
  }

  int put(int kind, long number) {
    int slot = claim();
    fill(slot, kind, 0, number);
    publish(slot);
    return slot;
  }

  int answer(int slot) {
    return bytes.getInt(at(slot) + RingLayout.ANSWER);
  }

  /** Reads an answer and gives the slot back. */
  int take(int slot) {
    bytes.putLong(RingLayout.FREE, bytes.getLong(RingLayout.FREE) | 1L << slot);
    return answer(slot);
  }

  static int at(int slot) {
    return RingLayout.FIRST_SLOT + slot * RingLayout.SLOT_BYTES;
  }
}
