package io.dsafs.dmatest;

import io.dsafs.mem.KernelMemory;

/** A buffer in the kernel's memory that a test copies from or to. */
final class TestBuffer implements AutoCloseable {
  /** Hears of each byte that is not what it should be. */
  @FunctionalInterface
  interface MismatchListener {
    /**
     * @param index of the byte in the buffer
     * @param expected what belongs there
     * @param actual what is there
     */
    void mismatch(int index, int expected, int actual);
  }

  private final TestMemory owner;
  private final KernelMemory memory;
  private final long address;
  private final int sizeBytes;
  private final byte[] chunk;

  TestBuffer(TestMemory owner, KernelMemory memory, int sizeBytes) {
    this.owner = owner;
    this.memory = memory;
    this.sizeBytes = sizeBytes;
    this.chunk = new byte[Math.min(sizeBytes, Pattern.CHUNK_BYTES)];
    this.address = memory.allocate(sizeBytes);
  }

  long address() {
    return address;
  }

  int sizeBytes() {
    return sizeBytes;
  }

  /** Fills the buffer with one pattern, and a range of it with another. */
  void fill(Pattern around, Pattern inside, int start, int length) {
    int end = start + length;
    around.fill(memory, address, start, 0);
    inside.fill(memory, address + start, length, start);
    around.fill(memory, address + end, sizeBytes - end, end);
  }

  /**
   * Compares every byte of a range with a pattern whose counter starts at {@code counter}.
   *
   * @return how many differ
   */
  int verify(Pattern pattern, int start, int end, int counter, MismatchListener listener) {
    int errors = 0;
    for (int at = start; at < end; at += chunk.length) {
      int bytes = Math.min(chunk.length, end - at);
      memory.peek(address + at, chunk, 0, bytes);
      errors += verifyChunk(pattern, bytes, at, counter + at - start, listener);
    }
    return errors;
  }

  private int verifyChunk(
      Pattern pattern, int bytes, int start, int counter, MismatchListener listener) {
    int errors = 0;
    for (int at = 0; at < bytes; at++) {
      int equal = pattern.mismatch(chunk, at, bytes, counter + at);
      if (equal < 0) {
        break;
      }
      at += equal;
      listener.mismatch(start + at, pattern.at(counter + at), chunk[at] & 0xff);
      errors++;
    }
    return errors;
  }

  @Override
  public void close() {
    memory.free(address);
    owner.give(sizeBytes);
  }
}
